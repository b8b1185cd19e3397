/* One bar through the six stages, in the order of the folders under src/flow.
 *
 * Invariants: no allocation, lock or system call but the clock that was handed in; a bar that is
 * refused leaves stream and last bar as they were; every step ends in exactly one decision and is
 * counted. Called by predict, replay and the daemon's engine thread, one thread an engine.
 */
#include <math.h>
#include <string.h>

#include "engine_step.h"
#include "order_fsm.h"

#define NS_PER_S INT64_C(1000000000)

/* Ends a stage: its time is noted and the next one begins. */
static int64_t stage_end(hb_engine_t *engine, hb_stage_t stage, int64_t begin_ns, hb_step_t *out)
{
    const int64_t now = engine->clock.mono_ns(engine->clock.ctx);
    const int64_t spent = now > begin_ns ? now - begin_ns : 0;
    out->stage_ns[stage] = spent;
    hb_hist_record(&engine->stage_hist[stage], (uint64_t)spent);
    return now;
}

/* Takes the bar when it is whole and opens no earlier than the last one has closed. */
static bool bar_admit(hb_engine_t *engine, const hb_bar_t *bar)
{
    const int64_t size_ns = (int64_t)engine->set->bar_size_s * NS_PER_S;
    int64_t free_at_ns = engine->last_bar_utc_at_ns; /* 0: none yet */
    if (free_at_ns != 0) free_at_ns += size_ns;
    if (!hb_bar_check(bar) || bar->open_utc_at_ns < free_at_ns || bar->open_utc_at_ns <= 0) {
        return false;
    }
    engine->last_bar_utc_at_ns = bar->open_utc_at_ns;
    return true;
}

bool hb_engine_warm(hb_engine_t *engine, const hb_bar_t *bar)
{
    hb_state_t ignored;
    if (!bar_admit(engine, bar)) return false;
    hb_state_update(engine->stream, bar, &ignored);
    return true;
}

static void score_refuse(hb_score_t *score)
{
    score->p = NAN; /* there is none: what reads it by mistake must not find a number */
    score->p_raw = NAN;
    score->raw = NAN;
    score->reasons = HB_REASON_DATA_FAULT;
}

static void step_count(hb_engine_t *engine, const hb_intent_t *intent)
{
    engine->step_count++;
    engine->decision_counts[intent->decision]++;
    for (uint32_t left = intent->reasons; left != 0; left &= left - 1) {
        engine->reason_counts[__builtin_ctz(left)]++;
    }
}

void hb_engine_step(hb_engine_t *engine, const hb_bar_t *bar, const hb_risk_t *risk,
                    const hb_account_t *account, int64_t now_utc_at_ns, hb_step_t *out)
{
    const hb_model_set_t *set = engine->set;
    const hb_gate_moment_t moment = {
        .bar_size_ns = (int64_t)set->bar_size_s * NS_PER_S,
        .now_utc_at_ns = now_utc_at_ns,
        .artifact_tag = set->tag,
    };
    memset(out, 0, sizeof *out);
    const int64_t begin = engine->clock.mono_ns(engine->clock.ctx);

    const bool admitted = bar_admit(engine, bar);
    int64_t at = stage_end(engine, HB_STAGE_BARS, begin, out);

    if (admitted) {
        hb_state_update(engine->stream, bar, &out->state);
        hb_engine_point(&set->whiten, &out->state, &out->point);
    }
    at = stage_end(engine, HB_STAGE_STATE, at, out);

    if (admitted) {
        hb_engine_neighbours(&set->index, &set->kernels, &out->state, &out->point, engine->scratch,
                             &out->near, &out->row);
    }
    at = stage_end(engine, HB_STAGE_NEAR, at, out);

    if (admitted) {
        const double raw = hb_trees_eval(&set->trees, out->row.x);
        hb_score_make(&set->calib, &set->conformal, raw, out->row.reasons, &out->score);
    } else {
        score_refuse(&out->score);
    }
    /* A filled bar is no market: it moves the state and decides nothing. */
    if (bar->flags & HB_BAR_FILLED) out->score.reasons |= HB_REASON_DATA_FAULT;
    if (!set->verified) out->score.reasons |= HB_REASON_ARTIFACT_UNVERIFIED;
    at = stage_end(engine, HB_STAGE_MODEL, at, out);

    hb_gate_eval(&engine->limits, risk, account, &out->score, bar, &moment, &out->intent);
    at = stage_end(engine, HB_STAGE_GATE, at, out);

    out->order = hb_order_new(&out->intent);
    at = stage_end(engine, HB_STAGE_ORDER, at, out);

    hb_hist_record(&engine->total_hist, at > begin ? (uint64_t)(at - begin) : 0);
    step_count(engine, &out->intent);
}
