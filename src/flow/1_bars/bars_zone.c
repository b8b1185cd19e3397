/* IANA zones: wall time to UTC and back. GLib's GTimeZone reads the zone; its transitions are
 * copied into a sorted table at open, because GLib searches linearly and a file has millions of
 * rows. Invariant: the table is read only after open, so a zone may be shared between threads.
 * Method for the inverse: try the offsets in force a day before and a day after (PEP 495). */
#include "bars_calendar.h"

#include <glib.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"

#define S_PER_DAY      INT64_C(86400)
#define TABLE_FIRST_S  INT64_C(-315619200) /* 1960-01-01 */
#define TABLE_LAST_S   INT64_C(4102444800) /* 2100-01-01 */
#define STRIDE_FIRST_S (16 * S_PER_DAY)
#define CHANGES_MAX    2048u

struct hb_zone {
    GTimeZone *zone;
    uint32_t count;
    int64_t from_s[CHANGES_MAX];
    int32_t offset_s[CHANGES_MAX]; /* in force from from_s[i] to from_s[i + 1] */
};

static int64_t ask_offset(GTimeZone *zone, int64_t utc_s)
{
    const gint interval = g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, utc_s);
    return g_time_zone_get_offset(zone, interval);
}

static gint ask_interval(GTimeZone *zone, int64_t utc_s)
{
    return g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, utc_s);
}

/* First second after utc_s that lies in another interval; TABLE_LAST_S when none does before it.
 * Strides double until one lands beyond, then the last stride is halved down. */
static int64_t interval_end(GTimeZone *zone, int64_t utc_s)
{
    const gint interval = ask_interval(zone, utc_s);
    int64_t stride_s = STRIDE_FIRST_S;
    while (utc_s + stride_s < TABLE_LAST_S && ask_interval(zone, utc_s + stride_s) == interval) {
        utc_s += stride_s;
        stride_s *= 2;
    }
    int64_t after_s = HB_MIN(utc_s + stride_s, TABLE_LAST_S);
    while (after_s - utc_s > 1) {
        const int64_t middle_s = utc_s + (after_s - utc_s) / 2;
        if (ask_interval(zone, middle_s) == interval) {
            utc_s = middle_s;
        } else {
            after_s = middle_s;
        }
    }
    return after_s;
}

static void table_fill(hb_zone_t *zone)
{
    for (int64_t t = TABLE_FIRST_S; t < TABLE_LAST_S && zone->count < CHANGES_MAX;
         t = interval_end(zone->zone, t)) {
        const int32_t offset_s = (int32_t)ask_offset(zone->zone, t);
        if (zone->count && zone->offset_s[zone->count - 1] == offset_s) continue;
        zone->from_s[zone->count] = t;
        zone->offset_s[zone->count] = offset_s;
        zone->count++;
    }
}

/* GLib turns the name into a path and also takes "+05:00": only names of the IANA form pass. */
static bool is_iana_form(const char *name)
{
    const size_t n = strlen(name);
    if (n == 0 || n > 63 || strstr(name, "..") || strstr(name, "//")) return false;
    if (!g_ascii_isalpha(name[0]) || name[n - 1] == '/') return false;
    for (size_t i = 0; i < n; i++) {
        if (!g_ascii_isalnum(name[i]) && !strchr("/_+-", name[i])) return false;
    }
    return true;
}

hb_status_t hb_zone_open(const char *iana_name, hb_zone_t **out, hb_err_t *err)
{
    GTimeZone *found = is_iana_form(iana_name) ? g_time_zone_new_identifier(iana_name) : NULL;
    if (!found) {
        return hb_err_set(err, HB_E_CONFIG, "data.timezone",
                          "give an IANA name such as UTC, America/New_York or Asia/Jerusalem",
                          "unknown time zone '%.63s'", iana_name);
    }
    hb_zone_t *zone = hb_alloc(1, sizeof *zone);
    zone->zone = found;
    table_fill(zone);
    *out = zone;
    return HB_OK;
}

void hb_zone_close(hb_zone_t *zone)
{
    if (!zone) return;
    g_time_zone_unref(zone->zone);
    hb_free(zone);
}

int64_t hb_zone_offset_s(const hb_zone_t *zone, int64_t utc_s)
{
    if (utc_s < TABLE_FIRST_S || utc_s >= TABLE_LAST_S) return ask_offset(zone->zone, utc_s);
    uint32_t lo = 0, hi = zone->count;
    while (hi - lo > 1) {
        const uint32_t middle = lo + (hi - lo) / 2;
        if (zone->from_s[middle] <= utc_s) {
            lo = middle;
        } else {
            hi = middle;
        }
    }
    return zone->offset_s[lo];
}

int hb_zone_to_utc(const hb_zone_t *zone, int64_t local_s, int64_t *utc_s, int64_t *utc_s_late)
{
    const int64_t before = hb_zone_offset_s(zone, local_s - S_PER_DAY);
    const int64_t after = hb_zone_offset_s(zone, local_s + S_PER_DAY);
    const int64_t early_s = local_s - (before > after ? before : after);
    const int64_t late_s = local_s - (before > after ? after : before);
    const bool early_holds = early_s + hb_zone_offset_s(zone, early_s) == local_s;
    const bool late_holds = late_s + hb_zone_offset_s(zone, late_s) == local_s;
    if (!early_holds && !late_holds) return 1;
    *utc_s = early_holds ? early_s : late_s;
    *utc_s_late = late_holds ? late_s : early_s;
    return early_s != late_s && early_holds && late_holds ? 2 : 0;
}
