/* Spatial median by Weiszfeld's iteration with the Vardi-Zhang step.
 *
 * Invariant: the objective sum |x_i - m| never grows; an iterate that falls on a data point moves
 * off it unless the point is the optimum. The median may be a data point that Weiszfeld only
 * approaches, so now and then the nearest point is itself tested for optimality.
 * source: Vardi & Zhang 2000; in one dimension it is the ordinary median.
 */
#include "math_tyler.h"

#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "math_linalg.h"
#include "math_stats.h"

#define ITERATIONS_MAX 2000u
#define TOL_TARGET     1e-11 /* of the mean unit vector: reached at a linear rate */
#define TOL_ACCEPTED   1e-8  /* good enough at the last iteration */
#define NEAREST_EVERY  16u

typedef struct {
    double pull[HB_LINALG_DIM_MAX]; /* sum of unit vectors towards the points other than m */
    double pull_norm;               /* NaN when a distance overflowed */
    double inverse_sum;             /* sum of 1/distance over them */
    uint32_t here;                  /* points equal to m */
    uint32_t nearest;               /* row closest to m, not equal to it */
} pull_t;

static pull_t pull_at(const double *x, uint32_t n, uint32_t p, const double *m)
{
    pull_t out;
    memset(&out, 0, sizeof out);
    double nearest = INFINITY, farthest = 0.0;
    for (uint32_t i = 0; i < n; i++) {
        const double *row = x + (size_t)i * p;
        double diff[HB_LINALG_DIM_MAX], sum = 0.0;
        for (uint32_t j = 0; j < p; j++) {
            diff[j] = row[j] - m[j];
            sum += diff[j] * diff[j];
        }
        if (sum == 0.0) {
            out.here++;
            continue;
        }
        farthest = HB_MAX(farthest, sum);
        if (sum < nearest) {
            nearest = sum;
            out.nearest = i;
        }
        const double inverse = 1.0 / sqrt(sum);
        out.inverse_sum += inverse;
        for (uint32_t j = 0; j < p; j++) out.pull[j] += diff[j] * inverse;
    }
    double norm_sq = 0.0;
    for (uint32_t j = 0; j < p; j++) norm_sq += out.pull[j] * out.pull[j];
    out.pull_norm = sqrt(norm_sq);
    if (isinf(farthest)) out.pull_norm = NAN;
    return out;
}

/* How far from optimal, as a share of n: 0 when the points at m hold it against the pull, infinity
 * when distances overflowed. */
static double miss(const pull_t *pull, uint32_t n)
{
    const double rest = pull->pull_norm - (double)pull->here * (1.0 + 1e-12);
    if (isnan(rest)) return INFINITY;
    return rest > 0.0 ? rest / n : 0.0;
}

/* Moves m by the Vardi-Zhang step. */
static void advance(const pull_t *pull, uint32_t p, double *m)
{
    const double kept =
        pull->here / pull->pull_norm; /* share of m that stays; < 1: m is not optimal */
    for (uint32_t j = 0; j < p; j++) {
        m[j] += (1.0 - kept) * pull->pull[j] / pull->inverse_sum;
    }
}

static void start_at_medians(const double *x, uint32_t n, uint32_t p, double *m)
{
    double *column = hb_alloc(n, sizeof *column);
    for (uint32_t j = 0; j < p; j++) {
        for (uint32_t i = 0; i < n; i++) column[i] = x[(size_t)i * p + j];
        m[j] = hb_median(column, n);
    }
    hb_free(column);
}

/* The miss at the point where it stopped. */
static double descend(const double *x, uint32_t n, uint32_t p, double *m, uint32_t *iterations)
{
    double left = INFINITY;
    for (uint32_t k = 0; k <= ITERATIONS_MAX; k++) {
        const pull_t pull = pull_at(x, n, p, m);
        *iterations = k;
        left = miss(&pull, n);
        if (left <= TOL_TARGET || isinf(left)) return left;
        if (k % NEAREST_EVERY == NEAREST_EVERY - 1) {
            const double *row = x + (size_t)pull.nearest * p;
            const pull_t there = pull_at(x, n, p, row);
            if (miss(&there, n) <= 0.0) {
                memcpy(m, row, p * sizeof *m);
                return 0.0;
            }
        }
        advance(&pull, p, m);
    }
    return left;
}

hb_status_t hb_spatial_median(const double *x, uint32_t n, uint32_t p, double *m,
                              uint32_t *iterations, hb_err_t *err)
{
    if (n == 0 || p == 0 || p > HB_LINALG_DIM_MAX) {
        return hb_err_set(err, HB_E_NUMERIC, NULL, NULL,
                          "no spatial median of %u rows and %u columns", n, p);
    }
    for (size_t k = 0; k < (size_t)n * p; k++) {
        if (isfinite(x[k])) continue;
        return hb_err_set(err, HB_E_NUMERIC, NULL, "drop or repair that row",
                          "no spatial median: row %zu column %zu is not finite", k / p, k % p);
    }
    double at[HB_LINALG_DIM_MAX];
    uint32_t used = 0;
    start_at_medians(x, n, p, at);
    const double left = p == 1 ? 0.0 : descend(x, n, p, at, &used);
    if (left > TOL_ACCEPTED) {
        return hb_err_set(err, HB_E_NUMERIC, NULL, "look for columns on wildly different scales",
                          "the spatial median did not converge: mean unit vector %g after %u steps",
                          left, used);
    }
    memcpy(m, at, p * sizeof *m);
    if (iterations) *iterations = used;
    return HB_OK;
}
