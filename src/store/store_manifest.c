/* manifest.json: text and back.
 *
 * Invariant: a manifest has one text. The parser builds that text again from what it read and
 * compares the bytes, so that no byte of the file can change without being noticed.
 */
#include "store_impl.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base_mem.h"
#include "store_artifact.h"

#define NAME_BYTES_MAX 255u

void store_manifest_fini(store_manifest_t *manifest)
{
    for (size_t i = 0; i < manifest->count; i++) hb_free(manifest->entries[i].name);
    hb_free(manifest->entries);
    *manifest = (store_manifest_t){0};
}

bool store_name_ok(const char *name)
{
    const size_t n = strlen(name);
    if (n == 0 || n > NAME_BYTES_MAX || strcmp(name, HB_ARTIFACT_MANIFEST) == 0) return false;
    for (size_t i = 0; i < n; i++) {
        /* Printable ASCII without the backslash: the same name on every system and in JSON. */
        if (name[i] < 0x20 || name[i] > 0x7e || name[i] == '\\') return false;
    }
    for (const char *part = name;; part++) {
        const size_t len = strcspn(part, "/");
        if (len == 0) return false; /* absolute, doubled or trailing slash */
        if (strncmp(part, "..", len) == 0 && len <= 2) return false; /* "." and ".." */
        part += len;
        if (*part == '\0') return true;
    }
}

void store_manifest_payload(const store_manifest_t *manifest, char out[HB_SHA256_HEX])
{
    hb_sha256_t sha;
    hb_sha256_init(&sha);
    for (size_t i = 0; i < manifest->count; i++) {
        const store_entry_t *entry = &manifest->entries[i];
        if (!hb_artifact_is_payload(entry->name)) continue;
        hb_sha256_add(&sha, entry->sha256, HB_SHA256_HEX - 1);
        hb_sha256_add(&sha, "  ", 2);
        hb_sha256_add(&sha, entry->name, strlen(entry->name));
        hb_sha256_add(&sha, "\n", 1);
    }
    hb_sha256_hex(&sha, out);
}

char *store_manifest_text(const store_manifest_t *manifest)
{
    json_t *files = json_object();
    for (size_t i = 0; i < manifest->count; i++) {
        const store_entry_t *entry = &manifest->entries[i];
        json_object_set_new(
            files, entry->name,
            json_pack("{s:I, s:s}", "bytes", (json_int_t)entry->bytes, "sha256", entry->sha256));
    }
    json_t *root = json_pack("{s:o, s:s, s:s}", "files", files, "format", HB_ARTIFACT_FORMAT,
                             "payload_sha256", manifest->payload_sha256);
    char *dump = json_dumps(root, JSON_SORT_KEYS | JSON_INDENT(2));
    const size_t n = strlen(dump);
    char *text = hb_alloc(n + 2, 1);
    memcpy(text, dump, n);
    text[n] = '\n';
    free(dump);
    json_decref(root);
    return text;
}

static hb_status_t refuse(const char *path, const char *what, const char *name, hb_err_t *err)
{
    return hb_err_set(err, HB_E_ARTIFACT, path, "make the artifact again or take a good copy",
                      "the manifest %s%s%.100s", what, name ? " " : "", name ? name : "");
}

static bool is_sha256(const char *text)
{
    return text && strlen(text) == HB_SHA256_HEX - 1 &&
           strspn(text, "0123456789abcdef") == HB_SHA256_HEX - 1;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const store_entry_t *)a)->name, ((const store_entry_t *)b)->name);
}

static hb_status_t entries_read(json_t *files, const char *path, store_manifest_t *out,
                                hb_err_t *err)
{
    const char *name = NULL;
    json_t *value = NULL;
    out->entries = hb_alloc(json_object_size(files), sizeof *out->entries);
    json_object_foreach(files, name, value)
    {
        const json_t *bytes = json_object_get(value, "bytes");
        const char *sha256 = json_string_value(json_object_get(value, "sha256"));
        if (!store_name_ok(name)) {
            return refuse(path, "holds a name that no artifact has:", name, err);
        }
        if (!json_is_integer(bytes) || json_integer_value(bytes) < 0 || !is_sha256(sha256)) {
            return refuse(path, "is broken at", name, err);
        }
        store_entry_t *entry = &out->entries[out->count++];
        entry->name = hb_strdup(name);
        entry->bytes = (uint64_t)json_integer_value(bytes);
        memcpy(entry->sha256, sha256, HB_SHA256_HEX);
    }
    qsort(out->entries, out->count, sizeof *out->entries, by_name);
    return HB_OK;
}

static hb_status_t root_read(json_t *root, const char *path, store_manifest_t *out, hb_err_t *err)
{
    json_t *files = json_object_get(root, "files");
    const char *format = json_string_value(json_object_get(root, "format"));
    const char *payload = json_string_value(json_object_get(root, "payload_sha256"));
    if (!format || strcmp(format, HB_ARTIFACT_FORMAT) != 0) {
        return refuse(path, "is not of the format", HB_ARTIFACT_FORMAT, err);
    }
    if (!json_is_object(files)) return refuse(path, "names no files", NULL, err);
    if (!is_sha256(payload)) return refuse(path, "holds no payload hash", NULL, err);
    memcpy(out->payload_sha256, payload, HB_SHA256_HEX);
    return entries_read(files, path, out, err);
}

hb_status_t store_manifest_parse(const char *text, size_t bytes, const char *path,
                                 store_manifest_t *out, hb_err_t *err)
{
    hb_status_t status = HB_OK;
    store_manifest_t manifest = {0};
    json_error_t error;
    char *again = NULL;
    json_t *root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        return hb_err_set(err, HB_E_ARTIFACT, path, "make the artifact again or take a good copy",
                          "the manifest is not JSON (line %d): %.100s", error.line, error.text);
    }
    HB_TRY_OUT(root_read(root, path, &manifest, err));
    again = store_manifest_text(&manifest);
    if (strlen(again) != bytes || memcmp(again, text, bytes) != 0) {
        status = refuse(path, "is altered: these are not the bytes that are written", NULL, err);
        goto out;
    }
    *out = manifest;
    manifest = (store_manifest_t){0};
out:
    store_manifest_fini(&manifest);
    hb_free(again);
    json_decref(root);
    return status;
}
