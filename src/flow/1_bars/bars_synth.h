/* Synthetic bars, seeded: returns with stochastic volatility, intraday seasonality and jumps on
 * a Globex calendar; signal plants a known dependence, 0 is a pure random walk.
 *
 * r_t = sigma_t (phi m_t + e_t), phi = 0.45 * signal, m_t = r_{t-1}/sigma_{t-1}: an AR(1) in
 * standardised returns whose best AUC for a T-bar direction is known in closed form. log sigma_t
 * is AR(1) times a U-shaped session profile; jumps are rare, symmetric. High and low come from
 * sub-bar steps. Prices are rounded to the tick with symmetric rounding so that signal 0 stays a
 * martingale in sign.
 */
#ifndef HB_BARS_SYNTH_H
#define HB_BARS_SYNTH_H

#include "bars_csv.h"

typedef struct {
    uint32_t bars;
    uint32_t bar_size_s; /* 300 */
    double signal;       /* >= 0, <= 2 */
    uint64_t seed;
    double start_price;      /* 15000 */
    double tick_size;        /* 0.25 */
    int64_t start_utc_at_ns; /* 2022-01-03T00:00:00Z */
} hb_synth_params_t;
hb_synth_params_t hb_synth_params_default(void);

HB_CHECKED hb_status_t hb_synth_make(const hb_synth_params_t *params, hb_bar_list_t *out,
                                     hb_err_t *err);
/* timestamp,open,high,low,close,volume in ISO UTC with bar-open stamps; prices with the tick's
 * decimals. */
HB_CHECKED hb_status_t hb_bars_write_csv(const hb_bar_list_t *list, double tick_size, FILE *out,
                                         hb_err_t *err);

#endif
