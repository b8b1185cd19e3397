/* Sessions, gaps, fills, resampling and rolls; and that none of it looks ahead. */
#include "bars_th.h"
#include "bars_calendar.h"
#include "base_text.h"

#define ROWS_MAX 4096

typedef struct {
    char *text;
    size_t n;
} rows_t;

static rows_t rows_new(void)
{
    rows_t rows = {hb_alloc(1 << 20, 1), 0};
    rows.n = (size_t)sprintf(rows.text, "time,open,high,low,close,volume\n");
    return rows;
}

static void row_add(rows_t *rows, int64_t utc_s, double price)
{
    rows->n += (size_t)sprintf(rows->text + rows->n, "%lld,%.2f,%.2f,%.2f,%.2f,5\n",
                               (long long)utc_s, price, price + 1, price - 1, price);
    assert_true(rows->n < (1 << 20) - 200);
}

static int64_t at(const char *text)
{
    int64_t ns;
    assert_true(hb_parse_utc(text, &ns));
    return ns / NS;
}

/* Bars of size_s in [from, to) wherever the equity calendar trades. */
static void rows_run(rows_t *rows, const char *from, const char *to, int64_t size_s)
{
    hb_calendar_t *calendar = NULL;
    hb_err_t err = {0};
    assert_int_equal(hb_calendar_open("cme_globex_equity", &calendar, &err), HB_OK);
    for (int64_t s = at(from); s < at(to); s += size_s) {
        if (hb_calendar_open_minutes(calendar, s * NS, (s + size_s) * NS) > 0)
            row_add(rows, s, 100);
    }
    hb_calendar_close(calendar);
}

static th_ingest_t ingest_rows(rows_t *rows, const hb_ingest_params_t *params)
{
    th_ingest_t in = th_ingest(rows->text, params);
    hb_free(rows->text);
    if (in.status != HB_OK) fail_msg("%s", in.err.message);
    return in;
}

static const hb_bar_t *bar_at(const th_ingest_t *in, const char *text)
{
    for (uint32_t i = 0; i < in->list.count; i++) {
        if (in->list.bars[i].open_utc_at_ns == at(text) * NS) return &in->list.bars[i];
    }
    fail_msg("no bar at %s", text);
    return NULL;
}

static void test_breaks_are_no_gaps(void **state)
{
    (void)state;
    const hb_ingest_params_t params = hb_ingest_params_default();
    rows_t rows = rows_new();
    /* Easter 2023: a half day by the jobs report, a weekend; and a halt in 2019 below. */
    rows_run(&rows, "2023-04-05T22:00Z", "2023-04-12T00:00Z", 300);
    th_ingest_t in = ingest_rows(&rows, &params);
    assert_int_equal(in.report.gaps, 0);
    assert_int_equal(in.report.session_breaks, 4);
    assert_int_equal(in.report.counts[HB_QA_MISSING_BAR], 0);
    assert_false(in.report.regular_hours);
    uint32_t starts = 0;
    for (uint32_t i = 0; i < in.list.count; i++) {
        starts += (in.list.bars[i].flags & HB_BAR_SESSION_START) != 0;
    }
    assert_int_equal(starts, 5); /* the first bar too */
    const hb_bar_t *monday = bar_at(&in, "2023-04-09T22:00Z");
    assert_int_equal(monday->flags, HB_BAR_SESSION_START);
    assert_int_equal(monday->session_day, at("2023-04-10") / 86400);
    th_ingest_free(&in);
    rows = rows_new();
    rows_run(&rows, "2019-03-05T23:00Z", "2019-03-07T22:00Z", 300);
    in = ingest_rows(&rows, &params);
    assert_int_equal(in.report.gaps, 0);
    /* Trading goes on after the halt in the same session. */
    assert_int_equal(bar_at(&in, "2019-03-06T21:30Z")->flags, 0);
    th_ingest_free(&in);
}

static void test_gap_inside_session(void **state)
{
    (void)state;
    const hb_ingest_params_t params = hb_ingest_params_default();
    rows_t rows = rows_new();
    rows_run(&rows, "2023-01-31T23:00Z", "2023-02-02T15:00Z", 300);
    rows_run(&rows, "2023-02-02T15:20Z", "2023-02-02T21:00Z", 300);
    rows_run(&rows, "2023-02-02T23:30Z", "2023-02-03T10:00Z", 300);
    rows_run(&rows, "2023-02-03T15:00Z", "2023-02-03T22:00Z", 300);
    th_ingest_t in = ingest_rows(&rows, &params);
    assert_int_equal(in.report.gaps, 3);
    assert_int_equal(in.report.missing_bars, 4 + 12 + 6 + 60);
    assert_int_equal(in.report.counts[HB_QA_MISSING_BAR], in.report.missing_bars);
    assert_int_equal(bar_at(&in, "2023-02-02T15:20Z")->flags, HB_BAR_GAP_BEFORE);
    assert_int_equal(bar_at(&in, "2023-02-02T23:30Z")->flags,
                     HB_BAR_GAP_BEFORE | HB_BAR_SESSION_START);
    /* Silence for more than four hours opens a session anew, but is no scheduled break. */
    assert_int_equal(bar_at(&in, "2023-02-03T15:00Z")->flags,
                     HB_BAR_GAP_BEFORE | HB_BAR_SESSION_START);
    assert_int_equal(in.report.session_breaks, 2);
    th_ingest_free(&in);
}

static void test_regular_hours(void **state)
{
    (void)state;
    const hb_ingest_params_t params = hb_ingest_params_default();
    rows_t rows = rows_new();
    /* 09:30 to 16:00 New York, over Martin Luther King day (Monday 2023-01-16), one hole. */
    const char *const days[] = {"2023-01-12", "2023-01-13", "2023-01-17", "2023-01-18"};
    for (int d = 0; d < 4; d++) {
        for (int64_t s = at(days[d]) + 14 * 3600 + 1800; s < at(days[d]) + 21 * 3600; s += 300) {
            if (d < 3 || s != at("2023-01-18T16:00Z")) row_add(&rows, s, 100);
        }
    }
    th_ingest_t in = ingest_rows(&rows, &params);
    assert_true(in.report.regular_hours);
    assert_int_equal(in.report.session_breaks, 3);
    assert_int_equal(in.report.gaps, 1);
    assert_int_equal(in.report.missing_bars, 1);
    assert_int_equal(bar_at(&in, "2023-01-17T14:30Z")->flags, HB_BAR_SESSION_START);
    assert_non_null(strstr(in.report.notes, "regular trading hours only"));
    th_ingest_free(&in);
}

static void test_no_calendar(void **state)
{
    (void)state;
    const hb_ingest_params_t params = th_params();
    rows_t rows = rows_new();
    for (int64_t s = at("2023-02-04T20:00Z"); s < at("2023-02-04T22:00Z"); s += 300) {
        row_add(&rows, s, 100);
    }
    row_add(&rows, at("2023-02-05T00:00Z"), 100);
    row_add(&rows, at("2023-02-05T09:00Z"), 100);
    th_ingest_t in = ingest_rows(&rows, &params);
    assert_int_equal(in.report.gaps, 2);
    assert_int_equal(in.report.missing_bars, 24 + 107);
    assert_int_equal(in.report.session_breaks, 0);
    assert_int_equal(bar_at(&in, "2023-02-05T00:00Z")->flags, HB_BAR_GAP_BEFORE);
    assert_int_equal(bar_at(&in, "2023-02-05T09:00Z")->flags,
                     HB_BAR_GAP_BEFORE | HB_BAR_SESSION_START);
    assert_int_equal(in.list.bars[0].session_len_min, 1440);
    th_ingest_free(&in);
}

static void test_fill(void **state)
{
    (void)state;
    hb_ingest_params_t params = hb_ingest_params_default();
    params.gap_policy = HB_GAP_INTERPOLATE_LIMITED;
    params.max_gap_minutes = 15;
    rows_t rows = rows_new();
    rows_run(&rows, "2023-02-01T23:00Z", "2023-02-02T15:00Z", 300);
    rows_run(&rows, "2023-02-02T15:15Z", "2023-02-02T16:00Z", 300); /* 15 minutes: filled */
    rows_run(&rows, "2023-02-02T16:20Z", "2023-02-02T21:50Z", 300); /* 20 minutes: left */
    rows_run(&rows, "2023-02-02T23:05Z", "2023-02-03T00:00Z", 300); /* over the break: left */
    th_ingest_t in = ingest_rows(&rows, &params);
    assert_int_equal(in.report.gaps, 3);
    assert_int_equal(in.report.filled_bars, 3);
    const hb_bar_t *flat = bar_at(&in, "2023-02-02T15:05Z");
    assert_int_equal(flat->flags, HB_BAR_FILLED);
    th_close(flat->open, 100, 0);
    th_close(flat->high, 100, 0);
    th_close(flat->low, 100, 0);
    th_close(flat->volume, 0, 0);
    assert_int_equal(flat->session_min, 965);
    assert_int_equal(bar_at(&in, "2023-02-02T15:15Z")->flags, 0);
    assert_int_equal(bar_at(&in, "2023-02-02T16:20Z")->flags, HB_BAR_GAP_BEFORE);
    assert_int_equal(bar_at(&in, "2023-02-02T23:05Z")->flags,
                     HB_BAR_GAP_BEFORE | HB_BAR_SESSION_START);
    th_ingest_free(&in);
    /* The halt of 2019 lies inside the gap: its slots stay empty. Many fills make the list grow. */
    params.max_gap_minutes = 120;
    rows = rows_new();
    rows_run(&rows, "2019-03-05T23:00Z", "2019-03-05T23:15Z", 60);
    rows_run(&rows, "2019-03-06T01:00Z", "2019-03-06T01:15Z", 60);
    row_add(&rows, at("2019-03-06T03:00Z"), 100);
    row_add(&rows, at("2019-03-06T21:10Z"), 100);
    row_add(&rows, at("2019-03-06T21:35Z"), 100);
    in = ingest_rows(&rows, &params);
    assert_int_equal(in.report.filled_bars, 105 + 105 + 9);
    th_ingest_free(&in);
}

static void test_fill_seconds(void **state)
{
    (void)state;
    hb_ingest_params_t params = th_params();
    params.gap_policy = HB_GAP_INTERPOLATE_LIMITED;
    params.max_gap_minutes = 1;
    rows_t rows = rows_new();
    for (int64_t s = 0; s < 100; s += 10) {
        if (s != 50 && s != 60) row_add(&rows, at("2023-02-04T20:00Z") + s, 100);
    }
    th_ingest_t in = ingest_rows(&rows, &params);
    assert_int_equal(in.report.filled_bars, 2);
    assert_int_equal(in.list.count, 10);
    th_ingest_free(&in);
}

static void test_resample(void **state)
{
    (void)state;
    hb_ingest_params_t params = hb_ingest_params_default();
    params.bar_size_s = 900;
    const char *text = "time,open,high,low,close,volume\n"
                       "2023-02-02 14:30,10,15,9,11,1\n2023-02-02 14:35,11,12,8,12,2\n"
                       "2023-02-02 14:40,12,13,11,13,3\n2023-02-02 14:50,13,14,12,12,4\n"
                       "2023-02-02 14:55,12,12,12,12,5\n2023-02-02 15:00,12,12,12,12,5\n"
                       "2023-02-02 15:05,12,12,12,12,5\n";
    th_ingest_t in = th_ingest(text, &params);
    assert_int_equal(in.status, HB_OK);
    assert_int_equal(in.list.count, 2); /* the third is not complete */
    assert_int_equal(in.report.bar_size_s, 900);
    const hb_bar_t *bar = in.list.bars;
    assert_int_equal(bar[0].open_utc_at_ns, at("2023-02-02T14:30Z") * NS);
    th_close(bar[0].open, 10, 0);
    th_close(bar[0].high, 15, 0);
    th_close(bar[0].low, 8, 0);
    th_close(bar[0].close, 13, 0);
    th_close(bar[0].volume, 6, 0);
    assert_int_equal(bar[1].open_utc_at_ns, at("2023-02-02T14:45Z") * NS);
    assert_non_null(strstr(in.report.notes, "bars of 900 s were made from rows of 300 s"));
    th_ingest_free(&in);
    params.bar_size_s = 7200;
    in = th_ingest("time,open,high,low,close,volume\n2023-02-02 14:30,10,15,9,11,1\n"
                   "2023-02-02 14:35,10,15,9,11,\n",
                   &params);
    th_fails(in, HB_E_DATA, "t.csv", "do not fill one bar of 7200 s");
    params.bar_size_s = 600;
    in = th_ingest("time,open,high,low,close,volume\n2023-02-02 14:30,10,15,9,11,1\n"
                   "2023-02-02 14:35,10,15,9,11,\n",
                   &params);
    assert_int_equal(in.list.count, 1);
    assert_true(in.list.bars[0].flags & HB_BAR_NO_VOLUME);
    th_close(in.list.bars[0].volume, 0, 0);
    th_ingest_free(&in);
}

/* Hourly bars of 2023 until September with a small daily gap and one wide one on a given evening.
 */
static th_ingest_t roll_ingest(const char *when, double ratio, const char *calendar, bool detect,
                               double usual)
{
    hb_ingest_params_t params = hb_ingest_params_default();
    snprintf(params.calendar, sizeof params.calendar, "%s", calendar);
    params.rolls_detect = detect;
    rows_t rows = rows_new();
    hb_calendar_t *equity = NULL;
    hb_err_t err = {0};
    assert_int_equal(hb_calendar_open("cme_globex_equity", &equity, &err), HB_OK);
    double price = 10000;
    int32_t day = 0;
    for (int64_t s = at("2023-04-02T22:00Z"); s < at("2023-09-20T00:00Z"); s += 3600) {
        hb_bar_t bar = {.open_utc_at_ns = s * NS};
        if (hb_calendar_open_minutes(equity, s * NS, (s + 3600) * NS) == 0) continue;
        hb_calendar_stamp(equity, &bar);
        if (bar.session_day != day) price *= bar.session_day % 2 ? 1 + usual : 1 / (1 + usual);
        day = bar.session_day;
        if (s == at(when)) price *= ratio;
        row_add(&rows, s, price);
    }
    hb_calendar_close(equity);
    return ingest_rows(&rows, &params);
}

static void rolls_are(const char *when, double ratio, const char *calendar, bool detect,
                      double usual, uint64_t rolls)
{
    th_ingest_t in = roll_ingest(when, ratio, calendar, detect, usual);
    if (in.report.rolls != rolls) {
        fail_msg("%s by %g: %d rolls", when, ratio, (int)in.report.rolls);
    }
    uint64_t flags = 0;
    for (uint32_t i = 0; i < in.list.count; i++) {
        if (!(in.list.bars[i].flags & HB_BAR_ROLL)) continue;
        flags++;
        assert_int_equal(in.list.bars[i].open_utc_at_ns, at(when) * NS);
    }
    assert_int_equal(flags, rolls);
    th_ingest_free(&in);
}

static void test_roll(void **state)
{
    (void)state;
    const char *equity = "cme_globex_equity", *monday = "2023-06-12T22:00Z";
    rolls_are(monday, 1.012, equity, true, 0.0004, 1);
    rolls_are(monday, 1.003, equity, true, 0.0004, 1);
    rolls_are(monday, 1.012, equity, false, 0.0004, 0);
    rolls_are(monday, 1.012, "cme_globex_fx", true, 0.0004, 1);
    rolls_are(monday, 1.012, "cme_globex_energy", true, 0.0004, 0);
    rolls_are(monday, 1.012, equity, true, 0.003, 0);               /* not wide for this market */
    rolls_are("2023-06-14T22:00Z", 1.003, equity, true, 0.0004, 0); /* small, not the roll date */
    rolls_are("2023-06-07T22:00Z", 1.006, equity, true, 0.0004, 1); /* the week before */
    rolls_are("2023-06-11T22:00Z", 1.012, equity, true, 0.0004, 0); /* over a weekend: news */
    rolls_are("2023-06-19T22:00Z", 1.012, equity, true, 0.0004, 0); /* after expiry */
    rolls_are("2023-05-15T22:00Z", 1.012, equity, true, 0.0004, 0); /* no month of expiry */
    rolls_are("2023-09-11T22:00Z", 1 / 1.012, equity, true, 0.0004, 1);
}

/* Whatever follows, the bars before a cut are the same bars. */
static void test_cut(void **state)
{
    (void)state;
    hb_ingest_params_t params = hb_ingest_params_default();
    rows_t rows = rows_new();
    rows_run(&rows, "2023-06-07T22:00Z", "2023-06-09T15:00Z", 900);
    rows_run(&rows, "2023-06-11T23:00Z", "2023-06-14T00:00Z", 900);
    row_add(&rows, at("2023-06-13T12:00Z"), 100);
    row_add(&rows, at("2023-06-14T00:30Z"), 100);
    char *cut = hb_strdup(rows.text);
    th_ingest_t whole = ingest_rows(&rows, &params);
    uint32_t compared = 0;
    for (size_t n = rows.n - 1; n > 2000; n -= 37) {
        while (cut[n - 1] != '\n') n--;
        cut[n] = '\0';
        th_ingest_t part = th_ingest(cut, &params);
        assert_int_equal(part.status, HB_OK);
        assert_memory_equal(part.list.bars, whole.list.bars, part.list.count * sizeof(hb_bar_t));
        compared += part.list.count;
        th_ingest_free(&part);
    }
    assert_true(compared > 1000);
    th_ingest_free(&whole);
    hb_free(cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_breaks_are_no_gaps),
        cmocka_unit_test(test_gap_inside_session),
        cmocka_unit_test(test_regular_hours),
        cmocka_unit_test(test_no_calendar),
        cmocka_unit_test(test_fill),
        cmocka_unit_test(test_fill_seconds),
        cmocka_unit_test(test_resample),
        cmocka_unit_test(test_roll),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
