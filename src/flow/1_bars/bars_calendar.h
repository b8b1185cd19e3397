/* Trading sessions of the CME families: what is open, what is a break, what trade date a bar
 * belongs to. Versioned: the version string goes into the lineage of every snapshot. */
#ifndef HB_BARS_CALENDAR_H
#define HB_BARS_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base_status.h"
#include "rec_bar.h"

typedef struct hb_calendar hb_calendar_t;

/* name: none, cme_globex_equity, cme_globex_energy, cme_globex_metals, cme_globex_rates,
 * cme_globex_fx. error: HB_E_CONFIG with the names. gives: hb_calendar_close. */
HB_CHECKED hb_status_t hb_calendar_open(const char *name, hb_calendar_t **out, hb_err_t *err);
void hb_calendar_close(hb_calendar_t *calendar);
const char *hb_calendar_version(const hb_calendar_t *calendar);

/* Scheduled open minutes in [from, to): 0 means a pure break. Holidays and half days are known. */
int64_t hb_calendar_open_minutes(const hb_calendar_t *calendar, int64_t from_utc_at_ns,
                                 int64_t to_utc_at_ns);
/* Sets session_day, session_min, session_len_min of a bar from its open time. Depends on nothing
 * else: live and batch agree. */
void hb_calendar_stamp(const hb_calendar_t *calendar, hb_bar_t *bar);

/* Wall time of an IANA zone to UTC. kind: 0 one answer, 1 gap (does not exist), 2 fold (earlier
 * given in *utc_s, later in *utc_s_late). error: HB_E_CONFIG for an unknown zone. */
typedef struct hb_zone hb_zone_t;
HB_CHECKED hb_status_t hb_zone_open(const char *iana_name, hb_zone_t **out, hb_err_t *err);
void hb_zone_close(hb_zone_t *zone);
int hb_zone_to_utc(const hb_zone_t *zone, int64_t local_s, int64_t *utc_s, int64_t *utc_s_late);
int64_t hb_zone_offset_s(const hb_zone_t *zone, int64_t utc_s);

#endif
