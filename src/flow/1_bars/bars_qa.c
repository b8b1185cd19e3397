/* Quality of rows: reasons, counts, first examples, the rejects file. Invariant: each refused
 * row has exactly one reason and is counted once; a check looks at the row alone. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bars_csv_int.h"

#define REJECT_TEXT_MAX 512u

const char *hb_qa_name(hb_qa_t reason)
{
    static const char *const names[] = {
#define HB_QA_NAME(name, text, rejected) text,
        HB_QA_TABLE(HB_QA_NAME)
#undef HB_QA_NAME
    };
    return (unsigned)reason < HB_QA_COUNT ? names[reason] : "unknown";
}

bool hb_qa_is_reject(hb_qa_t reason)
{
    static const bool rejects[] = {
#define HB_QA_REJECT(name, text, rejected) rejected,
        HB_QA_TABLE(HB_QA_REJECT)
#undef HB_QA_REJECT
    };
    return (unsigned)reason < HB_QA_COUNT && rejects[reason];
}

hb_qa_t bars_row_check(const bars_row_t *row)
{
    if (row->open <= 0 || row->high <= 0 || row->low <= 0 || row->close <= 0) {
        return HB_QA_NON_POSITIVE_PRICE;
    }
    if (row->high < fmax(row->open, row->close) || row->low > fmin(row->open, row->close)) {
        return HB_QA_HIGH_LOW_ORDER;
    }
    return row->volume < 0 ? HB_QA_NEGATIVE_VOLUME : HB_QA_COUNT;
}

void bars_report_count(hb_ingest_report_t *report, hb_qa_t reason, uint64_t line)
{
    const uint64_t seen = report->counts[reason]++;
    if (seen < HB_QA_EXAMPLES) report->example_lines[reason][seen] = line;
}

void bars_report_note(hb_ingest_report_t *report, const char *fmt, ...)
{
    const size_t n = strlen(report->notes);
    const size_t left = sizeof report->notes - n;
    if (left < 8) return;
    char text[256];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    (void)snprintf(report->notes + n, left, "%s%s", n ? "; " : "", text);
}

void bars_rejects_header(FILE *rejects)
{
    if (rejects) (void)fputs("file,line,reason,text\n", rejects);
}

static void quoted_put(FILE *out, const char *p, size_t n)
{
    (void)fputc('"', out);
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)p[i];
        if (c == '"') (void)fputc('"', out);
        (void)fputc(c < 32 ? ' ' : c, out);
    }
    (void)fputc('"', out);
}

void bars_rejects_write(FILE *rejects, const char *name, const bars_row_t *row)
{
    if (!rejects) return;
    quoted_put(rejects, name, strlen(name));
    (void)fprintf(rejects, ",%llu,%s,", (unsigned long long)row->line, hb_qa_name(row->reason));
    quoted_put(rejects, row->text,
               row->text_bytes < REJECT_TEXT_MAX ? row->text_bytes : REJECT_TEXT_MAX);
    (void)fputc('\n', rejects);
}
