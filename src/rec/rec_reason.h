/* Every reason for which a bar is not decided or a decision not traded. One table: bit, name, text.
 * Each has a counter wherever decisions are counted. */
#ifndef HB_REC_REASON_H
#define HB_REC_REASON_H

/* X(NAME, bit, name in JSON and logs, what it means) */
#define HB_REASON_TABLE(X)                                                                         \
    X(WARMUP, 0, "warmup", "indicators have not seen enough bars")                                 \
    X(STATE_NOT_FINITE, 1, "state_not_finite", "a state value is not finite")                      \
    X(MEMORY_SHORT, 2, "memory_short", "too few past rows with a resolved label")                  \
    X(OUT_OF_DOMAIN, 3, "out_of_domain", "farther from every past state than training rows are")   \
    X(AMBIGUOUS, 4, "ambiguous", "the conformal set holds both classes")                           \
    X(EMPTY_SET, 5, "empty_set", "the conformal set holds no class")                               \
    X(BELOW_THRESHOLD, 6, "below_threshold", "probability below the cost threshold")               \
    X(KILL_SWITCH, 8, "kill_switch", "the kill switch is on")                                      \
    X(ARTIFACT_UNVERIFIED, 9, "artifact_unverified", "the artifact was not verified")              \
    X(STALE_DATA, 10, "stale_data", "the last bar is older than allowed")                          \
    X(ACCOUNT_STALE, 11, "account_stale", "the account snapshot is older than allowed")            \
    X(DAILY_LOSS, 12, "daily_loss", "the day's loss has reached its cap")                          \
    X(MAX_POSITION, 13, "max_position", "position with working orders would pass its cap")         \
    X(ORDER_SIZE, 14, "order_size", "order larger than its cap")                                   \
    X(NEWS_EMBARGO, 15, "news_embargo", "inside the window around a scheduled event")              \
    X(FLATTEN_BY, 16, "flatten_by", "after the session's flatten-by time")                         \
    X(DATA_FAULT, 17, "data_fault", "the bar failed its checks")                                   \
    X(UNRESOLVED_ORDER, 18, "unresolved_order", "an earlier order's fate is unknown")

enum {
#define HB_REASON_ENUM(name, bit, text, what) HB_REASON_##name = 1u << (bit),
    HB_REASON_TABLE(HB_REASON_ENUM)
#undef HB_REASON_ENUM
};

#endif
