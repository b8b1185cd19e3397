/* Files of a folder, and texts, into the configuration.
 *
 * Invariant: all of a call's files pass, or nothing changes. libfyaml writes to no stream of ours.
 */
#include "conf_yaml.h"

#include <stdio.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "os_file.h"

#define TEXT_BYTES_MAX (1u << 20)

static const char *const FILES[] = {"data", "model", "risk"};

/* What libfyaml need not see: too long, NUL bytes, not UTF-8. */
static hb_status_t text_check(const char *name, const char *text, size_t bytes, hb_err_t *err)
{
    char where[256];
    if (bytes > TEXT_BYTES_MAX) {
        return hb_err_set(err, HB_E_CONFIG, name, "a configuration file is a few kilobytes",
                          "the file is larger than %u bytes", TEXT_BYTES_MAX);
    }
    int line = 1;
    size_t start = 0;
    for (size_t i = 0; i <= bytes; i++) {
        if (i < bytes && text[i] != '\n' && text[i] != '\0') continue;
        const bool nul = i < bytes && text[i] == '\0';
        if (nul || !conf_utf8_ok(text + start, i - start)) {
            conf_yaml_where(name, line, nul ? (int)(i - start) + 1 : 1, where);
            return hb_err_set(err, HB_E_CONFIG, where, "save the file as UTF-8 text",
                              nul ? "a NUL byte" : "the line is not UTF-8");
        }
        start = i + 1;
        line++;
    }
    return HB_OK;
}

static void silent(struct fy_diag *diag, void *user, const char *text, size_t bytes)
{
    (void)diag, (void)user, (void)text, (void)bytes;
}

static hb_status_t cannot_start(const conf_reader_t *reader)
{
    return hb_err_set(reader->err, HB_E_INTERNAL, reader->name, NULL, "libfyaml cannot start");
}

static hb_status_t read_all(conf_reader_t *reader, const char *text, size_t bytes)
{
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    diag_cfg.output_fn = silent;
    diag_cfg.level = FYET_ERROR;
    diag_cfg.colorize = false;
    reader->diag = fy_diag_create(&diag_cfg);
    if (!reader->diag) return cannot_start(reader);
    fy_diag_set_collect_errors(reader->diag, true);
    const struct fy_parse_cfg cfg = {
        .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE,
        .diag = reader->diag,
    };
    reader->parser = fy_parser_create(&cfg);
    if (!reader->parser || fy_parser_set_string(reader->parser, text, bytes) != 0) {
        return cannot_start(reader);
    }
    return conf_yaml_read(reader);
}

hb_status_t hb_conf_load_text(hb_conf_t *conf, const char *file, const char *name, const char *text,
                              size_t bytes, hb_err_t *err)
{
    HB_TRY(text_check(name, text, bytes, err));
    if (bytes == 0) return HB_OK;
    conf_reader_t *reader = hb_alloc(1, sizeof *reader);
    *reader = (conf_reader_t){.conf = conf_copy(conf), .file = file, .name = name, .err = err};
    const hb_status_t status = read_all(reader, text, bytes);
    if (reader->parser) fy_parser_destroy(reader->parser);
    if (reader->diag) fy_diag_destroy(reader->diag);
    for (uint32_t i = 0; i < reader->seen_count; i++) hb_free(reader->seen[i]);
    if (status == HB_OK) {
        conf_take(conf, reader->conf);
    } else {
        hb_conf_close(reader->conf);
    }
    hb_free(reader);
    return status;
}

/* .yml beside .yaml would be read by nobody and missed by its writer. */
static hb_status_t refuse_yml(const char *dir, const char *file, hb_err_t *err)
{
    char name[32], path[4096];
    snprintf(name, sizeof name, "%s.yml", file);
    HB_TRY(hb_os_join(path, sizeof path, dir, name, err));
    if (!hb_os_exists(path)) return HB_OK;
    snprintf(name, sizeof name, "%s.yaml", file);
    char hint[64];
    snprintf(hint, sizeof hint, "rename it to %s", name);
    return hb_err_set(err, HB_E_CONFIG, path, hint, "a file of this name is not read");
}

static hb_status_t load_file(hb_conf_t *conf, const char *dir, const char *file, uint32_t *found,
                             hb_err_t *err)
{
    char name[32], path[4096];
    char *text = NULL;
    size_t bytes = 0;
    snprintf(name, sizeof name, "%s.yaml", file);
    HB_TRY(hb_os_join(path, sizeof path, dir, name, err));
    if (!hb_os_exists(path)) return refuse_yml(dir, file, err);
    (*found)++;
    HB_TRY(hb_os_read(path, TEXT_BYTES_MAX, &text, &bytes, err));
    const hb_status_t status = hb_conf_load_text(conf, file, path, text, bytes, err);
    hb_free(text);
    return status;
}

hb_status_t hb_conf_load_dir(hb_conf_t *conf, const char *dir, bool must_exist, hb_err_t *err)
{
    if (!hb_os_is_dir(dir)) {
        if (!must_exist && !hb_os_exists(dir)) return HB_OK;
        return hb_err_set(err, HB_E_CONFIG, dir, "hyperbar init writes one",
                          "the configuration folder is missing or not a folder");
    }
    hb_conf_t *copy = conf_copy(conf);
    uint32_t found = 0;
    hb_status_t status = HB_OK;
    for (size_t i = 0; i < HB_COUNT(FILES) && status == HB_OK; i++) {
        status = load_file(copy, dir, FILES[i], &found, err);
    }
    if (status == HB_OK && must_exist && found == 0) {
        status = hb_err_set(err, HB_E_CONFIG, dir, "hyperbar init writes them",
                            "the folder holds none of data.yaml, model.yaml, risk.yaml");
    }
    if (status != HB_OK) {
        hb_conf_close(copy);
        return status;
    }
    conf_take(conf, copy);
    return HB_OK;
}
