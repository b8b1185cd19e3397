/* Containers and manifests from anywhere. The first byte chooses: a container, whose checksum is
 * put right so that the checks behind it are reached, or a manifest.
 *
 * A container that is accepted holds sections inside its bytes; a manifest that is accepted is the
 * one text of what it says.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_mem.h"
#include "store_file.h"
#include "store_hash.h"
#include "store_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(int holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "fuzz_store: %s\n", what);
    abort();
}

static void fuzz_resign(uint8_t *data, size_t bytes)
{
    char hex[HB_SHA256_HEX], pair[3] = "";
    memset(data + 40, 0, 16);
    hb_sha256_of(data, bytes, hex);
    for (int i = 0; i < 16; i++) {
        memcpy(pair, hex + 2 * i, 2);
        data[40 + i] = (uint8_t)strtoul(pair, NULL, 16);
    }
}

static void fuzz_container(const uint8_t *input, size_t bytes)
{
    hb_err_t err = {0};
    uint8_t *data = hb_alloc(bytes, 1);
    uint32_t count = 0;
    memcpy(data, input, bytes);
    if (bytes >= 64) fuzz_resign(data, bytes);
    if (hb_store_check(data, bytes, "fuzz", 1, "p", &err) != HB_OK) {
        fuzz_require(err.status == HB_E_ARTIFACT && err.message[0], "no reason given");
        hb_free(data);
        return;
    }
    memcpy(&count, data + 32, sizeof count);
    const hb_store_t store = {.data = data, .size_bytes = bytes, .section_count = count};
    for (uint32_t i = 0; i < count; i++) {
        const void *section = NULL;
        uint64_t n = 0;
        const char *name = (const char *)data + 64 + 64 * (size_t)i;
        fuzz_require(hb_store_section(&store, name, 1, &section, &n, NULL) == HB_OK, "not found");
        const uint8_t *p = section;
        fuzz_require(p >= data && n <= bytes && (size_t)(p - data) <= bytes - n, "out of bounds");
    }
    hb_free(data);
}

static void fuzz_manifest(const char *text, size_t bytes)
{
    store_manifest_t manifest = {0};
    hb_err_t err = {0};
    if (store_manifest_parse(text, bytes, "p", &manifest, &err) != HB_OK) {
        fuzz_require(err.status == HB_E_ARTIFACT && err.message[0], "no reason given");
        return;
    }
    char *again = store_manifest_text(&manifest);
    fuzz_require(strlen(again) == bytes && memcmp(again, text, bytes) == 0, "another text");
    for (size_t i = 0; i < manifest.count; i++) {
        fuzz_require(store_name_ok(manifest.entries[i].name), "a bad name");
    }
    hb_free(again);
    store_manifest_fini(&manifest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    if (data[0] % 2 == 0) {
        fuzz_container(data + 1, size - 1);
    } else {
        fuzz_manifest((const char *)data + 1, size - 1);
    }
    return 0;
}
