/* Sessions of the CME Globex families. A session belongs to the trade date on which it closes;
 * it opens at 17:00 Chicago on the calendar day before. Invariant: what is said of a bar depends
 * on its open time and the calendar's version alone. Daylight saving changes on a Sunday
 * morning, outside every session, so minutes within one are plain differences of UTC. */
#include "bars_calendar.h"

#include <stdio.h>
#include <string.h>

#include "bars_calendar_int.h"
#include "base_assert.h"
#include "base_mem.h"
#include "base_text.h"

#define NS_PER_S               INT64_C(1000000000)
#define S_PER_DAY              INT64_C(86400)
#define OPEN_BEFORE_DAY_S      (7 * 3600) /* 17:00 on the day before */
#define SESSION_FULL_MIN       1380
#define HALT_FROM_MIN          1335 /* 15:15 Chicago */
#define HALT_TO_MIN            1350 /* 15:30 Chicago */
#define CALENDAR_RULES_VERSION 1

struct hb_calendar {
    bars_family_t family;
    hb_zone_t *zone; /* NULL for none: the session is the UTC day */
    int64_t halt_last_day;
    char version[32];
};

static const struct {
    const char *name;
    bars_family_t family;
} families[] = {
    {"none", BARS_FAMILY_NONE},
    {"cme_globex_equity", BARS_FAMILY_EQUITY},
    {"cme_globex_energy", BARS_FAMILY_ENERGY},
    {"cme_globex_metals", BARS_FAMILY_METALS},
    {"cme_globex_rates", BARS_FAMILY_RATES},
    {"cme_globex_fx", BARS_FAMILY_FX},
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

hb_status_t hb_calendar_open(const char *name, hb_calendar_t **out, hb_err_t *err)
{
    size_t i = 0;
    while (i < HB_COUNT(families) && strcmp(families[i].name, name) != 0) i++;
    if (i == HB_COUNT(families)) {
        return hb_err_set(err, HB_E_CONFIG, "data.calendar",
                          "one of none, cme_globex_equity, cme_globex_energy, cme_globex_metals, "
                          "cme_globex_rates, cme_globex_fx",
                          "unknown calendar '%.40s'", name);
    }
    hb_zone_t *zone = NULL;
    if (families[i].family != BARS_FAMILY_NONE) HB_TRY(hb_zone_open("America/Chicago", &zone, err));
    hb_calendar_t *calendar = hb_alloc(1, sizeof *calendar);
    calendar->family = families[i].family;
    calendar->zone = zone;
    calendar->halt_last_day = hb_days_from_civil(2021, 6, 25);
    (void)snprintf(calendar->version, sizeof calendar->version, "%s/%d", name,
                   CALENDAR_RULES_VERSION);
    *out = calendar;
    return HB_OK;
}

void hb_calendar_close(hb_calendar_t *calendar)
{
    if (!calendar) return;
    hb_zone_close(calendar->zone);
    hb_free(calendar);
}

const char *hb_calendar_version(const hb_calendar_t *calendar)
{
    return calendar->version;
}

bars_family_t bars_calendar_family(const hb_calendar_t *calendar)
{
    return calendar->family;
}

int64_t bars_session_day(const hb_calendar_t *calendar, int64_t utc_s)
{
    if (!calendar->zone) return floor_div(utc_s, S_PER_DAY);
    const int64_t local_s = utc_s + hb_zone_offset_s(calendar->zone, utc_s);
    return floor_div(local_s + OPEN_BEFORE_DAY_S, S_PER_DAY);
}

int64_t bars_session_open_s(const hb_calendar_t *calendar, int64_t day)
{
    if (!calendar->zone) return day * S_PER_DAY;
    /* 17:00 neither repeats nor is left out in Chicago; should it ever be, standard time stands
     * in. */
    int64_t utc_s = 0, late_s = 0;
    const int64_t local_s = day * S_PER_DAY - OPEN_BEFORE_DAY_S;
    if (hb_zone_to_utc(calendar->zone, local_s, &utc_s, &late_s) == 1) return local_s + 6 * 3600;
    return utc_s;
}

uint32_t bars_session_spans(const hb_calendar_t *calendar, int64_t day,
                            bars_span_t spans[BARS_SPANS_MAX])
{
    const int32_t close_min = bars_holiday_close_min(calendar->family, day);
    if (close_min == 0) return 0;
    spans[0] = (bars_span_t){0, close_min};
    const bool halts = calendar->family == BARS_FAMILY_EQUITY && day <= calendar->halt_last_day;
    if (!halts || close_min <= HALT_FROM_MIN) return 1;
    spans[0].to_min = HALT_FROM_MIN;
    spans[1] = (bars_span_t){HALT_TO_MIN, close_min};
    return 2;
}

int64_t bars_open_s(const hb_calendar_t *calendar, int64_t from_s, int64_t to_s)
{
    if (to_s <= from_s) return 0;
    if (!calendar->zone) return to_s - from_s;
    int64_t open_s = 0;
    const int64_t last = bars_session_day(calendar, to_s);
    for (int64_t day = bars_session_day(calendar, from_s); day <= last; day++) {
        bars_span_t spans[BARS_SPANS_MAX];
        const uint32_t count = bars_session_spans(calendar, day, spans);
        if (count == 0) continue;
        const int64_t start_s = bars_session_open_s(calendar, day);
        for (uint32_t i = 0; i < count; i++) {
            const int64_t lo = HB_MAX(from_s, start_s + spans[i].from_min * INT64_C(60));
            const int64_t hi = HB_MIN(to_s, start_s + spans[i].to_min * INT64_C(60));
            if (hi > lo) open_s += hi - lo;
        }
    }
    return open_s;
}

int64_t hb_calendar_open_minutes(const hb_calendar_t *calendar, int64_t from_utc_at_ns,
                                 int64_t to_utc_at_ns)
{
    return bars_open_s(calendar, floor_div(from_utc_at_ns, NS_PER_S),
                       floor_div(to_utc_at_ns, NS_PER_S)) /
           60;
}

void hb_calendar_stamp(const hb_calendar_t *calendar, hb_bar_t *bar)
{
    const int64_t utc_s = floor_div(bar->open_utc_at_ns, NS_PER_S);
    const int64_t day = bars_session_day(calendar, utc_s);
    const int64_t minutes = (utc_s - bars_session_open_s(calendar, day)) / 60;
    bar->session_day = (int32_t)day;
    bar->session_min = (int32_t)minutes;
    bar->session_len_min = calendar->zone ? SESSION_FULL_MIN : 24 * 60;
}
