/* The feature schema as text: what a model was trained to see, in which order and ranges.
 *
 * Invariant: the text is a pure function of this program and the bar's size; its hash leaves the
 * bar's size out, so that models of two sizes can be compared. schema.json must equal the text byte
 * for byte: a field edited by hand never reaches a model.
 */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base_mem.h"
#include "os_file.h"
#include "base_text.h"
#include "engine_artifact.h"
#include "os_file.h"

#define SCHEMA_FORMAT    "hyperbar-schema-1"
#define SCHEMA_BYTES_MAX (1u << 20)
#define BAR_SIZE_S_MAX   86400u

/* A bound without a limit has no number in JSON. */
static void bound_add(hb_buf_t *buf, const char *key, double value)
{
    if (isfinite(value)) {
        hb_buf_addf(buf, ",\"%s\":%.17g", key, value);
    } else {
        hb_buf_addf(buf, ",\"%s\":null", key);
    }
}

static void features_add(hb_buf_t *buf)
{
    hb_buf_addf(buf, "\"warmup_bars\":%u,\n\"row_dim\":%u,\n\"state\":[", HB_STATE_WARMUP_BARS,
                hb_state_dim + hb_row_near_dim);
    for (uint32_t i = 0; i < hb_state_dim; i++) {
        hb_buf_addf(buf, "%s\n  {\"name\":\"%s\"", i == 0 ? "" : ",", hb_state_schema[i].name);
        bound_add(buf, "lo", hb_state_schema[i].lo);
        bound_add(buf, "hi", hb_state_schema[i].hi);
        hb_buf_addf(buf, "}");
    }
    hb_buf_addf(buf, "],\n\"near\":[");
    for (uint32_t i = 0; i < hb_row_near_dim; i++) {
        hb_buf_addf(buf, "%s\n  {\"name\":\"%s\"}", i == 0 ? "" : ",", hb_row_near_schema[i].name);
    }
    hb_buf_addf(buf, "]");
}

void hb_schema_sha256(char out[HB_SHA256_HEX])
{
    hb_buf_t buf = {0};
    hb_buf_addf(&buf, "{\"format\":\"" SCHEMA_FORMAT "\",\n");
    features_add(&buf);
    hb_buf_addf(&buf, "}\n");
    hb_sha256_of(buf.p, buf.len, out);
    hb_buf_fini(&buf);
}

char *hb_schema_json(uint32_t bar_size_s)
{
    char sha256[HB_SHA256_HEX];
    hb_buf_t buf = {0};
    hb_schema_sha256(sha256);
    hb_buf_addf(&buf, "{\"format\":\"" SCHEMA_FORMAT "\",\n\"schema_sha256\":\"%s\",\n", sha256);
    hb_buf_addf(&buf, "\"bar_size_s\":%u,\n", bar_size_s);
    features_add(&buf);
    hb_buf_addf(&buf, "}\n");
    char *text = hb_strdup(buf.p);
    hb_buf_fini(&buf);
    return text;
}

static hb_status_t schema_refuse(const char *path, const char *why, hb_err_t *err)
{
    return hb_err_set(err, HB_E_ARTIFACT, path, "train again with this program", "%s", why);
}

static hb_status_t schema_parse(const char *path, const char *text, size_t size_bytes,
                                uint32_t *bar_size_s, hb_err_t *err)
{
    char sha256[HB_SHA256_HEX];
    json_error_t parse_error;
    json_t *root = json_loadb(text, size_bytes, JSON_REJECT_DUPLICATES, &parse_error);
    if (root == NULL) return schema_refuse(path, "the feature schema is not JSON", err);

    hb_status_t status = HB_OK;
    const char *format = json_string_value(json_object_get(root, "format"));
    const char *stored = json_string_value(json_object_get(root, "schema_sha256"));
    const json_int_t size_s = json_integer_value(json_object_get(root, "bar_size_s"));
    hb_schema_sha256(sha256);
    if (format == NULL || strcmp(format, SCHEMA_FORMAT) != 0) {
        status = schema_refuse(path, "the feature schema has another format", err);
    } else if (stored == NULL || strcmp(stored, sha256) != 0) {
        status = schema_refuse(path, "trained on other features than this program makes", err);
    } else if (size_s < 1 || size_s > BAR_SIZE_S_MAX) {
        status = schema_refuse(path, "bar_size_s is not 1..86400 seconds", err);
    } else {
        *bar_size_s = (uint32_t)size_s;
    }
    json_decref(root);
    return status;
}

hb_status_t hb_schema_load(const char *path, uint32_t *bar_size_s, hb_err_t *err)
{
    char *text = NULL;
    size_t size_bytes = 0;
    uint32_t size_s = 0;
    HB_TRY(hb_os_read(path, SCHEMA_BYTES_MAX, &text, &size_bytes, err));
    hb_status_t status = schema_parse(path, text, size_bytes, &size_s, err);
    if (status == HB_OK) {
        char *expected = hb_schema_json(size_s);
        if (size_bytes != strlen(expected) || memcmp(text, expected, size_bytes) != 0) {
            status = schema_refuse(path, "the feature list does not belong to its hash", err);
        }
        hb_free(expected);
    }
    if (status == HB_OK) *bar_size_s = size_s;
    hb_free(text);
    return status;
}
