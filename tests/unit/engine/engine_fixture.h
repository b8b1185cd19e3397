/* A tiny engine for tests: a seeded random walk of bars, a memory of some of them, one tree.
 * Included by every engine test; all functions are static. */
#ifndef HB_ENGINE_FIXTURE_H
#define HB_ENGINE_FIXTURE_H

#include <math.h>
#include <string.h>

#include "th.h"

#include "base_mem.h"
#include "base_rng.h"
#include "engine_step.h"
#include "os_file.h"
#include "store_artifact.h"

#define FX_BARS      1000u
#define FX_FIRST     320u /* first bar kept in memory */
#define FX_ROWS      400u
#define FX_HORIZON   5u
#define FX_BAR_S     60u
#define FX_MINUTE_NS INT64_C(60000000000)

typedef struct {
    hb_bar_t bars[FX_BARS];
    hb_state_t states[FX_BARS];
    hb_point_t points[FX_ROWS];
    hb_near_meta_t meta[FX_ROWS];
    double x[FX_ROWS * HB_STATE_DIM_MAX];
    hb_model_set_t set;
    hb_gate_limits_t limits;
    hb_risk_t risk;
    hb_engine_t engine;
    void *memory;
    int64_t ticks;
} fx_t;

static inline int64_t fx_clock_mono(void *ctx)
{
    fx_t *fx = ctx;
    return fx->ticks += 1000;
}

static inline void fx_bars_make(fx_t *fx, uint64_t seed)
{
    hb_rng_t rng = hb_rng_init(seed);
    double price = 4000;
    for (uint32_t i = 0; i < FX_BARS; i++) {
        const double a = price;
        price += 4 * (hb_rng_uniform(&rng) + hb_rng_uniform(&rng) - 1);
        fx->bars[i] = (hb_bar_t){
            .open_utc_at_ns = INT64_C(1700000000) * 1000000000 + (int64_t)i * FX_MINUTE_NS,
            .open = a,
            .high = fmax(a, price) + hb_rng_uniform(&rng),
            .low = fmin(a, price) - hb_rng_uniform(&rng),
            .close = price,
            .volume = 50 + 100 * hb_rng_uniform(&rng),
            .session_day = 19675,
            .session_min = (int32_t)i,
            .session_len_min = 1380,
        };
    }
}

static inline void fx_states_make(fx_t *fx)
{
    void *memory = hb_alloc(1, hb_state_footprint());
    hb_state_stream_t *stream = hb_state_init(memory, FX_BAR_S);
    for (uint32_t i = 0; i < FX_BARS; i++) hb_state_update(stream, &fx->bars[i], &fx->states[i]);
    hb_free(memory);
}

static inline void fx_memory_make(fx_t *fx)
{
    hb_err_t err = {0};
    hb_whiten_report_t report;
    const hb_whiten_params_t whiten_params = hb_whiten_params_default();
    hb_near_params_t near_params = hb_near_params_default();
    near_params.k = 8;
    for (uint32_t i = 0; i < FX_ROWS; i++) {
        memcpy(&fx->x[i * hb_state_dim], fx->states[FX_FIRST + i].x, hb_state_dim * sizeof(double));
    }
    if (hb_whiten_fit(fx->x, FX_ROWS, hb_state_dim, &whiten_params, &fx->set.whiten, &report,
                      &err) != HB_OK) {
        fail_msg("%s", err.message);
    }
    for (uint32_t i = 0; i < FX_ROWS; i++) {
        const uint32_t bar = FX_FIRST + i;
        hb_whiten_apply(&fx->set.whiten, &fx->x[i * hb_state_dim], &fx->points[i]);
        fx->meta[i] = (hb_near_meta_t){
            .start_utc_at_ns = fx->bars[bar].open_utc_at_ns,
            .end_utc_at_ns = fx->bars[bar + FX_HORIZON].open_utc_at_ns,
            .bar_clock = fx->states[bar].bar_clock,
            .outcome_atr = (float)(fx->bars[bar + FX_HORIZON].close - fx->bars[bar].close),
            .weight = 1,
            .label = fx->bars[bar + FX_HORIZON].close > fx->bars[bar].close,
            .vol_bucket = fx->states[bar].vol_bucket,
        };
    }
    if (hb_near_build(fx->points, fx->meta, FX_ROWS, &near_params, &fx->set.index, &err) != HB_OK) {
        fail_msg("%s", err.message);
    }
}

static inline void fx_model_make(fx_t *fx)
{
    static const uint32_t depths[] = {2};
    static uint32_t features[2];
    static float borders[2];
    static const double leaves[] = {-1.0, 0.3, -0.3, 1.0};
    /* Split at a value of the middle, so that all leaves are met. */
    features[0] = 0;
    features[1] = 1;
    borders[0] = (float)fx->states[FX_FIRST].x[0];
    borders[1] = (float)fx->states[FX_FIRST].x[1];
    fx->set.trees = (hb_trees_t){
        .feature_count = hb_state_dim + hb_row_near_dim,
        .tree_count = 1,
        .scale = 1,
        .depths = depths,
        .split_features = features,
        .split_borders = borders,
        .leaf_values = leaves,
        .split_count = 2,
        .leaf_count = 4,
    };
    fx->set.kernels = hb_kernels_default();
    fx->set.kernels.rq_ell = 1;
    fx->set.kernels.lp_se_ell = 1;
    fx->set.kernels.base_prob = 0.5;
    fx->set.kernels.kth_dist_limit = 1e6;
    fx->set.kernels.kth_dist_median = 1;
    fx->set.kernels.rows_min = 8;
    for (uint32_t i = 0; i < HB_ROW_DIM_MAX; i++) {
        fx->set.kernels.winsor_lo[i] = -1e6;
        fx->set.kernels.winsor_hi[i] = 1e6;
    }
    fx->set.calib = (hb_calib_t){.method = HB_CALIB_NONE, .rows_fitted = FX_ROWS};
    fx->set.conformal = (hb_conformal_t){.alpha = 0.1,
                                         .threshold = {0.45, 0.45},
                                         .rows_class = {FX_ROWS / 2, FX_ROWS / 2},
                                         .coverage = {0.9, 0.9}};
}

/* A new fixture; freed by fx_free. */
static inline fx_t *fx_make(uint64_t seed)
{
    fx_t *fx = hb_alloc(1, sizeof *fx);
    fx_bars_make(fx, seed);
    fx_states_make(fx);
    fx_memory_make(fx);
    fx_model_make(fx);
    fx->set.bar_size_s = FX_BAR_S;
    fx->set.tag = 0x1234;
    fx->set.verified = true;
    fx->risk.artifact_verified = true;
    fx->limits = (hb_gate_limits_t){
        .daily_loss_cents = {100000},
        .position_lots_max = {1},
        .order_lots = {1},
        .order_lots_max = {1},
        .data_age_ns_max = FX_MINUTE_NS,
        .account_age_ns_max = FX_MINUTE_NS,
        .flatten_by_session_min = -1,
        .threshold_prob = 0.6,
    };
    return fx;
}

static inline void fx_start(fx_t *fx, const hb_model_set_t *set)
{
    hb_err_t err = {0};
    hb_arena_t arena;
    const size_t bytes = hb_engine_footprint(set);
    hb_free(fx->memory);
    fx->memory = hb_alloc(1, bytes);
    hb_arena_init(&arena, fx->memory, bytes);
    const hb_clock_t clock = {.mono_ns = fx_clock_mono, .ctx = fx};
    if (hb_engine_init(&fx->engine, &arena, set, &fx->limits, &clock, &err) != HB_OK) {
        fail_msg("%s: %s", err.where, err.message);
    }
    hb_arena_seal(&arena);
}

static inline void fx_step(fx_t *fx, const hb_bar_t *bar, hb_step_t *out)
{
    const int64_t now = bar->open_utc_at_ns + FX_MINUTE_NS;
    const hb_account_t account = {.utc_at_ns = now};
    hb_engine_step(&fx->engine, bar, &fx->risk, &account, now, out);
}

static inline void fx_free(fx_t *fx)
{
    hb_near_close(&fx->set.index);
    hb_free(fx->memory);
    hb_free(fx);
}

/* All that a decision rests on, bit for bit; times are left out. */
static inline bool fx_same(const hb_step_t *a, const hb_step_t *b)
{
    const size_t row_dim = hb_state_dim + hb_row_near_dim;
    return memcmp(a->state.x, b->state.x, hb_state_dim * sizeof *a->state.x) == 0 &&
           a->state.bar_idx == b->state.bar_idx && a->state.ready == b->state.ready &&
           memcmp(a->point.z, b->point.z, sizeof a->point.z) == 0 &&
           memcmp(&a->point.lift, &b->point.lift, sizeof a->point.lift) == 0 &&
           a->near.count == b->near.count &&
           memcmp(a->near.ids, b->near.ids, a->near.count * sizeof *a->near.ids) == 0 &&
           memcmp(a->near.dist, b->near.dist, a->near.count * sizeof *a->near.dist) == 0 &&
           memcmp(a->row.x, b->row.x, row_dim * sizeof *a->row.x) == 0 &&
           memcmp(&a->score.p, &b->score.p, sizeof a->score.p) == 0 &&
           memcmp(&a->score.raw, &b->score.raw, sizeof a->score.raw) == 0 &&
           a->score.set == b->score.set && a->score.reasons == b->score.reasons &&
           a->intent.key == b->intent.key && a->intent.decision == b->intent.decision &&
           a->intent.side == b->intent.side && a->intent.reasons == b->intent.reasons &&
           a->intent.size_lots.v == b->intent.size_lots.v && a->order.state == b->order.state;
}

/* Writes all parts of a set, its schema by hand when given. */
static inline void fx_save(const hb_model_set_t *set, const char *path, const char *schema_text)
{
    hb_err_t err = {0};
    hb_artifact_out_t out = {0};
    char file[4200];
    char sha256[HB_SHA256_HEX];
    char *schema = schema_text ? hb_strdup(schema_text) : hb_schema_json(set->bar_size_s);
    bool ok = hb_artifact_begin(&out, path, &err) == HB_OK;
    ok = ok && hb_artifact_path(&out, HB_FILE_WHITEN, file, &err) == HB_OK &&
         hb_whiten_save(&set->whiten, file, &err) == HB_OK;
    ok = ok && hb_artifact_path(&out, HB_FILE_INDEX, file, &err) == HB_OK &&
         hb_near_save(&set->index, file, &err) == HB_OK;
    ok = ok && hb_artifact_path(&out, HB_FILE_KERNELS, file, &err) == HB_OK &&
         hb_kernels_save(&set->kernels, file, &err) == HB_OK;
    ok = ok && hb_artifact_path(&out, HB_FILE_MODEL, file, &err) == HB_OK &&
         hb_trees_save(&set->trees, file, &err) == HB_OK;
    ok = ok && hb_artifact_path(&out, HB_FILE_CALIB, file, &err) == HB_OK &&
         hb_calib_save(&set->calib, &set->conformal, file, &err) == HB_OK;
    ok = ok && hb_artifact_path(&out, HB_FILE_SCHEMA, file, &err) == HB_OK &&
         hb_os_write_atomic(file, schema, strlen(schema), &err) == HB_OK;
    ok = ok && hb_artifact_commit(&out, sha256, &err) == HB_OK;
    hb_artifact_abort(&out);
    hb_free(schema);
    if (!ok) fail_msg("%s: %s", err.where, err.message);
}

#endif
