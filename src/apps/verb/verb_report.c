/* hyperbar report: the page of a finished validation, made again from its JSON. */
#include <stdio.h>

#include "app_data.h"
#include "app_report.h"
#include "learn_gates.h"
#include "os_file.h"
#include "verb_table.h"

static const app_opt_t opts[] = {
    {"report", "DIR", "folder of a validate run"},
    {"replay", "FILE", "JSON of a replay run, for the latency figure"},
    {NULL, NULL, NULL},
};

static hb_status_t run(app_t *app, hb_err_t *err)
{
    const char *dir = NULL;
    char path[4300], page[4300];
    json_t *validation = NULL, *replay = NULL, *verdict = NULL;
    hb_status_t status;
    HB_TRY(app_need(app, "report", &dir, err));
    HB_TRY(hb_os_join(path, sizeof path, dir, "validation.json", err));
    HB_TRY(app_json_read(path, &validation, err));
    if (app_opt(app, "replay")) HB_TRY_OUT(app_json_read(app_opt(app, "replay"), &replay, err));
    HB_TRY_OUT(hb_gates_eval(app->conf, validation, json_object_get(replay, "latency_us"), NULL,
                             &verdict, err));
    HB_TRY_OUT(app_report_write(app, dir, validation, verdict, replay, page, err));
    app_set(app, "path", json_string(page));
    app_say(app, "%s", page);
out:
    json_decref(validation);
    json_decref(replay);
    json_decref(verdict);
    return status;
}

const app_verb_t verb_report = {"report", "the HTML page of a validation, made again",
                                "",       "hyperbar report --report out/v1",
                                opts,     run};
