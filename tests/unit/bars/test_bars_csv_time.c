/* Time texts: what is a time, what it says, and what is none. */
#include <string.h>

#include "bars_csv_int.h"
#include "base_text.h"
#include "th.h"

#define S BARS_NS_PER_S

static bool parse(const char *text, bars_when_t *out)
{
    return bars_when_parse((bars_text_t){text, strlen(text)}, out);
}

/* Epoch ns of a text read as UTC under an order. */
static int64_t ns_of(const char *text, hb_date_order_t order)
{
    bars_when_t when;
    int64_t days;
    if (!parse(text, &when)) fail_msg("'%s' is not understood", text);
    if (when.kind == BARS_WHEN_EPOCH) return when.epoch_ns;
    if (!bars_when_days(&when, order, &days)) fail_msg("'%s' is no date", text);
    return (days * 86400 + when.second_of_day - when.offset_s) * S + when.ns;
}

static int64_t utc(const char *text)
{
    int64_t ns;
    assert_true(hb_parse_utc(text, &ns));
    return ns;
}

static void test_good(void **state)
{
    (void)state;
    const int64_t t = utc("2022-03-04T09:30:00Z");
    static const struct {
        const char *text;
        hb_date_order_t order;
    } same[] = {
        {"2022-03-04T09:30:00Z", HB_DATE_AUTO},
        {"2022-03-04 09:30:00", HB_DATE_AUTO},
        {"2022-03-04 09:30", HB_DATE_AUTO},
        {"2022-03-04T09:30:00.000Z", HB_DATE_AUTO},
        {"2022-03-04T04:30:00-05:00", HB_DATE_AUTO},
        {"2022-03-04 15:00:00+0530", HB_DATE_AUTO},
        {"2022-03-04 11:30+02", HB_DATE_AUTO},
        {"2022/3/4 9:30", HB_DATE_AUTO},
        {"2022.03.04 09:30", HB_DATE_AUTO},
        {"20220304  09:30:00", HB_DATE_AUTO},
        {"20220304 093000", HB_DATE_AUTO},
        {"20220304 0930", HB_DATE_AUTO},
        {"202203040930", HB_DATE_AUTO},
        {"20220304093000", HB_DATE_AUTO},
        {"4/3/2022 9:30", HB_DATE_DMY},
        {"04/03/2022 09:30:00", HB_DATE_DMY},
        {"03/04/2022 09:30:00", HB_DATE_MDY},
        {"3-4-22 09:30", HB_DATE_MDY},
        {"22/03/04 09:30", HB_DATE_YMD},
        {"4.3.2022, 09:30", HB_DATE_DMY},
        {"04-Mar-2022 09:30", HB_DATE_AUTO},
        {"4 March 2022 09:30", HB_DATE_AUTO},
        {"Mar 4, 2022 09:30", HB_DATE_AUTO},
        {"2022-Mar-04 09:30", HB_DATE_AUTO},
        {"3/4/2022 9:30 AM", HB_DATE_MDY},
        {"3/4/2022 9:30:00am", HB_DATE_MDY},
        {"2022-03-04 09:30:00 UTC", HB_DATE_AUTO},
        {"2022-03-04 09:30 GMT", HB_DATE_AUTO},
        {"1646386200", HB_DATE_AUTO},
        {"1646386200000", HB_DATE_AUTO},
        {"1646386200000000", HB_DATE_AUTO},
        {"1646386200000000000", HB_DATE_AUTO},
        {"1646386200.0", HB_DATE_AUTO},
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        const int64_t got = ns_of(same[i].text, same[i].order);
        if (got != t) fail_msg("'%s' is off by %lld s", same[i].text, (long long)((got - t) / S));
    }
    assert_int_equal(ns_of("2022-03-04 12:00 AM", HB_DATE_AUTO), utc("2022-03-04"));
    assert_int_equal(ns_of("2022-03-04 12:00 PM", HB_DATE_AUTO), utc("2022-03-04T12:00Z"));
    assert_int_equal(ns_of("2022-03-04 1:05 pm", HB_DATE_AUTO), utc("2022-03-04T13:05Z"));
    assert_int_equal(ns_of("2022-03-04", HB_DATE_AUTO), utc("2022-03-04"));
    assert_int_equal(ns_of("20220304", HB_DATE_AUTO), utc("2022-03-04"));
    assert_int_equal(ns_of("2022-03-04 24:00", HB_DATE_AUTO), utc("2022-03-05"));
    assert_int_equal(ns_of("2022-03-04T09:30:00.25", HB_DATE_AUTO), t + S / 4);
    assert_int_equal(ns_of("2022-03-04T09:30:00,1234567891", HB_DATE_AUTO), t + 123456789);
    assert_int_equal(ns_of("1646386200.5", HB_DATE_AUTO), t + S / 2);
    assert_int_equal(ns_of("01/02/75", HB_DATE_DMY), utc("1975-02-01"));
    assert_int_equal(ns_of("29/02/2024", HB_DATE_DMY), utc("2024-02-29"));
}

static void test_bad(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "time",
        "12",
        "12345678a",
        "99999999999999999999",
        "2022-03",
        "2022-03-04X09:30",
        "2022-03-04 9:3",
        "2022-03-04 25:00",
        "2022-03-04 24:01",
        "2022-03-04 09:60",
        "2022-03-04 09:30:60",
        "2022-03-04 09:30:0",
        "2022-03-04 09:30:00.",
        "2022-03-04 13:30 PM",
        "2022-03-04 0:30 AM",
        "2022-03-04 09:30 AX",
        "2022-03-04 09:30 EST",
        "2022-03-04 09:30+1",
        "2022-03-04 09:30+19",
        "2022-03-04 09:30+05:7",
        "2022-03-04 09:30Zx",
        "2022-03/04 09:30",
        "2022-03-004",
        "4/3/022",
        "4/3",
        "4:3:2022",
        "Foo 4, 2022",
        "Mar4 2022",
        "Mar 4 22",
        "Mar 444, 2022",
        "Mar 4,2022",
        "4 3 2022",
        "123456789012345678901234567890",
        "1646386200.x",
        "2022-03-04 930",
        "2022-03-04 9300000",
        "2022-03-04 ",
        "2022-",
        "8000000000000000000",
        "20221304",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bars_when_t when;
        int64_t days;
        const bool good = parse(bad[i], &when) && (when.kind == BARS_WHEN_EPOCH ||
                                                   bars_when_days(&when, HB_DATE_YMD, &days));
        if (good) fail_msg("'%s' passed as a time", bad[i]);
    }
}

static void test_dates_that_are_none(void **state)
{
    (void)state;
    static const char *const bad[] = {"31/04/2022", "29/02/2023", "0/1/2022", "1/0/2022",
                                      "1/13/2022",  "1/1/1959",   "1/1/2198"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bars_when_t when;
        int64_t days = 77;
        assert_true(parse(bad[i], &when));
        assert_false(bars_when_days(&when, HB_DATE_DMY, &days));
        assert_int_equal(days, 77);
    }
}

static void time_is(const char *text, int32_t seconds)
{
    bars_when_t when;
    if (!bars_when_parse_time((bars_text_t){text, strlen(text)}, &when)) {
        fail_msg("'%s' is no time of day", text);
    }
    assert_int_equal(when.second_of_day, seconds);
}

static void test_time_column(void **state)
{
    (void)state;
    time_is("09:30", 34200);
    time_is("9:30:15", 34215);
    time_is("0930", 34200);
    time_is("930", 34200);
    time_is("0", 0);
    time_is("93015", 34215);
    time_is("093015", 34215);
    time_is("9:30 PM", 77400);
    static const char *const bad[] = {"", "x", "2400000", "1234567", "09:3", "2022-01-01", "0975"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bars_when_t when;
        assert_false(bars_when_parse_time((bars_text_t){bad[i], strlen(bad[i])}, &when));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_dates_that_are_none),
        cmocka_unit_test(test_time_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
