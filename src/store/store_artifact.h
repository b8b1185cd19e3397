/* An artifact: one folder a version, made under a temporary name, sealed by manifest.json,
 * published by rename, verified on load.
 *
 * manifest.json: {"files":{"whitening.hbx":{"bytes":..,"sha256":..},...},
 *   "format":"hyperbar-artifact-1","payload_sha256":..}, keys sorted, one form only: a manifest in
 *   other bytes is refused. Every file of the folder but the manifest stands in it; no other file
 *   and no symbolic link may be there.
 * payload_sha256: SHA-256 of the lines "<sha256>  <name>\n" of the payload sorted by name, as
 *   `sha256sum FILES | sha256sum` gives it. Not payload, because they change with time, host or
 *   thread count: metadata.json, metrics.json, validation.json, *.html, *.md, and names that begin
 *   with "report". The list stands in store_artifact.c alone.
 * Kill-safe: what a killed process leaves is a folder PATH.tmp.<hex>, never a part of PATH.
 */
#ifndef HB_STORE_ARTIFACT_H
#define HB_STORE_ARTIFACT_H

#include <stdbool.h>

#include "base_status.h"
#include "store_hash.h"

#define HB_ARTIFACT_MANIFEST "manifest.json"
#define HB_ARTIFACT_FORMAT   "hyperbar-artifact-1"

typedef struct {
    char path[4096]; /* final folder */
    char temp[4128]; /* folder being filled */
    bool open;
} hb_artifact_out_t;

/* error: HB_E_IO when path exists already or its parent cannot be written. */
HB_CHECKED hb_status_t hb_artifact_begin(hb_artifact_out_t *out, const char *path, hb_err_t *err);
/* Path inside the temporary folder for a file (or "sub/file": the sub-folder is made). name:
 * relative, parts of printable bytes parted by single '/', none of them "." or "..", not
 * manifest.json (HB_E_IO). */
HB_CHECKED hb_status_t hb_artifact_path(const hb_artifact_out_t *out, const char *name,
                                        char path[4200], hb_err_t *err);
/* Hashes, writes the manifest, syncs, renames. On failure the temporary stays until abort. */
HB_CHECKED hb_status_t hb_artifact_commit(hb_artifact_out_t *out,
                                          char payload_sha256[HB_SHA256_HEX], hb_err_t *err);
void hb_artifact_abort(hb_artifact_out_t *out); /* removes the temporary; no-op after commit */

/* True when the file of this name counts for the payload hash. */
bool hb_artifact_is_payload(const char *name);

/* Reads every byte of every file. error: HB_E_ARTIFACT naming the file that is missing, altered,
 * unlisted or not a regular file. */
HB_CHECKED hb_status_t hb_artifact_verify(const char *path, char payload_sha256[HB_SHA256_HEX],
                                          hb_err_t *err);

#endif
