/* The one loop over bars: simulator before the step, engine_step, simulator after it. predict runs
 * it with a flat account and no orders, so its probabilities are replay's by construction. */
#include "app_run.h"

#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "base_text.h"
#include "os_clock.h"
#include "os_file.h"

static const struct {
    uint32_t bit;
    const char *name;
} reason_names[] = {
#define APP_REASON(name, bit, text, what) {bit, text},
    HB_REASON_TABLE(APP_REASON)
#undef APP_REASON
};

bool app_step_skipped(const hb_step_t *step)
{
    return (step->score.reasons &
            (HB_REASON_WARMUP | HB_REASON_STATE_NOT_FINITE | HB_REASON_MEMORY_SHORT)) != 0 ||
           (step->intent.reasons & HB_REASON_DATA_FAULT) != 0;
}

void app_reasons_text(uint32_t reasons, char out[256])
{
    size_t n = 0;
    out[0] = 0;
    for (size_t i = 0; i < HB_COUNT(reason_names); i++) {
        if (!(reasons >> reason_names[i].bit & 1)) continue;
        n += (size_t)snprintf(out + n, 256 - n, "%s%s", n ? ";" : "", reason_names[i].name);
        if (n >= 255) return;
    }
}

const char *app_set_text(uint32_t set)
{
    static const char *const texts[] = {"", "0", "1", "01"};
    return texts[set & 3];
}

const char *app_decision_text(hb_decision_t decision)
{
    static const char *const texts[] = {"PASS", "THROTTLE", "BLOCK"};
    return texts[decision];
}

json_t *app_reason_counts(const uint64_t counts[32])
{
    json_t *out = json_object();
    for (size_t i = 0; i < HB_COUNT(reason_names); i++) {
        const uint64_t count = counts[reason_names[i].bit];
        if (count) json_object_set_new(out, reason_names[i].name, json_integer((json_int_t)count));
    }
    return out;
}

static json_t *hist_json(const hb_hist_t *hist)
{
    return json_pack("{s:f,s:f,s:f,s:f}", "p50", (double)hb_hist_quantile_ns(hist, 0.50) * 1e-3,
                     "p95", (double)hb_hist_quantile_ns(hist, 0.95) * 1e-3, "p99",
                     (double)hb_hist_quantile_ns(hist, 0.99) * 1e-3, "max",
                     (double)hist->max_ns * 1e-3);
}

json_t *app_latency_json(const hb_engine_t *engine)
{
    json_t *out = json_object();
    for (int i = 0; i < HB_STAGE_COUNT; i++) {
        json_object_set_new(out, hb_stage_name((hb_stage_t)i), hist_json(&engine->stage_hist[i]));
    }
    json_object_set_new(out, "total", hist_json(&engine->total_hist));
    return out;
}

/* The price step: given, or the largest step that explains the first prices. Prices that stand on
 * no plausible grid (ratio-adjusted series, say) would make costs vanish: then it must be given. */
static hb_status_t tick_size(const hb_bars_t *bars, double *out, hb_err_t *err)
{
    *out = bars->tick_size;
    if (*out > 0) return HB_OK;
    int64_t step = 0;
    for (uint32_t i = 0; i < HB_MIN(bars->count, 2000u); i++) {
        int64_t a = llround(bars->bars[i].close * 1e6), b = step;
        while (b) {
            const int64_t rest = a % b;
            a = b;
            b = rest;
        }
        step = a;
    }
    *out = (double)step * 1e-6;
    if (*out >= 2e-6 * bars->bars[0].close) return HB_OK;
    return hb_err_set(err, HB_E_CONFIG, "data.tick_size", "set data.tick_size, e.g. 0.25",
                      "the prices stand on no grid that a tick size could be told from");
}

/* What the bars' session features hang on must be as it was when the artifact was made. */
static hb_status_t same_settings(const app_t *app, const char *artifact, int64_t *horizon_bars,
                                 hb_err_t *err)
{
    static const char *const keys[] = {"data.calendar", "data.rolls", "data.gap_policy",
                                       "data.max_gap_minutes"};
    hb_conf_t *made = NULL;
    char dir[4300];
    HB_TRY(hb_os_join(dir, sizeof dir, artifact, "config", err));
    HB_TRY(hb_conf_open(&made, err));
    hb_status_t status = hb_conf_load_dir(made, dir, true, err);
    for (size_t i = 0; status == HB_OK && i < HB_COUNT(keys); i++) {
        if (hb_conf_is(app->conf, keys[i], hb_conf_text(made, keys[i]))) continue;
        char hint[128];
        snprintf(hint, sizeof hint, "set %s=%s", keys[i], hb_conf_text(made, keys[i]));
        status = hb_err_set(err, HB_E_CONFIG, keys[i], hint,
                            "the artifact was made with %s, this run has %s",
                            hb_conf_text(made, keys[i]), hb_conf_text(app->conf, keys[i]));
    }
    if (status == HB_OK) *horizon_bars = hb_conf_int(made, "data.label.horizon_T");
    hb_conf_close(made);
    return status;
}

static hb_status_t start_engine(app_t *app, app_run_t *run, hb_err_t *err)
{
    hb_gate_limits_t limits;
    HB_TRY(app_gate_limits(app, &limits, err));
    const size_t bytes = hb_engine_footprint(run->set);
    run->memory = hb_alloc(1, bytes);
    hb_arena_t arena;
    hb_arena_init(&arena, run->memory, bytes);
    const hb_clock_t clock = hb_os_clock_real();
    HB_TRY(hb_engine_init(run->engine, &arena, run->set, &limits, &clock, err));
    hb_arena_seal(&arena);
    return HB_OK;
}

hb_status_t app_run_open(app_t *app, const char *artifact, const app_bars_t *bars, app_run_t *out,
                         hb_err_t *err)
{
    app_run_t run = {.set = hb_alloc(1, sizeof(hb_model_set_t)),
                     .engine = hb_alloc(1, sizeof(hb_engine_t)),
                     .risk = hb_alloc(1, sizeof(hb_risk_t))};
    const hb_bars_t *series = &bars->snapshot.bars;
    hb_status_t status;
    HB_TRY_OUT(hb_model_set_open(artifact, run.set, err));
    if (run.set->bar_size_s != series->bar_size_s) {
        status = hb_err_set(err, HB_E_DATA, artifact, "give bars of the size it was trained on",
                            "the artifact decides bars of %u s, the source has bars of %u s",
                            run.set->bar_size_s, series->bar_size_s);
        goto out;
    }
    HB_TRY_OUT(start_engine(app, &run, err));
    run.risk->artifact_verified = run.set->verified;
    double tick = 0;
    int64_t horizon_bars = 0;
    HB_TRY_OUT(same_settings(app, artifact, &horizon_bars, err));
    HB_TRY_OUT(tick_size(series, &tick, err));
    const hb_sim_fill_params_t sim = {
        .tick_size = tick,
        .tick_value_cents = hb_conf_real(app->conf, "risk.fill.tick_value") * 100,
        .slippage_ticks = hb_conf_real(app->conf, "risk.fill.slippage_ticks"),
        .commission_cents = hb_conf_real(app->conf, "risk.fill.commission") * 100,
        .hold_bars = (int32_t)horizon_bars, /* as the labels were */
    };
    HB_TRY_OUT(hb_sim_fill_params_check(&sim, err));
    hb_sim_fill_init(&run.sim, &sim);
    hb_sha256_init(&run.decisions_sha);
    *out = run;
    return HB_OK;
out:
    app_run_close(&run);
    return status;
}

void app_run_close(app_run_t *run)
{
    if (run->set) hb_model_set_close(run->set);
    hb_free(run->set);
    hb_free(run->engine);
    hb_free(run->memory);
    hb_free(run->risk);
    memset(run, 0, sizeof *run);
}

static void count_step(app_run_t *run, const hb_bar_t *bar, const hb_step_t *step)
{
    const hb_near_index_t *memory = &run->set->index;
    if (!app_step_skipped(step)) {
        run->rows++;
        run->in_sample += bar->open_utc_at_ns <= memory->meta[memory->rows - 1].start_utc_at_ns;
        return;
    }
    const uint32_t reasons = step->score.reasons | step->intent.reasons;
    if (reasons) run->skipped[__builtin_ctz(reasons)]++; /* the first cause alone */
}

static hb_status_t run_bar(app_run_t *run, const hb_bar_t *bar, int64_t bar_size_ns,
                           const app_run_how_t *how, hb_step_t *step, hb_err_t *err)
{
    const int64_t now = bar->open_utc_at_ns + bar_size_ns;
    const hb_account_t flat = {.utc_at_ns = now};
    if (how->trade) hb_sim_fill_bar(&run->sim, bar, bar_size_ns);
    hb_engine_step(run->engine, bar, run->risk, how->trade ? &run->sim.account : &flat, now, step);
    if (how->trade && step->intent.decision == HB_DECISION_PASS &&
        !hb_sim_fill_submit(&run->sim, &step->intent)) {
        run->orders_refused++;
    }
    count_step(run, bar, step);
    return how->fn(how->ctx, run, bar, step, err);
}

hb_status_t app_run_bars(app_t *app, app_run_t *run, const hb_bars_t *bars,
                         const app_run_how_t *how, hb_err_t *err)
{
    app_progress_t progress = app_progress_begin(app, "bars");
    const int64_t bar_size_ns = (int64_t)bars->bar_size_s * 1000000000LL;
    hb_step_t *step = hb_alloc(1, sizeof *step);
    hb_status_t status = HB_OK;
    for (uint32_t i = 0; i < bars->count && status == HB_OK; i++) {
        if (bars->bars[i].open_utc_at_ns < how->from_utc_at_ns) {
            hb_engine_warm(run->engine, &bars->bars[i]);
        } else {
            status = run_bar(run, &bars->bars[i], bar_size_ns, how, step, err);
        }
        if ((i & 1023) == 1023) app_progress_show(&progress, i + 1, bars->count);
    }
    app_progress_end(&progress);
    hb_free(step);
    return status;
}

/* One JSON line a decision, made by hand so that doubles keep all their bits. */
static int decision_line(const hb_bar_t *bar, const hb_step_t *step, char *out, size_t cap)
{
    static const char *const sides[] = {"short", "none", "long"};
    char ts[32], reasons[256];
    hb_format_utc(bar->open_utc_at_ns, ts);
    app_reasons_text(step->intent.reasons, reasons);
    if (app_step_skipped(step)) {
        return snprintf(
            out, cap,
            "{\"ts_utc\":\"%s\",\"p_raw\":null,\"p\":null,\"set\":\"\",\"decision\":\"%s\","
            "\"side\":\"none\",\"reasons\":\"%s\"}\n",
            ts, app_decision_text(step->intent.decision), reasons);
    }
    return snprintf(
        out, cap,
        "{\"ts_utc\":\"%s\",\"p_raw\":%.17g,\"p\":%.17g,\"set\":\"%s\",\"decision\":\"%s\","
        "\"side\":\"%s\",\"reasons\":\"%s\"}\n",
        ts, step->score.p_raw, step->score.p, app_set_text(step->score.set),
        app_decision_text(step->intent.decision), sides[step->intent.side + 1], reasons);
}

static hb_status_t log_decision(void *ctx, app_run_t *run, const hb_bar_t *bar,
                                const hb_step_t *step, hb_err_t *err)
{
    (void)err;
    char line[768];
    const int n = decision_line(bar, step, line, sizeof line);
    hb_sha256_add(&run->decisions_sha, line, (size_t)n);
    if (ctx) fwrite(line, 1, (size_t)n, ctx);
    return HB_OK;
}

static void describe_replay(app_t *app, app_run_t *run, json_t *out)
{
    char sha[HB_SHA256_HEX];
    const hb_engine_t *engine = run->engine;
    hb_sha256_hex(&run->decisions_sha, sha);
    json_t *keys = json_pack(
        "{s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:I,s:I,s:I,s:I,s:{s:f,s:f,s:f},s:o,s:s,s:s}",
        "decisions", (json_int_t)engine->step_count, "rows", (json_int_t)run->rows, "in_sample",
        (json_int_t)run->in_sample, "passed", (json_int_t)engine->decision_counts[HB_DECISION_PASS],
        "throttled", (json_int_t)engine->decision_counts[HB_DECISION_THROTTLE], "blocked_count",
        (json_int_t)engine->decision_counts[HB_DECISION_BLOCK], "blocked",
        app_reason_counts(engine->reason_counts), "skipped", app_reason_counts(run->skipped),
        "orders", (json_int_t)run->sim.order_count, "fills", (json_int_t)run->sim.fill_count,
        "trades", (json_int_t)run->sim.trade_count, "orders_refused",
        (json_int_t)run->orders_refused, "pnl", "gross", run->sim.gross_cents / 100, "net",
        run->sim.net_cents / 100, "costs", run->sim.cost_cents / 100, "latency_us",
        app_latency_json(engine), "decisions_sha256", sha, "artifact_sha256", run->set->sha256);
    HB_ASSERT(keys);
    json_object_update(out, keys);
    json_decref(keys);
    app_say(app, "%llu decisions: %llu passed, %llu throttled, %llu blocked; %llu fills, net %+.2f",
            (unsigned long long)engine->step_count,
            (unsigned long long)engine->decision_counts[HB_DECISION_PASS],
            (unsigned long long)engine->decision_counts[HB_DECISION_THROTTLE],
            (unsigned long long)engine->decision_counts[HB_DECISION_BLOCK],
            (unsigned long long)run->sim.fill_count, run->sim.net_cents / 100);
    if (run->in_sample > 0) {
        app_say(app, "  %llu of these bars were trained on: profit on them is no evidence",
                (unsigned long long)run->in_sample);
    }
    char p50[24], p99[24];
    app_say(app, "  one bar: p50 %s, p99 %s; decisions %.16s",
            app_format_ns((double)hb_hist_quantile_ns(&engine->total_hist, 0.5), p50),
            app_format_ns((double)hb_hist_quantile_ns(&engine->total_hist, 0.99), p99), sha);
}

hb_status_t app_replay(app_t *app, const char *artifact, const app_bars_t *bars,
                       int64_t from_utc_at_ns, const char *decisions_path, json_t *out,
                       hb_err_t *err)
{
    app_run_t run = {0};
    hb_os_out_t file = {0};
    hb_status_t status;
    HB_TRY(app_run_open(app, artifact, bars, &run, err));
    if (decisions_path && !app->dry_run) HB_TRY_OUT(hb_os_out_open(&file, decisions_path, err));
    const app_run_how_t how = {true, from_utc_at_ns, log_decision, file.file};
    HB_TRY_OUT(app_run_bars(app, &run, &bars->snapshot.bars, &how, err));
    if (file.file) HB_TRY_OUT(hb_os_out_commit(&file, err));
    describe_replay(app, &run, out);
out:
    hb_os_out_abort(&file);
    app_run_close(&run);
    return status;
}
