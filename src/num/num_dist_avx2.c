/* AVX2 twin. Invariant: the same additions as the scalar twin. Two accumulators hold lanes 0-7
 * and 8-15; their sum is the first fold. Eight rows are folded together: a shuffle brings the
 * partners of one fold step of several rows side by side, one vector addition then does that
 * step for all. */
#include <immintrin.h>
#include <stddef.h>

#include "num_dist_int.h"

#define INLINE static inline __attribute__((always_inline))
#define GROUP  8u

typedef struct {
    __m256 l2, cross; /* after the first fold: 8 partial sums each */
} hb_sums_t;

INLINE __m256 l2_half(const float *a, const float *b, uint32_t dim)
{
    __m256 low = _mm256_setzero_ps();
    __m256 high = _mm256_setzero_ps();
    for (uint32_t i = 0; i < dim; i += 16) {
        __m256 d = _mm256_sub_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i));
        __m256 e = _mm256_sub_ps(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8));
        low = _mm256_fmadd_ps(d, d, low);
        high = _mm256_fmadd_ps(e, e, high);
    }
    return _mm256_add_ps(low, high);
}

INLINE __m256 dot_half(const float *a, const float *b, uint32_t dim)
{
    __m256 low = _mm256_setzero_ps();
    __m256 high = _mm256_setzero_ps();
    for (uint32_t i = 0; i < dim; i += 16) {
        low = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), low);
        high = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8), high);
    }
    return _mm256_add_ps(low, high);
}

INLINE hb_sums_t lorentz_half(const float *a, const float *b, uint32_t dim)
{
    __m256 l2_low = _mm256_setzero_ps();
    __m256 l2_high = _mm256_setzero_ps();
    __m256 cross_low = _mm256_setzero_ps();
    __m256 cross_high = _mm256_setzero_ps();
    for (uint32_t i = 0; i < dim; i += 16) {
        __m256 x = _mm256_loadu_ps(a + i);
        __m256 y = _mm256_loadu_ps(b + i);
        __m256 d = _mm256_sub_ps(x, y);
        l2_low = _mm256_fmadd_ps(d, d, l2_low);
        cross_low = _mm256_fmadd_ps(d, _mm256_add_ps(x, y), cross_low);
        x = _mm256_loadu_ps(a + i + 8);
        y = _mm256_loadu_ps(b + i + 8);
        d = _mm256_sub_ps(x, y);
        l2_high = _mm256_fmadd_ps(d, d, l2_high);
        cross_high = _mm256_fmadd_ps(d, _mm256_add_ps(x, y), cross_high);
    }
    return (hb_sums_t){_mm256_add_ps(l2_low, l2_high), _mm256_add_ps(cross_low, cross_high)};
}

/* Folds 4, 2, 1 of one row. */
INLINE float fold_one(__m256 p)
{
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(p), _mm256_extractf128_ps(p, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

/* Fold 4 of rows r and r + 4: their four sums in the lower and the upper half. */
INLINE __m256 fold_four(__m256 p, __m256 q)
{
    return _mm256_add_ps(_mm256_permute2f128_ps(p, q, 0x20), _mm256_permute2f128_ps(p, q, 0x31));
}

/* Folds 4, 2, 1 of eight rows: lane r is the sum of row r. */
INLINE __m256 fold_eight(const __m256 p[GROUP])
{
    __m256 four[4];
    for (int r = 0; r < 4; r++) four[r] = fold_four(p[r], p[r + 4]);
    __m256 two_a = _mm256_add_ps(_mm256_shuffle_ps(four[0], four[1], 0x44),
                                 _mm256_shuffle_ps(four[0], four[1], 0xee));
    __m256 two_b = _mm256_add_ps(_mm256_shuffle_ps(four[2], four[3], 0x44),
                                 _mm256_shuffle_ps(four[2], four[3], 0xee));
    return _mm256_add_ps(_mm256_shuffle_ps(two_a, two_b, 0x88),
                         _mm256_shuffle_ps(two_a, two_b, 0xdd));
}

static float l2_sq(const float *a, const float *b, uint32_t dim)
{
    return fold_one(l2_half(a, b, dim));
}

static float dot(const float *a, const float *b, uint32_t dim)
{
    return fold_one(dot_half(a, b, dim));
}

static float lorentz_q(const float *a, float a0, const float *b, float b0, uint32_t dim)
{
    hb_sums_t sums = lorentz_half(a, b, dim);
    return hb_num_lorentz_close(fold_one(sums.l2), fold_one(sums.cross), a0, b0);
}

INLINE void l2_sq_scan(const float *query, const float *rows_data, uint32_t dim, uint32_t rows,
                       float *out)
{
    uint32_t i = 0;
    for (; rows - i >= GROUP; i += GROUP) {
        __m256 p[GROUP];
        for (uint32_t r = 0; r < GROUP; r++) {
            p[r] = l2_half(query, rows_data + (size_t)(i + r) * dim, dim);
        }
        _mm256_storeu_ps(out + i, fold_eight(p));
    }
    for (; i < rows; i++) out[i] = l2_sq(query, rows_data + (size_t)i * dim, dim);
}

INLINE void dot_scan(const float *query, const float *rows_data, uint32_t dim, uint32_t rows,
                     float *out)
{
    uint32_t i = 0;
    for (; rows - i >= GROUP; i += GROUP) {
        __m256 p[GROUP];
        for (uint32_t r = 0; r < GROUP; r++) {
            p[r] = dot_half(query, rows_data + (size_t)(i + r) * dim, dim);
        }
        _mm256_storeu_ps(out + i, fold_eight(p));
    }
    for (; i < rows; i++) out[i] = dot(query, rows_data + (size_t)i * dim, dim);
}

INLINE void lorentz_q_scan(const float *query, float query_lift, const float *rows_data,
                           const float *rows_lift, uint32_t dim, uint32_t rows, float *out)
{
    __m256 lift = _mm256_set1_ps(query_lift);
    uint32_t i = 0;
    for (; rows - i >= GROUP; i += GROUP) {
        __m256 l2[GROUP], cross[GROUP];
        for (uint32_t r = 0; r < GROUP; r++) {
            hb_sums_t sums = lorentz_half(query, rows_data + (size_t)(i + r) * dim, dim);
            l2[r] = sums.l2;
            cross[r] = sums.cross;
        }
        __m256 lift_sum = _mm256_add_ps(lift, _mm256_loadu_ps(rows_lift + i));
        __m256 du = _mm256_div_ps(fold_eight(cross), lift_sum);
        __m256 q = _mm256_sub_ps(fold_eight(l2), _mm256_mul_ps(du, du));
        _mm256_storeu_ps(out + i, q);
    }
    for (; i < rows; i++) {
        out[i] = lorentz_q(query, query_lift, rows_data + (size_t)i * dim, rows_lift[i], dim);
    }
}

/* The two dims that the system uses are compiled with the loop over elements unrolled. */
static void l2_sq_rows(const float *query, const float *rows_data, uint32_t dim, uint32_t rows,
                       float *out)
{
    switch (dim) {
    case 16:
        l2_sq_scan(query, rows_data, 16, rows, out);
        break;
    case 32:
        l2_sq_scan(query, rows_data, 32, rows, out);
        break;
    default:
        l2_sq_scan(query, rows_data, dim, rows, out);
        break;
    }
}

static void dot_rows(const float *query, const float *rows_data, uint32_t dim, uint32_t rows,
                     float *out)
{
    switch (dim) {
    case 16:
        dot_scan(query, rows_data, 16, rows, out);
        break;
    case 32:
        dot_scan(query, rows_data, 32, rows, out);
        break;
    default:
        dot_scan(query, rows_data, dim, rows, out);
        break;
    }
}

static void lorentz_q_rows(const float *query, float query_lift, const float *rows_data,
                           const float *rows_lift, uint32_t dim, uint32_t rows, float *out)
{
    switch (dim) {
    case 16:
        lorentz_q_scan(query, query_lift, rows_data, rows_lift, 16, rows, out);
        break;
    case 32:
        lorentz_q_scan(query, query_lift, rows_data, rows_lift, 32, rows, out);
        break;
    default:
        lorentz_q_scan(query, query_lift, rows_data, rows_lift, dim, rows, out);
        break;
    }
}

const hb_num_table_t hb_num_table_avx2 = {
    .l2_sq = l2_sq,
    .dot = dot,
    .lorentz_q = lorentz_q,
    .l2_sq_rows = l2_sq_rows,
    .dot_rows = dot_rows,
    .lorentz_q_rows = lorentz_q_rows,
};
