/* Shared by the files of src/store; no one else includes it. */
#ifndef HB_STORE_IMPL_H
#define HB_STORE_IMPL_H

#include <stddef.h>
#include <stdint.h>

#include "base_status.h"
#include "store_hash.h"

typedef struct {
    char *name;
    uint64_t bytes;
    char sha256[HB_SHA256_HEX];
} store_entry_t;

/* What stands in a manifest, sorted by name. */
typedef struct {
    store_entry_t *entries;
    size_t count;
    char payload_sha256[HB_SHA256_HEX];
} store_manifest_t;

void store_manifest_fini(store_manifest_t *manifest);
/* The hash that follows from the entries. */
void store_manifest_payload(const store_manifest_t *manifest, char out[HB_SHA256_HEX]);
/* The one text of a manifest. gives: hb_free */
char *store_manifest_text(const store_manifest_t *manifest);
/* Inverse; anything that store_manifest_text does not write is refused. error: HB_E_ARTIFACT at
 * path. */
HB_CHECKED hb_status_t store_manifest_parse(const char *text, size_t bytes, const char *path,
                                            store_manifest_t *out, hb_err_t *err);

/* A name that may stand in an artifact: relative, no "..", printable. */
_Bool store_name_ok(const char *name);

#endif
