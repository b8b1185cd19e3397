/* What the parts of the ingest share; no other module sees it. The way of a file: source > lines
 * > dialect > rows > date order > UTC > checks > bars > sessions. */
#ifndef HB_BARS_CSV_INT_H
#define HB_BARS_CSV_INT_H

#include <stddef.h>

#include "bars_calendar_int.h"
#include "bars_csv.h"

#define BARS_NS_PER_S       INT64_C(1000000000)
#define BARS_LINE_BYTES_MAX ((size_t)1 << 20)
#define BARS_TEXT_BYTES_MAX ((size_t)4 << 30)
#define BARS_FIELDS_MAX     1024u
/* Times are kept in [1960, 2198), so that the difference of any two fits into 64 bits of ns. */
#define BARS_YEAR_MIN     1960
#define BARS_YEAR_MAX     2197
#define BARS_EPOCH_NS_MAX INT64_C(7195046399999999999)

/* Borrowed text, not NUL-terminated. */
typedef struct {
    const char *p;
    size_t n;
} bars_text_t;

/* ---- time text (bars_csv_time.c) ---- */

typedef enum { BARS_WHEN_BAD, BARS_WHEN_EPOCH, BARS_WHEN_DATE } bars_when_kind_t;

typedef struct {
    bars_when_kind_t kind;
    hb_date_order_t order; /* HB_DATE_AUTO when the text alone does not say */
    int32_t parts[3];      /* as they stand for AUTO, else year, month, day */
    int32_t last_digits;   /* of parts[2] under AUTO */
    int32_t second_of_day; /* 0..86400 */
    int32_t ns;
    int32_t offset_s; /* east of UTC */
    bool has_time, has_offset;
    int64_t epoch_ns;
} bars_when_t;

bool bars_when_parse(bars_text_t text, bars_when_t *out);
/* Time of day alone, from a column of its own: HH:MM[:SS], HHMM or HHMMSS. */
bool bars_when_parse_time(bars_text_t text, bars_when_t *out);
/* Days since 1970-01-01 under a reading of the parts; false when there is no such date. */
bool bars_when_days(const bars_when_t *when, hb_date_order_t order, int64_t *days);

/* ---- lines and fields (bars_csv_line.c) ---- */

typedef struct {
    const char *p, *end;
    uint64_t line; /* 1-based number of the line last given */
    const char *name;
    char newline;
} bars_lines_t;

/* Refuses what is no text: NUL bytes, UTF-16. Skips a byte order mark. */
HB_CHECKED hb_status_t bars_lines_open(bars_lines_t *lines, const char *name, const char *text,
                                       size_t bytes, hb_err_t *err);
/* *more false at the end. error: HB_E_DATA for a line over 1 MiB. */
HB_CHECKED hb_status_t bars_lines_next(bars_lines_t *lines, bars_text_t *out, bool *more,
                                       hb_err_t *err);
bars_text_t bars_text_trim(bars_text_t text);
/* Number of fields, of which the first BARS_FIELDS_MAX are stored; 0 for a broken quotation. */
uint32_t bars_line_split(bars_text_t line, char delimiter, bars_text_t fields[BARS_FIELDS_MAX]);
bool bars_number_parse(bars_text_t text, bool decimal_comma, double *out);
void bars_where(char out[256], const char *name, uint64_t line);

/* ---- dialect (bars_csv_dialect.c) ---- */

typedef enum {
    BARS_COL_STAMP, /* date and time in one, or an epoch */
    BARS_COL_DATE,
    BARS_COL_TIME,
    BARS_COL_OPEN,
    BARS_COL_HIGH,
    BARS_COL_LOW,
    BARS_COL_CLOSE,
    BARS_COL_VOLUME,
    BARS_COL_UP,
    BARS_COL_DOWN,
    BARS_COL_COUNT
} bars_col_t;

typedef struct {
    char delimiter;
    bool decimal_comma;
    bool header;
    uint64_t header_line;
    int32_t cols[BARS_COL_COUNT]; /* field index, -1 = absent */
    uint32_t fields;              /* of the header or of the first row */
    uint32_t fields_used;         /* the same without empty ones at the end */
    bars_text_t header_text;
    bool says_utc; /* the time column's name ends in utc or gmt */
} bars_dialect_t;

HB_CHECKED hb_status_t bars_dialect_find(const char *name, const char *text, size_t bytes,
                                         bars_dialect_t *out, hb_err_t *err);
bool bars_dialect_when(const bars_dialect_t *dialect, const bars_text_t *fields, bars_when_t *out);
bool bars_dialect_has_volume(const bars_dialect_t *dialect);

/* ---- rows (bars_csv_parse.c) ---- */

typedef struct {
    bars_when_t when;
    double open, high, low, close, volume;
    bool no_volume, fold;
    hb_qa_t reason; /* HB_QA_COUNT while nothing is wrong */
    uint32_t text_bytes;
    const char *text;
    uint64_t line;
    int64_t utc_at_ns;
} bars_row_t;

typedef struct {
    const char *name;
    const char *text;
    size_t bytes;
    bars_dialect_t dialect;
    bars_row_t *rows;
    size_t row_count, row_cap;
    hb_date_order_t order;
    bool reversed;
} bars_file_t;

HB_CHECKED hb_status_t bars_file_parse(bars_file_t *file, hb_err_t *err);
/* Decides the order of dates of all files (bars_csv_order.c), then their direction. */
HB_CHECKED hb_status_t bars_order_decide(bars_file_t *files, uint32_t count, hb_date_order_t wanted,
                                         hb_err_t *err);
/* Row times to UTC (bars_csv_utc.c): zone, DST gaps and folds in the order of the file. */
void bars_file_to_utc(bars_file_t *file, const hb_zone_t *zone);
/* The most common positive step; 0 when there is none. *at_wanted counts steps of wanted_s. */
uint32_t bars_step_find(const bars_file_t *files, uint32_t count, uint32_t wanted_s,
                        uint64_t *at_wanted);

/* ---- checks (bars_qa.c) ---- */

hb_qa_t bars_row_check(const bars_row_t *row); /* HB_QA_COUNT when good */
void bars_report_count(hb_ingest_report_t *report, hb_qa_t reason, uint64_t line);
void bars_report_note(hb_ingest_report_t *report, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void bars_rejects_header(FILE *rejects);
void bars_rejects_write(FILE *rejects, const char *name, const bars_row_t *row);

/* ---- from rows to bars (bars_merge.c, bars_resample.c, bars_gap.c, bars_roll.c) ---- */

/* A bar with the line that it came from, for the examples of warnings. */
typedef struct {
    hb_bar_t bar;
    uint64_t line;
    bool fold;
} bars_made_t;

/* Refuses duplicates and steps back, merges files by time. gives: hb_free. */
bars_made_t *bars_merge(bars_file_t *files, uint32_t count, uint32_t step_s, uint32_t *made_count);
/* Whole bars of to_s seconds from bars of from_s, in place; returns their count. */
uint32_t bars_resample(bars_made_t *made, uint32_t count, const hb_calendar_t *calendar,
                       uint32_t from_s, uint32_t to_s);
/* Session stamps, breaks, gaps, fills, rolls, warnings. gives: out->bars. */
void bars_finish(const bars_made_t *made, uint32_t count, const hb_calendar_t *calendar,
                 const hb_ingest_params_t *params, uint32_t bar_size_s, hb_bar_list_t *out,
                 hb_ingest_report_t *report);

typedef struct {
    double gap_sum;
    uint32_t gap_count;
    int64_t quarter_last; /* of the last roll */
} bars_roll_t;

/* True when the contract changed at this bar, which opens a session. Sees past bars only. */
bool bars_roll_step(bars_roll_t *roll, bars_family_t family, const hb_bar_t *previous,
                    const hb_bar_t *bar);

/* ---- sources (bars_source.c) ---- */

/* Whole text of a plain, gzip or zstd file. gives: *text by hb_free. */
HB_CHECKED hb_status_t bars_source_read(const char *path, char **text, size_t *bytes,
                                        hb_err_t *err);

static inline int64_t bars_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

#endif
