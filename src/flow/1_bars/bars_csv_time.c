/* Time text of market data exports: ISO 8601, YYYYMMDD HH:MM:SS, D/M/Y or M/D/Y with or without
 * time, month names, AM/PM, offsets, epoch in s, ms, us or ns by magnitude. Invariant: a text is
 * a time only as a whole, and nothing is guessed: day-first or month-first stays open until the
 * file is known. */
#include <string.h>

#include "bars_csv_int.h"
#include "base_assert.h"
#include "base_text.h"

typedef struct {
    const char *p, *end;
} cursor_t;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char peek(const cursor_t *at)
{
    return at->p < at->end ? *at->p : '\0';
}

static bool take(cursor_t *at, char c)
{
    if (peek(at) != c) return false;
    at->p++;
    return true;
}

static void skip_spaces(cursor_t *at)
{
    while (peek(at) == ' ') at->p++;
}

/* At most 9 digits; returns how many. */
static int take_digits(cursor_t *at, int32_t *value)
{
    int count = 0;
    *value = 0;
    while (is_digit(peek(at)) && count < 9) {
        *value = *value * 10 + (*at->p++ - '0');
        count++;
    }
    return is_digit(peek(at)) ? 10 : count;
}

static int32_t take_month_name(cursor_t *at)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (at->end - at->p < 3) return 0;
    char word[3];
    for (int i = 0; i < 3; i++) word[i] = (char)(at->p[i] | 0x20);
    for (int32_t month = 1; month <= 12; month++) {
        if (memcmp(word, names + 3 * (month - 1), 3) != 0) continue;
        at->p += 3;
        while ((peek(at) | 0x20) >= 'a' && (peek(at) | 0x20) <= 'z') at->p++;
        return month;
    }
    return 0;
}

static int32_t year_of(int32_t value, int digits)
{
    return digits == 2 ? value + (value < 70 ? 2000 : 1900) : value;
}

/* ---- dates ---- */

static bool date_set(bars_when_t *out, hb_date_order_t order, int32_t year, int32_t month,
                     int32_t mday)
{
    out->order = order;
    out->parts[0] = year;
    out->parts[1] = month;
    out->parts[2] = mday;
    return true;
}

/* After a year of four digits: -MM-DD, /MM/DD, .MM.DD or with a month's name. */
static bool date_year_first(cursor_t *at, int32_t year, bars_when_t *out)
{
    const char mark = peek(at);
    if (mark != '-' && mark != '/' && mark != '.') return false;
    at->p++;
    int32_t month = take_month_name(at), mday = 0;
    if (month == 0 && (unsigned)(take_digits(at, &month) - 1) > 1) return false;
    if (!take(at, mark) || (unsigned)(take_digits(at, &mday) - 1) > 1) return false;
    return date_set(out, HB_DATE_YMD, year, month, mday);
}

/* After one or two digits: D/M/Y, M/D/Y or D-Mon-Y. */
static bool date_day_or_month_first(cursor_t *at, int32_t first, bars_when_t *out)
{
    const char mark = peek(at);
    if (mark == '\0' || !strchr("-/. ", mark)) return false;
    at->p++;
    int32_t second = take_month_name(at), year = 0;
    const bool named = second != 0;
    if (!named && (mark == ' ' || (unsigned)(take_digits(at, &second) - 1) > 1)) return false;
    if (!take(at, mark)) return false;
    const int digits = take_digits(at, &year);
    if (digits != 2 && digits != 4) return false;
    if (named) return date_set(out, HB_DATE_DMY, year_of(year, digits), second, first);
    out->last_digits = digits;
    return date_set(out, HB_DATE_AUTO, first, second, year);
}

/* Mon D[,] Y */
static bool date_month_name_first(cursor_t *at, bars_when_t *out)
{
    int32_t mday = 0, year = 0;
    const int32_t month = take_month_name(at);
    if (month == 0) return false;
    if (!take(at, ' ') && !take(at, '-')) return false;
    if ((unsigned)(take_digits(at, &mday) - 1) > 1) return false;
    (void)take(at, ',');
    if (!take(at, ' ') && !take(at, '-')) return false;
    if (take_digits(at, &year) != 4) return false;
    return date_set(out, HB_DATE_MDY, year, month, mday);
}

static bool take_date(cursor_t *at, bars_when_t *out)
{
    if (!is_digit(peek(at))) return date_month_name_first(at, out);
    int32_t value = 0;
    switch (take_digits(at, &value)) {
    case 8:
        return date_set(out, HB_DATE_YMD, value / 10000, value / 100 % 100, value % 100);
    case 4:
        return date_year_first(at, value, out);
    case 1:
    case 2:
        return date_day_or_month_first(at, value, out);
    default:
        return false;
    }
}

/* ---- time of day ---- */

static bool take_fraction(cursor_t *at, bars_when_t *out)
{
    if (peek(at) != '.' && peek(at) != ',') return true;
    at->p++;
    int32_t scale = 100000000;
    const char *start = at->p;
    for (; is_digit(peek(at)); at->p++) {
        out->ns += scale * (*at->p - '0');
        scale /= 10; /* digits beyond the nanosecond add nothing */
    }
    return at->p > start;
}

static bool take_half_day(cursor_t *at, int32_t *hour)
{
    cursor_t ahead = *at;
    skip_spaces(&ahead);
    const char half = (char)(peek(&ahead) | 0x20);
    if (half != 'a' && half != 'p') return true;
    ahead.p++;
    if ((peek(&ahead) | 0x20) != 'm') return false;
    ahead.p++;
    if (*hour < 1 || *hour > 12) return false;
    *hour = *hour % 12 + (half == 'p' ? 12 : 0);
    *at = ahead;
    return true;
}

static bool clock_set(bars_when_t *out, int32_t hour, int32_t minute, int32_t second)
{
    /* Some exports close a day with 24:00. */
    const bool midnight = hour == 24 && minute == 0 && second == 0 && out->ns == 0;
    if ((hour > 23 && !midnight) || minute > 59 || second > 59) return false;
    out->second_of_day = hour * 3600 + minute * 60 + second;
    out->has_time = true;
    return true;
}

/* HH:MM[:SS[.frac]], HHMM or HHMMSS, then AM or PM. lax: zeros on the left may be missing. */
static bool take_clock(cursor_t *at, bool lax, bars_when_t *out)
{
    int32_t hour = 0, minute = 0, second = 0;
    const int digits = take_digits(at, &hour);
    if (digits == 0 || digits > 6) return false;
    if (take(at, ':')) {
        if (digits > 2 || take_digits(at, &minute) != 2) return false;
        if (take(at, ':') && take_digits(at, &second) != 2) return false;
    } else if (digits == 4 || (lax && digits < 4)) {
        minute = hour % 100;
        hour /= 100;
    } else if (digits == 6 || lax) {
        second = hour % 100;
        minute = hour / 100 % 100;
        hour /= 10000;
    } else {
        return false;
    }
    if (!take_fraction(at, out) || !take_half_day(at, &hour)) return false;
    return clock_set(out, hour, minute, second);
}

/* Z, UTC, GMT, +HH, +HHMM or +HH:MM; nothing is fine too. */
static bool take_offset(cursor_t *at, bars_when_t *out)
{
    skip_spaces(at);
    const size_t left = (size_t)(at->end - at->p);
    const char sign = peek(at);
    if (left == 0) return true;
    out->has_offset = true;
    if (left == 1 && (sign | 0x20) == 'z') {
        at->p++;
        return true;
    }
    if (left == 3 && (memcmp(at->p, "UTC", 3) == 0 || memcmp(at->p, "GMT", 3) == 0)) {
        at->p += 3;
        return true;
    }
    if (sign != '+' && sign != '-') return false;
    at->p++;
    int32_t hours = 0, minutes = 0;
    const int digits = take_digits(at, &hours);
    if (digits == 4) {
        minutes = hours % 100;
        hours /= 100;
    } else if (digits != 2 || (take(at, ':') && take_digits(at, &minutes) != 2)) {
        return false;
    }
    if (hours > 18 || minutes > 59) return false;
    out->offset_s = (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

/* ---- epoch and runs of digits ---- */

static bool epoch_parse(bars_text_t text, size_t whole, bars_when_t *out)
{
    int64_t value = 0;
    if (whole < 9 || whole > 19 || !hb_parse_i64(text.p, whole, &value)) return false;
    /* Seconds until the year 5138, then ms, us and ns: each unit by its magnitude. */
    const int64_t unit_ns = value < INT64_C(100000000000)         ? BARS_NS_PER_S
                            : value < INT64_C(100000000000000)    ? 1000000
                            : value < INT64_C(100000000000000000) ? 1000
                                                                  : 1;
    if (__builtin_mul_overflow(value, unit_ns, &out->epoch_ns)) return false;
    int64_t scale_ns = unit_ns / 10;
    for (size_t i = whole + 1; i < text.n; i++, scale_ns /= 10) {
        if (!is_digit(text.p[i])) return false;
        out->epoch_ns += scale_ns * (text.p[i] - '0');
    }
    out->kind = BARS_WHEN_EPOCH;
    out->order = HB_DATE_EPOCH;
    return out->epoch_ns <= BARS_EPOCH_NS_MAX;
}

/* YYYYMMDDHHMM[SS] without any mark. */
static bool run_parse(bars_text_t text, bars_when_t *out)
{
    cursor_t date = {text.p, text.p + 8}, clock = {text.p + 8, text.p + text.n};
    int64_t days = 0;
    if (!take_date(&date, out) || !bars_when_days(out, HB_DATE_YMD, &days)) return false;
    if (!take_clock(&clock, false, out) || clock.p != clock.end) return false;
    out->kind = BARS_WHEN_DATE;
    return true;
}

bool bars_when_parse(bars_text_t text, bars_when_t *out)
{
    bars_when_t when = {0};
    size_t whole = 0;
    while (whole < text.n && is_digit(text.p[whole])) whole++;
    const bool one_run = whole == text.n;
    if ((whole == 12 || whole == 14) && one_run && run_parse(text, &when)) {
        *out = when;
        return true;
    }
    if (whole >= 9 && (one_run || text.p[whole] == '.')) {
        when = (bars_when_t){0};
        if (!epoch_parse(text, whole, &when)) return false;
        *out = when;
        return true;
    }
    cursor_t at = {text.p, text.p + text.n};
    if (!take_date(&at, &when)) return false;
    when.kind = BARS_WHEN_DATE;
    if (at.p < at.end) {
        const char mark = *at.p++;
        if (mark != ' ' && mark != 'T' && mark != 't' && mark != ',') return false;
        skip_spaces(&at);
        if (!take_clock(&at, false, &when) || !take_offset(&at, &when)) return false;
        if (at.p != at.end) return false;
    }
    *out = when;
    return true;
}

bool bars_when_parse_time(bars_text_t text, bars_when_t *out)
{
    bars_when_t when = {0};
    cursor_t at = {text.p, text.p + text.n};
    if (!take_clock(&at, true, &when) || !take_offset(&at, &when) || at.p != at.end) return false;
    *out = when;
    return true;
}

bool bars_when_days(const bars_when_t *when, hb_date_order_t order, int64_t *days)
{
    static const int8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t year = when->parts[0], month = when->parts[1], mday = when->parts[2];
    if (when->order == HB_DATE_AUTO) {
        if (order == HB_DATE_YMD) {
            if (when->last_digits != 2) return false;
            year = year_of(year, 2);
        } else {
            year = year_of(when->parts[2], when->last_digits);
            month = when->parts[order == HB_DATE_DMY ? 1 : 0];
            mday = when->parts[order == HB_DATE_DMY ? 0 : 1];
        }
    }
    if (year < BARS_YEAR_MIN || year > BARS_YEAR_MAX) return false;
    if (month < 1 || month > 12 || mday < 1) return false;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (mday > lengths[month - 1] + (month == 2 && leap)) return false;
    *days = hb_days_from_civil(year, month, mday);
    return true;
}
