/* Public distance functions: one indirect call to the twin in use. Invariant: every twin gives the
 * same bits, so the choice shows in the speed only. */
#include "num_dist.h"

#include <math.h>

#include "base_assert.h"
#include "num_dist_int.h"
#include "num_fn.h"

static const hb_num_table_t *const tables[HB_CPU_COUNT] = {
    [HB_CPU_SCALAR] = &hb_num_table_scalar,
    [HB_CPU_AVX2] = &hb_num_table_avx2,
    [HB_CPU_AVX512] = &hb_num_table_avx512,
};
static const hb_num_table_t *table = &hb_num_table_scalar;
static hb_cpu_t used = HB_CPU_SCALAR;

void hb_num_dist_use(hb_cpu_t cpu)
{
    HB_ASSERT((unsigned)cpu < HB_CPU_COUNT);
    table = tables[cpu];
    used = cpu;
}

hb_cpu_t hb_num_dist_used(void)
{
    return used;
}

float hb_num_l2_sq(const float *a, const float *b, uint32_t dim)
{
    HB_DASSERT(dim % HB_NUM_LANES == 0);
    return table->l2_sq(a, b, dim);
}

float hb_num_dot(const float *a, const float *b, uint32_t dim)
{
    HB_DASSERT(dim % HB_NUM_LANES == 0);
    return table->dot(a, b, dim);
}

float hb_num_lorentz_inner(const float *a, float a0, const float *b, float b0, uint32_t dim)
{
    float time_part = a0 * b0;
    return hb_num_dot(a, b, dim) - time_part;
}

float hb_num_lorentz_q(const float *a, float a0, const float *b, float b0, uint32_t dim)
{
    HB_DASSERT(dim % HB_NUM_LANES == 0);
    return table->lorentz_q(a, a0, b, b0, dim);
}

void hb_num_l2_sq_rows(const float *query, const float *rows_data, uint32_t dim, uint32_t rows,
                       float *out)
{
    HB_DASSERT(dim % HB_NUM_LANES == 0);
    table->l2_sq_rows(query, rows_data, dim, rows, out);
}

void hb_num_dot_rows(const float *query, const float *rows_data, uint32_t dim, uint32_t rows,
                     float *out)
{
    HB_DASSERT(dim % HB_NUM_LANES == 0);
    table->dot_rows(query, rows_data, dim, rows, out);
}

void hb_num_lorentz_q_rows(const float *query, float query_lift, const float *rows_data,
                           const float *rows_lift, uint32_t dim, uint32_t rows, float *out)
{
    HB_DASSERT(dim % HB_NUM_LANES == 0);
    table->lorentz_q_rows(query, query_lift, rows_data, rows_lift, dim, rows, out);
}

double hb_num_lorentz_dist(double q)
{
    /* Rounding can leave a tiny negative q; a NaN stays one, because 0 would be the nearest of
     * all. */
    if (q <= 0.0) return 0.0;
    return 2.0 * hb_asinh(sqrt(q) * 0.5);
}
