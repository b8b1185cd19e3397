/* model.yaml and data.yaml > parameters of a fit. What is not built is refused here, by key. */
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "learn_fit.h"

static hb_status_t refuse(hb_err_t *err, const char *key, const hb_conf_t *conf, const char *hint)
{
    return hb_err_set(err, HB_E_CONFIG, key, hint, "%s = %s is not built in this version", key,
                      hb_conf_text(conf, key));
}

/* A number, or `fallback` where one of the table's words stands. */
static double real_or(const hb_conf_t *conf, const char *key, const char *word, double fallback)
{
    return hb_conf_is(conf, key, word) ? fallback : hb_conf_real(conf, key);
}

static hb_status_t read_whitening(const hb_conf_t *conf, hb_fit_params_t *out)
{
    hb_whiten_params_t whiten = hb_whiten_params_default();
    whiten.tyler.rho = real_or(conf, "model.whitening.tyler.rho", "auto", 0.0);
    whiten.tyler.tol = hb_conf_real(conf, "model.whitening.tyler.tol");
    whiten.tyler.iterations_max = (uint32_t)hb_conf_int(conf, "model.whitening.tyler.max_iter");
    whiten.components = (uint32_t)hb_conf_int(conf, "model.whitening.components");
    whiten.temperature = real_or(conf, "model.hyperbolic.temperature", "auto", 0.0);
    whiten.norm_cap = hb_conf_real(conf, "model.hyperbolic.norm_cap");
    out->whiten = whiten;
    return HB_OK;
}

static hb_status_t read_near(const hb_conf_t *conf, hb_fit_params_t *out, hb_err_t *err)
{
    hb_near_params_t near = hb_near_params_default();
    near.metric = hb_conf_is(conf, "model.ann.metric", "l2")   ? HB_METRIC_L2
                  : hb_conf_is(conf, "model.ann.metric", "ip") ? HB_METRIC_IP
                                                               : HB_METRIC_LORENTZ;
    /* auto takes the exact scan, the one backend there is. */
    near.backend = hb_conf_is(conf, "model.ann.backend", "hnsw")    ? HB_NEAR_HNSW
                   : hb_conf_is(conf, "model.ann.backend", "ivfpq") ? HB_NEAR_IVFPQ
                                                                    : HB_NEAR_EXACT;
    near.two_stage = hb_conf_is(conf, "model.ann.mode", "two_stage");
    near.k_cand = (uint32_t)hb_conf_int(conf, "model.ann.K_cand");
    near.k = (uint32_t)hb_conf_int(conf, "model.ann.K");
    if (hb_conf_is(conf, "model.hyperbolic.distance", "arcosh_clamped")) {
        return refuse(err, "model.hyperbolic.distance", conf, "set asinh, the stable form");
    }
    out->near = near;
    return hb_near_params_check(&near, err);
}

static hb_status_t read_kernels(const hb_conf_t *conf, hb_fit_params_t *out, hb_err_t *err)
{
    hb_kernels_t kernels = hb_kernels_default();
    kernels.rq_alpha = hb_conf_real(conf, "model.kernels.rq.alpha");
    kernels.rq_ell = real_or(conf, "model.kernels.rq.ell", "auto", 0.0);
    out->period_session = hb_conf_is(conf, "model.kernels.periodic.period", "session");
    kernels.period_bars = real_or(conf, "model.kernels.periodic.period", "session", 1.0);
    kernels.periodic_ell = hb_conf_real(conf, "model.kernels.periodic.ell");
    kernels.lp_se_ell = real_or(conf, "model.kernels.locally_periodic.ell_se", "auto", 0.0);
    kernels.lp_periodic_ell = hb_conf_real(conf, "model.kernels.locally_periodic.ell_per");
    kernels.tau_phase = hb_conf_is(conf, "model.kernels.tau_policy", "phase");
    kernels.bandwidth =
        hb_conf_is(conf, "model.kernels.bandwidth", "balloon")  ? HB_BANDWIDTH_BALLOON
        : hb_conf_is(conf, "model.kernels.bandwidth", "sample") ? HB_BANDWIDTH_SAMPLE
                                                                : HB_BANDWIDTH_FIXED;
    if (strcmp(hb_conf_text(conf, "model.kernels.locally_periodic.period"),
               hb_conf_text(conf, "model.kernels.periodic.period")) != 0) {
        return refuse(err, "model.kernels.locally_periodic.period", conf,
                      "set the same period as for the periodic kernel");
    }
    out->mkl_learn = hb_conf_is(conf, "model.kernels.mkl_weights", "learn");
    if (!out->mkl_learn && hb_conf_count(conf, "model.kernels.mkl_weights") == HB_KERNEL_COUNT) {
        for (uint32_t i = 0; i < HB_KERNEL_COUNT; i++) {
            kernels.mkl_weights[i] = hb_conf_real_at(conf, "model.kernels.mkl_weights", i);
        }
    }
    out->kernels = kernels;
    return HB_OK;
}

static hb_status_t read_boost(const hb_conf_t *conf, hb_fit_params_t *out, hb_err_t *err)
{
    if (hb_conf_is(conf, "model.catboost.boosting_type", "Ordered")) {
        return refuse(err, "model.catboost.boosting_type", conf, "set Plain");
    }
    hb_boost_params_t boost = hb_boost_params_default();
    boost.depth = (uint32_t)hb_conf_int(conf, "model.catboost.depth");
    boost.learning_rate = hb_conf_real(conf, "model.catboost.learning_rate");
    boost.iterations = (uint32_t)hb_conf_int(conf, "model.catboost.iterations");
    boost.l2_leaf_reg = hb_conf_real(conf, "model.catboost.l2_leaf_reg");
    boost.subsample = hb_conf_real(conf, "model.catboost.subsample");
    boost.rsm = hb_conf_real(conf, "model.catboost.rsm");
    boost.random_strength = hb_conf_real(conf, "model.catboost.random_strength");
    boost.border_count = (uint32_t)hb_conf_int(conf, "model.catboost.border_count");
    /* catboost.random_seed is CatBoost's own name; seeds.catboost counts where it was left alone.
     */
    const bool own_seed =
        strcmp(hb_conf_source(conf, "model.catboost.random_seed"), "default") != 0;
    boost.random_seed = (uint64_t)hb_conf_int(conf, own_seed ? "model.catboost.random_seed"
                                                             : "model.seeds.catboost");
    boost.early_stopping_rounds =
        (uint32_t)hb_conf_int(conf, "model.catboost.early_stopping_rounds");
    boost.leaf_estimation_iterations =
        (uint32_t)hb_conf_int(conf, "model.catboost.leaf_estimation_iterations");
    boost.min_data_in_leaf = (uint32_t)hb_conf_int(conf, "model.catboost.min_data_in_leaf");
    out->boost = boost;
    return hb_boost_params_check(&boost, err);
}

static hb_status_t read_probability(const hb_conf_t *conf, hb_fit_params_t *out, hb_err_t *err)
{
    if (hb_conf_is(conf, "model.calibration.method", "venn_abers")) {
        return refuse(err, "model.calibration.method", conf, "set isotonic, platt or none");
    }
    if (hb_conf_is(conf, "model.conformal.mode", "adaptive")) {
        return refuse(err, "model.conformal.mode", conf, "set mondrian");
    }
    out->calib = hb_conf_is(conf, "model.calibration.method", "platt")  ? HB_CALIB_PLATT
                 : hb_conf_is(conf, "model.calibration.method", "none") ? HB_CALIB_NONE
                                                                        : HB_CALIB_ISOTONIC;
    out->conformal_alpha = hb_conf_real(conf, "model.conformal.alpha");
    return HB_OK;
}

hb_status_t hb_fit_params_from_conf(const hb_conf_t *conf, hb_fit_params_t *out, hb_err_t *err)
{
    hb_fit_params_t params = {.threads = 1};
    HB_TRY(read_whitening(conf, &params));
    HB_TRY(read_near(conf, &params, err));
    HB_TRY(read_kernels(conf, &params, err));
    HB_TRY(read_boost(conf, &params, err));
    HB_TRY(read_probability(conf, &params, err));
    /* eval_fraction of the rows watches early stopping, 15 % calibrate (isotonic overfits on fewer
     * than a thousand), 5 % set the conformal thresholds; the rest is learned from. */
    const double stop = hb_conf_real(conf, "model.catboost.eval_fraction");
    params.part_ratios[HB_PART_STOP] = stop;
    params.part_ratios[HB_PART_CALIB] = 0.15;
    params.part_ratios[HB_PART_CONFORMAL] = 0.05;
    params.part_ratios[HB_PART_FIT] = 0.8 - stop;
    if (params.part_ratios[HB_PART_FIT] <= 0) {
        return hb_err_set(err, HB_E_CONFIG, "model.catboost.eval_fraction", "set at most 0.6",
                          "eval_fraction %g leaves no rows to learn from", stop);
    }
    const int64_t horizon = hb_conf_int(conf, "data.label.horizon_T");
    params.embargo_bars = (uint32_t)real_or(conf, "data.label.embargo_bars", "ceil(T/2)",
                                            (double)((horizon + 1) / 2));
    *out = params;
    return HB_OK;
}
