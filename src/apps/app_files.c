/* JSON files, metadata and configuration copies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app_data.h"
#include "base_assert.h"
#include "base_mem.h"
#include "base_text.h"
#include "hb_build.h"
#include "num_cpu.h"
#include "os_clock.h"
#include "os_file.h"
#include "os_info.h"
#include "store_hash.h"

hb_status_t app_json_write(const char *path, const json_t *value, hb_err_t *err)
{
    char *text = json_dumps(value, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    if (!text) return hb_err_set(err, HB_E_INTERNAL, path, NULL, "cannot write JSON");
    hb_buf_t buf = {0};
    hb_buf_addf(&buf, "%s\n", text);
    const hb_status_t status = hb_os_write_atomic(path, buf.p, buf.len, err);
    hb_buf_fini(&buf);
    free(text);
    return status;
}

hb_status_t app_json_read(const char *path, json_t **out, hb_err_t *err)
{
    char *text = NULL;
    size_t bytes = 0;
    HB_TRY(hb_os_read(path, 256u << 20, &text, &bytes, err));
    json_error_t error;
    json_t *value = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
    hb_free(text);
    if (!value) {
        char where[256];
        snprintf(where, sizeof where, "%.200s:%d:%d", path, error.line, error.column);
        return hb_err_set(err, HB_E_DATA, where, NULL, "no valid JSON: %s", error.text);
    }
    *out = value;
    return HB_OK;
}

static const char *const conf_files[] = {"data", "model", "risk"};

json_t *app_config_hashes(const app_t *app)
{
    json_t *out = json_object();
    for (size_t i = 0; i < HB_COUNT(conf_files); i++) {
        hb_buf_t text = {0};
        char sha[HB_SHA256_HEX];
        hb_conf_to_yaml(app->conf, conf_files[i], false, &text);
        hb_sha256_of(text.p, text.len, sha);
        json_object_set_new(out, conf_files[i], json_string(sha));
        hb_buf_fini(&text);
    }
    return out;
}

hb_status_t app_config_copies(const app_t *app, const char *dir, hb_err_t *err)
{
    char folder[4300], path[4400], name[32];
    HB_TRY(hb_os_join(folder, sizeof folder, dir, "config", err));
    HB_TRY(hb_os_dir_make(folder, err));
    for (size_t i = 0; i < HB_COUNT(conf_files); i++) {
        hb_buf_t text = {0};
        hb_conf_to_yaml(app->conf, conf_files[i], false, &text);
        snprintf(name, sizeof name, "%s.yaml", conf_files[i]);
        hb_status_t status = hb_os_join(path, sizeof path, folder, name, err);
        if (status == HB_OK) status = hb_os_write_atomic(path, text.p, text.len, err);
        hb_buf_fini(&text);
        HB_TRY(status);
    }
    return HB_OK;
}

/* What the environment hash is over: compiler, libraries as linked, CPU twin. */
static void environment_hash(char sha[HB_SHA256_HEX], json_t *out)
{
    hb_os_info_t info;
    hb_os_info(&info);
    json_object_set_new(out, "os", json_string(info.os));
    json_object_set_new(out, "compiler", json_string(HB_COMPILER));
    json_object_set_new(out, "build_type", json_string(HB_BUILD_TYPE));
    json_object_set_new(out, "cpu", json_string(info.cpu));
    json_object_set_new(out, "cpu_twin", json_string(hb_num_cpu_name(hb_num_cpu())));
    json_object_set_new(out, "libraries", json_string(HB_LIBRARIES));
    json_object_set_new(out, "libc", json_string(hb_os_libc_version()));
    char *text = json_dumps(out, JSON_COMPACT | JSON_SORT_KEYS);
    hb_sha256_of(text, strlen(text), sha);
    free(text);
}

json_t *app_metadata(const app_t *app, const app_bars_t *bars)
{
    hb_os_info_t info;
    hb_os_info(&info);
    const hb_clock_t clock = hb_os_clock_real();
    const int64_t now = clock.utc_ns(clock.ctx);
    char sha[HB_SHA256_HEX], started[32], ended[32];
    hb_format_utc(now - (int64_t)(app_seconds(app) * 1e9), started);
    hb_format_utc(now, ended);
    json_t *environment = json_object();
    environment_hash(sha, environment);
    return json_pack("{s:s,s:s,s:s,s:b,s:s,s:s,s:s,s:o,s:s,s:s,s:o,s:{s:I,s:I,s:I}}", "program",
                     "hyperbar", "version", HB_VERSION, "git_sha", HB_GIT_SHA, "git_dirty",
                     HB_GIT_DIRTY, "started_utc", started, "ended_utc", ended, "host", info.host,
                     "environment", environment, "environment_sha256", sha, "snapshot_id",
                     bars->snapshot.id, "config_sha256", app_config_hashes(app), "seeds", "global",
                     (json_int_t)hb_conf_int(app->conf, "model.seeds.global"), "cv",
                     (json_int_t)hb_conf_int(app->conf, "model.seeds.cv"), "catboost",
                     (json_int_t)hb_conf_int(app->conf, "model.catboost.random_seed"));
}

hb_status_t app_out_dir(const app_t *app, const char *fallback, const char **out, hb_err_t *err)
{
    const char *dir = app_opt(app, "out");
    if (!dir) dir = fallback;
    if (!dir) return app_need(app, "out", out, err);
    if (hb_os_exists(dir)) {
        return hb_err_set(err, HB_E_USAGE, dir, "name a new folder with --out, or remove this one",
                          "the output exists already");
    }
    *out = dir;
    return HB_OK;
}
