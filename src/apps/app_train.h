/* Training as train, demo and (later) recalibrate run it. */
#ifndef HB_APP_TRAIN_H
#define HB_APP_TRAIN_H

#include "app_data.h"

#define APP_ROWS_MIN 1000u

/* Fits on all rows of the bars, seals dir, fills out with the keys of `train`. validation: folder
 * of the validate run whose report is kept with the artifact, or NULL. */
HB_CHECKED hb_status_t app_train(app_t *app, const app_bars_t *bars, const char *dir,
                                 const char *validation, json_t *out, hb_err_t *err);

/* Validates into dir (folds, validation.json) and fills *out with the report. */
HB_CHECKED hb_status_t app_validate(app_t *app, const app_bars_t *bars, const char *dir,
                                    json_t **out, hb_err_t *err);

#endif
