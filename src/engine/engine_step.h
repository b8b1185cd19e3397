/* One bar through the six stages: the only way from a bar to a decision.
 *
 * No allocation, lock or system call after hb_engine_init. predict, replay and the daemon call
 * hb_engine_step; training and validation call the same stage functions on the same records.
 */
#ifndef HB_ENGINE_STEP_H
#define HB_ENGINE_STEP_H

#include "base_arena.h"
#include "base_hist.h"
#include "engine_artifact.h"
#include "gate_risk.h"
#include "os_clock.h"
#include "rec_bar.h"
#include "rec_intent.h"
#include "rec_near.h"
#include "rec_order.h"
#include "rec_row.h"
#include "rec_score.h"
#include "rec_state.h"

/* Stages in order; the latency recorder has one histogram each. */
#define HB_STAGE_TABLE(X)                                                                          \
    X(BARS, "bars")   /* check the bar */                                                          \
    X(STATE, "state") /* Heikin-Ashi, indicators, whitening, lift */                               \
    X(NEAR, "near")   /* causal search, kernels, row */                                            \
    X(MODEL, "model") /* trees, calibration, conformal set */                                      \
    X(GATE, "gate")   /* risk gate */                                                              \
    X(ORDER, "order") /* intent to order */
typedef enum {
#define HB_STAGE_ENUM(name, text) HB_STAGE_##name,
    HB_STAGE_TABLE(HB_STAGE_ENUM)
#undef HB_STAGE_ENUM
        HB_STAGE_COUNT
} hb_stage_t;
const char *hb_stage_name(hb_stage_t stage);

/* All that one step produced, kept until the next. After a bar that was refused the stages hold
 * zeros, p is NaN and the order is LOCKED, as it is whenever the intent is no PASS. */
typedef struct {
    hb_state_t state;
    hb_point_t point;
    hb_near_t near;
    hb_row_t row;
    hb_score_t score;
    hb_intent_t intent;
    hb_order_t order; /* NEW after a PASS */
    int64_t stage_ns[HB_STAGE_COUNT];
} hb_step_t;

typedef struct {
    const hb_model_set_t *set; /* keeps */
    hb_state_stream_t *stream;
    hb_near_scratch_t *scratch;
    hb_gate_limits_t limits;
    hb_clock_t clock;
    int64_t last_bar_utc_at_ns; /* 0 before the first */
    uint64_t step_count;
    uint64_t reason_counts[32];
    uint64_t decision_counts[3];
    hb_hist_t stage_hist[HB_STAGE_COUNT];
    hb_hist_t total_hist;
} hb_engine_t;

size_t hb_engine_footprint(const hb_model_set_t *set);
/* Takes its memory from arena, which the caller may seal afterwards. error: HB_E_CONFIG (limits),
 * HB_E_ARTIFACT (parts that do not fit), HB_E_INTERNAL (arena below the footprint). */
HB_CHECKED hb_status_t hb_engine_init(hb_engine_t *engine, hb_arena_t *arena,
                                      const hb_model_set_t *set, const hb_gate_limits_t *limits,
                                      const hb_clock_t *clock, hb_err_t *err);
/* Lets a bar of the past into the state without deciding it: the warm-up before the first live bar.
 * false when the bar is refused, as in hb_engine_step; nothing is counted. */
bool hb_engine_warm(hb_engine_t *engine, const hb_bar_t *bar);
/* Takes the next closed bar. now: when it is decided (simulated time in replay: the bar's close).
 * Every step counts: decision_counts add up to step_count. hot.
 * A bar that is not later than the last or fails hb_bar_check is decided BLOCK with DATA_FAULT and
 * does not enter the state. */
void hb_engine_step(hb_engine_t *engine, const hb_bar_t *bar, const hb_risk_t *risk,
                    const hb_account_t *account, int64_t now_utc_at_ns, hb_step_t *out);

/* State > point. hot. */
void hb_engine_point(const hb_whiten_t *whiten, const hb_state_t *state, hb_point_t *point);
/* Point > neighbours > row. A point that is not finite has no neighbours. hot. */
void hb_engine_neighbours(const hb_near_index_t *index, const hb_kernels_t *kernels,
                          const hb_state_t *state, const hb_point_t *point,
                          hb_near_scratch_t *scratch, hb_near_t *near, hb_row_t *row);
/* Both of them, state > point > neighbours > row: the middle of the step, also used by training and
 * validation for rows of any fold (they hand in that fold's parts). hot. */
void hb_engine_row(const hb_whiten_t *whiten, const hb_near_index_t *index,
                   const hb_kernels_t *kernels, const hb_state_t *state, hb_near_scratch_t *scratch,
                   hb_point_t *point, hb_near_t *near, hb_row_t *row);

#endif
