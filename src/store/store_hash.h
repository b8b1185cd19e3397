/* SHA-256 (libsodium) as lower-case hex. */
#ifndef HB_STORE_HASH_H
#define HB_STORE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base_status.h"

#define HB_SHA256_HEX 65 /* with the NUL */

typedef struct {
    _Alignas(16) uint8_t opaque[256];
} hb_sha256_t;

void hb_sha256_init(hb_sha256_t *sha);
void hb_sha256_add(hb_sha256_t *sha, const void *data, size_t bytes);
void hb_sha256_hex(hb_sha256_t *sha, char out[HB_SHA256_HEX]);

void hb_sha256_of(const void *data, size_t bytes, char out[HB_SHA256_HEX]);
HB_CHECKED hb_status_t hb_sha256_of_file(const char *path, char out[HB_SHA256_HEX], hb_err_t *err);

#endif
