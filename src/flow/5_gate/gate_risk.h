/* The risk gate: score + account + risk state > intent, or a refusal with every reason.
 *
 * Pure: all it knows is handed in. Checks run in the order of hb_reason bits and all reasons that
 * apply are reported; the first does not hide the others. PASS needs: no reason, the conformal set
 * a single class, probability over the cost threshold. THROTTLE: only AMBIGUOUS or BELOW_THRESHOLD
 * apply. BLOCK: anything else. Non-finite input is a reason, never a comparison that happens to be
 * false; a limit outside its bounds raises the reason that it guards, whatever the order.
 *
 * The class: long needs p >= max(threshold, 1/2) and the set {up}; short needs 1-p >= the same and
 * the set {down}. A score that carries DATA_FAULT holds no probability: its class is not judged. A
 * reducing order (towards flat, working orders of its own side counted) is exempt from daily loss,
 * news, flatten-by and the position cap, never from the kill switch, stale data, a stale account or
 * an unresolved order. The gate judges new orders alone: exits by time or flattening are not its
 * business.
 */
#ifndef HB_GATE_RISK_H
#define HB_GATE_RISK_H

#include <stdbool.h>

#include "base_status.h"
#include "rec_bar.h"
#include "rec_intent.h"
#include "rec_reason.h"
#include "rec_score.h"

#define HB_NEWS_MAX 1024u

typedef struct {
    hb_cents_t daily_loss_cents; /* cap, > 0: stop at day_pnl <= -cap */
    hb_lots_t position_lots_max; /* > 0 */
    hb_lots_t order_lots;        /* size of one order, >= 1 */
    hb_lots_t order_lots_max;    /* > 0 */
    int64_t news_before_ns, news_after_ns;
    int64_t data_age_ns_max; /* last bar's close to now */
    int64_t account_age_ns_max;
    int32_t flatten_by_session_min; /* minutes from session open; < 0: off */
    double threshold_prob;          /* c_fp / (c_fp + c_fn) */
} hb_gate_limits_t;
/* error: HB_E_CONFIG with the field's name in `where`. */
HB_CHECKED hb_status_t hb_gate_limits_check(const hb_gate_limits_t *limits, hb_err_t *err);

/* Risk state outside the account: latched switches and the calendar of events. */
typedef struct {
    bool kill_on;
    bool artifact_verified;
    uint32_t news_count;
    int64_t news_utc_at_ns[HB_NEWS_MAX]; /* ascending */
} hb_risk_t;

/* Inserts keeping order; true without a second entry when the time is there already; false when
 * full. */
bool hb_risk_news_mark(hb_risk_t *risk, int64_t utc_at_ns);

/* When and for whom a bar is decided. The bar's close is its open + bar_size_ns. */
typedef struct {
    int64_t bar_size_ns;
    int64_t now_utc_at_ns;
    uint64_t artifact_tag; /* first 8 bytes of the artifact's hash, part of the idempotency key */
} hb_gate_moment_t;

/* Decides one bar. hot: cannot fail. */
void hb_gate_eval(const hb_gate_limits_t *limits, const hb_risk_t *risk,
                  const hb_account_t *account, const hb_score_t *score, const hb_bar_t *bar,
                  const hb_gate_moment_t *moment, hb_intent_t *out);

#endif
