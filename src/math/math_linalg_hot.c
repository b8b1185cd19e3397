/* Triangular and dense products with one summation order: callable from the data plane. */
#include "math_linalg.h"

#include <math.h>
#include <stddef.h>

#include "base_assert.h"

bool hb_chol_factor(const double *a, uint32_t p, double *lower)
{
    HB_ASSERT(p > 0 && p <= HB_LINALG_DIM_MAX);
    for (uint32_t i = 0; i < p; i++) {
        for (uint32_t j = 0; j <= i; j++) {
            double sum = a[i * p + j];
            for (uint32_t k = 0; k < j; k++) sum -= lower[i * p + k] * lower[j * p + k];
            if (j < i) {
                lower[i * p + j] = sum / lower[j * p + j];
            } else if (sum > 0.0 && isfinite(sum)) {
                lower[i * p + i] = sqrt(sum);
            } else {
                return false; /* also for NaN */
            }
        }
        for (uint32_t j = i + 1; j < p; j++) lower[i * p + j] = 0.0;
    }
    return true;
}

void hb_chol_forward(const double *lower, uint32_t p, const double *b, double *y)
{
    for (uint32_t i = 0; i < p; i++) {
        double sum = b[i];
        for (uint32_t k = 0; k < i; k++) sum -= lower[i * p + k] * y[k];
        y[i] = sum / lower[i * p + i];
    }
}

double hb_chol_quad(const double *lower, uint32_t p, const double *x)
{
    HB_ASSERT(p <= HB_LINALG_DIM_MAX);
    double y[HB_LINALG_DIM_MAX];
    hb_chol_forward(lower, p, x, y);
    double sum = 0.0;
    for (uint32_t i = 0; i < p; i++) sum += y[i] * y[i];
    return sum;
}

void hb_mat_vec(const double *m, uint32_t rows, uint32_t cols, const double *x, double *y)
{
    /* Four rows side by side hide the latency of the additions; the order within a row is
     * unchanged. */
    uint32_t i = 0;
    for (; i + 4 <= rows; i += 4) {
        const double *a = m + (size_t)i * cols, *b = a + cols, *c = b + cols, *d = c + cols;
        double sa = 0.0, sb = 0.0, sc = 0.0, sd = 0.0;
        for (uint32_t j = 0; j < cols; j++) {
            sa += a[j] * x[j];
            sb += b[j] * x[j];
            sc += c[j] * x[j];
            sd += d[j] * x[j];
        }
        y[i] = sa, y[i + 1] = sb, y[i + 2] = sc, y[i + 3] = sd;
    }
    for (; i < rows; i++) {
        double sum = 0.0;
        for (uint32_t j = 0; j < cols; j++) sum += m[(size_t)i * cols + j] * x[j];
        y[i] = sum;
    }
}
