/* UTC text and civil dates. */
#include "base_assert.h"
#include "base_rng.h"
#include "base_text.h"
#include "th.h"

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Day by day through 400 years and more, against a calendar that only counts. */
static void civil_round_trip(void **state)
{
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 1599, month = 1, day = 1;
    int64_t days = hb_days_from_civil(year, month, day);
    assert_int_equal(hb_days_from_civil(1970, 1, 1), 0);
    assert_int_equal(hb_days_from_civil(2000, 3, 1), 11017);
    assert_int_equal(hb_days_from_civil(-1, 12, 31), hb_days_from_civil(0, 1, 1) - 1);
    for (; year < 2263; days++) {
        int y, m, d;
        hb_civil_from_days(days, &y, &m, &d);
        if (y != year || m != month || d != day || hb_days_from_civil(y, m, d) != days) {
            fail_msg("%04d-%02d-%02d came back as %04d-%02d-%02d", year, month, day, y, m, d);
        }
        int length = lengths[month - 1] + (month == 2 && is_leap(year));
        if (++day > length) {
            day = 1;
            if (++month > 12) {
                month = 1;
                year++;
            }
        }
    }
    int y, m, d;
    hb_civil_from_days(hb_days_from_civil(-401, 2, 28), &y, &m, &d);
    assert_true(y == -401 && m == 2 && d == 28);
}

static void utc_format(void **state)
{
    (void)state;
    char text[32];
    hb_format_utc(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    hb_format_utc(INT64_C(1711722600) * 1000000000 + 999999999, text);
    assert_string_equal(text, "2024-03-29T14:30:00Z");
    hb_format_utc(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59Z");
    hb_format_utc(INT64_MIN, text);
    assert_string_equal(text, "1677-09-21T00:12:43Z");
    hb_format_utc(INT64_MAX, text);
    assert_string_equal(text, "2262-04-11T23:47:16Z");
}

static void utc_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {
        {"1970-01-01", 0},
        {"1970-01-01Z", 0},
        {"2024-03-29T14:30", 1711722600},
        {"2024-03-29T14:30Z", 1711722600},
        {"2024-03-29T14:30:05", 1711722605},
        {"2024-02-29T23:59:59Z", 1709251199},
        {"2000-02-29", 951782400},
    };
    int64_t ns = 42;
    for (size_t i = 0; i < HB_COUNT(good); i++) {
        assert_true(hb_parse_utc(good[i].text, &ns));
        assert_true(ns == good[i].seconds * 1000000000);
    }
    static const char *const bad[] = {
        "",
        "2024",
        "2024-3-29",
        "2024-03-29T",
        "2024-03-29T1",
        "2024-03-29T14",
        "2024-03-29T14:",
        "2024-03-29T14:3",
        "2024-03-29T14:30:",
        "2024-03-29T14:30:5",
        "2024-03-29T24:00",
        "2024-03-29T14:60",
        "2024-03-29T14:30:60",
        "2023-02-29",
        "1900-02-29",
        "2024-13-01",
        "2024-00-01",
        "2024-01-00",
        "2024-04-31",
        "2024-03-29 14:30",
        " 2024-03-29",
        "2024-03-29 ",
        "2024-03-29ZZ",
        "2024-03-29T14:30:00+01:00",
        "1500-01-01",
        "2300-01-01",
        "2024/03/29",
        "2024-03/29",
        "-024-03-29",
    };
    ns = 42;
    for (size_t i = 0; i < HB_COUNT(bad); i++) {
        if (hb_parse_utc(bad[i], &ns)) fail_msg("took \"%s\"", bad[i]);
        assert_true(ns == 42);
    }
    assert_false(hb_parse_utc(NULL, &ns));
}

static void utc_round_trip(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(13));
    for (int i = 0; i < 20000; i++) {
        int64_t seconds = (int64_t)hb_rng_below(&rng, 18000000000) - 9000000000;
        char text[32];
        hb_format_utc(seconds * 1000000000, text);
        int64_t ns = 0;
        assert_true(hb_parse_utc(text, &ns));
        assert_true(ns == seconds * 1000000000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(civil_round_trip),
        cmocka_unit_test(utc_format),
        cmocka_unit_test(utc_parse),
        cmocka_unit_test(utc_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
