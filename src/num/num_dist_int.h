/* The twins of num_dist and the table that picks one; no other module sees it.
 *
 * One reduction order for all: 16 partial sums by FMA from +0, lane l taking elements l, l+16, ...;
 * then folded by halves: p[i] += p[i+8], p[i] += p[i+4], p[0] + p[2] and p[1] + p[3], and their
 * sum. pre of every entry: dim is a multiple of 16.
 */
#ifndef HB_NUM_DIST_INT_H
#define HB_NUM_DIST_INT_H

#include <stdint.h>

#include "num_cpu.h"

typedef struct {
    float (*l2_sq)(const float *a, const float *b, uint32_t dim);
    float (*dot)(const float *a, const float *b, uint32_t dim);
    float (*lorentz_q)(const float *a, float a0, const float *b, float b0, uint32_t dim);
    void (*l2_sq_rows)(const float *query, const float *rows_data, uint32_t dim, uint32_t rows,
                       float *out);
    void (*dot_rows)(const float *query, const float *rows_data, uint32_t dim, uint32_t rows,
                     float *out);
    void (*lorentz_q_rows)(const float *query, float query_lift, const float *rows_data,
                           const float *rows_lift, uint32_t dim, uint32_t rows, float *out);
} hb_num_table_t;

extern const hb_num_table_t hb_num_table_scalar;
extern const hb_num_table_t hb_num_table_avx2;
extern const hb_num_table_t hb_num_table_avx512;

/* Chooses the table of the public functions. thread: before any other thread starts. */
void hb_num_dist_use(hb_cpu_t cpu);
hb_cpu_t hb_num_dist_used(void);

/* The last steps of the Lorentz form from its two sums, in this order and without contraction. */
static inline float hb_num_lorentz_close(float l2, float cross, float a0, float b0)
{
    float du = cross / (a0 + b0);
    float du_sq = du * du;
    return l2 - du_sq;
}

#endif
