/* AVX-512 twin. Invariant: the same additions as the scalar twin. One accumulator holds the 16
 * lanes. Sixteen rows are folded together: a shuffle brings the partners of one fold step of
 * several rows side by side, one vector addition then does that step for all of them. */
#include <immintrin.h>
#include <stddef.h>

#include "num_dist_int.h"

#define INLINE static inline __attribute__((always_inline))
#define GROUP  16u

typedef struct {
    __m512 l2, cross; /* 16 partial sums each */
} hb_sums_t;

INLINE __m512 l2_lanes(const float *a, const float *b, uint32_t dim)
{
    __m512 p = _mm512_setzero_ps();
    for (uint32_t i = 0; i < dim; i += 16) {
        __m512 d = _mm512_sub_ps(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i));
        p = _mm512_fmadd_ps(d, d, p);
    }
    return p;
}

INLINE __m512 dot_lanes(const float *a, const float *b, uint32_t dim)
{
    __m512 p = _mm512_setzero_ps();
    for (uint32_t i = 0; i < dim; i += 16) {
        p = _mm512_fmadd_ps(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i), p);
    }
    return p;
}

INLINE hb_sums_t lorentz_lanes(const float *a, const float *b, uint32_t dim)
{
    hb_sums_t sums = {_mm512_setzero_ps(), _mm512_setzero_ps()};
    for (uint32_t i = 0; i < dim; i += 16) {
        __m512 x = _mm512_loadu_ps(a + i);
        __m512 y = _mm512_loadu_ps(b + i);
        __m512 d = _mm512_sub_ps(x, y);
        sums.l2 = _mm512_fmadd_ps(d, d, sums.l2);
        sums.cross = _mm512_fmadd_ps(d, _mm512_add_ps(x, y), sums.cross);
    }
    return sums;
}

/* Folds 8, 4, 2, 1 of one row. */
INLINE float fold_one(__m512 p)
{
    __m512 eight = _mm512_add_ps(p, _mm512_shuffle_f32x4(p, p, 0x4e));
    __m512 four = _mm512_add_ps(eight, _mm512_shuffle_f32x4(eight, eight, 0xb1));
    __m128 quad = _mm512_castps512_ps128(four);
    __m128 two = _mm_add_ps(quad, _mm_movehl_ps(quad, quad));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

/* Fold 8 of two rows: their eight sums in the lower and the upper half. */
INLINE __m512 fold_two_rows(__m512 p, __m512 q)
{
    return _mm512_add_ps(_mm512_shuffle_f32x4(p, q, 0x44), _mm512_shuffle_f32x4(p, q, 0xee));
}

/* Folds 8 and 4 of four rows: four sums of each in one quarter. */
INLINE __m512 fold_four_rows(__m512 p, __m512 q, __m512 r, __m512 s)
{
    __m512 first = fold_two_rows(p, q);
    __m512 second = fold_two_rows(r, s);
    return _mm512_add_ps(_mm512_shuffle_f32x4(first, second, 0x88),
                         _mm512_shuffle_f32x4(first, second, 0xdd));
}

/* Folds 8, 4, 2, 1 of sixteen rows: lane r is the sum of row r. */
INLINE __m512 fold_sixteen(const __m512 p[GROUP])
{
    __m512 four[4];
    for (int r = 0; r < 4; r++) four[r] = fold_four_rows(p[r], p[r + 4], p[r + 8], p[r + 12]);
    __m512 two_a = _mm512_add_ps(_mm512_shuffle_ps(four[0], four[1], 0x44),
                                 _mm512_shuffle_ps(four[0], four[1], 0xee));
    __m512 two_b = _mm512_add_ps(_mm512_shuffle_ps(four[2], four[3], 0x44),
                                 _mm512_shuffle_ps(four[2], four[3], 0xee));
    return _mm512_add_ps(_mm512_shuffle_ps(two_a, two_b, 0x88),
                         _mm512_shuffle_ps(two_a, two_b, 0xdd));
}

static float l2_sq(const float *a, const float *b, uint32_t dim)
{
    return fold_one(l2_lanes(a, b, dim));
}

static float dot(const float *a, const float *b, uint32_t dim)
{
    return fold_one(dot_lanes(a, b, dim));
}

static float lorentz_q(const float *a, float a0, const float *b, float b0, uint32_t dim)
{
    hb_sums_t sums = lorentz_lanes(a, b, dim);
    return hb_num_lorentz_close(fold_one(sums.l2), fold_one(sums.cross), a0, b0);
}

INLINE void l2_sq_scan(const float *query, const float *rows_data, uint32_t dim, uint32_t rows,
                       float *out)
{
    uint32_t i = 0;
    for (; rows - i >= GROUP; i += GROUP) {
        __m512 p[GROUP];
        for (uint32_t r = 0; r < GROUP; r++) {
            p[r] = l2_lanes(query, rows_data + (size_t)(i + r) * dim, dim);
        }
        _mm512_storeu_ps(out + i, fold_sixteen(p));
    }
    for (; i < rows; i++) out[i] = l2_sq(query, rows_data + (size_t)i * dim, dim);
}

INLINE void dot_scan(const float *query, const float *rows_data, uint32_t dim, uint32_t rows,
                     float *out)
{
    uint32_t i = 0;
    for (; rows - i >= GROUP; i += GROUP) {
        __m512 p[GROUP];
        for (uint32_t r = 0; r < GROUP; r++) {
            p[r] = dot_lanes(query, rows_data + (size_t)(i + r) * dim, dim);
        }
        _mm512_storeu_ps(out + i, fold_sixteen(p));
    }
    for (; i < rows; i++) out[i] = dot(query, rows_data + (size_t)i * dim, dim);
}

INLINE void lorentz_q_scan(const float *query, float query_lift, const float *rows_data,
                           const float *rows_lift, uint32_t dim, uint32_t rows, float *out)
{
    __m512 lift = _mm512_set1_ps(query_lift);
    uint32_t i = 0;
    for (; rows - i >= GROUP; i += GROUP) {
        __m512 l2[GROUP], cross[GROUP];
        for (uint32_t r = 0; r < GROUP; r++) {
            hb_sums_t sums = lorentz_lanes(query, rows_data + (size_t)(i + r) * dim, dim);
            l2[r] = sums.l2;
            cross[r] = sums.cross;
        }
        __m512 lift_sum = _mm512_add_ps(lift, _mm512_loadu_ps(rows_lift + i));
        __m512 du = _mm512_div_ps(fold_sixteen(cross), lift_sum);
        __m512 q = _mm512_sub_ps(fold_sixteen(l2), _mm512_mul_ps(du, du));
        _mm512_storeu_ps(out + i, q);
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

const hb_num_table_t hb_num_table_avx512 = {
    .l2_sq = l2_sq,
    .dot = dot,
    .lorentz_q = lorentz_q,
    .l2_sq_rows = l2_sq_rows,
    .dot_rows = dot_rows,
    .lorentz_q_rows = lorentz_q_rows,
};
