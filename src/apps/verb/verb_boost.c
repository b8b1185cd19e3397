/* hyperbar boost fit, boost predict: the trees on plain matrices. */
#include <math.h>
#include <string.h>

#include "app.h"
#include "app_npy.h"
#include "base_mem.h"
#include "learn_boost.h"
#include "learn_fit.h"
#include "learn_metrics.h"
#include "num_fn.h"
#include "verb_table.h"

static const app_opt_t fit_opts[] = {
    {"x", "X.npy", "features, NaN allowed"},
    {"y", "y.npy", "0 or 1"},
    {"x-val", "X.npy", "rows that early stopping looks at"},
    {"y-val", "y.npy", "their labels"},
    {"out", "M.hbx", "where the model goes"},
    {NULL, NULL, NULL},
};

static const app_opt_t predict_opts[] = {
    {"model", "M.hbx", "a model made by boost fit, or the model.hbx of an artifact"},
    {"x", "X.npy", "features"},
    {"y", "y.npy", "labels, to score the predictions"},
    {"raw", NULL, "write log-odds instead of probabilities"},
    {"out", "p.npy", "float64"},
    {NULL, NULL, NULL},
};

typedef struct {
    float *x;
    uint8_t *y;
    uint32_t rows, cols;
} table_t;

static void table_free(table_t *table)
{
    hb_free(table->x);
    hb_free(table->y);
}

static hb_status_t read_table(const char *x_path, const char *y_path, table_t *out, hb_err_t *err)
{
    app_matrix_t x = {0}, y = {0};
    table_t table = {0};
    hb_status_t status;
    HB_TRY_OUT(app_npy_read(x_path, 1, &x, err));
    if (y_path) HB_TRY_OUT(app_npy_read(y_path, 0, &y, err));
    if (y_path && (y.cols != 1 || y.rows != x.rows)) {
        status = hb_err_set(err, HB_E_DATA, y_path, NULL, "%u labels for %u rows", y.rows, x.rows);
        goto out;
    }
    table = (table_t){hb_alloc((size_t)x.rows * x.cols, sizeof(float)), hb_alloc(x.rows, 1), x.rows,
                      x.cols};
    for (size_t i = 0; i < (size_t)x.rows * x.cols; i++) table.x[i] = (float)x.data[i];
    for (uint32_t i = 0; y_path && i < y.rows; i++) {
        if (y.data[i] != 0 && y.data[i] != 1) {
            status = hb_err_set(err, HB_E_DATA, y_path, "labels are 0 or 1", "label %g in row %u",
                                y.data[i], i);
            table_free(&table);
            goto out;
        }
        table.y[i] = (uint8_t)y.data[i];
    }
    *out = table;
out:
    app_matrix_free(&x);
    app_matrix_free(&y);
    return status;
}

static void show(void *ctx, uint32_t iteration, uint32_t iterations, double learn, double eval)
{
    (void)learn;
    (void)eval;
    app_progress_show(ctx, iteration, iterations);
}

static hb_status_t fit(app_t *app, hb_err_t *err)
{
    const char *x_path = NULL, *y_path = NULL, *out = NULL;
    table_t learn = {0}, eval = {0};
    hb_trees_t trees = {0};
    hb_boost_report_t report = {0};
    hb_fit_params_t params;
    hb_status_t status;
    HB_TRY(app_need(app, "x", &x_path, err));
    HB_TRY(app_need(app, "y", &y_path, err));
    HB_TRY(app_need(app, "out", &out, err));
    HB_TRY(hb_fit_params_from_conf(app->conf, &params, err));
    params.boost.threads = app->threads;
    HB_TRY(read_table(x_path, y_path, &learn, err));
    if (app_opt(app, "x-val"))
        HB_TRY_OUT(read_table(app_opt(app, "x-val"), app_opt(app, "y-val"), &eval, err));
    if (eval.rows && eval.cols != learn.cols) {
        status = hb_err_set(err, HB_E_DATA, app_opt(app, "x-val"), NULL, "%u columns, --x has %u",
                            eval.cols, learn.cols);
        goto out;
    }
    const hb_boost_data_t learn_data = {learn.x, learn.y, NULL, learn.rows, learn.cols};
    const hb_boost_data_t eval_data = {eval.x, eval.y, NULL, eval.rows, eval.cols};
    app_progress_t progress = app_progress_begin(app, "boost");
    const double began = app_seconds(app);
    HB_TRY_OUT(hb_boost_fit(&learn_data, eval.rows ? &eval_data : NULL, &params.boost, show,
                            &progress, &trees, &report, err));
    app_progress_end(&progress);
    if (!app->dry_run) HB_TRY_OUT(hb_trees_save(&trees, out, err));
    app_set(app, "trees", json_integer(report.trees_kept));
    app_set(app, "depth", json_integer(params.boost.depth));
    app_set(app, "seconds", json_real(app_seconds(app) - began));
    app_set(app, "log_loss", json_real(eval.rows ? report.eval_log_loss : report.learn_log_loss));
    app_set(app, "learn_log_loss", json_real(report.learn_log_loss));
    app_say(app, "%u trees in %.2f s, log loss %.5f: %s", report.trees_kept,
            app_seconds(app) - began, eval.rows ? report.eval_log_loss : report.learn_log_loss,
            out);
out:
    hb_free(report.importance);
    hb_trees_close(&trees);
    table_free(&learn);
    table_free(&eval);
    return status;
}

static hb_status_t predict(app_t *app, hb_err_t *err)
{
    const char *model = NULL, *x_path = NULL, *out = NULL;
    hb_trees_t trees = {0};
    table_t table = {0};
    double *raw = NULL, *p = NULL;
    hb_status_t status;
    HB_TRY(app_need(app, "model", &model, err));
    HB_TRY(app_need(app, "x", &x_path, err));
    HB_TRY(app_need(app, "out", &out, err));
    HB_TRY(hb_trees_open(model, &trees, err));
    HB_TRY_OUT(read_table(x_path, app_opt(app, "y"), &table, err));
    if (table.cols != trees.feature_count) {
        status = hb_err_set(err, HB_E_DATA, x_path, NULL, "%u columns, the model takes %u",
                            table.cols, trees.feature_count);
        goto out;
    }
    raw = hb_alloc(table.rows, sizeof *raw);
    p = hb_alloc(table.rows, sizeof *p);
    hb_trees_eval_rows(&trees, table.x, table.rows, raw);
    for (uint32_t i = 0; i < table.rows; i++) p[i] = 1 / (1 + hb_exp(-raw[i]));
    if (!app->dry_run)
        HB_TRY_OUT(app_npy_write(out, "<f8", app_flag(app, "raw") ? raw : p, table.rows, 0, err));
    app_set(app, "rows", json_integer(table.rows));
    app_set(app, "trees", json_integer(trees.tree_count));
    if (app_opt(app, "y")) {
        app_set(app, "log_loss", json_real(hb_log_loss(p, table.y, table.rows)));
        const double auc = hb_auc(raw, table.y, table.rows);
        app_set(app, "auc", isfinite(auc) ? json_real(auc) : json_null());
    }
    app_say(app, "%u rows by %u trees: %s", table.rows, trees.tree_count, out);
out:
    hb_free(raw);
    hb_free(p);
    hb_trees_close(&trees);
    table_free(&table);
    return status;
}

const app_verb_t verb_boost_fit = {
    "boost fit", "train oblivious trees on a matrix",
    "",          "hyperbar boost fit --x X.npy --y y.npy --set catboost.depth=6 --out M.hbx",
    fit_opts,    fit};
const app_verb_t verb_boost_predict = {"boost predict",
                                       "evaluate trees on a matrix",
                                       "",
                                       "hyperbar boost predict --model M.hbx --x X.npy --out p.npy",
                                       predict_opts,
                                       predict};
