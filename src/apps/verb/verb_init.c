/* hyperbar init: the three commented configuration files in a new folder. */
#include <stdio.h>

#include "app_data.h"
#include "base_text.h"
#include "os_file.h"
#include "verb_table.h"

static hb_status_t run(app_t *app, hb_err_t *err)
{
    if (app->arg_count != 1) {
        return hb_err_set(err, HB_E_USAGE, "init", app->verb->example, "name one folder");
    }
    static const char *const files[] = {"data", "model", "risk"};
    char path[4300], name[32];
    for (size_t i = 0; i < 3; i++) { /* all or nothing: look before writing */
        snprintf(name, sizeof name, "%s.yaml", files[i]);
        HB_TRY(hb_os_join(path, sizeof path, app->args[0], name, err));
        if (hb_os_exists(path)) {
            return hb_err_set(err, HB_E_USAGE, path, "name another folder, or remove it",
                              "the file exists already");
        }
    }
    if (!app->dry_run) HB_TRY(hb_os_dir_make(app->args[0], err));
    json_t *written = json_array();
    app_set(app, "files", written);
    for (size_t i = 0; i < 3 && !app->dry_run; i++) {
        hb_buf_t text = {0};
        snprintf(name, sizeof name, "%s.yaml", files[i]);
        hb_status_t status = hb_os_join(path, sizeof path, app->args[0], name, err);
        hb_conf_to_yaml(app->conf, files[i], true, &text);
        if (status == HB_OK) status = hb_os_write_atomic(path, text.p, text.len, err);
        hb_buf_fini(&text);
        HB_TRY(status);
        json_array_append_new(written, json_string(path));
        app_say(app, "wrote %s", path);
    }
    return HB_OK;
}

const app_verb_t verb_init = {"init", "write the three commented configuration files",
                              "DIR",  "hyperbar init myconfig",
                              NULL,   run};
