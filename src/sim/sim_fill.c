/* Fills for replay; the rules stand in the header.
 *
 * Invariants: every order goes through the order state machine, so a fill that it refuses is never
 * booked (the order is then counted unresolved and the gate stops new risk); net = gross - cost;
 * |position| fits int32. Called by replay and validation, one thread.
 */
#include "sim_fill.h"

#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "base_rng.h"
#include "order_fsm.h"

hb_status_t hb_sim_fill_params_check(const hb_sim_fill_params_t *params, hb_err_t *err)
{
    const struct {
        bool ok;
        const char *field;
        const char *rule;
    } checks[] = {
        {isfinite(params->tick_size) && params->tick_size > 0, "tick_size", "must be above 0"},
        {isfinite(params->tick_value_cents) && params->tick_value_cents > 0, "tick_value_cents",
         "must be above 0"},
        {isfinite(params->slippage_ticks) && params->slippage_ticks >= 0, "slippage_ticks",
         "must not be negative"},
        {isfinite(params->commission_cents) && params->commission_cents >= 0, "commission_cents",
         "must not be negative"},
        {params->hold_bars >= 1, "hold_bars", "must be at least 1"},
    };
    for (size_t i = 0; i < HB_COUNT(checks); i++) {
        if (checks[i].ok) continue;
        return hb_err_set(err, HB_E_CONFIG, checks[i].field, checks[i].rule,
                          "fill parameter %s is out of bounds", checks[i].field);
    }
    return HB_OK;
}

void hb_sim_fill_init(hb_sim_fill_t *sim, const hb_sim_fill_params_t *params)
{
    HB_ASSERT(hb_sim_fill_params_check(params, NULL) == HB_OK);
    memset(sim, 0, sizeof *sim);
    sim->params = *params;
}

/* Whole cents, rounded down; what does not fit or is no number counts as the largest loss. */
static int64_t cents_floor(double cents)
{
    if (!isfinite(cents) || cents < -9e18) return INT64_MIN;
    if (cents > 9e18) return INT64_MAX;
    return (int64_t)floor(cents);
}

static double move_cents(const hb_sim_fill_t *sim, double from, double to)
{
    return (to - from) / sim->params.tick_size * sim->params.tick_value_cents;
}

/* Nets signed lots at a price before slippage. */
static void position_net(hb_sim_fill_t *sim, int32_t lots, double price)
{
    const int32_t position = sim->account.position_lots.v;
    int32_t opened = lots;
    if (position != 0 && (position > 0) != (lots > 0)) {
        const int32_t held = position > 0 ? position : -position;
        const int32_t size = lots > 0 ? lots : -lots;
        const int32_t closed = HB_MIN(held, size);
        const int32_t sign = position > 0 ? 1 : -1;
        sim->realised_gross_cents +=
            sign * closed * move_cents(sim, sim->position_price_mean, price);
        sim->account.position_lots.v -= sign * closed;
        opened += sign * closed;
        if (sim->account.position_lots.v == 0) {
            sim->position_price_mean = 0;
            sim->position_age_bars = 0;
            sim->trade_count++;
        }
    }
    if (opened == 0) return;
    sim->account.position_lots.v += opened;
    const double share = (double)opened / (double)sim->account.position_lots.v;
    sim->position_price_mean += (price - sim->position_price_mean) * share;
    sim->position_age_bars = 0;
}

static void working_set(hb_sim_fill_t *sim)
{
    int32_t buy = 0;
    int32_t sell = 0;
    if (sim->pending_active) {
        *(sim->pending.side == HB_SIDE_LONG ? &buy : &sell) += sim->pending.size_lots.v;
    }
    if (sim->closing_active) {
        *(sim->closing.side == HB_SIDE_LONG ? &buy : &sell) += sim->closing.size_lots.v;
    }
    sim->account.working_buy_lots.v = buy;
    sim->account.working_sell_lots.v = sell;
}

/* A new order, sent and accepted at once: the simulator's venue takes every market order. */
static hb_order_t order_place(hb_sim_fill_t *sim, const hb_intent_t *intent)
{
    hb_order_t order = hb_order_new(intent);
    hb_order_apply(&order, &(hb_order_event_t){.kind = HB_ORDER_EV_SEND});
    hb_order_apply(&order, &(hb_order_event_t){.kind = HB_ORDER_EV_ACCEPT});
    sim->order_count++;
    return order;
}

static void closing_place(hb_sim_fill_t *sim)
{
    const int32_t position = sim->account.position_lots.v;
    const hb_intent_t intent = {
        .bar_open_utc_at_ns = sim->last_bar_utc_at_ns,
        .key = hb_mix64(~(uint64_t)sim->last_bar_utc_at_ns),
        .decision = HB_DECISION_PASS,
        .side = position > 0 ? HB_SIDE_SHORT : HB_SIDE_LONG,
        .size_lots.v = position > 0 ? position : -position,
    };
    sim->closing = order_place(sim, &intent);
    sim->closing_active = true;
}

/* Fills a working order whole. */
static void order_fill(hb_sim_fill_t *sim, hb_order_t *order, double price)
{
    const double sign = order->side == HB_SIDE_LONG ? 1.0 : -1.0;
    const double slip = sim->params.slippage_ticks * sim->params.tick_size;
    const hb_order_event_t fill = {
        .kind = HB_ORDER_EV_FILL,
        .fill_lots = order->size_lots,
        .fill_price = price + sign * slip,
    };
    if (!hb_order_apply(order, &fill)) {
        sim->account.unresolved_count++;
        return;
    }
    const int32_t lots = order->size_lots.v;
    sim->fill_count++;
    sim->cost_cents += (double)lots * (sim->params.commission_cents +
                                       sim->params.slippage_ticks * sim->params.tick_value_cents);
    position_net(sim, order->side == HB_SIDE_LONG ? lots : -lots, price);
}

/* The old contract is left at its last close, before the new one's first price is known. */
static void contract_roll(hb_sim_fill_t *sim)
{
    if (sim->pending_active) {
        hb_order_apply(&sim->pending, &(hb_order_event_t){.kind = HB_ORDER_EV_CANCEL});
        sim->pending_active = false;
    }
    if (sim->account.position_lots.v != 0 && !sim->closing_active) closing_place(sim);
    if (sim->closing_active) order_fill(sim, &sim->closing, sim->last_close);
    sim->closing_active = false;
}

void hb_sim_fill_bar(hb_sim_fill_t *sim, const hb_bar_t *bar, int64_t bar_size_ns)
{
    if (!hb_bar_check(bar)) return;
    if (sim->started && bar->open_utc_at_ns <= sim->last_bar_utc_at_ns) return;

    if (!sim->started || bar->session_day != sim->session_day) {
        sim->day_start_net_cents = sim->net_cents;
    }
    if (sim->started && (bar->flags & HB_BAR_ROLL) != 0) contract_roll(sim);
    if (sim->closing_active) order_fill(sim, &sim->closing, bar->open);
    sim->closing_active = false;
    if (sim->pending_active) order_fill(sim, &sim->pending, bar->open);
    sim->pending_active = false;

    sim->started = true;
    sim->session_day = bar->session_day;
    sim->last_bar_utc_at_ns = bar->open_utc_at_ns;
    sim->last_close = bar->close;

    const int32_t position = sim->account.position_lots.v;
    sim->gross_cents = sim->realised_gross_cents;
    if (position != 0) {
        sim->gross_cents += position * move_cents(sim, sim->position_price_mean, bar->close);
        sim->position_age_bars++;
        if (sim->position_age_bars >= sim->params.hold_bars) closing_place(sim);
    }
    sim->net_cents = sim->gross_cents - sim->cost_cents;

    working_set(sim);
    sim->account.day_pnl_cents.v = cents_floor(sim->net_cents - sim->day_start_net_cents);
    int64_t close;
    if (__builtin_add_overflow(bar->open_utc_at_ns, bar_size_ns, &close)) close = INT64_MAX;
    sim->account.utc_at_ns = close;
}

bool hb_sim_fill_submit(hb_sim_fill_t *sim, const hb_intent_t *intent)
{
    const int64_t position = sim->account.position_lots.v;
    if (intent->decision != HB_DECISION_PASS || intent->side == HB_SIDE_NONE) return false;
    if (sim->pending_active || intent->size_lots.v < 1) return false;
    if ((position < 0 ? -position : position) + intent->size_lots.v > INT32_MAX) return false;

    sim->pending = order_place(sim, intent);
    sim->pending_active = true;
    working_set(sim);
    return true;
}
