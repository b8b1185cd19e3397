/* An artifact: one folder a version, made under a temporary name, sealed by manifest.json, published
 * by rename, verified on load.
 *
 * manifest.json: {"format":"hyperbar-artifact-1","files":{"whitening.hbx":{"sha256":..,"bytes":..},...},
 *   "payload_sha256":..}. Every file of the folder but the manifest stands in it; no other file may be
 *   there. payload_sha256 is over the sorted (name, sha256) lines of the payload: all files except
 *   metadata.json and the reports, so that it does not change with time, host or thread count.
 */
#ifndef HB_STORE_ARTIFACT_H
#define HB_STORE_ARTIFACT_H

#include <stdbool.h>

#include "base_status.h"
#include "store_hash.h"

typedef struct {
    char path[4096]; /* final folder */
    char temp[4128]; /* folder being filled */
    bool open;
} hb_artifact_out_t;

/* error: HB_E_IO when path exists already or its parent cannot be written. */
HB_CHECKED hb_status_t hb_artifact_begin(hb_artifact_out_t *out, const char *path, hb_err_t *err);
/* Path inside the temporary folder for a file (or "sub/file": the sub-folder is made). */
HB_CHECKED hb_status_t hb_artifact_path(const hb_artifact_out_t *out, const char *name,
                                        char path[4200], hb_err_t *err);
/* Hashes, writes the manifest, syncs, renames. */
HB_CHECKED hb_status_t hb_artifact_commit(hb_artifact_out_t *out, char payload_sha256[HB_SHA256_HEX],
                                          hb_err_t *err);
void hb_artifact_abort(hb_artifact_out_t *out); /* removes the temporary; no-op after commit */

/* Reads every byte of every file. error: HB_E_ARTIFACT naming the file that is missing, altered,
 * unlisted or not a regular file. */
HB_CHECKED hb_status_t hb_artifact_verify(const char *path, char payload_sha256[HB_SHA256_HEX],
                                          hb_err_t *err);

#endif
