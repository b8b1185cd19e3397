/* Heikin-Ashi candles: one recursion, see state_ha.h. They smooth; nobody can trade at their
 * prices, so only ratios to the ATR leave the state stream. */
#include "state_ha.h"

#include <stddef.h>

#include "base_assert.h"

hb_ha_t hb_ha_next(const hb_ha_t *prev, const hb_bar_t *bar)
{
    hb_ha_t ha;
    ha.close = (bar->open + bar->high + bar->low + bar->close) / 4.0;
    ha.open = prev ? (prev->open + prev->close) / 2.0 : (bar->open + bar->close) / 2.0;
    const double top = HB_MAX(ha.open, ha.close), bottom = HB_MIN(ha.open, ha.close);
    ha.high = HB_MAX(bar->high, top);
    ha.low = HB_MIN(bar->low, bottom);
    return ha;
}
