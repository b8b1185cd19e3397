/* Artifacts: a folder filled under a temporary name, sealed by its manifest, published by one
 * rename; and the check of one before use.
 *
 * Invariant: a folder under its final name is complete and synced. Verification reads every byte
 * and accepts exactly the set of files that the manifest names.
 */
#include "store_artifact.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "base_text.h"
#include "os_file.h"
#include "store_impl.h"

#define MANIFEST_BYTES_MAX (4u << 20)

/* ---- payload ---- */

bool hb_artifact_is_payload(const char *name)
{
    static const char *const names[] = {"metadata.json", "metrics.json", "validation.json"};
    static const char *const ends[] = {".html", ".md"};
    const size_t n = strlen(name);
    if (hb_text_starts(name, "report")) return false;
    for (size_t i = 0; i < HB_COUNT(names); i++) {
        if (strcmp(name, names[i]) == 0) return false;
    }
    for (size_t i = 0; i < HB_COUNT(ends); i++) {
        const size_t m = strlen(ends[i]);
        if (n >= m && strcmp(name + n - m, ends[i]) == 0) return false;
    }
    return true;
}

/* ---- make ---- */

hb_status_t hb_artifact_begin(hb_artifact_out_t *out, const char *path, hb_err_t *err)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') n--;
    if (n == 0 || n >= sizeof out->path || strcmp(path, "/") == 0) {
        return hb_err_set(err, HB_E_IO, path, "name a new folder",
                          "an artifact cannot be made under this name");
    }
    hb_artifact_out_t *made = hb_alloc(1, sizeof *made);
    hb_status_t status = HB_OK;
    uint64_t number = 0;
    memcpy(made->path, path, n);
    if (hb_os_exists(made->path)) {
        status =
            hb_err_set(err, HB_E_IO, path, "artifacts are never overwritten: name a new folder",
                       "the artifact's folder exists already");
        goto out;
    }
    HB_ASSERT(sodium_init() >= 0);
    randombytes_buf(&number, sizeof number);
    snprintf(made->temp, sizeof made->temp, "%s.tmp.%016llx", made->path,
             (unsigned long long)number);
    HB_TRY_OUT(hb_os_dir_make(made->temp, err));
    made->open = true;
    *out = *made;
out:
    hb_free(made);
    return status;
}

hb_status_t hb_artifact_path(const hb_artifact_out_t *out, const char *name, char path[4200],
                             hb_err_t *err)
{
    HB_ASSERT(out->open);
    char full[4200];
    if (!store_name_ok(name)) {
        return hb_err_set(err, HB_E_IO, name, "name a file below the artifact's folder",
                          "no file of an artifact may have this name");
    }
    HB_TRY(hb_os_join(full, sizeof full, out->temp, name, err));
    char *slash = strrchr(full, '/');
    *slash = '\0';
    HB_TRY(hb_os_dir_make(full, err));
    *slash = '/';
    memcpy(path, full, strlen(full) + 1);
    return HB_OK;
}

/* ---- look at a folder ---- */

/* True when no part of folder/name is a symbolic link: its real path is the folder's real path and
 * the name. */
static bool is_inside(const char *folder, const char *full, const char *name)
{
    char *root = realpath(folder, NULL);
    char *real = realpath(full, NULL);
    bool inside = root && real;
    if (inside) {
        const size_t n = strlen(root);
        inside = strncmp(real, root, n) == 0 && real[n] == '/' && strcmp(real + n + 1, name) == 0;
    }
    free(root);
    free(real);
    return inside;
}

static hb_status_t refuse(const char *folder, const char *name, const char *what, hb_err_t *err)
{
    char where[4400];
    snprintf(where, sizeof where, "%s/%s", folder, name);
    return hb_err_set(err, HB_E_ARTIFACT, where, "make the artifact again or take a good copy",
                      "%.200s %s", name, what);
}

/* The size and hash of one file of a folder. */
static hb_status_t entry_make(const char *folder, const char *name, store_entry_t *out,
                              hb_err_t *err)
{
    char full[4400];
    hb_map_t map = {0};
    hb_err_t io = {0};
    HB_TRY(hb_os_join(full, sizeof full, folder, name, err));
    if (!store_name_ok(name)) return refuse(folder, name, "has a name that no artifact has", err);
    if (!is_inside(folder, full, name)) return refuse(folder, name, "is a symbolic link", err);
    if (hb_os_map(full, &map, &io) != HB_OK) {
        return refuse(folder, name, "is not a regular file that can be read", err);
    }
    hb_sha256_of(map.data, map.size_bytes, out->sha256);
    out->bytes = map.size_bytes;
    out->name = hb_strdup(name);
    hb_os_unmap(&map);
    return HB_OK;
}

/* Every file of a folder but the manifest, hashed. */
static hb_status_t folder_read(const char *folder, char **names, size_t count,
                               store_manifest_t *out, hb_err_t *err)
{
    out->entries = hb_alloc(count, sizeof *out->entries);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], HB_ARTIFACT_MANIFEST) == 0) continue;
        HB_TRY(entry_make(folder, names[i], &out->entries[out->count], err));
        out->count++;
    }
    store_manifest_payload(out, out->payload_sha256);
    return HB_OK;
}

hb_status_t hb_artifact_commit(hb_artifact_out_t *out, char payload_sha256[HB_SHA256_HEX],
                               hb_err_t *err)
{
    HB_ASSERT(out->open);
    hb_status_t status = HB_OK;
    char **names = NULL, *text = NULL;
    size_t count = 0;
    store_manifest_t manifest = {0};
    char path[4200];
    HB_TRY_OUT(hb_os_dir_list(out->temp, true, &names, &count, err));
    HB_TRY_OUT(folder_read(out->temp, names, count, &manifest, err));
    text = store_manifest_text(&manifest);
    HB_TRY_OUT(hb_os_join(path, sizeof path, out->temp, HB_ARTIFACT_MANIFEST, err));
    HB_TRY_OUT(hb_os_write_atomic(path, text, strlen(text), err));
    HB_TRY_OUT(hb_os_dir_publish(out->temp, out->path, err));
    out->open = false;
    memcpy(payload_sha256, manifest.payload_sha256, HB_SHA256_HEX);
out:
    hb_free(text);
    store_manifest_fini(&manifest);
    hb_os_names_free(names, count);
    return status;
}

void hb_artifact_abort(hb_artifact_out_t *out)
{
    if (!out->open) return;
    hb_os_dir_remove(out->temp);
    out->open = false;
}

/* ---- verify ---- */

/* Both lists are sorted by name: the first difference names a file that is missing or unlisted. */
static hb_status_t names_compare(const char *folder, char **names, size_t count,
                                 const store_manifest_t *manifest, hb_err_t *err)
{
    size_t i = 0, j = 0;
    while (i < count || j < manifest->count) {
        if (i < count && strcmp(names[i], HB_ARTIFACT_MANIFEST) == 0) {
            i++;
            continue;
        }
        const int order = i == count             ? 1
                          : j == manifest->count ? -1
                                                 : strcmp(names[i], manifest->entries[j].name);
        if (order < 0) return refuse(folder, names[i], "does not stand in the manifest", err);
        if (order > 0) return refuse(folder, manifest->entries[j].name, "is missing", err);
        i++, j++;
    }
    return HB_OK;
}

static hb_status_t contents_compare(const char *folder, const store_manifest_t *manifest,
                                    hb_err_t *err)
{
    for (size_t i = 0; i < manifest->count; i++) {
        const store_entry_t *listed = &manifest->entries[i];
        store_entry_t found = {0};
        HB_TRY(entry_make(folder, listed->name, &found, err));
        hb_free(found.name);
        if (found.bytes != listed->bytes || strcmp(found.sha256, listed->sha256) != 0) {
            return refuse(folder, listed->name, "is altered: its hash is not the manifest's", err);
        }
    }
    char payload[HB_SHA256_HEX];
    store_manifest_payload(manifest, payload);
    if (strcmp(payload, manifest->payload_sha256) != 0) {
        return refuse(folder, HB_ARTIFACT_MANIFEST, "is altered: the payload hash is wrong", err);
    }
    return HB_OK;
}

static hb_status_t manifest_load(const char *folder, store_manifest_t *out, hb_err_t *err)
{
    char full[4200];
    char *text = NULL;
    size_t bytes = 0;
    hb_err_t io = {0};
    HB_TRY(hb_os_join(full, sizeof full, folder, HB_ARTIFACT_MANIFEST, err));
    if (!is_inside(folder, full, HB_ARTIFACT_MANIFEST)) {
        return refuse(folder, HB_ARTIFACT_MANIFEST, "is missing or a symbolic link", err);
    }
    if (hb_os_read(full, MANIFEST_BYTES_MAX, &text, &bytes, &io) != HB_OK) {
        return refuse(folder, HB_ARTIFACT_MANIFEST, "cannot be read", err);
    }
    const hb_status_t status = store_manifest_parse(text, bytes, full, out, err);
    hb_free(text);
    return status;
}

hb_status_t hb_artifact_verify(const char *path, char payload_sha256[HB_SHA256_HEX], hb_err_t *err)
{
    hb_status_t status = HB_OK;
    char **names = NULL;
    size_t count = 0;
    store_manifest_t manifest = {0};
    hb_err_t io = {0};
    if (!hb_os_is_dir(path)) {
        return hb_err_set(err, HB_E_ARTIFACT, path, "name the folder of an artifact",
                          "there is no artifact here");
    }
    HB_TRY_OUT(manifest_load(path, &manifest, err));
    if (hb_os_dir_list(path, true, &names, &count, &io) != HB_OK) {
        status = hb_err_set(err, HB_E_ARTIFACT, path, io.hint, "%s", io.message);
        goto out;
    }
    HB_TRY_OUT(names_compare(path, names, count, &manifest, err));
    HB_TRY_OUT(contents_compare(path, &manifest, err));
    memcpy(payload_sha256, manifest.payload_sha256, HB_SHA256_HEX);
out:
    store_manifest_fini(&manifest);
    hb_os_names_free(names, count);
    return status;
}
