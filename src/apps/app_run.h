/* Bars through engine_step: what predict, replay and demo share. */
#ifndef HB_APP_RUN_H
#define HB_APP_RUN_H

#include <stdio.h>

#include "app_data.h"
#include "engine_step.h"
#include "sim_fill.h"
#include "store_hash.h"

/* One run of the engine over bars. */
typedef struct {
    hb_model_set_t *set;
    hb_engine_t *engine;
    void *memory; /* of the engine's arena */
    hb_sim_fill_t sim;
    hb_risk_t *risk;
    uint64_t skipped[32];    /* bars without a prediction, by reason bit */
    uint64_t rows;           /* bars with one */
    uint64_t in_sample;      /* of them, bars that the artifact was trained on */
    uint64_t orders_refused; /* by the simulator */
    hb_sha256_t decisions_sha;
} app_run_t;

/* Verified load, engine and simulator. error: HB_E_ARTIFACT, HB_E_CONFIG, HB_E_DATA (bar size). */
HB_CHECKED hb_status_t app_run_open(app_t *app, const char *artifact, const app_bars_t *bars,
                                    app_run_t *out, hb_err_t *err);
void app_run_close(app_run_t *run);

/* Called for each bar after its step. */
typedef hb_status_t (*app_step_fn)(void *ctx, app_run_t *run, const hb_bar_t *bar,
                                   const hb_step_t *step, hb_err_t *err);
/* trade: orders go to the simulator, whose account the gate sees; else a flat account is seen. Bars
 * that opened before from_utc_at_ns only warm the state up. */
typedef struct {
    bool trade;
    int64_t from_utc_at_ns;
    app_step_fn fn;
    void *ctx;
} app_run_how_t;
HB_CHECKED hb_status_t app_run_bars(app_t *app, app_run_t *run, const hb_bars_t *bars,
                                    const app_run_how_t *how, hb_err_t *err);

/* True when the bar got no prediction (warm-up and the like). */
bool app_step_skipped(const hb_step_t *step);
/* Names of the reason bits, ';' between them. */
void app_reasons_text(uint32_t reasons, char out[256]);
const char *app_set_text(uint32_t set); /* "", "0", "1", "01" */
const char *app_decision_text(hb_decision_t decision);
json_t *app_reason_counts(const uint64_t counts[32]);
/* {stage: {p50, p95, p99, max}} in microseconds, and total. */
json_t *app_latency_json(const hb_engine_t *engine);

/* Replays bars that opened at from_utc_at_ns or later into a decisions file (NULL: none) and fills
 * out with the keys of `replay`. */
HB_CHECKED hb_status_t app_replay(app_t *app, const char *artifact, const app_bars_t *bars,
                                  int64_t from_utc_at_ns, const char *decisions_path, json_t *out,
                                  hb_err_t *err);

#endif
