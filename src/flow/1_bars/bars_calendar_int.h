/* What the files of this module share about sessions; no other module sees it. */
#ifndef HB_BARS_CALENDAR_INT_H
#define HB_BARS_CALENDAR_INT_H

#include "bars_calendar.h"

typedef enum {
    BARS_FAMILY_NONE,
    BARS_FAMILY_EQUITY,
    BARS_FAMILY_ENERGY,
    BARS_FAMILY_METALS,
    BARS_FAMILY_RATES,
    BARS_FAMILY_FX
} bars_family_t;

#define BARS_SPANS_MAX 2u

/* A scheduled open stretch of a session, in minutes from the session's open: [from, to). */
typedef struct {
    int32_t from_min, to_min;
} bars_span_t;

bars_family_t bars_calendar_family(const hb_calendar_t *calendar);
/* Minute of the session at which it closes; 0 = no session on that trade date. */
int32_t bars_holiday_close_min(bars_family_t family, int64_t day);
/* Day of the week, 0 = Sunday; the nth (1..) given weekday of a month; the days since
 * 1970-01-01. */
int bars_weekday(int64_t day);
int64_t bars_nth_weekday(int year, int month, int weekday, int n);

int64_t bars_session_day(const hb_calendar_t *calendar, int64_t utc_s);
int64_t bars_session_open_s(const hb_calendar_t *calendar, int64_t day);
uint32_t bars_session_spans(const hb_calendar_t *calendar, int64_t day,
                            bars_span_t spans[BARS_SPANS_MAX]);
/* Scheduled open seconds in [from, to). */
int64_t bars_open_s(const hb_calendar_t *calendar, int64_t from_s, int64_t to_s);

#endif
