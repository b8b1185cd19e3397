/* Holidays of the CME Globex families, by rule: when does the session of a trade date close.
 * Invariant: a pure function of the family and the date. Minutes count from the session's open
 * at 17:00 Chicago on the day before, so 12:00 is minute 1140 and the regular close, 16:00, is
 * 1380. Source: the exchange's published holiday schedules; checked against recorded sessions of
 * 2016-2024. */
#include "bars_calendar_int.h"

#include "base_text.h"

#define CT(hour, minute) (((hour) + 7) * 60 + (minute))
#define CLOSE_REGULAR    CT(16, 0)

enum { SUNDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY };

typedef enum { KIND_NONE, KIND_CLOSED, KIND_HOLIDAY, KIND_EVE, KIND_GOOD_FRIDAY } kind_t;

typedef struct {
    int64_t day;
    int year, month, mday, weekday;
} date_t;

int bars_weekday(int64_t day)
{
    return (int)(((day + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

int64_t bars_nth_weekday(int year, int month, int weekday, int n)
{
    const int64_t first = hb_days_from_civil(year, month, 1);
    return first + (weekday - bars_weekday(first) + 7) % 7 + 7 * (n - 1);
}

/* Gregorian Easter Sunday, the anonymous algorithm as corrected in New Scientist, 30 March 1961. */
static int64_t easter(int year)
{
    const int a = year % 19, b = year / 100, c = year % 100;
    const int d = b / 4, e = b % 4, g = (8 * b + 13) / 25;
    const int h = (19 * a + b - d - g + 15) % 30;
    const int i = c / 4, k = c % 4;
    const int l = (32 + 2 * e + 2 * i - h - k) % 7;
    const int m = (a + 11 * h + 19 * l) / 433;
    const int month = (h + l - 7 * m + 90) / 25;
    return hb_days_from_civil(year, month, (h + l - 7 * m + 33 * month + 19) % 32);
}

/* A fixed date that moves to Monday from a Sunday and to Friday from a Saturday. */
static bool is_observed(const date_t *date, int month, int mday)
{
    const int64_t holiday = hb_days_from_civil(date->year, month, mday);
    const int weekday = bars_weekday(holiday);
    return date->day == holiday + (weekday == SUNDAY) - (weekday == SATURDAY);
}

static bool is_closed(const date_t *date)
{
    if (is_observed(date, 12, 25)) return true;
    /* New Year's Day moves to Monday but not back to Friday, which ends the old year. */
    if (date->month != 1) return false;
    return date->mday == 1 || (date->mday == 2 && date->weekday == MONDAY);
}

static bool is_holiday(const date_t *date)
{
    const int year = date->year;
    switch (date->month) {
    case 1:
        return date->day == bars_nth_weekday(year, 1, MONDAY, 3);
    case 2:
        return date->day == bars_nth_weekday(year, 2, MONDAY, 3);
    case 5:
        return date->weekday == MONDAY && date->mday > 24;
    case 6:
        return year >= 2022 && is_observed(date, 6, 19);
    case 7:
        return is_observed(date, 7, 4);
    case 9:
        return date->day == bars_nth_weekday(year, 9, MONDAY, 1);
    case 11:
        return date->day == bars_nth_weekday(year, 11, THURSDAY, 4);
    default:
        return false;
    }
}

static bool is_eve(const date_t *date)
{
    if (date->month == 11) return date->day == bars_nth_weekday(date->year, 11, THURSDAY, 4) + 1;
    if (date->weekday == FRIDAY) return false; /* then the next day is no weekday */
    return (date->month == 12 && date->mday == 24) || (date->month == 7 && date->mday == 3);
}

static kind_t kind_of(const date_t *date)
{
    if (is_closed(date)) return KIND_CLOSED;
    if (date->day == easter(date->year) - 2) return KIND_GOOD_FRIDAY;
    if (is_holiday(date)) return KIND_HOLIDAY;
    return is_eve(date) ? KIND_EVE : KIND_NONE;
}

static int32_t holiday_close(bars_family_t family, int year)
{
    switch (family) {
    case BARS_FAMILY_ENERGY:
    case BARS_FAMILY_METALS:
        return year < 2022 ? CT(12, 0) : CT(13, 30);
    case BARS_FAMILY_FX:
        return year < 2022 ? CT(12, 0) : CLOSE_REGULAR;
    default:
        return CT(12, 0);
    }
}

static int32_t eve_close(bars_family_t family, const date_t *date)
{
    const bool equity = family == BARS_FAMILY_EQUITY;
    if (date->month == 7) return equity ? CT(12, 15) : CLOSE_REGULAR;
    if (family == BARS_FAMILY_ENERGY || family == BARS_FAMILY_METALS) return CT(12, 45);
    return CT(12, 15);
}

/* The financial contracts trade until shortly after the jobs report, which comes out on a first
 * Friday even when that is Good Friday. */
static int32_t good_friday_close(bars_family_t family, const date_t *date)
{
    if (date->mday > 7 || family == BARS_FAMILY_ENERGY || family == BARS_FAMILY_METALS) return 0;
    return family == BARS_FAMILY_EQUITY ? CT(8, 15) : CT(10, 15);
}

static int32_t regular_close(bars_family_t family, const date_t *date)
{
    if (family != BARS_FAMILY_EQUITY) return CLOSE_REGULAR;
    if (date->day < hb_days_from_civil(2015, 9, 21)) return CT(16, 15);
    /* National days of mourning. */
    const bool mourning =
        date->day == hb_days_from_civil(2018, 12, 5) || date->day == hb_days_from_civil(2025, 1, 9);
    return mourning ? CT(8, 30) : CLOSE_REGULAR;
}

int32_t bars_holiday_close_min(bars_family_t family, int64_t day)
{
    if (family == BARS_FAMILY_NONE) return 24 * 60;
    date_t date = {.day = day, .weekday = bars_weekday(day)};
    if (date.weekday == SUNDAY || date.weekday == SATURDAY) return 0;
    hb_civil_from_days(day, &date.year, &date.month, &date.mday);
    switch (kind_of(&date)) {
    case KIND_CLOSED:
        return 0;
    case KIND_HOLIDAY:
        return holiday_close(family, date.year);
    case KIND_EVE:
        return eve_close(family, &date);
    case KIND_GOOD_FRIDAY:
        return good_friday_close(family, &date);
    case KIND_NONE:
        break;
    }
    return regular_close(family, &date);
}
