/* CSV text > canonical bars: dialect, columns, dates, zone, QA. Sources may be .csv, .csv.gz,
 * .csv.zst.
 *
 * The dialect is decided over the whole file before a single bar is made; an undecidable date
 * order is an error that names the option. A run never drops a row silently: each refused row
 * has a reason code, is counted, and goes to the rejects file with its line number.
 */
#ifndef HB_BARS_CSV_H
#define HB_BARS_CSV_H

#include <stdbool.h>
#include <stdio.h>

#include "base_status.h"
#include "rec_bar.h"

typedef enum { HB_DATE_AUTO, HB_DATE_YMD, HB_DATE_DMY, HB_DATE_MDY, HB_DATE_EPOCH } hb_date_order_t;
typedef enum { HB_GAP_DROP, HB_GAP_INTERPOLATE_LIMITED } hb_gap_policy_t;

typedef struct {
    char timezone[64];   /* IANA name, default UTC; not used for epochs and texts with an offset */
    bool stamp_close;    /* source stamps the bar's close */
    uint32_t bar_size_s; /* 0 = the most common step (reported); a multiple of it resamples up */
    hb_date_order_t date_order;
    char calendar[32]; /* cme_globex_equity, ..., none */
    double tick_size;  /* 0 = unknown */
    hb_gap_policy_t gap_policy;
    uint32_t max_gap_minutes;
    bool rolls_detect;
} hb_ingest_params_t;
hb_ingest_params_t hb_ingest_params_default(void);

/* X(NAME, text, rejected?) rejected rows do not become bars; the others are warnings. */
#define HB_QA_TABLE(X)                                                                             \
    X(UNPARSABLE, "unparsable", 1)                                                                 \
    X(REPEATED_HEADER, "repeated_header", 1)                                                       \
    X(DUPLICATE_TIMESTAMP, "duplicate_timestamp", 1)                                               \
    X(OVERLAPPING, "overlapping", 1) /* opens before the bar before it has closed */               \
    X(OUT_OF_ORDER, "out_of_order", 1)                                                             \
    X(HIGH_LOW_ORDER, "high_low_order", 1) /* high < max(open, close) or low > min(open, close) */ \
    X(NON_POSITIVE_PRICE, "non_positive_price", 1)                                                 \
    X(NEGATIVE_VOLUME, "negative_volume", 1)                                                       \
    X(DST_GAP, "dst_gap", 1) /* a local time that does not exist */                                \
    X(ZERO_VOLUME, "zero_volume", 0)                                                               \
    X(JUMP, "jump", 0)                                                                             \
    X(OFF_TICK, "off_tick", 0)                                                                     \
    X(OFF_GRID, "off_grid", 0) /* not a multiple of the bar size from the hour */                  \
    X(DST_FOLD, "dst_fold", 0) /* a local time that exists twice: resolved by order */             \
    X(MISSING_BAR, "missing_bar", 0)
typedef enum {
#define HB_QA_ENUM(name, text, rejected) HB_QA_##name,
    HB_QA_TABLE(HB_QA_ENUM)
#undef HB_QA_ENUM
        HB_QA_COUNT
} hb_qa_t;
const char *hb_qa_name(hb_qa_t reason);
bool hb_qa_is_reject(hb_qa_t reason);

#define HB_QA_EXAMPLES 5u

typedef struct {
    uint64_t counts[HB_QA_COUNT];
    uint64_t example_lines[HB_QA_COUNT][HB_QA_EXAMPLES]; /* 1-based line numbers, 0 = none */
    uint64_t rows_read;                                  /* data rows, header not counted */
    uint64_t gaps;                                       /* runs of missing bars inside sessions */
    uint64_t missing_bars;
    uint64_t session_breaks;
    uint64_t rolls;
    uint64_t filled_bars;
    bool no_volume;
    bool reversed;      /* the file ran newest first and was turned */
    bool regular_hours; /* decided: bars stand in regular hours only */
    char date_order[8]; /* ymd dmy mdy epoch, as decided */
    char zone[64];
    char delimiter;
    uint32_t bar_size_s; /* as given or inferred */
    char notes[512];     /* what a reader should know, one line */
} hb_ingest_report_t;

typedef struct {
    hb_bar_t *bars; /* gives: hb_free */
    uint32_t count;
} hb_bar_list_t;

/* Several files of one symbol, in any order, merged by time. rejects: NULL or a stream for
 * "file,line,reason,text" lines. error: HB_E_DATA with file:line and what to set; HB_E_IO. */
HB_CHECKED hb_status_t hb_ingest_csv(const char *const *paths, uint32_t path_count,
                                     const hb_ingest_params_t *params, FILE *rejects,
                                     hb_bar_list_t *out, hb_ingest_report_t *report, hb_err_t *err);
/* The same from text in memory (name is for messages). */
HB_CHECKED hb_status_t hb_ingest_text(const char *name, const char *text, size_t bytes,
                                      const hb_ingest_params_t *params, FILE *rejects,
                                      hb_bar_list_t *out, hb_ingest_report_t *report,
                                      hb_err_t *err);

#endif
