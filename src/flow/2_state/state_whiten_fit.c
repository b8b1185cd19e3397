/* Fits the whitening on training rows: winsor limits, scales, rank, location, shape, size.
 *
 * Invariant: every number depends on the rows handed in and nothing else, in one fixed order. A
 * column that a test leaves out is left out for good: the kept list travels with the whitening.
 * source: spatial median and Tyler shape: math_tyler.h. With `components` the rows of the root are
 * the leading eigenvectors of S: z is then turned into the eigenvectors' frame, largest first.
 */
#include "state_whiten.h"

#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "math_linalg.h"
#include "math_stats.h"

#define SCALE_MIN    1e-9 /* a column that spreads less is constant */
#define RESIDUAL_MIN 1e-8 /* share of a column's variance that earlier columns must leave */

typedef struct {
    const double *x;
    uint32_t rows, state_dim;
    const hb_whiten_params_t *params;
    double *scaled; /* [rows][kept_dim] */
    hb_whiten_t made;
    hb_whiten_report_t report;
} fit_t;

hb_whiten_params_t hb_whiten_params_default(void)
{
    return (hb_whiten_params_t){.tyler = hb_tyler_params_default(),
                                .winsor_ratio = 0.001,
                                .components = 0,
                                .temperature = 0.0,
                                .norm_cap = 10.0,
                                .center_median = true};
}

static hb_status_t check_params(const hb_whiten_params_t *params, hb_err_t *err)
{
    if (!(params->winsor_ratio >= 0.0 && params->winsor_ratio < 0.5)) {
        return hb_err_set(err, HB_E_CONFIG, "winsor_ratio", "use a share in [0, 0.5)",
                          "the winsor share is %g", params->winsor_ratio);
    }
    if (!(params->norm_cap > 0.0) || !isfinite(params->norm_cap)) {
        return hb_err_set(err, HB_E_CONFIG, "norm_cap", "use a number above 0",
                          "the norm cap is %g", params->norm_cap);
    }
    if (!isfinite(params->temperature)) {
        return hb_err_set(err, HB_E_CONFIG, "temperature",
                          "use a number above 0, or 0 for automatic",
                          "the temperature is not finite");
    }
    return HB_OK;
}

static hb_status_t check_rows(const fit_t *fit, hb_err_t *err)
{
    if (fit->state_dim == 0 || fit->state_dim > HB_STATE_DIM_MAX) {
        return hb_err_set(err, HB_E_NUMERIC, NULL, NULL,
                          "a whitening of %u columns is not supported (1..%u)", fit->state_dim,
                          HB_STATE_DIM_MAX);
    }
    if (fit->rows < 2) {
        return hb_err_set(err, HB_E_NUMERIC, NULL, "give more training rows",
                          "a whitening needs at least 2 rows, there are %u", fit->rows);
    }
    for (size_t k = 0; k < (size_t)fit->rows * fit->state_dim; k++) {
        if (isfinite(fit->x[k])) continue;
        return hb_err_set(err, HB_E_NUMERIC, NULL, "train on ready states only",
                          "row %zu column %zu is not finite", k / fit->state_dim,
                          k % fit->state_dim);
    }
    return HB_OK;
}

static double deviation_of(const double *values, uint32_t n)
{
    double mean = 0.0, sum = 0.0;
    for (uint32_t i = 0; i < n; i++) mean += values[i];
    mean /= n;
    for (uint32_t i = 0; i < n; i++) sum += (values[i] - mean) * (values[i] - mean);
    return sqrt(sum / n);
}

/* Winsor limits and scale of every column; columns that do not vary are not taken. */
static void scale_columns(fit_t *fit)
{
    hb_whiten_t *made = &fit->made;
    double *column = hb_alloc(fit->rows, sizeof *column);
    for (uint32_t j = 0; j < fit->state_dim; j++) {
        for (uint32_t i = 0; i < fit->rows; i++) {
            column[i] = fit->x[(size_t)i * fit->state_dim + j];
        }
        hb_sort_doubles(column, fit->rows);
        const double lo = hb_quantile_sorted(column, fit->rows, fit->params->winsor_ratio);
        const double hi = hb_quantile_sorted(column, fit->rows, 1.0 - fit->params->winsor_ratio);
        for (uint32_t i = 0; i < fit->rows; i++) column[i] = HB_CLAMP(column[i], lo, hi);
        /* A feature of few values may have no MAD and still carry information. */
        double scale = hb_mad(column, fit->rows, NULL);
        if (!(scale > SCALE_MIN)) scale = deviation_of(column, fit->rows);
        if (!(scale > SCALE_MIN) || !isfinite(scale)) continue;
        made->kept[made->kept_dim] = j;
        made->winsor_lo[made->kept_dim] = lo;
        made->winsor_hi[made->kept_dim] = hi;
        made->mad[made->kept_dim++] = scale;
    }
    hb_free(column);
}

static void fill_scaled(fit_t *fit)
{
    const hb_whiten_t *made = &fit->made;
    for (uint32_t i = 0; i < fit->rows; i++) {
        for (uint32_t k = 0; k < made->kept_dim; k++) {
            const double raw = fit->x[(size_t)i * fit->state_dim + made->kept[k]];
            fit->scaled[(size_t)i * made->kept_dim + k] =
                HB_CLAMP(raw, made->winsor_lo[k], made->winsor_hi[k]) / made->mad[k];
        }
    }
}

/* corr[p*p] of the scaled columns. */
static void correlate(const fit_t *fit, double *corr)
{
    const uint32_t p = fit->made.kept_dim;
    double mean[HB_STATE_DIM_MAX] = {0}, centred[HB_STATE_DIM_MAX], deviation[HB_STATE_DIM_MAX];
    memset(corr, 0, (size_t)p * p * sizeof *corr);
    for (uint32_t i = 0; i < fit->rows; i++) {
        for (uint32_t k = 0; k < p; k++) mean[k] += fit->scaled[(size_t)i * p + k] / fit->rows;
    }
    for (uint32_t i = 0; i < fit->rows; i++) {
        for (uint32_t k = 0; k < p; k++) centred[k] = fit->scaled[(size_t)i * p + k] - mean[k];
        for (uint32_t k = 0; k < p; k++) {
            for (uint32_t l = 0; l <= k; l++) corr[k * p + l] += centred[k] * centred[l];
        }
    }
    for (uint32_t k = 0; k < p; k++) deviation[k] = sqrt(corr[k * p + k]);
    for (uint32_t k = 0; k < p; k++) {
        for (uint32_t l = 0; l <= k; l++) corr[k * p + l] /= deviation[k] * deviation[l];
    }
}

/* Greedy Cholesky of the correlation in column order: a column that the columns before it explain
 * is dropped, so that the later one of a pair goes. */
static void drop_collinear(fit_t *fit)
{
    hb_whiten_t *made = &fit->made;
    const uint32_t p = made->kept_dim;
    double corr[HB_STATE_DIM_MAX * HB_STATE_DIM_MAX];
    double lower[HB_STATE_DIM_MAX][HB_STATE_DIM_MAX];
    uint32_t from[HB_STATE_DIM_MAX], kept = 0;
    correlate(fit, corr);
    for (uint32_t k = 0; k < p; k++) {
        double residual = 1.0;
        for (uint32_t a = 0; a < kept; a++) {
            double sum = corr[k * p + from[a]];
            for (uint32_t b = 0; b < a; b++) sum -= lower[kept][b] * lower[a][b];
            lower[kept][a] = sum / lower[a][a];
            residual -= lower[kept][a] * lower[kept][a];
        }
        if (!(residual >= RESIDUAL_MIN)) continue;
        lower[kept][kept] = sqrt(residual);
        from[kept++] = k;
    }
    for (uint32_t a = 0; a < kept; a++) {
        made->kept[a] = made->kept[from[a]];
        made->winsor_lo[a] = made->winsor_lo[from[a]];
        made->winsor_hi[a] = made->winsor_hi[from[a]];
        made->mad[a] = made->mad[from[a]];
    }
    for (uint32_t a = kept; a < p; a++) {
        made->kept[a] = 0;
        made->winsor_lo[a] = made->winsor_hi[a] = made->mad[a] = 0.0;
    }
    made->kept_dim = kept;
}

static hb_status_t centre(fit_t *fit, hb_err_t *err)
{
    hb_whiten_t *made = &fit->made;
    const uint32_t p = made->kept_dim;
    if (fit->params->center_median) {
        HB_TRY(hb_spatial_median(fit->scaled, fit->rows, p, made->location, NULL, err));
    } else {
        double *column = hb_alloc(fit->rows, sizeof *column);
        for (uint32_t k = 0; k < p; k++) {
            for (uint32_t i = 0; i < fit->rows; i++) column[i] = fit->scaled[(size_t)i * p + k];
            made->location[k] = hb_median(column, fit->rows);
        }
        hb_free(column);
    }
    for (uint32_t i = 0; i < fit->rows; i++) {
        for (uint32_t k = 0; k < p; k++) fit->scaled[(size_t)i * p + k] -= made->location[k];
    }
    return HB_OK;
}

/* root[p*p] = f S^-1/2 with f so that the median of z'z is the chi-square median. */
static hb_status_t size_root(fit_t *fit, const double *shape, double *root, double *factor,
                             hb_err_t *err)
{
    const uint32_t p = fit->made.kept_dim;
    double *norms = hb_alloc(fit->rows, sizeof *norms), z[HB_STATE_DIM_MAX];
    hb_sym_power(shape, p, -0.5, root);
    for (uint32_t i = 0; i < fit->rows; i++) {
        hb_mat_vec(root, p, p, fit->scaled + (size_t)i * p, z);
        norms[i] = 0.0;
        for (uint32_t k = 0; k < p; k++) norms[i] += z[k] * z[k];
    }
    const double median = hb_median(norms, fit->rows), want = hb_chi2_quantile(0.5, p);
    hb_free(norms);
    if (!(median > 1e-12) || !isfinite(median)) {
        return hb_err_set(err, HB_E_NUMERIC, NULL, "look for a stretch of identical bars",
                          "more than half of the %u training rows are the same state", fit->rows);
    }
    *factor = sqrt(want / median);
    for (uint32_t k = 0; k < p * p; k++) root[k] *= *factor;
    fit->report.median_norm_sq = median * *factor * *factor;
    return HB_OK;
}

/* The leading rows of the root in the eigenvectors' frame: factor lambda_j^-1/2 v_j', largest
 * first. */
static void reduce(fit_t *fit, const double *shape, double factor)
{
    const uint32_t p = fit->made.kept_dim;
    double values[HB_STATE_DIM_MAX], vectors[HB_STATE_DIM_MAX * HB_STATE_DIM_MAX];
    hb_eig_symmetric(shape, p, values, vectors);
    for (uint32_t j = 0; j < fit->made.out_dim; j++) {
        const uint32_t from = p - 1 - j;
        const double scale = factor / sqrt(values[from]);
        for (uint32_t k = 0; k < p; k++) fit->made.root[j * p + k] = scale * vectors[from * p + k];
    }
}

static hb_status_t fit_shape(fit_t *fit, hb_err_t *err)
{
    hb_whiten_t *made = &fit->made;
    const uint32_t p = made->kept_dim, wanted = fit->params->components;
    double shape[HB_STATE_DIM_MAX * HB_STATE_DIM_MAX], factor = 0.0;
    HB_TRY(centre(fit, err));
    HB_TRY(hb_tyler_fit(fit->scaled, fit->rows, p, &fit->params->tyler, shape, &fit->report.tyler,
                        err));
    HB_TRY(size_root(fit, shape, made->root, &factor, err));
    made->out_dim = p;
    if (wanted > 0 && wanted < p) {
        made->out_dim = wanted;
        memset(made->root, 0, sizeof made->root);
        reduce(fit, shape, factor);
    }
    made->temperature = fit->params->temperature > 0.0 ? fit->params->temperature : made->out_dim;
    made->norm_cap = fit->params->norm_cap;
    made->rho = fit->report.tyler.rho;
    return HB_OK;
}

hb_status_t hb_whiten_fit(const double *x, uint32_t rows, uint32_t state_dim,
                          const hb_whiten_params_t *params, hb_whiten_t *out,
                          hb_whiten_report_t *report, hb_err_t *err)
{
    fit_t fit = {.x = x, .rows = rows, .state_dim = state_dim, .params = params};
    hb_status_t status = HB_OK;
    HB_TRY_OUT(check_params(params, err));
    HB_TRY_OUT(check_rows(&fit, err));
    fit.made.state_dim = state_dim;
    fit.report.rows = rows;
    scale_columns(&fit);
    if (fit.made.kept_dim == 0) {
        status =
            hb_err_set(err, HB_E_NUMERIC, NULL, "give rows that differ",
                       "none of the %u columns varies over the %u training rows", state_dim, rows);
        goto out;
    }
    fit.scaled = hb_alloc((size_t)rows * fit.made.kept_dim, sizeof *fit.scaled);
    fill_scaled(&fit);
    drop_collinear(&fit);
    fill_scaled(&fit);
    fit.report.dropped_columns = state_dim - fit.made.kept_dim;
    HB_TRY_OUT(fit_shape(&fit, err));
    *out = fit.made;
    if (report) *report = fit.report;
out:
    hb_free(fit.scaled);
    return status;
}
