/* Purged validation: every fold fits its own artifact in its own folder, loads it back through the
 * same verified loader that live uses, and predicts its test rows through the same stage functions.
 *
 * The first 1/(folds+1) of the rows are the seed: always trained on, never tested, because the
 * first test row needs a past to remember. The memory of a test row holds only training rows whose
 * label ended before it, also in CPCV, where training rows after the test group teach the trees but
 * never serve as neighbours.
 */
#ifndef HB_LEARN_VALIDATE_H
#define HB_LEARN_VALIDATE_H

#include <jansson.h>

#include "learn_fit.h"
#include "learn_metrics.h"
#include "learn_splits.h"

enum {
    HB_RIVAL_KNN_EXACT,
    HB_RIVAL_MAJORITY,
    HB_RIVAL_PERSISTENCE,
    HB_RIVAL_LOGISTIC,
    HB_RIVAL_COUNT
};
const char *hb_rival_name(uint32_t rival);

typedef struct {
    hb_fit_params_t fit;
    hb_split_params_t split;
    hb_interval_params_t interval;
    uint32_t threads;
    uint32_t recall_queries; /* sampled per fold against a brute-force scan in double */
} hb_validate_params_t;

HB_CHECKED hb_status_t hb_validate_params_from_conf(const hb_conf_t *conf, uint32_t rows,
                                                    uint32_t threads, hb_validate_params_t *out,
                                                    hb_err_t *err);

/* Called as folds end, from the worker that ended one. */
typedef void (*hb_validate_progress_fn)(void *ctx, uint32_t folds_done, uint32_t folds);

/* Fits and scores all folds into out_dir/folds/NN and gives the result as one JSON object with the
 * keys of the validation report (see docs/report.md). gives: json_decref. */
HB_CHECKED hb_status_t hb_validate_run(const hb_dataset_t *data, const hb_validate_params_t *params,
                                       const char *out_dir, hb_validate_progress_fn progress,
                                       void *ctx, json_t **out, hb_err_t *err);

#endif
