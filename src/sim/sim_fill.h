/* A simple fill simulator for replay: market orders of one symbol, one bar of latency.
 *
 * An order accepted at the close of bar t fills at the open of bar t+1 plus slippage ticks against it;
 * commission per lot and side. An open position is closed after hold_bars bars or by an opposite order,
 * in the same way. Profit is marked to each bar's close. Pure: time comes from the bars.
 */
#ifndef HB_SIM_FILL_H
#define HB_SIM_FILL_H

#include "rec_bar.h"
#include "rec_order.h"

typedef struct {
    double tick_size;          /* price units, > 0 */
    double tick_value_cents;   /* of one lot */
    double slippage_ticks;     /* >= 0, per side */
    double commission_cents;   /* per lot and side */
    int32_t hold_bars;         /* time exit */
} hb_sim_fill_params_t;

typedef struct {
    hb_sim_fill_params_t params;
    hb_order_t pending;        /* at most one entry order in flight */
    bool pending_active;
    hb_account_t account;      /* what the gate sees */
    double position_price_mean;
    int32_t position_age_bars;
    int32_t session_day;
    double gross_cents, net_cents; /* realised + open, all days */
    double realised_gross_cents, cost_cents;
    double day_start_net_cents;
    uint64_t order_count, fill_count, trade_count;
} hb_sim_fill_t;

void hb_sim_fill_init(hb_sim_fill_t *sim, const hb_sim_fill_params_t *params);
/* Before the step of a bar: fills what was pending at its open, runs the time exit, marks at its close,
 * and updates the account snapshot to the bar's close. */
void hb_sim_fill_bar(hb_sim_fill_t *sim, const hb_bar_t *bar, int64_t bar_size_ns);
/* After the step: takes a PASS intent as a new order. */
void hb_sim_fill_submit(hb_sim_fill_t *sim, const hb_intent_t *intent);

#endif
