/* Distances between float32 vectors: scalar, AVX2 and AVX-512 twins that agree to the bit.
 *
 * shape: dim is a multiple of 16 (rows are zero-padded: HB_NUM_LANES); rows are dim floats apart.
 * Order of summation: see num_cpu.h. Dispatch happens through hb_num_init; before it, scalar.
 */
#ifndef HB_NUM_DIST_H
#define HB_NUM_DIST_H

#include <stdint.h>

#define HB_NUM_LANES    16u
#define HB_NUM_PAD(dim) (((dim) + HB_NUM_LANES - 1u) / HB_NUM_LANES * HB_NUM_LANES)

/* sum (a-b)^2 */
float hb_num_l2_sq(const float *a, const float *b, uint32_t dim);
/* sum a*b */
float hb_num_dot(const float *a, const float *b, uint32_t dim);
/* -a0*b0 + sum a*b for lifted points (a0 = sqrt(1+|a|^2)). */
float hb_num_lorentz_inner(const float *a, float a0, const float *b, float b0, uint32_t dim);
/* q = |a-b|^2 - (a0-b0)^2 with a0-b0 = (a-b)'(a+b)/(a0+b0); q = 4 sinh^2(d/2), monotone in d_L,
 * no clamp, 0 exactly for a = b, symmetric. facts: stable form of the Lorentz distance. */
float hb_num_lorentz_q(const float *a, float a0, const float *b, float b0, uint32_t dim);

/* One query against `rows` consecutive rows: out[i] = the pairwise function on row i, same bits. */
void hb_num_l2_sq_rows(const float *query, const float *rows_data, uint32_t dim, uint32_t rows,
                       float *out);
void hb_num_dot_rows(const float *query, const float *rows_data, uint32_t dim, uint32_t rows,
                     float *out);
/* rows_lift: the u0 of each row. */
void hb_num_lorentz_q_rows(const float *query, float query_lift, const float *rows_data,
                           const float *rows_lift, uint32_t dim, uint32_t rows, float *out);

/* d_L = 2 asinh(sqrt(max(q,0))/2) in double from q; 0 at q <= 0. */
double hb_num_lorentz_dist(double q);

#endif
