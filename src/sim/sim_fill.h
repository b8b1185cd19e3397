/* A simple fill simulator for replay: market orders of one symbol, one bar of latency.
 *
 * An order accepted at the close of bar t fills at the open of bar t+1 plus slippage ticks against
 * it; commission per lot and side. An open position is closed hold_bars bars after its last entry
 * by an exit order, or by an opposite order, in the same way. Orders are netted as a venue nets
 * them: an opposite order first closes, and what it has left opens the new side in the same fill;
 * never more lots than the gate passed. Profit is marked to each bar's close. Pure: time comes from
 * the bars.
 *
 * Money: gross is the price's move between opens (or the last close); slippage and commission are
 * costs; net = gross - cost. Sums are kept in double; the account's whole cents are net rounded
 * down, that is, a loss is never shown smaller than it is. A contract roll (HB_BAR_ROLL) cancels
 * the entry order and closes the position at the old contract's last close, with costs: the step
 * from one contract to the next is nobody's profit.
 */
#ifndef HB_SIM_FILL_H
#define HB_SIM_FILL_H

#include <stdbool.h>

#include "base_status.h"
#include "rec_bar.h"
#include "rec_order.h"

typedef struct {
    double tick_size;        /* price units, > 0 */
    double tick_value_cents; /* of one lot, > 0 */
    double slippage_ticks;   /* >= 0, per side */
    double commission_cents; /* >= 0, per lot and side */
    int32_t hold_bars;       /* time exit, >= 1 */
} hb_sim_fill_params_t;
/* error: HB_E_CONFIG with the field's name in `where`. */
HB_CHECKED hb_status_t hb_sim_fill_params_check(const hb_sim_fill_params_t *params, hb_err_t *err);

typedef struct {
    hb_sim_fill_params_t params;
    hb_order_t pending; /* at most one entry order in flight */
    bool pending_active;
    hb_order_t closing; /* at most one exit order in flight */
    bool closing_active;
    bool started;               /* a bar has been seen */
    hb_account_t account;       /* what the gate sees */
    double position_price_mean; /* before slippage; 0 when flat */
    int32_t position_age_bars;  /* since the last lots were added */
    int32_t session_day;
    int64_t last_bar_utc_at_ns;
    double last_close;
    double gross_cents, net_cents; /* realised + open, all days */
    double realised_gross_cents, cost_cents;
    double day_start_net_cents;
    /* trades: positions that were opened and closed again. */
    uint64_t order_count, fill_count, trade_count;
} hb_sim_fill_t;

/* pre: hb_sim_fill_params_check (asserted) */
void hb_sim_fill_init(hb_sim_fill_t *sim, const hb_sim_fill_params_t *params);
/* Before the step of a bar: fills what is in flight at its open, marks at its close, sends the time
 * exit, and updates the account snapshot to the bar's close. A bar that fails hb_bar_check or is
 * not later than the last changes nothing, as in the engine: orders stay in flight and the account
 * grows old. */
void hb_sim_fill_bar(hb_sim_fill_t *sim, const hb_bar_t *bar, int64_t bar_size_ns);
/* After the step: takes a PASS intent as a new order. false: not taken, as the intent is no PASS,
 * an entry order is in flight already, or the position would leave the range of lots. */
bool hb_sim_fill_submit(hb_sim_fill_t *sim, const hb_intent_t *intent);

#endif
