/* Zones and sessions: daylight saving gaps and folds, holidays of several years as they were
 * traded. */
#include <string.h>

#include "bars_calendar_int.h"
#include "base_text.h"
#include "th.h"

#define NS INT64_C(1000000000)

static int64_t utc_s(const char *text)
{
    int64_t ns;
    if (!hb_parse_utc(text, &ns)) fail_msg("bad time %s", text);
    return ns / NS;
}

static hb_calendar_t *calendar_of(const char *name)
{
    hb_calendar_t *calendar = NULL;
    hb_err_t err = {0};
    assert_int_equal(hb_calendar_open(name, &calendar, &err), HB_OK);
    return calendar;
}

static hb_zone_t *zone_of(const char *name)
{
    hb_zone_t *zone = NULL;
    hb_err_t err = {0};
    assert_int_equal(hb_zone_open(name, &zone, &err), HB_OK);
    return zone;
}

static void test_zone_offsets(void **state)
{
    (void)state;
    hb_zone_t *ny = zone_of("America/New_York");
    assert_int_equal(hb_zone_offset_s(ny, utc_s("2022-01-03T00:00:00Z")), -5 * 3600);
    assert_int_equal(hb_zone_offset_s(ny, utc_s("2022-07-03T00:00:00Z")), -4 * 3600);
    /* The very second of a change, and times beyond the table. */
    assert_int_equal(hb_zone_offset_s(ny, utc_s("2022-03-13T06:59:59Z")), -5 * 3600);
    assert_int_equal(hb_zone_offset_s(ny, utc_s("2022-03-13T07:00:00Z")), -4 * 3600);
    assert_int_equal(hb_zone_offset_s(ny, utc_s("1955-01-03T00:00:00Z")), -5 * 3600);
    assert_int_equal(hb_zone_offset_s(ny, utc_s("2036-07-03T00:00:00Z")), -4 * 3600);
    assert_int_equal(hb_zone_offset_s(ny, utc_s("2150-01-03T00:00:00Z")), -5 * 3600);
    hb_zone_close(ny);
    hb_zone_t *kolkata = zone_of("Asia/Kolkata");
    assert_int_equal(hb_zone_offset_s(kolkata, utc_s("2022-01-03T00:00:00Z")), 19800);
    hb_zone_close(kolkata);
    hb_zone_close(NULL);
}

static void test_zone_gap_and_fold(void **state)
{
    (void)state;
    hb_zone_t *ny = zone_of("America/New_York");
    int64_t early = 0, late = 0;
    assert_int_equal(hb_zone_to_utc(ny, utc_s("2022-03-13T02:30:00Z"), &early, &late), 1);
    assert_int_equal(early, 0);
    assert_int_equal(hb_zone_to_utc(ny, utc_s("2022-03-13T03:00:00Z"), &early, &late), 0);
    assert_int_equal(early, utc_s("2022-03-13T07:00:00Z"));
    assert_int_equal(hb_zone_to_utc(ny, utc_s("2022-11-06T01:30:00Z"), &early, &late), 2);
    assert_int_equal(early, utc_s("2022-11-06T05:30:00Z"));
    assert_int_equal(late, utc_s("2022-11-06T06:30:00Z"));
    assert_int_equal(hb_zone_to_utc(ny, utc_s("2022-11-06T02:00:00Z"), &early, &late), 0);
    assert_int_equal(early, utc_s("2022-11-06T07:00:00Z"));
    assert_int_equal(late, early);
    hb_zone_close(ny);
}

static void test_zone_unknown(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "Mars/Olympus",
                                      "../../etc/passwd",
                                      "/etc/passwd",
                                      "+05:00",
                                      "America/",
                                      "America//New_York",
                                      "A b",
                                      "Europe/..",
                                      "7",
                                      "America/New_Yorkk"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        hb_zone_t *zone = NULL;
        hb_err_t err = {0};
        assert_int_equal(hb_zone_open(bad[i], &zone, &err), HB_E_CONFIG);
        assert_null(zone);
        assert_string_equal(err.where, "data.timezone");
    }
}

static void test_calendar_names(void **state)
{
    (void)state;
    hb_calendar_t *calendar = NULL;
    hb_err_t err = {0};
    assert_int_equal(hb_calendar_open("nyse", &calendar, &err), HB_E_CONFIG);
    assert_null(calendar);
    assert_non_null(strstr(err.hint, "cme_globex_rates"));
    calendar = calendar_of("cme_globex_fx");
    assert_string_equal(hb_calendar_version(calendar), "cme_globex_fx/1");
    hb_calendar_close(calendar);
    hb_calendar_close(NULL);
}

/* Closes in Chicago time, HHMM, as recorded in traded sessions; 0 = no session. */
static void test_equity_holidays(void **state)
{
    (void)state;
    static const struct {
        int year, month, mday, close;
    } days[] = {
        {2019, 1, 1, 0},      {2019, 1, 2, 1600},   {2019, 1, 21, 1200},  {2019, 2, 18, 1200},
        {2019, 4, 19, 0},     {2019, 5, 27, 1200},  {2019, 6, 19, 1600},  {2019, 7, 3, 1215},
        {2019, 7, 4, 1200},   {2019, 9, 2, 1200},   {2019, 11, 28, 1200}, {2019, 11, 29, 1215},
        {2019, 12, 24, 1215}, {2019, 12, 25, 0},    {2020, 7, 3, 1200},   {2020, 12, 24, 1215},
        {2020, 12, 25, 0},    {2020, 12, 31, 1600}, {2021, 1, 1, 0},      {2021, 4, 2, 815},
        {2021, 7, 5, 1200},   {2021, 12, 24, 0},    {2021, 12, 31, 1600}, {2022, 4, 15, 0},
        {2022, 6, 20, 1200},  {2022, 7, 1, 1600},   {2022, 7, 4, 1200},   {2022, 12, 23, 1600},
        {2022, 12, 26, 0},    {2023, 1, 2, 0},      {2023, 4, 7, 815},    {2023, 6, 19, 1200},
        {2023, 7, 3, 1215},   {2023, 7, 4, 1200},   {2023, 11, 24, 1215}, {2023, 12, 25, 0},
        {2023, 7, 8, 0},      {2023, 7, 9, 0},      {2018, 12, 5, 830},   {2014, 3, 3, 1615},
    };
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        const int64_t day = hb_days_from_civil(days[i].year, days[i].month, days[i].mday);
        const int32_t got = bars_holiday_close_min(BARS_FAMILY_EQUITY, day);
        const int want = days[i].close ? (days[i].close / 100 + 7) * 60 + days[i].close % 100 : 0;
        if (got != want) {
            fail_msg("%d-%d-%d closes at minute %d, not %d", days[i].year, days[i].month,
                     days[i].mday, got, want);
        }
    }
}

static void test_other_families(void **state)
{
    (void)state;
    const int64_t mlk_2021 = hb_days_from_civil(2021, 1, 18),
                  mlk_2024 = hb_days_from_civil(2024, 1, 15);
    const int64_t friday = hb_days_from_civil(2023, 11, 24), good = hb_days_from_civil(2023, 4, 7);
    assert_int_equal(bars_holiday_close_min(BARS_FAMILY_FX, mlk_2021), 1140);
    assert_int_equal(bars_holiday_close_min(BARS_FAMILY_FX, mlk_2024), 1380);
    assert_int_equal(bars_holiday_close_min(BARS_FAMILY_ENERGY, mlk_2021), 1140);
    assert_int_equal(bars_holiday_close_min(BARS_FAMILY_METALS, mlk_2024), 1230);
    assert_int_equal(bars_holiday_close_min(BARS_FAMILY_RATES, mlk_2024), 1140);
    assert_int_equal(bars_holiday_close_min(BARS_FAMILY_ENERGY, friday), 1185);
    assert_int_equal(bars_holiday_close_min(BARS_FAMILY_RATES, friday), 1155);
    assert_int_equal(bars_holiday_close_min(BARS_FAMILY_FX, good), 1035);
    assert_int_equal(bars_holiday_close_min(BARS_FAMILY_METALS, good), 0);
    assert_int_equal(bars_holiday_close_min(BARS_FAMILY_RATES, hb_days_from_civil(2023, 7, 3)),
                     1380);
    assert_int_equal(bars_holiday_close_min(BARS_FAMILY_NONE, good), 1440);
}

static int64_t minutes(const char *calendar_name, const char *from, const char *to)
{
    hb_calendar_t *calendar = calendar_of(calendar_name);
    const int64_t out = hb_calendar_open_minutes(calendar, utc_s(from) * NS, utc_s(to) * NS);
    hb_calendar_close(calendar);
    return out;
}

static void test_open_minutes(void **state)
{
    (void)state;
    const char *equity = "cme_globex_equity";
    /* A winter day: 23:00 to 22:00 UTC, break of an hour, no halt since June 2021. */
    assert_int_equal(minutes(equity, "2023-02-01T23:00:00Z", "2023-02-02T22:00:00Z"), 1380);
    assert_int_equal(minutes(equity, "2023-02-02T22:00:00Z", "2023-02-02T23:00:00Z"), 0);
    assert_int_equal(minutes(equity, "2023-02-02T22:00:00Z", "2023-02-02T22:00:00Z"), 0);
    assert_int_equal(minutes(equity, "2023-02-03T23:00:00Z", "2023-02-02T23:00:00Z"), 0);
    assert_int_equal(minutes(equity, "2019-02-05T23:00:00Z", "2019-02-06T22:00:00Z"), 1365);
    assert_int_equal(minutes(equity, "2019-02-06T21:10:00Z", "2019-02-06T21:35:00Z"), 10);
    /* Summer, weekend, a holiday that ends at noon. */
    assert_int_equal(minutes(equity, "2023-06-01T21:00:00Z", "2023-06-01T22:00:00Z"), 0);
    assert_int_equal(minutes(equity, "2023-06-02T21:00:00Z", "2023-06-04T22:00:00Z"), 0);
    assert_int_equal(minutes(equity, "2023-06-02T20:30:00Z", "2023-06-04T22:30:00Z"), 60);
    assert_int_equal(minutes(equity, "2023-05-29T17:00:00Z", "2023-05-29T22:00:00Z"), 0);
    assert_int_equal(minutes(equity, "2023-12-24T12:00:00Z", "2023-12-25T23:00:00Z"), 0);
    assert_int_equal(minutes("none", "2023-12-24T12:00:00Z", "2023-12-25T12:00:00Z"), 1440);
    /* The spring change of clocks lies in the weekend. */
    assert_int_equal(minutes(equity, "2023-03-10T22:00:00Z", "2023-03-12T22:00:00Z"), 0);
    assert_int_equal(minutes(equity, "2023-03-12T22:00:00Z", "2023-03-13T21:00:00Z"), 1380);
}

static void stamp_is(const char *calendar_name, const char *at, const char *day, int32_t min,
                     int32_t len)
{
    hb_calendar_t *calendar = calendar_of(calendar_name);
    hb_bar_t bar = {.open_utc_at_ns = utc_s(at) * NS};
    hb_calendar_stamp(calendar, &bar);
    assert_int_equal(bar.session_day, utc_s(day) / 86400);
    assert_int_equal(bar.session_min, min);
    assert_int_equal(bar.session_len_min, len);
    hb_calendar_close(calendar);
}

static void test_stamp(void **state)
{
    (void)state;
    const char *equity = "cme_globex_equity";
    stamp_is(equity, "2023-02-01T23:00:00Z", "2023-02-02", 0, 1380);
    stamp_is(equity, "2023-02-02T21:59:00Z", "2023-02-02", 1379, 1380);
    stamp_is(equity, "2023-06-04T22:00:00Z", "2023-06-05", 0, 1380);
    stamp_is(equity, "2023-06-05T14:30:00Z", "2023-06-05", 990, 1380);
    stamp_is("none", "2023-06-05T14:30:00Z", "2023-06-05", 870, 1440);
    stamp_is("none", "1969-12-31T23:59:00Z", "1969-12-31", 1439, 1440);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zone_offsets),    cmocka_unit_test(test_zone_gap_and_fold),
        cmocka_unit_test(test_zone_unknown),    cmocka_unit_test(test_calendar_names),
        cmocka_unit_test(test_equity_holidays), cmocka_unit_test(test_other_families),
        cmocka_unit_test(test_open_minutes),    cmocka_unit_test(test_stamp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
