/* Training rows and a fit that must succeed, for the whitening tests. */
#ifndef HB_TEST_MAKE_ROWS_H
#define HB_TEST_MAKE_ROWS_H

#include "base_mem.h"
#include "num_fn.h"
#include "state_whiten.h"

#define ROWS 1500u
#define COLS 7u

/* Heavy-tailed, correlated, on different scales; column 5 takes few values, column 6 is
 * constant. */
static inline double *make_rows(uint64_t seed, uint32_t rows)
{
    double *x = hb_alloc((size_t)rows * COLS, sizeof *x);
    hb_rng_t rng = hb_rng_init(seed);
    for (uint32_t i = 0; i < rows; i++) {
        double *row = x + (size_t)i * COLS;
        const double tail = 0.3 + 1.0 / (0.1 + hb_rng_uniform(&rng));
        double common = hb_rng_normal(&rng);
        for (uint32_t j = 0; j < 5; j++) {
            row[j] = (1.0 + j * j) * tail * (hb_rng_normal(&rng) + 0.7 * common) + 3.0 * j;
        }
        row[5] = hb_rng_uniform(&rng) < 0.2 ? (double)hb_rng_below(&rng, 3) : 0.0;
        row[6] = 42.0;
    }
    return x;
}

static inline hb_whiten_t fit_ok(const double *x, uint32_t rows, const hb_whiten_params_t *params,
                                 hb_whiten_report_t *report)
{
    hb_whiten_t whiten;
    hb_err_t err = {0};
    if (hb_whiten_fit(x, rows, COLS, params, &whiten, report, &err) != HB_OK)
        fail_msg("%s", err.message);
    return whiten;
}

#endif
