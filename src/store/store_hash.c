/* SHA-256 through libsodium, as lower-case hex.
 *
 * Invariant: the digest of the same bytes is the same in whatever pieces they come. libsodium's
 * SHA-256 is plain C without set-up, so no initialisation of the library is needed here.
 */
#include "store_hash.h"

#include <sodium.h>

#include "os_file.h"

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(((hb_sha256_t *)0)->opaque),
               "hb_sha256_t must hold libsodium's state");
_Static_assert(_Alignof(crypto_hash_sha256_state) <= _Alignof(hb_sha256_t),
               "hb_sha256_t must be aligned for libsodium's state");
_Static_assert(HB_SHA256_HEX == 2 * crypto_hash_sha256_BYTES + 1, "hex digits and the NUL");

static crypto_hash_sha256_state *state_of(hb_sha256_t *sha)
{
    return (crypto_hash_sha256_state *)(void *)sha->opaque;
}

void hb_sha256_init(hb_sha256_t *sha)
{
    (void)crypto_hash_sha256_init(state_of(sha));
}

void hb_sha256_add(hb_sha256_t *sha, const void *data, size_t bytes)
{
    if (bytes) (void)crypto_hash_sha256_update(state_of(sha), data, bytes);
}

void hb_sha256_hex(hb_sha256_t *sha, char out[HB_SHA256_HEX])
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    (void)crypto_hash_sha256_final(state_of(sha), digest);
    (void)sodium_bin2hex(out, HB_SHA256_HEX, digest, sizeof digest);
}

void hb_sha256_of(const void *data, size_t bytes, char out[HB_SHA256_HEX])
{
    hb_sha256_t sha;
    hb_sha256_init(&sha);
    hb_sha256_add(&sha, data, bytes);
    hb_sha256_hex(&sha, out);
}

hb_status_t hb_sha256_of_file(const char *path, char out[HB_SHA256_HEX], hb_err_t *err)
{
    hb_map_t map = {0};
    HB_TRY(hb_os_map(path, &map, err));
    hb_sha256_of(map.data, map.size_bytes, out);
    hb_os_unmap(&map);
    return HB_OK;
}
