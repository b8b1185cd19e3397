/* The one list of features: schema, dimension and the stream's indices come from it. Private to
 * state.
 * X(index, name, lo, hi, what) */
#ifndef HB_STATE_FEATURES_H
#define HB_STATE_FEATURES_H

#define HB_STATE_FEATURES(X)                                                                       \
    X(RET_1, "ret_1", -8, 8, "log return over 1 bar / (ATR14/close)")                              \
    X(RET_2, "ret_2", -8, 8, "log return over 2 bars / (ATR14/close * sqrt 2)")                    \
    X(RET_4, "ret_4", -8, 8, "log return over 4 bars / (ATR14/close * sqrt 4)")                    \
    X(RET_8, "ret_8", -8, 8, "log return over 8 bars / (ATR14/close * sqrt 8)")                    \
    X(RET_16, "ret_16", -8, 8, "log return over 16 bars / (ATR14/close * sqrt 16)")                \
    X(RET_32, "ret_32", -8, 8, "log return over 32 bars / (ATR14/close * sqrt 32)")                \
    X(HA_BODY, "ha_body", -6, 6, "Heikin-Ashi close - open, in ATR14")                             \
    X(HA_UPPER, "ha_upper", 0, 6, "Heikin-Ashi upper wick, in ATR14")                              \
    X(HA_LOWER, "ha_lower", 0, 6, "Heikin-Ashi lower wick, in ATR14")                              \
    X(HA_STREAK, "ha_streak", -1, 1, "signed run length s of Heikin-Ashi colours, s/(4+|s|)")      \
    X(ATR_RATIO, "atr_ratio", -3, 3, "log(ATR14 / ATR100)")                                        \
    X(RANGE, "range", 0, 8, "true range in ATR14")                                                 \
    X(RANGE_POS, "range_pos", -1, 1, "close in the high-low range of 20 bars, -1 low, 1 high")     \
    X(RSI, "rsi_14", -1, 1, "RSI14 / 50 - 1 (Wilder)")                                             \
    X(WT, "wavetrend", -3, 3, "WaveTrend wt1 / 100 (10, 21)")                                      \
    X(WT_DIFF, "wavetrend_diff", -1, 1, "(wt1 - wt2) / 100, wt2 the mean of 4 wt1")                \
    X(CCI, "cci_20", -3, 3, "CCI20 / 200")                                                         \
    X(ADX, "adx_14", -1, 1, "ADX14 / 50 - 1 (Wilder)")                                             \
    X(DI_BALANCE, "di_balance", -1, 1, "(DI+ - DI-) / (DI+ + DI-) of 14 bars")                     \
    X(VOLUME_Z, "volume_z", -5, 5, "z-score of log(1 + volume) over 96 bars; 0 without volume")    \
    X(SESSION_SIN, "session_sin", -1, 1, "sin(2 pi session minute / session length)")              \
    X(SESSION_COS, "session_cos", -1, 1, "cos(2 pi session minute / session length)")              \
    X(VOL_RATIO, "vol_ratio", -3, 3, "log of realised volatility over 12 bars / over 96 bars")     \
    X(VOL_BUCKET, "vol_bucket", -1, 1, "volatility bucket 0..4 of log(ATR14/ATR100), / 2 - 1")

enum {
#define HB_STATE_INDEX(index, name, lo, hi, what) HB_X_##index,
    HB_STATE_FEATURES(HB_STATE_INDEX)
#undef HB_STATE_INDEX
        HB_X_COUNT
};

#endif
