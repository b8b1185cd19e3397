/* Rows packed for the Tyler iteration: unit vectors, LANES of them side by side. Private to
 * math/. */
#ifndef HB_MATH_TYLER_INT_H
#define HB_MATH_TYLER_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "math_linalg.h"

#define HB_TYLER_LANES 8u

/* Only directions matter: x x' / (x' S^-1 x) is the same for every multiple of x. Unit length keeps
 * heavy-tailed rows from overflowing. */
typedef struct {
    double *units; /* [blocks][p][LANES], the last block zero-filled */
    uint32_t n;    /* rows kept: non-zero and finite */
    uint32_t p;
    uint32_t blocks;
    bool finite; /* false when a row held a NaN or an infinity */
} hb_tyler_rows_t;

void hb_tyler_rows_init(hb_tyler_rows_t *rows, const double *x, uint32_t n, uint32_t p);
void hb_tyler_rows_fini(hb_tyler_rows_t *rows);
/* moment = (p/n) sum s s' / (s' S^-1 s), S given by its Cholesky factor; pre: n > 0. */
void hb_tyler_moment(const hb_tyler_rows_t *rows, const double *lower, double *moment);
/* The choices of rho from tr R^2, R = (p/n) sum s s'. */
double hb_tyler_zhang_wiesel(const hb_tyler_rows_t *rows);

#endif
