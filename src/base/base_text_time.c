/* UTC text and civil dates. Invariant: proleptic Gregorian, no leap seconds (every day has 86400
 * s), all integer arithmetic. Method: Howard Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms". */
#include <stdio.h>
#include <string.h>

#include "base_text.h"

#define NS_PER_S  INT64_C(1000000000)
#define S_PER_DAY INT64_C(86400)

int64_t hb_days_from_civil(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void hb_civil_from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    *month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

void hb_format_utc(int64_t utc_at_ns, char out[32])
{
    /* Floor division: times before 1970 belong to the second that has begun. */
    int64_t seconds = utc_at_ns / NS_PER_S - (utc_at_ns % NS_PER_S < 0);
    int64_t days = seconds / S_PER_DAY - (seconds % S_PER_DAY < 0);
    int rest = (int)(seconds - days * S_PER_DAY);
    int year, month, day;
    hb_civil_from_days(days, &year, &month, &day);
    (void)snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day, rest / 3600,
                   rest / 60 % 60, rest % 60);
}

/* Exactly `width` digits from *s on; moves *s past them. */
static bool take_digits(const char **s, int width, int *out)
{
    int value = 0;
    for (int i = 0; i < width; i++) {
        char c = (*s)[i];
        if (c < '0' || c > '9') return false;
        value = value * 10 + (c - '0');
    }
    *s += width;
    *out = value;
    return true;
}

static bool take_char(const char **s, char c)
{
    if (**s != c) return false;
    (*s)++;
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* THH:MM[:SS]; the T has been seen. */
static bool take_time(const char **s, int *second_of_day)
{
    int hour, minute, second = 0;
    if (!take_digits(s, 2, &hour) || !take_char(s, ':') || !take_digits(s, 2, &minute))
        return false;
    if (take_char(s, ':') && !take_digits(s, 2, &second)) return false;
    if (hour > 23 || minute > 59 || second > 59) return false;
    *second_of_day = hour * 3600 + minute * 60 + second;
    return true;
}

bool hb_parse_utc(const char *s, int64_t *utc_at_ns)
{
    int year, month, day, second_of_day = 0;
    if (!s || !take_digits(&s, 4, &year) || !take_char(&s, '-') || !take_digits(&s, 2, &month) ||
        !take_char(&s, '-') || !take_digits(&s, 2, &day)) {
        return false;
    }
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return false;
    if (take_char(&s, 'T') && !take_time(&s, &second_of_day)) return false;
    (void)take_char(&s, 'Z');
    if (*s != '\0') return false;
    int64_t seconds = hb_days_from_civil(year, month, day) * S_PER_DAY + second_of_day;
    int64_t ns;
    /* Nanoseconds in 64 bits end in 1677 and 2262. */
    if (__builtin_mul_overflow(seconds, NS_PER_S, &ns)) return false;
    *utc_at_ns = ns;
    return true;
}
