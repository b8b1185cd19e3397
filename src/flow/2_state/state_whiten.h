/* Robust whitening and the lift to the hyperboloid: state > point.
 *
 * x is winsorised at training limits, kept columns are divided by their MAD, centred at the spatial
 * median, multiplied by S^-1/2 (symmetric root of the regularised Tyler shape) and scaled so that
 * the median of z'z is that of chi-square with p degrees; then divided by sqrt(temperature), its
 * norm capped, and lifted: u0 = sqrt(1 + |z|^2).
 * With `components` < p, z is turned into the eigenvectors of S (largest eigenvalue first) and cut
 * there; the scale stays the one of all p directions.
 */
#ifndef HB_STATE_WHITEN_H
#define HB_STATE_WHITEN_H

#include "base_status.h"
#include "math_tyler.h"
#include "rec_state.h"
#include "store_file.h"

typedef struct {
    uint32_t state_dim; /* columns of x */
    uint32_t kept_dim;  /* columns that vary and are not explained by earlier ones */
    uint32_t out_dim;   /* after reduction; the point's padded dim is the next multiple of 16 */
    uint32_t reserved;
    uint32_t kept[HB_STATE_DIM_MAX];    /* column of each kept feature */
    double winsor_lo[HB_STATE_DIM_MAX]; /* per kept column */
    double winsor_hi[HB_STATE_DIM_MAX];
    double mad[HB_STATE_DIM_MAX];      /* per kept column; standard deviation where it is 0 */
    double location[HB_STATE_DIM_MAX]; /* spatial median in scaled units */
    double root[HB_STATE_DIM_MAX * HB_STATE_DIM_MAX]; /* [out_dim][kept_dim], scale included */
    double temperature;                               /* T */
    double norm_cap;                                  /* of z after temperature */
    double rho;                                       /* for the report */
} hb_whiten_t;

typedef struct {
    hb_tyler_params_t tyler;
    double winsor_ratio; /* tail cut on each side, default 0.001 */
    uint32_t components; /* 0, or as many as are kept: all */
    double temperature;  /* <= 0: auto = out_dim */
    double norm_cap;     /* default 10 */
    bool center_median;  /* spatial median (true) */
} hb_whiten_params_t;
hb_whiten_params_t hb_whiten_params_default(void);

typedef struct {
    hb_tyler_report_t tyler;
    uint32_t rows;
    uint32_t dropped_columns; /* constant or collinear */
    double median_norm_sq;    /* of z before temperature; equals the chi-square median */
} hb_whiten_report_t;

/* x[rows * state_dim] of training rows alone. A column is dropped when neither its MAD nor its
 * standard deviation exceeds 1e-9, or when earlier columns leave less than 1e-8 of its variance.
 * report: NULL allowed. error: HB_E_NUMERIC with the column's index or why; HB_E_CONFIG for
 * params. */
HB_CHECKED hb_status_t hb_whiten_fit(const double *x, uint32_t rows, uint32_t state_dim,
                                     const hb_whiten_params_t *params, hb_whiten_t *out,
                                     hb_whiten_report_t *report, hb_err_t *err);
/* hot: no allocation, cannot fail; a non-finite result clears out->finite. */
void hb_whiten_apply(const hb_whiten_t *whiten, const double *x, hb_point_t *out);

HB_CHECKED hb_status_t hb_whiten_save(const hb_whiten_t *whiten, const char *path, hb_err_t *err);
/* Copies out of the file and checks every field. */
HB_CHECKED hb_status_t hb_whiten_load(const char *path, hb_whiten_t *out, hb_err_t *err);

#endif
