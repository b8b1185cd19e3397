/* How the dates of a file read: day first or month first. Decided over the whole file before a
 * bar is made. Proof first: a field above 12 cannot be a month. Without proof both readings are
 * laid out and the one whose times run on without steps back or leaps of days wins, if it does
 * so clearly. Else it is an error that names the option to set; nothing is ever guessed. Also:
 * does the file run newest first. */
#include <stdio.h>
#include <string.h>

#include "bars_csv_int.h"

#define LEAP_DAYS 5 /* a step longer than any closing of the exchange */

typedef struct {
    uint64_t epochs, year_first, open;      /* rows of a kind; open: either reading */
    uint64_t only_dmy, only_mdy;            /* rows that one reading alone allows */
    const bars_row_t *dmy_row, *mdy_row;    /* the first of them */
    const bars_row_t *epoch_row, *date_row; /* the first of these kinds */
    uint64_t named_dmy, named_mdy;
} tally_t;

static void tally_open(tally_t *tally, const bars_row_t *row)
{
    int64_t days;
    const bool dmy = bars_when_days(&row->when, HB_DATE_DMY, &days);
    const bool mdy = bars_when_days(&row->when, HB_DATE_MDY, &days);
    tally->open++;
    if (dmy && !mdy) {
        tally->only_dmy++;
        if (!tally->dmy_row) tally->dmy_row = row;
    }
    if (mdy && !dmy) {
        tally->only_mdy++;
        if (!tally->mdy_row) tally->mdy_row = row;
    }
}

static void tally_make(const bars_file_t *file, tally_t *tally)
{
    *tally = (tally_t){0};
    for (size_t i = 0; i < file->row_count; i++) {
        const bars_row_t *row = &file->rows[i];
        if (row->reason != HB_QA_COUNT) continue;
        if (row->when.kind == BARS_WHEN_EPOCH) {
            tally->epochs++;
            if (!tally->epoch_row) tally->epoch_row = row;
            continue;
        }
        if (!tally->date_row) tally->date_row = row;
        tally->year_first += row->when.order == HB_DATE_YMD;
        tally->named_dmy += row->when.order == HB_DATE_DMY;
        tally->named_mdy += row->when.order == HB_DATE_MDY;
        if (row->when.order == HB_DATE_AUTO) tally_open(tally, row);
    }
}

/* Seconds of a row under a reading, before any zone; false when it has none. */
static bool naive_s(const bars_row_t *row, hb_date_order_t order, int64_t *out)
{
    int64_t days;
    if (row->reason != HB_QA_COUNT) return false;
    if (row->when.kind == BARS_WHEN_EPOCH) {
        *out = row->when.epoch_ns / BARS_NS_PER_S;
        return true;
    }
    if (!bars_when_days(&row->when, order, &days)) return false;
    *out = days * 86400 + row->when.second_of_day - row->when.offset_s;
    return true;
}

/* Steps forward and back; leaps are steps of more days than a market ever closes. */
static void steps_count(const bars_file_t *file, hb_date_order_t order, uint64_t *forward,
                        uint64_t *back, uint64_t *leaps)
{
    int64_t last = 0, now;
    bool any = false;
    *forward = *back = *leaps = 0;
    for (size_t i = 0; i < file->row_count; i++) {
        if (!naive_s(&file->rows[i], order, &now)) continue;
        if (any) {
            *forward += now > last;
            *back += now < last;
            *leaps += now - last > LEAP_DAYS * 86400 || last - now > LEAP_DAYS * 86400;
        }
        any = true;
        last = now;
    }
}

/* The smaller the more plausible: turns against the file's own direction, and leaps. */
static uint64_t strain_of(const bars_file_t *file, hb_date_order_t order)
{
    uint64_t forward, back, leaps;
    steps_count(file, order, &forward, &back, &leaps);
    return (back < forward ? back : forward) + leaps;
}

static hb_status_t refuse(hb_err_t *err, const char *name, const bars_row_t *row, const char *hint,
                          const char *what)
{
    char where[256];
    bars_where(where, name, row->line);
    const int shown = row->text_bytes < 40 ? (int)row->text_bytes : 40;
    return hb_err_set(err, HB_E_DATA, where, hint, "%s: '%.*s'", what, shown, row->text);
}

static hb_status_t wrong_month(hb_err_t *err, const char *name, const bars_row_t *row, bool dmy)
{
    char where[256];
    bars_where(where, name, row->line);
    const int32_t month = row->when.parts[dmy ? 0 : 1];
    return hb_err_set(err, HB_E_DATA, where,
                      dmy ? "the file reads as day-first: set data.date_order to dmy or auto"
                          : "the file reads as month-first: set data.date_order to mdy or auto",
                      "%d is not a month", month);
}

static hb_status_t forced_check(const bars_file_t *file, const tally_t *tally,
                                hb_date_order_t wanted, hb_err_t *err)
{
    if (wanted == HB_DATE_EPOCH && tally->date_row) {
        return refuse(err, file->name, tally->date_row, "set data.date_order to auto",
                      "not an epoch time");
    }
    if (wanted == HB_DATE_MDY && tally->only_dmy > 0 && tally->only_mdy == 0) {
        return wrong_month(err, file->name, tally->dmy_row, true);
    }
    if (wanted == HB_DATE_DMY && tally->only_mdy > 0 && tally->only_dmy == 0) {
        return wrong_month(err, file->name, tally->mdy_row, false);
    }
    if (wanted != HB_DATE_YMD) return HB_OK;
    for (size_t i = 0; i < file->row_count; i++) {
        const bars_row_t *row = &file->rows[i];
        if (row->reason == HB_QA_COUNT && row->when.kind == BARS_WHEN_DATE &&
            row->when.order == HB_DATE_AUTO && row->when.last_digits != 2) {
            return refuse(err, file->name, row, "set data.date_order to dmy, mdy or auto",
                          "the year does not come first");
        }
    }
    return HB_OK;
}

static hb_status_t contradiction(const bars_file_t *file, const tally_t *tally, hb_err_t *err)
{
    char where[256];
    const bool dmy_first = tally->dmy_row->line < tally->mdy_row->line;
    const bars_row_t *later = dmy_first ? tally->mdy_row : tally->dmy_row;
    const bars_row_t *earlier = dmy_first ? tally->dmy_row : tally->mdy_row;
    bars_where(where, file->name, later->line);
    return hb_err_set(
        err, HB_E_DATA, where, "repair the file, or set data.date_order to dmy or mdy",
        "the order of dates is undecidable: this line is %s-first, line %llu %s-first",
        dmy_first ? "month" : "day", (unsigned long long)earlier->line,
        dmy_first ? "day" : "month");
}

/* HB_DATE_AUTO in *out when this file alone does not tell. */
static hb_status_t file_decide(bars_file_t *file, const tally_t *tally, hb_err_t *err)
{
    file->order = HB_DATE_AUTO;
    if (tally->only_dmy > 0 && tally->only_mdy > 0) return contradiction(file, tally, err);
    if (tally->open == 0) {
        const bool epoch = tally->epochs > tally->year_first + tally->named_dmy + tally->named_mdy;
        file->order = epoch                                                     ? HB_DATE_EPOCH
                      : tally->named_dmy > tally->year_first + tally->named_mdy ? HB_DATE_DMY
                      : tally->named_mdy > tally->year_first                    ? HB_DATE_MDY
                                                                                : HB_DATE_YMD;
    } else if (tally->only_dmy > 0 || tally->only_mdy > 0) {
        file->order = tally->only_dmy > 0 ? HB_DATE_DMY : HB_DATE_MDY;
    } else {
        const uint64_t dmy = strain_of(file, HB_DATE_DMY), mdy = strain_of(file, HB_DATE_MDY);
        if (4 * dmy + 2 <= mdy) file->order = HB_DATE_DMY;
        if (4 * mdy + 2 <= dmy) file->order = HB_DATE_MDY;
    }
    return HB_OK;
}

/* A file that does not tell follows the others, when they have open dates too and agree. */
static hb_status_t undecided_settle(bars_file_t *files, uint32_t count, hb_err_t *err)
{
    hb_date_order_t common = HB_DATE_AUTO;
    bool agree = true;
    for (uint32_t i = 0; i < count; i++) {
        const hb_date_order_t order = files[i].order;
        if (order != HB_DATE_DMY && order != HB_DATE_MDY) continue;
        agree = agree && (common == HB_DATE_AUTO || common == order);
        common = order;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (files[i].order != HB_DATE_AUTO) continue;
        if (common == HB_DATE_AUTO || !agree) {
            tally_t tally;
            tally_make(&files[i], &tally);
            return refuse(err, files[i].name, tally.date_row, "set data.date_order to dmy or mdy",
                          "the order of dates is undecidable: set data.date_order; first row");
        }
        files[i].order = common;
    }
    return HB_OK;
}

hb_status_t bars_order_decide(bars_file_t *files, uint32_t count, hb_date_order_t wanted,
                              hb_err_t *err)
{
    for (uint32_t i = 0; i < count; i++) {
        tally_t tally;
        tally_make(&files[i], &tally);
        HB_TRY(forced_check(&files[i], &tally, wanted, err));
        if (wanted == HB_DATE_AUTO || tally.open == 0) {
            HB_TRY(file_decide(&files[i], &tally, err));
        } else {
            files[i].order = wanted;
        }
    }
    HB_TRY(undecided_settle(files, count, err));
    for (uint32_t i = 0; i < count; i++) {
        uint64_t forward, back, leaps;
        steps_count(&files[i], files[i].order, &forward, &back, &leaps);
        files[i].reversed = back > forward;
    }
    return HB_OK;
}
