/* What the tests of this module share: one call to ingest a text, and its outcome. */
#ifndef HB_BARS_TH_H
#define HB_BARS_TH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bars_csv.h"
#include "base_mem.h"
#include "th.h"

#define NS INT64_C(1000000000)

typedef struct {
    hb_status_t status;
    hb_bar_list_t list;
    hb_ingest_report_t report;
    hb_err_t err;
    char rejects[8192];
} th_ingest_t;

static inline th_ingest_t th_ingest_bytes(const char *text, size_t bytes,
                                          const hb_ingest_params_t *params)
{
    th_ingest_t out = {0};
    FILE *rejects = tmpfile();
    assert_non_null(rejects);
    out.status =
        hb_ingest_text("t.csv", text, bytes, params, rejects, &out.list, &out.report, &out.err);
    rewind(rejects);
    const size_t n = fread(out.rejects, 1, sizeof out.rejects - 1, rejects);
    out.rejects[n] = '\0';
    fclose(rejects);
    assert_int_equal(out.status, out.err.status);
    if (out.status != HB_OK) assert_null(out.list.bars);
    return out;
}

static inline th_ingest_t th_ingest(const char *text, const hb_ingest_params_t *params)
{
    return th_ingest_bytes(text, strlen(text), params);
}

/* Parameters without a calendar, so that only the text matters. */
static inline hb_ingest_params_t th_params(void)
{
    hb_ingest_params_t params = hb_ingest_params_default();
    snprintf(params.calendar, sizeof params.calendar, "none");
    return params;
}

static inline void th_ingest_free(th_ingest_t *in)
{
    hb_free(in->list.bars);
    in->list = (hb_bar_list_t){0};
}

static inline void th_fails(th_ingest_t in, hb_status_t status, const char *where,
                            const char *message)
{
    assert_int_equal(in.status, status);
    if (!strstr(in.err.where, where)) fail_msg("where is '%s', not '%s'", in.err.where, where);
    if (!strstr(in.err.message, message)) fail_msg("message is '%s'", in.err.message);
    assert_true(in.err.hint[0] != '\0');
}

#endif
