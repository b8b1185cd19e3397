/* Heikin-Ashi candles. ha_close = (O+H+L+C)/4; ha_open = (prev ha_open + prev ha_close)/2, first
 * (O+C)/2; ha_high = max(H, ha_open, ha_close); ha_low = min(L, ha_open, ha_close). Never used as a
 * label. */
#ifndef HB_STATE_HA_H
#define HB_STATE_HA_H

#include <stdbool.h>

#include "rec_bar.h"

typedef struct {
    double open, high, low, close;
} hb_ha_t;

/* prev: NULL for the first bar. */
hb_ha_t hb_ha_next(const hb_ha_t *prev, const hb_bar_t *bar);

#endif
