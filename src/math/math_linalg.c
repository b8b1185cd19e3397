/* Symmetric eigenproblem by cyclic Jacobi rotations, and powers through it.
 *
 * source: Golub & Van Loan, Matrix Computations, section 8.5. Rotations run in index order, so the
 * bits are the same everywhere; the sweeps end when no entry off the diagonal matters beside the
 * norm.
 */
#include "math_linalg.h"

#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "num_fn.h"

#define SWEEPS_MAX 60

/* One rotation that zeroes a[i][j]; v collects the rotations, eigenvectors in its rows. */
static void rotate(double *a, double *v, uint32_t p, uint32_t i, uint32_t j)
{
    const double theta = (a[j * p + j] - a[i * p + i]) / (2.0 * a[i * p + j]);
    const double t = (theta < 0.0 ? -1.0 : 1.0) / (fabs(theta) + sqrt(theta * theta + 1.0));
    const double c = 1.0 / sqrt(t * t + 1.0), s = t * c;
    for (uint32_t k = 0; k < p; k++) {
        const double ki = a[k * p + i], kj = a[k * p + j];
        a[k * p + i] = c * ki - s * kj;
        a[k * p + j] = s * ki + c * kj;
    }
    for (uint32_t k = 0; k < p; k++) {
        const double ik = a[i * p + k], jk = a[j * p + k];
        a[i * p + k] = c * ik - s * jk;
        a[j * p + k] = s * ik + c * jk;
        const double vi = v[i * p + k], vj = v[j * p + k];
        v[i * p + k] = c * vi - s * vj;
        v[j * p + k] = s * vi + c * vj;
    }
    a[i * p + j] = a[j * p + i] = 0.0;
}

static void sign_fix(double *row, uint32_t p)
{
    uint32_t top = 0;
    for (uint32_t k = 1; k < p; k++) {
        if (fabs(row[k]) > fabs(row[top])) top = k;
    }
    if (row[top] >= 0.0) return;
    for (uint32_t k = 0; k < p; k++) row[k] = -row[k];
}

static void sweep_all(double *a, double *v, uint32_t p)
{
    double norm_sq = 0.0;
    for (uint32_t k = 0; k < p * p; k++) norm_sq += a[k] * a[k];
    const double floor_abs = 1e-18 * sqrt(norm_sq);
    bool busy = true;
    for (int sweep = 0; sweep < SWEEPS_MAX && busy; sweep++) {
        busy = false;
        for (uint32_t i = 0; i + 1 < p; i++) {
            for (uint32_t j = i + 1; j < p; j++) {
                if (!(fabs(a[i * p + j]) > floor_abs)) continue;
                rotate(a, v, p, i, j);
                busy = true;
            }
        }
    }
}

void hb_eig_symmetric(const double *a, uint32_t p, double *values, double *vectors)
{
    HB_ASSERT(p > 0 && p <= HB_LINALG_DIM_MAX);
    double work[HB_LINALG_DIM_MAX * HB_LINALG_DIM_MAX], v[HB_LINALG_DIM_MAX * HB_LINALG_DIM_MAX];
    memcpy(work, a, (size_t)p * p * sizeof *a);
    memset(v, 0, sizeof v);
    for (uint32_t i = 0; i < p; i++) v[i * p + i] = 1.0;
    sweep_all(work, v, p);
    uint32_t order[HB_LINALG_DIM_MAX];
    for (uint32_t i = 0; i < p; i++) { /* stable insertion, ascending */
        uint32_t at = i;
        while (at > 0 && work[i * p + i] < work[order[at - 1] * p + order[at - 1]]) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
    for (uint32_t i = 0; i < p; i++) {
        values[i] = work[order[i] * p + order[i]];
        memcpy(&vectors[(size_t)i * p], &v[(size_t)order[i] * p], p * sizeof *vectors);
        sign_fix(&vectors[(size_t)i * p], p);
    }
}

void hb_sym_power(const double *a, uint32_t p, double exponent, double *out)
{
    double values[HB_LINALG_DIM_MAX], vectors[HB_LINALG_DIM_MAX * HB_LINALG_DIM_MAX];
    hb_eig_symmetric(a, p, values, vectors);
    for (uint32_t k = 0; k < p; k++) values[k] = hb_pow(HB_MAX(values[k], 0.0), exponent);
    for (uint32_t i = 0; i < p; i++) {
        for (uint32_t j = 0; j <= i; j++) {
            double sum = 0.0;
            for (uint32_t k = 0; k < p; k++) {
                sum += values[k] * vectors[k * p + i] * vectors[k * p + j];
            }
            out[i * p + j] = out[j * p + i] = sum;
        }
    }
}
