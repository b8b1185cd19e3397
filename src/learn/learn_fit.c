/* The fit of one artifact, stage by stage. Invariant: nothing here reads a row that was not handed
 * in.
 *
 * Neighbours of training rows come from the same causal search as live ones: a row's label must
 * have ended before the query's bar opened, which leaves out the row itself and every overlapping
 * label. */
#include "learn_fit.h"

#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "learn_fit_int.h"
#include "learn_splits.h"
#include "math_stats.h"
#include "near_kernel_fit.h"
#include "os_thread.h"
#include "state_stream.h"

const char *hb_fit_stage_name(hb_fit_stage_t stage)
{
    static const char *const names[] = {
#define HB_FIT_STAGE_TEXT(name, text) text,
        HB_FIT_STAGE_TABLE(HB_FIT_STAGE_TEXT)
#undef HB_FIT_STAGE_TEXT
    };
    HB_ASSERT(stage < HB_FIT_STAGE_COUNT);
    return names[stage];
}

void hb_fit_stage_begin(hb_fit_t *fit, hb_fit_stage_t stage)
{
    fit->stage_began_at_ns = fit->clock.mono_ns(fit->clock.ctx);
    if (fit->hooks && fit->hooks->stage) fit->hooks->stage(fit->hooks->ctx, stage);
}

void hb_fit_stage_end(hb_fit_t *fit, hb_fit_stage_t stage)
{
    const int64_t now = fit->clock.mono_ns(fit->clock.ctx);
    fit->report->seconds[stage] = (double)(now - fit->stage_began_at_ns) * 1e-9;
}

static hb_status_t fit_whitening(hb_fit_t *fit, hb_err_t *err)
{
    double *x = hb_alloc((size_t)fit->count * hb_state_dim, sizeof *x);
    for (uint32_t i = 0; i < fit->count; i++) {
        const hb_state_t *state = &fit->data->states[fit->data->row_bar[fit->rows[i]]];
        memcpy(&x[(size_t)i * hb_state_dim], state->x, hb_state_dim * sizeof *x);
    }
    const hb_status_t status = hb_whiten_fit(x, fit->count, hb_state_dim, &fit->params->whiten,
                                             &fit->whiten, &fit->report->whiten, err);
    if (status == HB_OK) {
        for (uint32_t i = 0; i < fit->count; i++) {
            hb_whiten_apply(&fit->whiten, &x[(size_t)i * hb_state_dim], &fit->points[i]);
        }
    }
    hb_free(x);
    return status;
}

static hb_status_t build_index(hb_fit_t *fit, hb_err_t *err)
{
    hb_near_meta_t *meta = hb_alloc(fit->count, sizeof *meta);
    for (uint32_t i = 0; i < fit->count; i++) meta[i] = hb_dataset_meta(fit->data, fit->rows[i]);
    const hb_status_t status =
        hb_near_build(fit->points, meta, fit->count, &fit->params->near, &fit->index, err);
    hb_free(meta);
    return status;
}

static void search_range(void *ctx, uint64_t begin, uint64_t end, uint32_t worker)
{
    (void)worker;
    hb_fit_t *fit = ctx;
    void *memory = hb_alloc(1, hb_near_scratch_footprint(&fit->params->near));
    hb_near_scratch_t *scratch = hb_near_scratch_init(memory, &fit->params->near);
    for (uint64_t i = begin; i < end; i++) {
        hb_near_search(&fit->index, &fit->points[i], fit->index.meta[i].start_utc_at_ns, scratch,
                       &fit->near[i]);
    }
    hb_free(memory);
}

static void measure_hubness(hb_fit_t *fit)
{
    const uint32_t k = fit->params->near.k;
    uint32_t *ids = hb_alloc((size_t)fit->count * k, sizeof *ids);
    for (uint32_t i = 0; i < fit->count; i++) {
        for (uint32_t j = 0; j < k; j++) {
            ids[(size_t)i * k + j] = j < fit->near[i].count ? fit->near[i].ids[j] : UINT32_MAX;
        }
    }
    hb_near_hubness(ids, (uint64_t)fit->count * k, fit->count, &fit->report->hubness);
    hb_free(ids);
}

static void row_range(void *ctx, uint64_t begin, uint64_t end, uint32_t worker)
{
    (void)worker;
    hb_fit_t *fit = ctx;
    for (uint64_t i = begin; i < end; i++) {
        const hb_state_t *state = &fit->data->states[fit->data->row_bar[fit->rows[i]]];
        hb_row_build(&fit->kernels, &fit->index, state, hb_state_dim, &fit->points[i],
                     &fit->near[i], &fit->feature_rows[i]);
    }
}

/* Limits at the 0.1 % tails of the rows that trees may learn from. */
static void fit_winsor_limits(hb_fit_t *fit)
{
    const uint32_t dim = hb_state_dim + hb_row_near_dim;
    double *values = hb_alloc(fit->count, sizeof *values);
    for (uint32_t j = 0; j < dim; j++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < fit->count; i++) {
            if (fit->feature_rows[i].reasons == 0) values[n++] = fit->feature_rows[i].x[j];
        }
        if (n == 0) continue;
        hb_sort_doubles(values, n);
        fit->kernels.winsor_lo[j] = hb_quantile_sorted(values, n, 0.001);
        fit->kernels.winsor_hi[j] = hb_quantile_sorted(values, n, 0.999);
    }
    hb_free(values);
}

/* Where the row keeps the kernels' votes: three neighbouring features, in order of the kernels. */
static uint32_t first_score_column(void)
{
    for (uint32_t j = 0; j < hb_row_near_dim; j++) {
        if (strcmp(hb_row_near_schema[j].name, "near_rq_score") == 0) return hb_state_dim + j;
    }
    hb_assert_fail("the schema has the kernel votes", __FILE__, __LINE__);
}

/* The votes are those that the rows carry, not worked out a second time. */
static void learn_mkl(hb_fit_t *fit)
{
    const uint32_t column = first_score_column();
    double *scores = hb_alloc((size_t)fit->count * HB_KERNEL_COUNT, sizeof *scores);
    double *y = hb_alloc(fit->count, sizeof *y);
    uint32_t n = 0;
    hb_os_parallel(fit->count, 256, fit->params->threads, row_range, fit);
    for (uint32_t i = 0; i < fit->count; i++) {
        if (fit->part[i] != HB_PART_FIT) continue;
        for (uint32_t kernel = 0; kernel < HB_KERNEL_COUNT; kernel++) {
            scores[(size_t)n * HB_KERNEL_COUNT + kernel] = fit->feature_rows[i].x[column + kernel];
        }
        y[n++] = fit->index.meta[i].label ? 1.0 : -1.0;
    }
    if (n > 0) hb_kernels_fit_mkl(scores, y, n, 0.1, fit->kernels.mkl_weights);
    hb_free(scores);
    hb_free(y);
}

/* Cuts the usable rows at time into the four parts. */
static void cut_parts(hb_fit_t *fit)
{
    uint32_t *usable = hb_alloc(fit->count, sizeof *usable);
    uint32_t *usable_at = hb_alloc(fit->count, sizeof *usable_at);
    uint8_t *part = hb_alloc(fit->count, sizeof *part);
    uint32_t n = 0;
    for (uint32_t i = 0; i < fit->count; i++) {
        fit->part[i] = 0xff;
        if (fit->near[i].admissible_rows < fit->kernels.rows_min ||
            fit->near[i].count < fit->params->near.k) {
            fit->report->rows_memory_short++;
            continue;
        }
        usable[n] = fit->rows[i];
        usable_at[n++] = i;
    }
    hb_split_tail(fit->data->t0, fit->data->t1, usable, n, fit->params->part_ratios, HB_PART_COUNT,
                  fit->params->embargo_bars, part);
    for (uint32_t i = 0; i < n; i++) {
        fit->part[usable_at[i]] = part[i];
        if (part[i] == 0xff) {
            fit->report->rows_purged_inside++;
        } else {
            fit->report->part_rows[part[i]]++;
        }
    }
    hb_free(usable);
    hb_free(usable_at);
    hb_free(part);
}

static void fit_kernels(hb_fit_t *fit)
{
    fit->kernels = fit->params->kernels;
    fit->kernels.rows_min = 8 * fit->params->near.k;
    if (fit->params->period_session) {
        const hb_bar_t *bar = &fit->data->bars.bars[0];
        const double minutes = bar->session_len_min > 0 ? bar->session_len_min : 1440;
        fit->kernels.period_bars = minutes * 60.0 / fit->data->bars.bar_size_s;
    }
    hb_kernels_fit_scales(&fit->kernels, &fit->index, fit->near, fit->count);
    cut_parts(fit);
    if (fit->params->mkl_learn) learn_mkl(fit);
    hb_os_parallel(fit->count, 256, fit->params->threads, row_range, fit);
    fit_winsor_limits(fit);
    hb_os_parallel(fit->count, 256, fit->params->threads, row_range, fit);
    fit->report->rq_ell = fit->kernels.rq_ell;
    fit->report->kth_dist_limit = fit->kernels.kth_dist_limit;
    memcpy(fit->report->mkl_weights, fit->kernels.mkl_weights, sizeof fit->report->mkl_weights);
}

static hb_status_t run_stages(hb_fit_t *fit, const char *dir, hb_err_t *err)
{
    hb_fit_stage_begin(fit, HB_FIT_WHITEN);
    HB_TRY(fit_whitening(fit, err));
    hb_fit_stage_end(fit, HB_FIT_WHITEN);

    hb_fit_stage_begin(fit, HB_FIT_INDEX);
    HB_TRY(build_index(fit, err));
    hb_fit_stage_end(fit, HB_FIT_INDEX);

    hb_fit_stage_begin(fit, HB_FIT_NEIGHBOURS);
    hb_os_parallel(fit->count, 64, fit->params->threads, search_range, fit);
    measure_hubness(fit);
    hb_fit_stage_end(fit, HB_FIT_NEIGHBOURS);

    hb_fit_stage_begin(fit, HB_FIT_KERNELS);
    fit_kernels(fit);
    hb_fit_stage_end(fit, HB_FIT_KERNELS);

    HB_TRY(hb_fit_model(fit, err));

    hb_fit_stage_begin(fit, HB_FIT_SAVE);
    HB_TRY(hb_fit_save(fit, dir, err));
    hb_fit_stage_end(fit, HB_FIT_SAVE);
    return HB_OK;
}

hb_status_t hb_fit_artifact(const hb_dataset_t *data, const uint32_t *rows, uint32_t row_count,
                            const hb_fit_params_t *params, const char *dir,
                            const hb_fit_hooks_t *hooks, hb_fit_report_t *report, hb_err_t *err)
{
    hb_fit_report_t made = {.rows = row_count, .feature_count = hb_state_dim + hb_row_near_dim};
    hb_fit_t *fit = hb_alloc(1, sizeof *fit);
    fit->data = data;
    fit->params = params;
    fit->hooks = hooks;
    fit->rows = rows;
    fit->count = row_count;
    fit->report = &made;
    fit->clock = hb_os_clock_real();
    fit->points = hb_alloc(row_count, sizeof *fit->points);
    fit->near = hb_alloc(row_count, sizeof *fit->near);
    fit->feature_rows = hb_alloc(row_count, sizeof *fit->feature_rows);
    fit->part = hb_alloc(row_count, sizeof *fit->part);

    const hb_status_t status = run_stages(fit, dir, err);
    if (status == HB_OK) {
        *report = made;
    } else {
        hb_fit_report_free(&made);
    }
    hb_near_close(&fit->index);
    hb_trees_close(&fit->trees);
    hb_free(fit->points);
    hb_free(fit->near);
    hb_free(fit->feature_rows);
    hb_free(fit->part);
    hb_free(fit);
    return status;
}

void hb_fit_report_free(hb_fit_report_t *report)
{
    hb_free(report->boost.importance);
    report->boost.importance = NULL;
}
