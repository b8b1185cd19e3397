/* The page's file. */
#include "app_report.h"

#include <stdio.h>

#include "base_text.h"
#include "learn_report.h"
#include "os_file.h"

hb_status_t app_report_write(app_t *app, const char *dir, const json_t *validation,
                             const json_t *gates, const json_t *replay, char page[4300],
                             hb_err_t *err)
{
    (void)app;
    HB_TRY(hb_os_join(page, 4300, dir, "report.html", err));
    hb_buf_t text = {0};
    hb_report_html(validation, gates, replay, &text);
    const hb_status_t status = hb_os_write_atomic(page, text.p, text.len, err);
    hb_buf_fini(&text);
    return status;
}
