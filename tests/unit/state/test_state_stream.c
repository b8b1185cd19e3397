/* The state stream against plain recomputation from its definitions, and its edge cases. */
#include "th.h"

#include <math.h>
#include <string.h>

#include "make_bars.h"

#define BARS 700u

static void schema_is_sound(void **state)
{
    (void)state;
    assert_true(hb_state_dim >= 20 && hb_state_dim <= HB_STATE_DIM_MAX);
    for (uint32_t i = 0; i < hb_state_dim; i++) {
        assert_non_null(hb_state_schema[i].name);
        assert_true(strlen(hb_state_schema[i].what) > 5);
        assert_true(hb_state_schema[i].lo < hb_state_schema[i].hi);
        for (uint32_t j = 0; j < i; j++) {
            assert_string_not_equal(hb_state_schema[i].name, hb_state_schema[j].name);
        }
    }
    assert_int_equal(hb_state_footprint() % 64, 0);
}

static void warm_up_and_fields(void **state)
{
    (void)state;
    hb_bar_t *bars = make_bars(7, BARS);
    hb_state_t *states = run_bars(bars, BARS);
    for (uint32_t i = 0; i < BARS; i++) {
        assert_int_equal(states[i].ready, i + 1 >= HB_STATE_WARMUP_BARS);
        assert_int_equal(states[i].bar_idx, i);
        assert_true(states[i].open_utc_at_ns == bars[i].open_utc_at_ns);
        assert_true(states[i].close == bars[i].close);
        assert_true(states[i].atr > 0.0);
        assert_in_range(states[i].vol_bucket, 0, 4);
        assert_true(states[i].bar_clock == 19000 * 276 + (int64_t)i);
        for (uint32_t j = hb_state_dim; j < HB_STATE_DIM_MAX; j++) {
            assert_true(states[i].x[j] == 0.0);
        }
    }
    hb_free(states);
    hb_free(bars);
}

/* Wilder mean over all bars up to t, from its definition. */
static double wilder(const double *values, uint32_t t, double span)
{
    double mean = values[0];
    for (uint32_t i = 1; i <= t; i++) mean += (values[i] - mean) / span;
    return mean;
}

typedef struct {
    double range[BARS], gain[BARS], loss[BARS], up[BARS], down[BARS], dx[BARS], typical[BARS];
} plain_t;

static void plain_series(const hb_bar_t *bars, plain_t *plain)
{
    memset(plain, 0, sizeof *plain);
    for (uint32_t i = 0; i < BARS; i++) {
        const hb_bar_t *bar = &bars[i], *prev = &bars[i ? i - 1 : 0];
        const double last = i ? prev->close : bar->open;
        plain->range[i] = fmax(bar->high, last) - fmin(bar->low, last);
        plain->typical[i] = (bar->high + bar->low + bar->close) / 3.0;
        if (i == 0) continue;
        plain->gain[i] = fmax(bar->close - last, 0.0);
        plain->loss[i] = fmax(last - bar->close, 0.0);
        const double up = bar->high - prev->high, down = prev->low - bar->low;
        plain->up[i] = up > down && up > 0 ? up : 0.0;
        plain->down[i] = down > up && down > 0 ? down : 0.0;
    }
    for (uint32_t i = 0; i < BARS; i++) {
        const double up = wilder(plain->up, i, 14), down = wilder(plain->down, i, 14);
        plain->dx[i] = up + down > 0 ? 100.0 * fabs(up - down) / (up + down) : 0.0;
    }
}

static double clip(double v, int column)
{
    return fmin(fmax(v, hb_state_schema[column].lo), hb_state_schema[column].hi);
}

static void check_value(const hb_state_t *s, const char *name, double want)
{
    const int column = column_of(name);
    th_close(s->x[column], clip(want, column), 1e-9);
}

static void check_windows(const hb_state_t *s, const hb_bar_t *bars, const plain_t *plain,
                          uint32_t t)
{
    double hi = 0, lo = 1e300, mean = 0, spread = 0, short_sq = 0, long_sq = 0;
    double volume = 0, volume_sq = 0;
    for (uint32_t k = 0; k < 20; k++) {
        hi = fmax(hi, bars[t - k].high);
        lo = fmin(lo, bars[t - k].low);
        mean += plain->typical[t - k] / 20;
    }
    for (uint32_t k = 0; k < 20; k++) spread += fabs(plain->typical[t - k] - mean) / 20;
    for (uint32_t k = 0; k < 96; k++) {
        const double r = log(bars[t - k].close / bars[t - k - 1].close);
        long_sq += r * r / 96;
        if (k < 12) short_sq += r * r / 12;
        volume += log1p(bars[t - k].volume) / 96;
    }
    for (uint32_t k = 0; k < 96; k++) {
        volume_sq += pow(log1p(bars[t - k].volume) - volume, 2) / 96;
    }
    check_value(s, "range_pos", 2 * (bars[t].close - lo) / (hi - lo) - 1);
    check_value(s, "cci_20", (plain->typical[t] - mean) / (0.015 * spread) / 200);
    check_value(s, "vol_ratio", 0.5 * log(short_sq / long_sq));
    check_value(s, "volume_z", (log1p(bars[t].volume) - volume) / sqrt(volume_sq));
}

static void check_wavetrend(const hb_state_t *s, const plain_t *plain, uint32_t t)
{
    double mean = plain->typical[0], spread = 0, wt[BARS] = {0};
    for (uint32_t i = 1; i <= t; i++) {
        mean += (plain->typical[i] - mean) * 2 / 11;
        spread += (fabs(plain->typical[i] - mean) - spread) * 2 / 11;
        const double channel = (plain->typical[i] - mean) / (0.015 * spread);
        wt[i] = wt[i - 1] + (channel - wt[i - 1]) * 2 / 22;
    }
    check_value(s, "wavetrend", wt[t] / 100);
    check_value(s, "wavetrend_diff",
                (wt[t] - (wt[t] + wt[t - 1] + wt[t - 2] + wt[t - 3]) / 4) / 100);
}

static void features_follow_their_definitions(void **state)
{
    (void)state;
    hb_bar_t *bars = make_bars(11, BARS);
    hb_state_t *states = run_bars(bars, BARS);
    plain_t *plain = hb_alloc(1, sizeof *plain);
    plain_series(bars, plain);
    for (uint32_t t = 299; t < BARS; t += 29) {
        const hb_state_t *s = &states[t];
        const double atr = wilder(plain->range, t, 14), slow = wilder(plain->range, t, 100);
        th_close(s->atr, atr, 1e-9);
        check_value(s, "atr_ratio", log(atr / slow));
        check_value(s, "range", plain->range[t] / atr);
        const uint32_t spans[6] = {1, 2, 4, 8, 16, 32};
        const char *names[6] = {"ret_1", "ret_2", "ret_4", "ret_8", "ret_16", "ret_32"};
        for (int k = 0; k < 6; k++) {
            const double r = log(bars[t].close / bars[t - spans[k]].close);
            check_value(s, names[k], r / (atr / bars[t].close * sqrt(spans[k])));
        }
        const double gain = wilder(plain->gain, t, 14), loss = wilder(plain->loss, t, 14);
        check_value(s, "rsi_14", (100 - 100 / (1 + gain / loss)) / 50 - 1);
        const double up = wilder(plain->up, t, 14), down = wilder(plain->down, t, 14);
        check_value(s, "di_balance", (up - down) / (up + down));
        check_value(s, "adx_14", wilder(plain->dx, t, 14) / 50 - 1);
        check_value(s, "session_sin", sin(2 * M_PI * bars[t].session_min / 1380));
        check_value(s, "session_cos", cos(2 * M_PI * bars[t].session_min / 1380));
        check_value(s, "vol_bucket", s->vol_bucket / 2.0 - 1);
        check_windows(s, bars, plain, t);
        check_wavetrend(s, plain, t);
    }
    hb_free(plain);
    hb_free(states);
    hb_free(bars);
}

static void heikin_ashi_features(void **state)
{
    (void)state;
    hb_bar_t *bars = make_bars(13, BARS);
    hb_state_t *states = run_bars(bars, BARS);
    double open = 0, close = 0;
    int streak = 0, longest = 0;
    for (uint32_t i = 0; i < BARS; i++) {
        const double next = i ? (open + close) / 2 : (bars[i].open + bars[i].close) / 2;
        close = (bars[i].open + bars[i].high + bars[i].low + bars[i].close) / 4;
        open = next;
        const int colour = close > open ? 1 : -1;
        streak = streak * colour > 0 ? streak + colour : colour;
        longest = abs(streak) > longest ? abs(streak) : longest;
        if (i < 14) continue;
        const hb_state_t *s = &states[i];
        check_value(s, "ha_body", (close - open) / s->atr);
        check_value(s, "ha_upper",
                    (fmax(bars[i].high, fmax(open, close)) - fmax(open, close)) / s->atr);
        check_value(s, "ha_lower",
                    (fmin(open, close) - fmin(bars[i].low, fmin(open, close))) / s->atr);
        check_value(s, "ha_streak", streak / (4.0 + abs(streak)));
    }
    assert_true(longest > 3);
    hb_free(states);
    hb_free(bars);
}

static void constant_prices_stay_finite(void **state)
{
    (void)state;
    hb_bar_t *bars = make_bars(17, BARS);
    for (uint32_t i = 200; i < BARS; i++) {
        bars[i].open = bars[i].high = bars[i].low = bars[i].close = bars[200].close;
        bars[i].volume = 3;
    }
    hb_state_t *states = run_bars(bars, BARS);
    for (uint32_t i = HB_STATE_WARMUP_BARS; i < BARS; i++) assert_true(states[i].ready);
    const hb_state_t *last = &states[BARS - 1];
    assert_true(last->x[column_of("ret_32")] == 0.0);
    assert_true(last->x[column_of("volume_z")] == 0.0);
    assert_true(last->x[column_of("cci_20")] == 0.0);
    assert_true(last->x[column_of("range_pos")] == 0.0);
    assert_int_equal(last->vol_bucket, 0);
    hb_free(states);
    /* Constant from the first bar on: every guarded denominator is at its floor. */
    for (uint32_t i = 0; i < 200; i++) bars[i] = bars[200];
    states = run_bars(bars, BARS);
    assert_true(states[BARS - 1].ready);
    assert_int_equal(states[BARS - 1].vol_bucket, 2);
    assert_true(states[BARS - 1].x[column_of("rsi_14")] == 0.0);
    assert_true(states[BARS - 1].x[column_of("di_balance")] == 0.0);
    assert_true(states[BARS - 1].x[column_of("ha_streak")] == 0.0);
    hb_free(states);
    hb_free(bars);
}

static void no_volume_means_zero(void **state)
{
    (void)state;
    hb_bar_t *bars = make_bars(19, BARS);
    for (uint32_t i = 0; i < BARS; i++) bars[i].flags |= HB_BAR_NO_VOLUME;
    hb_state_t *states = run_bars(bars, BARS);
    const int column = column_of("volume_z");
    for (uint32_t i = 0; i < BARS; i++) assert_true(states[i].x[column] == 0.0);
    assert_true(states[BARS - 1].ready);
    hb_free(states);
    hb_free(bars);
}

static void a_roll_is_no_return(void **state)
{
    (void)state;
    hb_bar_t *plain = make_bars(23, BARS), *rolled = make_bars(23, BARS);
    const uint32_t at = 400;
    for (uint32_t i = at; i < BARS; i++) {
        rolled[i].open *= 1.07;
        rolled[i].high *= 1.07;
        rolled[i].low *= 1.07;
        rolled[i].close *= 1.07;
    }
    rolled[at].flags |= HB_BAR_ROLL;
    hb_state_t *a = run_bars(plain, BARS), *b = run_bars(rolled, BARS);
    for (uint32_t i = 0; i < BARS; i++) {
        assert_int_equal(a[i].ready, b[i].ready);
        assert_int_equal(a[i].vol_bucket, b[i].vol_bucket);
        for (uint32_t j = 0; j < hb_state_dim; j++) th_close(b[i].x[j], a[i].x[j], 1e-8);
        th_close(b[i].atr, a[i].atr * (i >= at ? 1.07 : 1.0), 1e-9);
    }
    hb_free(a);
    /* Without the flag the jump shows. */
    rolled[at].flags = 0;
    a = run_bars(rolled, BARS);
    assert_true(fabs(a[at].x[column_of("ret_1")] - b[at].x[column_of("ret_1")]) > 1.0);
    hb_free(a);
    hb_free(b);
    hb_free(plain);
    hb_free(rolled);
}

static void a_roll_on_the_first_bar_is_ignored(void **state)
{
    (void)state;
    hb_bar_t *bars = make_bars(29, BARS);
    hb_state_t *a = run_bars(bars, BARS);
    bars[0].flags |= HB_BAR_ROLL;
    hb_state_t *b = run_bars(bars, BARS);
    assert_memory_equal(a, b, BARS * sizeof *a);
    hb_free(a);
    hb_free(b);
    hb_free(bars);
}

static void overflow_is_never_ready(void **state)
{
    (void)state;
    hb_bar_t *bars = make_bars(31, BARS);
    bars[350].high = bars[350].open = bars[350].close = 1.7e308;
    hb_state_t *states = run_bars(bars, BARS);
    assert_true(states[349].ready);
    assert_false(states[350].ready);
    for (uint32_t i = 350; i < BARS; i++) {
        for (uint32_t j = 0; states[i].ready && j < hb_state_dim; j++) {
            assert_true(isfinite(states[i].x[j]));
        }
    }
    hb_free(states);
    hb_free(bars);
}

static void odd_sessions(void **state)
{
    (void)state;
    hb_bar_t *bars = make_bars(37, 3);
    bars[0].session_len_min = 0;
    bars[1].session_len_min = 3;
    bars[2].session_min = -10;
    hb_state_t *states = run_bars(bars, 3);
    assert_true(states[0].bar_clock == 19000);
    assert_true(states[1].bar_clock == 19000 + 1); /* shorter than a bar: one bar a day, minute 5 */
    assert_true(states[2].bar_clock == 19000 * 276 - 2);
    assert_true(states[0].x[column_of("session_cos")] == 1.0);
    hb_free(states);
    hb_free(bars);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema_is_sound),
        cmocka_unit_test(warm_up_and_fields),
        cmocka_unit_test(features_follow_their_definitions),
        cmocka_unit_test(heikin_ashi_features),
        cmocka_unit_test(constant_prices_stay_finite),
        cmocka_unit_test(no_volume_means_zero),
        cmocka_unit_test(a_roll_is_no_return),
        cmocka_unit_test(a_roll_on_the_first_bar_is_ignored),
        cmocka_unit_test(overflow_is_never_ready),
        cmocka_unit_test(odd_sessions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
