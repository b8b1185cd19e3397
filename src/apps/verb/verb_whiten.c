/* hyperbar whiten fit, whiten apply: the whitening stage on a matrix. */
#include <math.h>
#include <string.h>

#include "app.h"
#include "app_npy.h"
#include "base_mem.h"
#include "state_whiten.h"
#include "verb_table.h"

static const app_opt_t fit_opts[] = {
    {"x", "X.npy", "rows to fit on, one state a row (at most 32 columns)"},
    {"rho", "R", "regularisation in (0, 1], default: chosen (Zhang-Wiesel)"},
    {"components", "D", "keep the leading D components (default: all)"},
    {"out", "W.npz", "where the whitening goes"},
    {NULL, NULL, NULL},
};

static const app_opt_t apply_opts[] = {
    {"w", "W.npz", "a whitening made by whiten fit"},
    {"x", "X.npy", "rows to whiten"},
    {"out", "Z.npy", "whitened rows, float32"},
    {NULL, NULL, NULL},
};

/* One array that holds the whole struct but its matrix: order as in hb_whiten_t. */
enum { WORDS = 8 };

static hb_status_t save(const hb_whiten_t *w, const double *shape_words, const char *path,
                        hb_err_t *err)
{
    double kept[HB_STATE_DIM_MAX];
    for (uint32_t i = 0; i < w->kept_dim; i++) kept[i] = w->kept[i];
    double *root = hb_alloc((size_t)w->out_dim * w->kept_dim, sizeof *root);
    memcpy(root, w->root, (size_t)w->out_dim * w->kept_dim * sizeof *root);
    const app_npz_entry_t entries[] = {
        {"words", shape_words, WORDS, 0},
        {"kept", kept, w->kept_dim, 0},
        {"winsor_lo", w->winsor_lo, w->kept_dim, 0},
        {"winsor_hi", w->winsor_hi, w->kept_dim, 0},
        {"mad", w->mad, w->kept_dim, 0},
        {"location", w->location, w->kept_dim, 0},
        {"root", root, w->out_dim, w->kept_dim},
    };
    const hb_status_t status =
        app_npz_write(path, entries, sizeof entries / sizeof entries[0], err);
    hb_free(root);
    return status;
}

static hb_status_t fit(app_t *app, hb_err_t *err)
{
    const char *x_path = NULL, *out = NULL;
    app_matrix_t x = {0};
    hb_whiten_t *w = NULL;
    hb_whiten_report_t report;
    hb_whiten_params_t params = hb_whiten_params_default();
    int64_t components = 0;
    hb_status_t status;
    HB_TRY(app_need(app, "x", &x_path, err));
    HB_TRY(app_need(app, "out", &out, err));
    HB_TRY(app_opt_real(app, "rho", 1e-6, 1, params.tyler.rho, &params.tyler.rho, err));
    HB_TRY(app_opt_int(app, "components", 0, HB_STATE_DIM_MAX, 0, &components, err));
    params.components = (uint32_t)components;
    params.temperature = 1; /* z itself: the temperature belongs to the lift */
    params.norm_cap = 1e30;
    HB_TRY(app_npy_read(x_path, 0, &x, err));
    w = hb_alloc(1, sizeof *w);
    if (x.cols > HB_STATE_DIM_MAX) {
        status = hb_err_set(err, HB_E_DATA, x_path, NULL, "%u columns, at most %u", x.cols,
                            HB_STATE_DIM_MAX);
        goto out;
    }
    HB_TRY_OUT(hb_whiten_fit(x.data, x.rows, x.cols, &params, w, &report, err));
    const double words[WORDS] = {w->state_dim, w->kept_dim, w->out_dim, w->temperature,
                                 w->norm_cap,  w->rho,      0,          0};
    if (!app->dry_run) HB_TRY_OUT(save(w, words, out, err));
    const hb_tyler_report_t *tyler = &report.tyler;
    app_set(app, "rows", json_integer(x.rows));
    app_set(app, "iterations", json_integer(tyler->iterations));
    app_set(app, "converged", json_boolean(tyler->converged));
    app_set(app, "trace", json_real(tyler->trace));
    app_set(app, "eigmin", json_real(tyler->eigmin));
    app_set(app, "eigmax", json_real(tyler->eigmax));
    app_set(app, "rho", json_real(tyler->rho));
    app_set(app, "fixed_point_error", json_real(tyler->fixed_point_error));
    app_set(app, "dropped_columns", json_integer(report.dropped_columns));
    app_set(app, "median_norm_sq", json_real(report.median_norm_sq));
    app_say(app, "%s in %u iterations, rho %.4f, trace %.9f, eigmin %.3g: %s",
            tyler->converged ? "converged" : "NOT converged", tyler->iterations, tyler->rho,
            tyler->trace, tyler->eigmin, out);
out:
    hb_free(w);
    app_matrix_free(&x);
    return status;
}

static hb_status_t take(const char *path, const char *name, double *out, size_t count,
                        hb_err_t *err)
{
    app_matrix_t matrix = {0};
    HB_TRY(app_npz_read(path, name, &matrix, err));
    hb_status_t status = HB_OK;
    if ((size_t)matrix.rows * matrix.cols != count) {
        status = hb_err_set(err, HB_E_DATA, path, "make it with: hyperbar whiten fit",
                            "array %s has the wrong size", name);
    } else {
        memcpy(out, matrix.data, count * sizeof *out);
    }
    app_matrix_free(&matrix);
    return status;
}

static hb_status_t load(const char *path, hb_whiten_t *w, hb_err_t *err)
{
    double words[WORDS], kept[HB_STATE_DIM_MAX];
    HB_TRY(take(path, "words", words, WORDS, err));
    for (int i = 0; i < 3; i++) {
        if (!(words[i] >= 1 && words[i] <= HB_STATE_DIM_MAX)) {
            return hb_err_set(err, HB_E_DATA, path, NULL,
                              "the whitening's dimensions are out of bounds");
        }
    }
    w->state_dim = (uint32_t)words[0];
    w->kept_dim = (uint32_t)words[1];
    w->out_dim = (uint32_t)words[2];
    w->temperature = words[3];
    w->norm_cap = words[4];
    w->rho = words[5];
    HB_TRY(take(path, "kept", kept, w->kept_dim, err));
    for (uint32_t i = 0; i < w->kept_dim; i++) {
        if (!(kept[i] >= 0 && kept[i] < w->state_dim)) {
            return hb_err_set(err, HB_E_DATA, path, NULL,
                              "the whitening keeps a column that does not exist");
        }
        w->kept[i] = (uint32_t)kept[i];
    }
    HB_TRY(take(path, "winsor_lo", w->winsor_lo, w->kept_dim, err));
    HB_TRY(take(path, "winsor_hi", w->winsor_hi, w->kept_dim, err));
    HB_TRY(take(path, "mad", w->mad, w->kept_dim, err));
    HB_TRY(take(path, "location", w->location, w->kept_dim, err));
    return take(path, "root", w->root, (size_t)w->out_dim * w->kept_dim, err);
}

static hb_status_t apply(app_t *app, hb_err_t *err)
{
    const char *w_path = NULL, *x_path = NULL, *out = NULL;
    app_matrix_t x = {0};
    float *z = NULL;
    hb_status_t status;
    HB_TRY(app_need(app, "w", &w_path, err));
    HB_TRY(app_need(app, "x", &x_path, err));
    HB_TRY(app_need(app, "out", &out, err));
    hb_whiten_t *w = hb_alloc(1, sizeof *w);
    HB_TRY_OUT(load(w_path, w, err));
    HB_TRY_OUT(app_npy_read(x_path, 1, &x, err));
    if (x.cols != w->state_dim) {
        status = hb_err_set(err, HB_E_DATA, x_path, NULL, "%u columns, the whitening takes %u",
                            x.cols, w->state_dim);
        goto out;
    }
    z = hb_alloc((size_t)x.rows * w->out_dim, sizeof *z);
    uint32_t refused = 0;
    for (uint32_t i = 0; i < x.rows; i++) {
        hb_point_t point;
        hb_whiten_apply(w, &x.data[(size_t)i * x.cols], &point);
        refused += !point.finite;
        for (uint32_t j = 0; j < w->out_dim; j++)
            z[(size_t)i * w->out_dim + j] = point.finite ? point.z[j] : NAN;
    }
    if (!app->dry_run) HB_TRY_OUT(app_npy_write(out, "<f4", z, x.rows, w->out_dim, err));
    app_set(app, "rows", json_integer(x.rows));
    app_set(app, "dim", json_integer(w->out_dim));
    app_set(app, "not_finite", json_integer(refused));
    app_say(app, "%u rows of %u dimensions, %u not finite: %s", x.rows, w->out_dim, refused, out);
out:
    hb_free(z);
    hb_free(w);
    app_matrix_free(&x);
    return status;
}

const app_verb_t verb_whiten_fit = {
    "whiten fit", "robust location and shape of a matrix",
    "",           "hyperbar whiten fit --x X.npy --rho 0.1 --out W.npz",
    fit_opts,     fit};
const app_verb_t verb_whiten_apply = {"whiten apply",
                                      "whiten the rows of a matrix",
                                      "",
                                      "hyperbar whiten apply --w W.npz --x X.npy --out Z.npy",
                                      apply_opts,
                                      apply};
