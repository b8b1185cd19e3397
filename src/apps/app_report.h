/* The HTML page of a run, and what people read on the terminal. */
#ifndef HB_APP_REPORT_H
#define HB_APP_REPORT_H

#include "app.h"

/* Writes dir/report.html from a validation report and, where given, gates and replay results (NULL
 * allowed). page: the path written. */
HB_CHECKED hb_status_t app_report_write(app_t *app, const char *dir, const json_t *validation,
                                        const json_t *gates, const json_t *replay, char page[4300],
                                        hb_err_t *err);
void app_validate_say(const app_t *app, const json_t *report);
void app_gates_say(const app_t *app, const json_t *verdict);

#endif
