/* The gate's cold side: limits are checked once when they are read, events are marked as they
 * become known. Invariant: news_utc_at_ns is ascending, so that the gate may search it by halves.
 */
#include "gate_risk.h"

#include <math.h>
#include <string.h>

#include "base_assert.h"

hb_status_t hb_gate_limits_check(const hb_gate_limits_t *limits, hb_err_t *err)
{
    const struct {
        bool ok;
        const char *field;
        const char *rule;
    } checks[] = {
        {limits->daily_loss_cents.v >= 1, "daily_loss_cents", "must be above 0"},
        {limits->position_lots_max.v >= 1, "position_lots_max", "must be at least 1"},
        {limits->order_lots.v >= 1, "order_lots", "must be at least 1"},
        {limits->order_lots_max.v >= 1, "order_lots_max", "must be at least 1"},
        {limits->order_lots.v <= limits->order_lots_max.v, "order_lots",
         "must not exceed order_lots_max, or no order would ever pass"},
        {limits->order_lots.v <= limits->position_lots_max.v, "order_lots",
         "must not exceed position_lots_max, or no position could be opened"},
        {limits->news_before_ns >= 0, "news_before_ns", "must not be negative"},
        {limits->news_after_ns >= 0, "news_after_ns", "must not be negative"},
        {limits->data_age_ns_max >= 0, "data_age_ns_max", "must not be negative"},
        {limits->account_age_ns_max >= 0, "account_age_ns_max", "must not be negative"},
        {isfinite(limits->threshold_prob) && limits->threshold_prob > 0.0 &&
             limits->threshold_prob < 1.0,
         "threshold_prob",
         "must lie between 0 and 1: c_fp / (c_fp + c_fn) with both costs above 0"},
    };
    for (size_t i = 0; i < HB_COUNT(checks); i++) {
        if (checks[i].ok) continue;
        return hb_err_set(err, HB_E_CONFIG, checks[i].field, checks[i].rule,
                          "risk limit %s is out of bounds", checks[i].field);
    }
    return HB_OK;
}

bool hb_risk_news_mark(hb_risk_t *risk, int64_t utc_at_ns)
{
    if (risk->news_count > HB_NEWS_MAX) return false;
    uint32_t at = risk->news_count;
    while (at > 0 && risk->news_utc_at_ns[at - 1] > utc_at_ns) at--;
    if (at > 0 && risk->news_utc_at_ns[at - 1] == utc_at_ns) return true;
    if (risk->news_count == HB_NEWS_MAX) return false;
    memmove(&risk->news_utc_at_ns[at + 1], &risk->news_utc_at_ns[at],
            (risk->news_count - at) * sizeof risk->news_utc_at_ns[0]);
    risk->news_utc_at_ns[at] = utc_at_ns;
    risk->news_count++;
    return true;
}
