/* Scalar twin: the specified order of summation, written out. It is the reference for the others
 * and runs on any CPU. Invariant: no operation is contracted or reordered (-ffp-contract=off, no
 * fast math), so the compiler may vectorise it only into the same bits. */
#include <math.h>
#include <stddef.h>

#include "num_dist.h"
#include "num_dist_int.h"

static float fold(float *partial)
{
    for (uint32_t half = HB_NUM_LANES / 2; half > 0; half /= 2) {
        for (uint32_t i = 0; i < half; i++) partial[i] += partial[i + half];
    }
    return partial[0];
}

static float l2_sq(const float *a, const float *b, uint32_t dim)
{
    float partial[HB_NUM_LANES] = {0};
    for (uint32_t i = 0; i < dim; i++) {
        float difference = a[i] - b[i];
        float *lane = &partial[i % HB_NUM_LANES];
        *lane = fmaf(difference, difference, *lane);
    }
    return fold(partial);
}

static float dot(const float *a, const float *b, uint32_t dim)
{
    float partial[HB_NUM_LANES] = {0};
    for (uint32_t i = 0; i < dim; i++) {
        float *lane = &partial[i % HB_NUM_LANES];
        *lane = fmaf(a[i], b[i], *lane);
    }
    return fold(partial);
}

static float lorentz_q(const float *a, float a0, const float *b, float b0, uint32_t dim)
{
    float l2[HB_NUM_LANES] = {0};
    float cross[HB_NUM_LANES] = {0};
    for (uint32_t i = 0; i < dim; i++) {
        float difference = a[i] - b[i];
        float sum = a[i] + b[i];
        uint32_t lane = i % HB_NUM_LANES;
        l2[lane] = fmaf(difference, difference, l2[lane]);
        cross[lane] = fmaf(difference, sum, cross[lane]);
    }
    return hb_num_lorentz_close(fold(l2), fold(cross), a0, b0);
}

static void l2_sq_rows(const float *query, const float *rows_data, uint32_t dim, uint32_t rows,
                       float *out)
{
    for (uint32_t i = 0; i < rows; i++) out[i] = l2_sq(query, rows_data + (size_t)i * dim, dim);
}

static void dot_rows(const float *query, const float *rows_data, uint32_t dim, uint32_t rows,
                     float *out)
{
    for (uint32_t i = 0; i < rows; i++) out[i] = dot(query, rows_data + (size_t)i * dim, dim);
}

static void lorentz_q_rows(const float *query, float query_lift, const float *rows_data,
                           const float *rows_lift, uint32_t dim, uint32_t rows, float *out)
{
    for (uint32_t i = 0; i < rows; i++) {
        out[i] = lorentz_q(query, query_lift, rows_data + (size_t)i * dim, rows_lift[i], dim);
    }
}

const hb_num_table_t hb_num_table_scalar = {
    .l2_sq = l2_sq,
    .dot = dot,
    .lorentz_q = lorentz_q,
    .l2_sq_rows = l2_sq_rows,
    .dot_rows = dot_rows,
    .lorentz_q_rows = lorentz_q_rows,
};
