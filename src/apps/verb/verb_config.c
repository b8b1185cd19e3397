/* hyperbar config show, config schema: effective values with their source; JSON schema of all keys.
 */
#include <stdio.h>

#include "app.h"
#include "base_text.h"
#include "verb_table.h"

static hb_status_t show(app_t *app, hb_err_t *err)
{
    (void)err;
    for (uint32_t i = 0; i < hb_conf_key_count; i++) {
        const char *key = hb_conf_keys[i].key;
        app_set(app, key,
                json_pack("{s:s,s:s}", "value", hb_conf_text(app->conf, key), "source",
                          hb_conf_source(app->conf, key)));
        app_say(app, "%-44s %-24s %s", key, hb_conf_text(app->conf, key),
                hb_conf_source(app->conf, key));
    }
    return HB_OK;
}

static hb_status_t schema(app_t *app, hb_err_t *err)
{
    hb_buf_t text = {0};
    hb_conf_to_schema(&text);
    json_error_t error;
    json_t *value = json_loads(text.p, 0, &error);
    hb_status_t status = HB_OK;
    if (value) {
        json_object_update(app->result, value);
        json_decref(value);
        app_say(app, "%s", text.p);
    } else {
        status = hb_err_set(err, HB_E_INTERNAL, "config schema", NULL, "%s", error.text);
    }
    hb_buf_fini(&text);
    return status;
}

const app_verb_t verb_config_show = {"config show",
                                     "effective configuration and where each value is from",
                                     "",
                                     "hyperbar config show --set catboost.depth=6",
                                     NULL,
                                     show};
const app_verb_t verb_config_schema = {
    "config schema", "JSON schema of the configuration", "", "hyperbar config schema", NULL,
    schema};
