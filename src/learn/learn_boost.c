/* Plain boosting of oblivious trees on the log loss, with CatBoost's parameter names and, but for
 * the random numbers, its algorithm: quantise once, per tree draw rows, search splits on gradients,
 * fit leaves by Newton on all rows. Prokhorenkova et al. 2018 and the CatBoost sources' behaviour.
 *
 * Deviations: training starts from the learn rows' log-odds (boost_from_average) and carries them
 * as the model's bias, so that a model stopped early, even at no tree, is calibrated;
 * min_data_in_leaf is held to; a border that cuts no leaf is no candidate.
 *
 * Invariant: the result is a function of data, parameters and seed, not of the thread count. */
#include "learn_boost.h"

#include <math.h>
#include <stdio.h>

#include "base_assert.h"
#include "base_mem.h"
#include "learn_boost_int.h"
#include "num_fn.h"

#define FEATURE_COUNT_MAX 65536u
#define ROWS_MAX          (UINT32_C(1) << 31)

hb_boost_params_t hb_boost_params_default(void)
{
    return (hb_boost_params_t){.depth = 8,
                               .learning_rate = 0.06,
                               .iterations = 2000,
                               .l2_leaf_reg = 3,
                               .subsample = 0.8,
                               .rsm = 1,
                               .random_strength = 1,
                               .border_count = 254,
                               .random_seed = 42,
                               .early_stopping_rounds = 50,
                               .leaf_estimation_iterations = 1,
                               .min_data_in_leaf = 1,
                               .threads = 1};
}

/* Also refuses NaN. */
static hb_status_t param_check(const char *name, double value, double least, double most,
                               hb_err_t *err)
{
    if (value >= least && value <= most) return HB_OK;
    char hint[96];
    (void)snprintf(hint, sizeof hint, "set %s between %g and %g", name, least, most);
    return hb_err_set(err, HB_E_CONFIG, name, hint, "%s is %g, allowed is %g to %g", name, value,
                      least, most);
}

hb_status_t hb_boost_params_check(const hb_boost_params_t *params, hb_err_t *err)
{
    const struct {
        const char *name;
        double value, least, most;
    } rules[] = {
        {"depth", params->depth, 1, HB_TREE_DEPTH_MAX},
        {"learning_rate", params->learning_rate, 1e-6, 1},
        {"iterations", params->iterations, 1, 100000},
        {"l2_leaf_reg", params->l2_leaf_reg, 0, 1e6},
        {"subsample", params->subsample, 1e-3, 1},
        {"rsm", params->rsm, 1e-3, 1},
        {"random_strength", params->random_strength, 0, 1e3},
        {"border_count", params->border_count, 1, HB_BOOST_BINS_MAX - 1},
        {"early_stopping_rounds", params->early_stopping_rounds, 0, 100000},
        {"leaf_estimation_iterations", params->leaf_estimation_iterations, 1, 100},
        {"min_data_in_leaf", params->min_data_in_leaf, 1, 1e6},
        {"threads", params->threads, 1, 1024},
    };
    for (size_t i = 0; i < HB_COUNT(rules); i++) {
        HB_TRY(param_check(rules[i].name, rules[i].value, rules[i].least, rules[i].most, err));
    }
    return HB_OK;
}

static hb_status_t shape_check(const hb_boost_data_t *data, const char *what, hb_err_t *err)
{
    if (data->rows == 0 || data->rows > ROWS_MAX) {
        return hb_err_set(err, HB_E_NUMERIC, what, "give rows whose label is known",
                          "%s has %u rows, 1 to %u are possible", what, data->rows, ROWS_MAX);
    }
    if (data->feature_count == 0 || data->feature_count > FEATURE_COUNT_MAX) {
        return hb_err_set(err, HB_E_NUMERIC, what, NULL, "%s has %u features, 1 to %u are possible",
                          what, data->feature_count, FEATURE_COUNT_MAX);
    }
    return HB_OK;
}

static hb_status_t data_check(const hb_boost_data_t *data, const char *what, hb_err_t *err)
{
    HB_TRY(shape_check(data, what, err));
    double weight_sum = 0;
    for (uint32_t i = 0; i < data->rows; i++) {
        if (data->y[i] > 1) {
            return hb_err_set(err, HB_E_NUMERIC, what, "labels are 0 and 1",
                              "%s row %u has label %u", what, i, data->y[i]);
        }
        const double weight = data->weight ? data->weight[i] : 1;
        if (!(weight >= 0 && isfinite(weight))) {
            return hb_err_set(err, HB_E_NUMERIC, what, "weights are finite and not negative",
                              "%s row %u has weight %g", what, i, weight);
        }
        weight_sum += weight;
    }
    if (!(weight_sum > 0)) {
        return hb_err_set(err, HB_E_NUMERIC, what, "give some row a weight above 0",
                          "%s has no row with a weight", what);
    }
    for (uint64_t i = 0; i < (uint64_t)data->rows * data->feature_count; i++) {
        if (!isinf(data->x[i])) continue;
        return hb_err_set(err, HB_E_NUMERIC, what, "use NaN for a value that is not known",
                          "%s row %llu feature %llu is infinite", what,
                          (unsigned long long)(i / data->feature_count),
                          (unsigned long long)(i % data->feature_count));
    }
    return HB_OK;
}

typedef struct {
    const hb_boost_params_t *params;
    hb_boost_borders_t borders;
    hb_boost_rows_t learn, eval; /* eval.rows is 0 when there are none */
    hb_boost_grow_t grow;
    hb_boost_tree_t tree;
    hb_boost_list_t list;
    double *learn_loss; /* [iterations + 1] after so many trees */
    double bias, eval_loss_best;
    uint32_t run, kept;
} boost_t;

static void boost_free(boost_t *boost)
{
    hb_boost_grow_free(&boost->grow);
    hb_boost_rows_free(&boost->learn);
    hb_boost_rows_free(&boost->eval);
    hb_boost_borders_free(&boost->borders);
    hb_boost_list_free(&boost->list);
    hb_free(boost->tree.value);
    hb_free(boost->learn_loss);
}

static hb_status_t bias_find(const hb_boost_rows_t *rows, double *bias, hb_err_t *err)
{
    double of_class[2] = {0, 0};
    for (uint32_t i = 0; i < rows->rows; i++) of_class[rows->y[i]] += rows->weight[i];
    for (int c = 0; c < 2; c++) {
        if (of_class[c] > 0) continue;
        return hb_err_set(err, HB_E_NUMERIC, "learn rows", "give rows of both classes",
                          "no learn row with a weight is of class %d", c);
    }
    *bias = hb_log(of_class[1] / of_class[0]);
    return HB_OK;
}

static hb_status_t boost_begin(boost_t *boost, const hb_boost_data_t *learn,
                               const hb_boost_data_t *eval, hb_err_t *err)
{
    const uint32_t threads = boost->params->threads;
    hb_boost_borders_make(learn, boost->params, &boost->borders);
    if (boost->borders.first[learn->feature_count] == 0) {
        return hb_err_set(err, HB_E_NUMERIC, "learn rows", "give features that vary",
                          "all %u features are constant", learn->feature_count);
    }
    hb_boost_rows_init(learn, &boost->borders, threads, &boost->learn);
    HB_TRY(bias_find(&boost->learn, &boost->bias, err));
    hb_boost_rows_start(&boost->learn, boost->bias, threads);
    boost->eval_loss_best = NAN;
    if (eval) {
        hb_boost_rows_init(eval, &boost->borders, threads, &boost->eval);
        hb_boost_rows_start(&boost->eval, boost->bias, threads);
        boost->eval_loss_best = hb_boost_rows_loss(&boost->eval);
    }
    hb_boost_grow_init(boost->params, &boost->borders, &boost->learn, &boost->grow);
    boost->tree.value = hb_alloc((size_t)1 << boost->params->depth, sizeof *boost->tree.value);
    boost->learn_loss = hb_alloc((size_t)boost->params->iterations + 1, sizeof(double));
    boost->learn_loss[0] = hb_boost_rows_loss(&boost->learn);
    return HB_OK;
}

/* One tree more. Returns the loss on eval, NaN without. */
static double boost_step(boost_t *boost)
{
    const uint32_t threads = boost->params->threads;
    hb_boost_tree_t *tree = &boost->tree;
    hb_boost_grow_tree(&boost->grow, boost->run, tree);
    hb_boost_rows_drop(&boost->learn, tree, threads);
    hb_boost_leaves_fit(&boost->learn, boost->params, boost->grow.l2, tree);
    hb_boost_rows_add(&boost->learn, tree, threads);
    hb_boost_list_add(&boost->list, tree, &boost->borders);
    boost->learn_loss[++boost->run] = hb_boost_rows_loss(&boost->learn);
    if (boost->eval.rows == 0) return NAN;
    hb_boost_rows_drop(&boost->eval, tree, threads);
    hb_boost_rows_add(&boost->eval, tree, threads);
    return hb_boost_rows_loss(&boost->eval);
}

static void boost_run(boost_t *boost, hb_boost_progress_fn progress, void *ctx)
{
    const uint32_t patience = boost->params->early_stopping_rounds;
    while (boost->run < boost->params->iterations) {
        const double eval_loss = boost_step(boost);
        if (boost->eval.rows == 0) {
            boost->kept = boost->run;
        } else if (eval_loss < boost->eval_loss_best) {
            boost->eval_loss_best = eval_loss;
            boost->kept = boost->run;
        }
        if (progress) {
            progress(ctx, boost->run, boost->params->iterations, boost->learn_loss[boost->run],
                     eval_loss);
        }
        if (patience > 0 && boost->run - boost->kept >= patience) break;
    }
}

static void boost_end(const boost_t *boost, uint32_t feature_count, hb_trees_t *out,
                      hb_boost_report_t *report)
{
    hb_boost_list_pack(&boost->list, boost->kept, feature_count, boost->bias, out);
    *report = (hb_boost_report_t){
        .iterations_run = boost->run,
        .trees_kept = boost->kept,
        .learn_log_loss = boost->learn_loss[boost->kept],
        .eval_log_loss = boost->eval_loss_best,
        .base_log_odds = boost->bias,
        .importance = hb_boost_list_importance(&boost->list, boost->kept, feature_count)};
}

hb_status_t hb_boost_fit(const hb_boost_data_t *learn, const hb_boost_data_t *eval,
                         const hb_boost_params_t *params, hb_boost_progress_fn progress, void *ctx,
                         hb_trees_t *out, hb_boost_report_t *report, hb_err_t *err)
{
    HB_TRY(hb_boost_params_check(params, err));
    HB_TRY(data_check(learn, "learn rows", err));
    if (eval) HB_TRY(data_check(eval, "eval rows", err));
    if (eval && eval->feature_count != learn->feature_count) {
        return hb_err_set(err, HB_E_NUMERIC, "eval rows", NULL,
                          "eval rows have %u features, learn rows %u", eval->feature_count,
                          learn->feature_count);
    }
    boost_t boost = {.params = params};
    hb_status_t status;
    HB_TRY_OUT(boost_begin(&boost, learn, eval, err));
    boost_run(&boost, progress, ctx);
    boost_end(&boost, learn->feature_count, out, report);
out:
    boost_free(&boost);
    return status;
}
