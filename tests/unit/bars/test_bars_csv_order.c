/* The order of dates: proof, plausibility, refusal; direction of the file; wall time to UTC. */
#include "bars_th.h"
#include "base_text.h"

static const char head[] = "time,open,high,low,close\n";

/* A header and one flat bar a time. */
static th_ingest_t ingest_times(const char *const *times, size_t count,
                                const hb_ingest_params_t *params)
{
    char text[4096];
    size_t n = (size_t)snprintf(text, sizeof text, "%s", head);
    for (size_t i = 0; i < count; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%s,1,1,1,1\n", times[i]);
    }
    assert_true(n < sizeof text);
    return th_ingest(text, params);
}

#define TIMES(...)                                                                                 \
    ((const char *const[]){__VA_ARGS__}),                                                          \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

static void bar_is(const th_ingest_t *in, uint32_t i, const char *utc)
{
    char text[32];
    assert_int_equal(in->status, HB_OK);
    assert_true(i < in->list.count);
    hb_format_utc(in->list.bars[i].open_utc_at_ns, text);
    assert_string_equal(text, utc);
}

static void test_proof(void **state)
{
    (void)state;
    hb_ingest_params_t params = th_params();
    th_ingest_t in =
        ingest_times(TIMES("1/3/2022 9:00", "1/3/2022 9:30", "13/03/2022 09:00:00"), &params);
    bar_is(&in, 0, "2022-03-01T09:00:00Z");
    bar_is(&in, 2, "2022-03-13T09:00:00Z");
    assert_string_equal(in.report.date_order, "dmy");
    th_ingest_free(&in);
    in = ingest_times(TIMES("1/3/2022 9:00", "1/3/2022 9:30", "1/13/2022 9:00"), &params);
    bar_is(&in, 0, "2022-01-03T09:00:00Z");
    assert_string_equal(in.report.date_order, "mdy");
    th_ingest_free(&in);
    /* Garbage that is no date under any reading proves nothing. */
    in = ingest_times(TIMES("13/13/2022 9:00", "1/3/2022 9:00", "1/3/2022 9:30", "1/31/2022 9:00"),
                      &params);
    bar_is(&in, 0, "2022-01-03T09:00:00Z");
    assert_int_equal(in.report.counts[HB_QA_UNPARSABLE], 1);
    th_ingest_free(&in);
}

static void test_plausibility(void **state)
{
    (void)state;
    hb_ingest_params_t params = th_params();
    th_ingest_t in = ingest_times(TIMES("01/03/2022 9:00", "01/03/2022 9:30", "02/03/2022 9:00",
                                        "03/03/2022 9:00", "04/03/2022 9:00"),
                                  &params);
    bar_is(&in, 0, "2022-03-01T09:00:00Z");
    assert_string_equal(in.report.date_order, "dmy");
    th_ingest_free(&in);
    in = ingest_times(TIMES("03/04/2022 9:00", "03/04/2022 8:30", "03/03/2022 9:00",
                            "03/02/2022 9:00", "03/01/2022 9:00"),
                      &params);
    bar_is(&in, 0, "2022-03-01T09:00:00Z");
    assert_string_equal(in.report.date_order, "mdy");
    assert_true(in.report.reversed);
    th_ingest_free(&in);
}

static void test_undecidable(void **state)
{
    (void)state;
    hb_ingest_params_t params = th_params();
    th_fails(ingest_times(TIMES("03/04/2022 9:00", "03/04/2022 9:30"), &params), HB_E_DATA,
             "t.csv:2", "set data.date_order");
    th_fails(ingest_times(TIMES("01/04/2022 9:00", "13/04/2022 9:30", "4/15/2022 9:00"), &params),
             HB_E_DATA, "t.csv:4", "this line is month-first, line 3 day-first");
    th_fails(ingest_times(TIMES("4/15/2022 9:00", "15/4/2022 9:30"), &params), HB_E_DATA, "t.csv:3",
             "this line is day-first, line 2 month-first");
    params.date_order = HB_DATE_MDY;
    th_ingest_t in = ingest_times(TIMES("03/04/2022 9:00", "03/04/2022 9:30"), &params);
    bar_is(&in, 0, "2022-03-04T09:00:00Z");
    th_ingest_free(&in);
    /* The contradiction was settled by hand: the other line is refused. */
    in = ingest_times(TIMES("4/14/2022 9:00", "4/15/2022 9:00", "16/4/2022 9:30"), &params);
    assert_int_equal(in.status, HB_OK);
    assert_int_equal(in.report.counts[HB_QA_UNPARSABLE], 1);
    th_ingest_free(&in);
}

static void test_forced(void **state)
{
    (void)state;
    hb_ingest_params_t params = th_params();
    params.date_order = HB_DATE_MDY;
    th_ingest_t in = ingest_times(TIMES("1/3/2022 9:00", "13/3/2022 9:30"), &params);
    th_fails(in, HB_E_DATA, "t.csv:3", "13 is not a month");
    assert_non_null(strstr(in.err.hint, "day-first: set data.date_order to dmy or auto"));
    params.date_order = HB_DATE_DMY;
    in = ingest_times(TIMES("1/3/2022 9:00", "3/13/2022 9:30"), &params);
    th_fails(in, HB_E_DATA, "t.csv:3", "13 is not a month");
    assert_non_null(strstr(in.err.hint, "month-first"));
    params.date_order = HB_DATE_YMD;
    th_fails(ingest_times(TIMES("1/3/2022 9:00", "1/3/2022 9:30"), &params), HB_E_DATA, "t.csv:2",
             "the year does not come first");
    in = ingest_times(TIMES("22/03/01 9:00", "22/03/01 9:30"), &params);
    bar_is(&in, 1, "2022-03-01T09:30:00Z");
    th_ingest_free(&in);
    params.date_order = HB_DATE_EPOCH;
    th_fails(ingest_times(TIMES("1646125200", "2022-03-01 9:00"), &params), HB_E_DATA, "t.csv:3",
             "not an epoch");
    in = ingest_times(TIMES("1646125200", "1646125260"), &params);
    bar_is(&in, 0, "2022-03-01T09:00:00Z");
    th_ingest_free(&in);
    /* Texts that can be read in one way only are read so. */
    params.date_order = HB_DATE_DMY;
    in = ingest_times(TIMES("2022-03-01 9:00", "2022-03-01 9:30"), &params);
    bar_is(&in, 0, "2022-03-01T09:00:00Z");
    assert_string_equal(in.report.date_order, "ymd");
    th_ingest_free(&in);
}

static void test_named_months(void **state)
{
    (void)state;
    hb_ingest_params_t params = th_params();
    th_ingest_t in = ingest_times(TIMES("03-Mar-2022 9:00", "03-Mar-2022 9:30"), &params);
    bar_is(&in, 0, "2022-03-03T09:00:00Z");
    assert_string_equal(in.report.date_order, "dmy");
    th_ingest_free(&in);
    in = ingest_times(TIMES("Mar 4 2022 9:00", "Mar 4 2022 9:30"), &params);
    bar_is(&in, 0, "2022-03-04T09:00:00Z");
    assert_string_equal(in.report.date_order, "mdy");
    th_ingest_free(&in);
}

static void test_fold_and_gap(void **state)
{
    (void)state;
    hb_ingest_params_t params = th_params();
    snprintf(params.timezone, sizeof params.timezone, "America/New_York");
    th_ingest_t in = ingest_times(TIMES("2022-11-06 00:30", "2022-11-06 01:00", "2022-11-06 01:30",
                                        "2022-11-06 01:00", "2022-11-06 01:30", "2022-11-06 02:00"),
                                  &params);
    assert_int_equal(in.list.count, 6);
    bar_is(&in, 1, "2022-11-06T05:00:00Z");
    bar_is(&in, 3, "2022-11-06T06:00:00Z");
    bar_is(&in, 5, "2022-11-06T07:00:00Z");
    assert_int_equal(in.report.counts[HB_QA_DST_FOLD], 4);
    assert_int_equal(in.report.missing_bars, 0);
    assert_string_equal(in.report.zone, "America/New_York");
    th_ingest_free(&in);
    in = ingest_times(
        TIMES("2022-03-13 01:30", "2022-03-13 02:00", "2022-03-13 02:30", "2022-03-13 03:00"),
        &params);
    assert_int_equal(in.list.count, 2);
    bar_is(&in, 1, "2022-03-13T07:00:00Z");
    assert_int_equal(in.report.counts[HB_QA_DST_GAP], 2);
    assert_int_equal(in.report.example_lines[HB_QA_DST_GAP][0], 3);
    th_ingest_free(&in);
    /* The same fold, newest first. */
    in = ingest_times(TIMES("2022-11-06 02:00", "2022-11-06 01:30", "2022-11-06 01:00",
                            "2022-11-06 01:30", "2022-11-06 01:00", "2022-11-06 00:30"),
                      &params);
    assert_int_equal(in.list.count, 6);
    bar_is(&in, 3, "2022-11-06T06:00:00Z");
    th_ingest_free(&in);
}

static void test_offsets_and_zone(void **state)
{
    (void)state;
    hb_ingest_params_t params = th_params();
    snprintf(params.timezone, sizeof params.timezone, "Asia/Tokyo");
    th_ingest_t in =
        ingest_times(TIMES("2022-03-01T09:00:00-05:00", "2022-03-01T09:30:00-05:00"), &params);
    bar_is(&in, 0, "2022-03-01T14:00:00Z");
    assert_string_equal(in.report.zone, "UTC");
    assert_non_null(strstr(in.report.notes, "data.timezone was not needed"));
    th_ingest_free(&in);
    const char *utc = "time_utc,open,high,low,close\n2022-03-01 09:00,1,1,1,1\n2022-03-01 "
                      "09:30,1,1,1,1\n";
    in = th_ingest(utc, &params);
    bar_is(&in, 0, "2022-03-01T00:00:00Z");
    assert_non_null(strstr(in.report.notes, "a column says UTC"));
    th_ingest_free(&in);
}

static void test_stamp_close_and_size(void **state)
{
    (void)state;
    hb_ingest_params_t params = th_params();
    params.stamp_close = true;
    th_ingest_t in = ingest_times(
        TIMES("2022-03-01 09:00", "2022-03-01 09:30", "2022-03-01 11:00", "2022-03-01 11:30"),
        &params);
    bar_is(&in, 0, "2022-03-01T08:30:00Z");
    assert_int_equal(in.report.bar_size_s, 1800);
    th_ingest_free(&in);
    params.bar_size_s = 1200;
    th_fails(ingest_times(TIMES("2022-03-01 09:00", "2022-03-01 09:30"), &params), HB_E_DATA,
             "t.csv", "rows stand 1800 s apart");
    /* Sparse rows on a finer grid: the size that was set holds. */
    params.bar_size_s = 300;
    in = ingest_times(
        TIMES("2022-03-01 09:00", "2022-03-01 09:05", "2022-03-01 09:15", "2022-03-01 09:25"),
        &params);
    bar_is(&in, 0, "2022-03-01T08:55:00Z");
    assert_int_equal(in.report.missing_bars, 2);
    th_ingest_free(&in);
    in = ingest_times(TIMES("2022-03-01 09:00"), &params);
    bar_is(&in, 0, "2022-03-01T08:55:00Z");
    th_ingest_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proof),
        cmocka_unit_test(test_plausibility),
        cmocka_unit_test(test_undecidable),
        cmocka_unit_test(test_forced),
        cmocka_unit_test(test_named_months),
        cmocka_unit_test(test_fold_and_gap),
        cmocka_unit_test(test_offsets_and_zone),
        cmocka_unit_test(test_stamp_close_and_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
