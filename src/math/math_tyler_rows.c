/* The inner loop of Tyler's estimator and the plug-in choices of rho.
 *
 * Invariant: rows are summed lane by lane in block order, then the lanes in order: one summation
 * order, whatever vector width the compiler makes of it.
 * source: Chen, Wiesel & Hero 2011 (rho of cwh); Zhang & Wiesel 2016 (rho by random matrix theory).
 */
#include "math_tyler_int.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "math_tyler.h"

#define LANES HB_TYLER_LANES

/* Unit vector of x with the stride of a lane; false for a zero or non-finite row. */
static bool unit_row(const double *x, uint32_t p, double *lane, bool *finite)
{
    double top = 0.0;
    for (uint32_t i = 0; i < p; i++) {
        if (!isfinite(x[i])) {
            *finite = false;
            return false;
        }
        top = HB_MAX(top, fabs(x[i]));
    }
    if (top == 0.0) return false;
    double sum = 0.0;
    for (uint32_t i = 0; i < p; i++) sum += (x[i] / top) * (x[i] / top);
    const double norm = sqrt(sum);
    for (uint32_t i = 0; i < p; i++) lane[(size_t)i * LANES] = x[i] / top / norm;
    return true;
}

void hb_tyler_rows_init(hb_tyler_rows_t *rows, const double *x, uint32_t n, uint32_t p)
{
    const size_t blocks_max = ((size_t)n + LANES - 1) / LANES;
    *rows = (hb_tyler_rows_t){.p = p, .finite = true};
    rows->units = hb_alloc(blocks_max * p, LANES * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        double *lane = rows->units + (rows->n / LANES) * (size_t)p * LANES + rows->n % LANES;
        if (unit_row(x + i * p, p, lane, &rows->finite)) rows->n++;
    }
    rows->blocks = (rows->n + LANES - 1) / LANES;
}

void hb_tyler_rows_fini(hb_tyler_rows_t *rows)
{
    hb_free(rows->units);
    rows->units = NULL;
}

/* weight = 1 / (s' S^-1 s) of each lane by forward substitution; 0 in the zero fill. */
static void block_weights(const double *restrict s, const double *restrict lower, uint32_t p,
                          double *restrict weight)
{
    double y[HB_LINALG_DIM_MAX][LANES], quad[LANES] = {0};
    for (uint32_t i = 0; i < p; i++) {
        double sum[LANES];
        memcpy(sum, s + (size_t)i * LANES, sizeof sum);
        for (uint32_t k = 0; k < i; k++) {
            const double factor = lower[i * p + k];
            for (uint32_t l = 0; l < LANES; l++) sum[l] -= factor * y[k][l];
        }
        const double inverse = 1.0 / lower[i * p + i];
        for (uint32_t l = 0; l < LANES; l++) {
            y[i][l] = sum[l] * inverse;
            quad[l] += y[i][l] * y[i][l];
        }
    }
    for (uint32_t l = 0; l < LANES; l++) weight[l] = quad[l] > 0.0 ? 1.0 / quad[l] : 0.0;
}

/* sums[i][j][lane] += weight s_i s_j for j <= i, triangle packed row after row. */
static void block_add(const double *restrict s, const double *restrict weight, uint32_t p,
                      double *restrict sums)
{
    for (uint32_t i = 0; i < p; i++) {
        double scaled[LANES];
        for (uint32_t l = 0; l < LANES; l++) scaled[l] = weight[l] * s[(size_t)i * LANES + l];
        for (uint32_t j = 0; j <= i; j++, sums += LANES) {
            const double *other = s + (size_t)j * LANES;
            for (uint32_t l = 0; l < LANES; l++) sums[l] += scaled[l] * other[l];
        }
    }
}

void hb_tyler_moment(const hb_tyler_rows_t *rows, const double *lower, double *moment)
{
    const uint32_t p = rows->p;
    HB_ASSERT(rows->n > 0 && p > 0 && p <= HB_LINALG_DIM_MAX);
    double *sums = hb_alloc((size_t)p * (p + 1) / 2, LANES * sizeof *sums);
    for (uint32_t b = 0; b < rows->blocks; b++) {
        const double *s = rows->units + (size_t)b * p * LANES;
        double weight[LANES];
        block_weights(s, lower, p, weight);
        block_add(s, weight, p, sums);
    }
    const double *at = sums, factor = (double)p / rows->n;
    for (uint32_t i = 0; i < p; i++) {
        for (uint32_t j = 0; j <= i; j++, at += LANES) {
            double sum = 0.0;
            for (uint32_t l = 0; l < LANES; l++) sum += at[l];
            moment[i * p + j] = moment[j * p + i] = sum * factor;
        }
    }
    hb_free(sums);
}

/* tr R^2 for the sign covariance R, trace p. */
static double sign_trace_sq(const hb_tyler_rows_t *rows)
{
    const uint32_t p = rows->p;
    double identity[HB_LINALG_DIM_MAX * HB_LINALG_DIM_MAX] = {0};
    double r[HB_LINALG_DIM_MAX * HB_LINALG_DIM_MAX];
    for (uint32_t i = 0; i < p; i++) identity[i * p + i] = 1.0;
    hb_tyler_moment(rows, identity, r);
    double sum = 0.0;
    for (uint32_t k = 0; k < p * p; k++) sum += r[k] * r[k];
    return sum;
}

double hb_tyler_zhang_wiesel(const hb_tyler_rows_t *rows)
{
    const double n = rows->n, p = rows->p;
    const double zeta = sign_trace_sq(rows) / p - p / n - 1.0;
    const double bottom = n * (zeta + p / n);
    if (!(bottom > 1e-12)) return 1.0; /* the sign covariance is the identity */
    return HB_CLAMP((zeta + 1.0 + p) / bottom, 0.0, 1.0);
}

double hb_tyler_rho_zhang_wiesel(const double *x, uint32_t n, uint32_t p)
{
    hb_tyler_rows_t rows;
    hb_tyler_rows_init(&rows, x, n, p);
    const double rho = rows.n > 0 ? hb_tyler_zhang_wiesel(&rows) : 1.0;
    hb_tyler_rows_fini(&rows);
    return rho;
}

double hb_tyler_rho_cwh(const double *x, uint32_t n, uint32_t p)
{
    hb_tyler_rows_t rows;
    hb_tyler_rows_init(&rows, x, n, p);
    double rho = 1.0;
    if (rows.n > 0 && p > 1) {
        const double m = rows.n, q = p, t = sign_trace_sq(&rows);
        const double top = q * q + (1.0 - 2.0 / q) * t;
        const double bottom = q * q - m * q - 2.0 * m + (m + 1.0 + 2.0 * (m - 1.0) / q) * t;
        if (bottom > 0.0) rho = HB_CLAMP(top / bottom, 0.0, 1.0);
    }
    hb_tyler_rows_fini(&rows);
    return rho;
}
