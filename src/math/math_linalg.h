/* Small dense linear algebra (p <= 64) in double with one fixed summation order: the same bits on
 * every CPU and thread count, which OpenBLAS does not promise. Row-major p x p matrices. */
#ifndef HB_MATH_LINALG_H
#define HB_MATH_LINALG_H

#include <stdbool.h>
#include <stdint.h>

#define HB_LINALG_DIM_MAX 64u

/* Lower Cholesky factor L of symmetric positive definite a; false when not positive definite. */
bool hb_chol_factor(const double *a, uint32_t p, double *lower);
/* Solves L y = b. */
void hb_chol_forward(const double *lower, uint32_t p, const double *b, double *y);
/* x' A^-1 x through L: |L^-1 x|^2. */
double hb_chol_quad(const double *lower, uint32_t p, const double *x);
/* Cyclic Jacobi: eigenvalues ascending, eigenvectors as rows of vectors (sign: largest entry >
 * 0). */
void hb_eig_symmetric(const double *a, uint32_t p, double *values, double *vectors);
/* Symmetric power a^exponent through the eigenvectors (exponent -0.5 for whitening). */
void hb_sym_power(const double *a, uint32_t p, double exponent, double *out);
/* y = M x, sums in index order. */
void hb_mat_vec(const double *m, uint32_t rows, uint32_t cols, const double *x, double *y);

#endif
