/* Synthetic bars: honest at signal 0, dependent as planned at signal 1, and well formed. */
#include <math.h>

#include "bars_calendar.h"
#include "bars_synth.h"
#include "bars_th.h"
#include "num_fn.h"

static hb_bar_list_t synth(hb_synth_params_t params)
{
    hb_bar_list_t list = {0};
    hb_err_t err = {0};
    assert_int_equal(hb_synth_make(&params, &list, &err), HB_OK);
    assert_int_equal(list.count, params.bars);
    return list;
}

static int sign_of(double x)
{
    return (x > 0) - (x < 0);
}

/* Sum of products of two series of signs over the square root of its terms: standard normal when
 * the first does not know the second. */
static double sign_z(const double *know, const double *next, uint32_t count)
{
    double sum = 0, terms = 0;
    for (uint32_t i = 0; i < count; i++) {
        const int product = sign_of(know[i]) * sign_of(next[i]);
        sum += product;
        terms += product != 0;
    }
    return sum / sqrt(terms);
}

enum { DRIFT, MOMENTUM, BODY, WICK, VOLUME, PLACE, KNOWN };

/* What is known at the close of bars[at]. */
static double known(const hb_bar_t *bars, uint32_t at, uint32_t horizon, int what, double tick)
{
    const hb_bar_t *bar = &bars[at];
    switch (what) {
    case MOMENTUM:
        return bar->close - bars[at - horizon + 1].open;
    case BODY:
        return bar->close - bar->open;
    case WICK:
        return bar->high + bar->low - bar->open - bar->close;
    case VOLUME:
        return bar->volume - 2000;
    case PLACE:
        return fmod(bar->close, 4 * tick) - 1.9 * tick;
    default:
        return 1;
    }
}

/* Nothing known at a close tells the sign of the next move. */
static void honest(const hb_bar_list_t *list, double tick, uint32_t horizon)
{
    const uint32_t n = list->count / horizon - 1;
    double *next = hb_alloc(n, sizeof *next), *know = hb_alloc(n, sizeof *know);
    for (int what = 0; what < KNOWN; what++) {
        for (uint32_t k = 0; k < n; k++) {
            const uint32_t at = k * horizon + horizon - 1;
            next[k] = list->bars[at + horizon].close - list->bars[at].close;
            know[k] = known(list->bars, at, horizon, what, tick);
        }
        const double z = sign_z(know, next, n);
        if (fabs(z) > 4) fail_msg("tick %g, %u bars: input %d knows, z %g", tick, horizon, what, z);
    }
    hb_free(next);
    hb_free(know);
}

static void test_signal_zero(void **state)
{
    (void)state;
    /* With a tick of 14 most moves are one tick or none: rounding would show. */
    static const double ticks[] = {0.25, 14};
    for (int i = 0; i < 2; i++) {
        hb_synth_params_t params = hb_synth_params_default();
        params.bars = 150000;
        params.tick_size = ticks[i];
        params.seed = 9;
        hb_bar_list_t list = synth(params);
        honest(&list, ticks[i], 1);
        honest(&list, ticks[i], 4);
        hb_free(list.bars);
    }
}

/* Lag-1 correlation of close-to-close returns over a running scale. */
static double lag1(double signal, double *sign_corr)
{
    hb_synth_params_t params = hb_synth_params_default();
    params.bars = 60000;
    params.signal = signal;
    hb_bar_list_t list = synth(params);
    double var = 1e-6, previous = 0, sxy = 0, sxx = 0, signs = 0;
    for (uint32_t i = 1; i < list.count; i++) {
        const double r = hb_log(list.bars[i].close / list.bars[i - 1].close);
        const double x = fmax(-4, fmin(4, r / sqrt(var)));
        sxy += x * previous;
        sxx += x * x;
        signs += sign_of(x) * sign_of(previous);
        var += 0.05 * (r * r - var);
        previous = x;
    }
    *sign_corr = signs / list.count;
    hb_free(list.bars);
    return sxy / sxx;
}

static void test_signal(void **state)
{
    (void)state;
    double signs;
    assert_true(fabs(lag1(0, &signs)) < 0.015);
    assert_true(fabs(signs) < 0.015);
    const double corr = lag1(1, &signs);
    if (fabs(corr - 0.45) > 0.03) fail_msg("lag-1 correlation %g", corr);
    /* 2/pi asin(0.45) for a Gaussian. */
    if (fabs(signs - 0.297) > 0.03) fail_msg("lag-1 correlation of signs %g", signs);
    assert_true(lag1(2, &signs) > 0.8);
}

static void test_well_formed(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 60, 300, 1800, 3600, 14400, 86400};
    hb_calendar_t *calendar = NULL;
    hb_err_t err = {0};
    assert_int_equal(hb_calendar_open("cme_globex_equity", &calendar, &err), HB_OK);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        hb_synth_params_t params = hb_synth_params_default();
        params.bars = 3000;
        params.bar_size_s = sizes[s];
        params.start_utc_at_ns += 17 * NS;
        hb_bar_list_t list = synth(params);
        assert_true(list.bars[0].open_utc_at_ns >= params.start_utc_at_ns);
        for (uint32_t i = 0; i < list.count; i++) {
            const hb_bar_t *bar = &list.bars[i];
            assert_true(hb_bar_check(bar));
            assert_true(bar->volume >= 1);
            th_close(fmod(bar->high, 0.25), 0, 0);
            assert_int_equal(bar->open_utc_at_ns % (sizes[s] * NS), 0);
            if (sizes[s] < 60) continue;
            assert_true(hb_calendar_open_minutes(calendar, bar->open_utc_at_ns,
                                                 bar->open_utc_at_ns + sizes[s] * NS) > 0);
        }
        hb_free(list.bars);
    }
    hb_calendar_close(calendar);
}

/* Volume goes with volatility; the session has a U. */
static void test_shape(void **state)
{
    (void)state;
    hb_synth_params_t params = hb_synth_params_default();
    params.bars = 60000;
    hb_bar_list_t list = synth(params);
    double sv = 0, sr = 0, svv = 0, srr = 0, svr = 0, edge = 0, middle = 0;
    uint32_t edges = 0, middles = 0;
    for (uint32_t i = 0; i < list.count; i++) {
        const hb_bar_t *bar = &list.bars[i];
        const double v = hb_log(bar->volume),
                     r = hb_log((bar->high - bar->low) / bar->close + 1e-6);
        sv += v, sr += r, svv += v * v, srr += r * r, svr += v * r;
        const double range = (bar->high - bar->low) / bar->close;
        if (bar->session_min < 120 || bar->session_min > 1260) edge += range, edges++;
        if (bar->session_min > 600 && bar->session_min < 780) middle += range, middles++;
    }
    const double n = list.count;
    const double corr = (svr - sv * sr / n) / sqrt((svv - sv * sv / n) * (srr - sr * sr / n));
    if (corr < 0.4) fail_msg("volume and range correlate by %g", corr);
    assert_true(edge / edges > 2 * middle / middles);
    hb_free(list.bars);
}

static void test_deterministic(void **state)
{
    (void)state;
    hb_synth_params_t params = hb_synth_params_default();
    params.bars = 5000;
    hb_bar_list_t a = synth(params), b = synth(params);
    assert_memory_equal(a.bars, b.bars, a.count * sizeof(hb_bar_t));
    hb_free(b.bars);
    params.seed++;
    b = synth(params);
    assert_memory_not_equal(a.bars, b.bars, a.count * sizeof(hb_bar_t));
    hb_free(b.bars);
    /* A shorter run is the beginning of a longer one. */
    params.seed--;
    params.bars = 100;
    b = synth(params);
    assert_memory_equal(a.bars, b.bars, 100 * sizeof(hb_bar_t));
    hb_free(b.bars);
    hb_free(a.bars);
}

/* At the floor the price rests instead of falling through. */
static void test_floor(void **state)
{
    (void)state;
    hb_synth_params_t params = hb_synth_params_default();
    params.bars = 40000;
    params.start_utc_at_ns = 0;
    params.bar_size_s = 86400;
    params.start_price = 1000;
    params.tick_size = 1;
    for (params.seed = 1; params.seed < 4; params.seed++) {
        hb_bar_list_t list = synth(params);
        for (uint32_t i = 0; i < list.count; i++) assert_true(list.bars[i].close >= 64);
        hb_free(list.bars);
    }
}

static void refused(hb_synth_params_t params, const char *key)
{
    hb_bar_list_t list = {0};
    hb_err_t err = {0};
    assert_int_equal(hb_synth_make(&params, &list, &err), HB_E_CONFIG);
    assert_string_equal(err.where, key);
    assert_null(list.bars);
}

static void test_refusals(void **state)
{
    (void)state;
    hb_synth_params_t p = hb_synth_params_default();
    p.bars = 0, refused(p, "synth.bars");
    p.bars = 60000000, refused(p, "synth.bars");
    p = hb_synth_params_default();
    p.bar_size_s = 0, refused(p, "synth.bar_size");
    p.bar_size_s = 90000, refused(p, "synth.bar_size");
    p = hb_synth_params_default();
    p.signal = -0.1, refused(p, "synth.signal");
    p.signal = 2.1, refused(p, "synth.signal");
    p.signal = NAN, refused(p, "synth.signal");
    p = hb_synth_params_default();
    p.tick_size = 0, refused(p, "synth.tick_size");
    p.tick_size = INFINITY, refused(p, "synth.tick_size");
    p = hb_synth_params_default();
    p.start_price = 10, refused(p, "synth.start_price");
    p.start_price = NAN, refused(p, "synth.start_price");
    p = hb_synth_params_default();
    p.start_utc_at_ns = -1, refused(p, "synth.start");
    p.start_utc_at_ns = INT64_MAX, refused(p, "synth.start");
    p.start_utc_at_ns = INT64_C(7195046399) * NS - 3 * 86400 * NS, refused(p, "synth.bars");
}

static th_ingest_t written_and_read(const hb_bar_list_t *list, double tick, const char *calendar,
                                    const char *first)
{
    FILE *file = tmpfile();
    hb_err_t err = {0};
    assert_non_null(file);
    assert_int_equal(hb_bars_write_csv(list, tick, file, &err), HB_OK);
    const long bytes = ftell(file);
    char *text = hb_alloc((size_t)bytes + 1, 1);
    rewind(file);
    assert_int_equal(fread(text, 1, (size_t)bytes, file), bytes);
    fclose(file);
    hb_ingest_params_t params = hb_ingest_params_default();
    snprintf(params.calendar, sizeof params.calendar, "%s", calendar);
    params.rolls_detect = false;
    if (first && !strstr(text, first)) fail_msg("'%s' not in '%.100s'", first, text);
    th_ingest_t in = th_ingest_bytes(text, (size_t)bytes, &params);
    hb_free(text);
    return in;
}

static void test_csv_round_trip(void **state)
{
    (void)state;
    hb_synth_params_t params = hb_synth_params_default();
    params.bars = 6000;
    params.start_utc_at_ns = INT64_C(1546300800) * NS; /* 2019: with halts and holidays */
    hb_bar_list_t list = synth(params);
    char first[64];
    snprintf(first, sizeof first, "\n2019-01-01T23:00:00Z,%.2f,", list.bars[0].open);
    th_ingest_t in = written_and_read(&list, 0.25, "cme_globex_equity", first);
    assert_int_equal(in.status, HB_OK);
    assert_int_equal(in.list.count, list.count);
    assert_memory_equal(in.list.bars, list.bars, list.count * sizeof(hb_bar_t));
    assert_int_equal(in.report.gaps, 0);
    th_ingest_free(&in);
    hb_free(list.bars);
}

static void test_csv_odd_numbers(void **state)
{
    (void)state;
    hb_bar_t bars[] = {
        {.open_utc_at_ns = 1000 * NS + 5,
         .open = 0.1 + 0.2,
         .high = 1e9 + 1.0 / 3,
         .low = 1e-7,
         .close = 1.0 / 3,
         .volume = 0.5},
        {.open_utc_at_ns = 1060 * NS + 5,
         .open = 1.10785,
         .high = 2,
         .low = 1,
         .close = 1.10005,
         .flags = HB_BAR_NO_VOLUME},
    };
    const hb_bar_list_t list = {bars, 2};
    static const double ticks[] = {0, 0.00005, 1e-12, 0.1};
    for (size_t t = 0; t < sizeof ticks / sizeof ticks[0]; t++) {
        th_ingest_t in =
            written_and_read(&list, ticks[t], "none", "1970-01-01T00:16:40.000000005Z,");
        assert_int_equal(in.status, HB_OK);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(in.list.bars[i].open_utc_at_ns, bars[i].open_utc_at_ns);
            th_close(in.list.bars[i].open, bars[i].open, 0);
            th_close(in.list.bars[i].high, bars[i].high, 0);
            th_close(in.list.bars[i].low, bars[i].low, 0);
            th_close(in.list.bars[i].close, bars[i].close, 0);
            th_close(in.list.bars[i].volume, bars[i].volume, 0);
        }
        assert_true(in.list.bars[1].flags & HB_BAR_NO_VOLUME);
        th_ingest_free(&in);
    }
    FILE *full = fopen("/dev/full", "w");
    if (full) {
        hb_err_t err = {0};
        assert_int_equal(hb_bars_write_csv(&list, 0.25, full, &err), HB_E_IO);
        fclose(full);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signal_zero),     cmocka_unit_test(test_signal),
        cmocka_unit_test(test_well_formed),     cmocka_unit_test(test_shape),
        cmocka_unit_test(test_deterministic),   cmocka_unit_test(test_floor),
        cmocka_unit_test(test_refusals),        cmocka_unit_test(test_csv_round_trip),
        cmocka_unit_test(test_csv_odd_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
