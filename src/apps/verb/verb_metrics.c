/* hyperbar metrics: what a vector of probabilities is worth against 0/1 labels. */
#include <math.h>

#include "app.h"
#include "app_npy.h"
#include "base_mem.h"
#include "learn_metrics.h"
#include "verb_table.h"

static const app_opt_t opts[] = {
    {"y", "y.npy", "labels, 0 or 1"},
    {"p", "p.npy", "probabilities in [0, 1]"},
    {NULL, NULL, NULL},
};

static void set_real(app_t *app, const char *name, double value)
{
    app_set(app, name, isfinite(value) ? json_real(value) : json_null());
    app_say(app, "%-18s %.6f", name, value);
}

static void describe(app_t *app, const double *p, const uint8_t *y, uint32_t n)
{
    hb_delong_t delong;
    hb_delong(p, y, n, &delong);
    app_set(app, "rows", json_integer(n));
    set_real(app, "accuracy", hb_accuracy(p, y, n));
    set_real(app, "f1", hb_f1(p, y, n));
    set_real(app, "roc_auc", hb_auc(p, y, n));
    set_real(app, "auc_lo", delong.logit_lo);
    set_real(app, "auc_hi", delong.logit_hi);
    set_real(app, "log_loss", hb_log_loss(p, y, n));
    set_real(app, "brier", hb_brier(p, y, n));
    set_real(app, "ece", hb_ece_mass(p, y, n, 10));
    set_real(app, "ece_width", hb_ece_width(p, y, n, 10));
    set_real(app, "spiegelhalter_z", hb_spiegelhalter_z(p, y, n));
}

static hb_status_t run(app_t *app, hb_err_t *err)
{
    const char *y_path = NULL, *p_path = NULL;
    app_matrix_t y = {0}, p = {0};
    uint8_t *labels = NULL;
    hb_status_t status;
    HB_TRY(app_need(app, "y", &y_path, err));
    HB_TRY(app_need(app, "p", &p_path, err));
    HB_TRY_OUT(app_npy_read(y_path, 0, &y, err));
    HB_TRY_OUT(app_npy_read(p_path, 0, &p, err));
    if (y.cols != 1 || p.cols != 1 || y.rows != p.rows || y.rows == 0) {
        status = hb_err_set(err, HB_E_DATA, p_path, NULL, "%u probabilities for %u labels", p.rows,
                            y.rows);
        goto out;
    }
    labels = hb_alloc(y.rows, 1);
    for (uint32_t i = 0; i < y.rows; i++) {
        if ((y.data[i] != 0 && y.data[i] != 1) || p.data[i] < 0 || p.data[i] > 1) {
            status =
                hb_err_set(err, HB_E_DATA, p_path, "labels are 0 or 1, probabilities in [0, 1]",
                           "row %u holds label %g and probability %g", i, y.data[i], p.data[i]);
            goto out;
        }
        labels[i] = (uint8_t)y.data[i];
    }
    describe(app, p.data, labels, y.rows);
out:
    hb_free(labels);
    app_matrix_free(&y);
    app_matrix_free(&p);
    return status;
}

const app_verb_t verb_metrics = {"metrics", "metrics of probabilities against labels",
                                 "",        "hyperbar metrics --y y.npy --p p.npy",
                                 opts,      run};
