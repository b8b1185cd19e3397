/* The container that artifacts are stored in (.hbx): one header, one section table, aligned
 * sections.
 *
 * Layout, little endian, no implicit padding:
 *   0    64-byte header: magic "HBXCONT1", kind[8], u32 version, u32 endian tag 0x01020304,
 *        u64 file bytes, u32 section count, u32 flags 0, SHA-256 prefix [16] of the whole file with
 *        these 16 bytes zero, u64 reserved 0
 *   64   section table: count entries of 64 bytes: name[24], u64 offset, u64 bytes, zero fill
 *   ...  sections in the order of the table, each at the next multiple of 64, zero fill between
 *        them and after the last
 * There is one layout for given sections: everything is checked against it once when mapped; then
 * sections are used in place. Same input, same bytes.
 */
#ifndef HB_STORE_FILE_H
#define HB_STORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base_status.h"

#define HB_STORE_SECTIONS_MAX 32u

typedef struct {
    const char *name; /* 1..23 bytes */
    const void *data;
    uint64_t bytes;
} hb_section_t;

typedef struct {
    const uint8_t *data; /* the mapped file; NULL when closed */
    size_t size_bytes;
    bool mapped;
    char path[512]; /* for messages */
    uint32_t section_count;
} hb_store_t;

/* kind: 1..8 bytes, e.g. "whiten". pre: names fit and differ, count <= HB_STORE_SECTIONS_MAX
 * (asserted). Publishes atomically. error: HB_E_IO. */
HB_CHECKED hb_status_t hb_store_write(const char *path, const char *kind, uint32_t version,
                                      const hb_section_t *sections, uint32_t count, hb_err_t *err);
/* error: HB_E_ARTIFACT with the path for a missing file, a bad magic, kind, version, length,
 * checksum or table. cost: reads every byte. gives: hb_store_close. */
HB_CHECKED hb_status_t hb_store_open(const char *path, const char *kind, uint32_t version,
                                     hb_store_t *out, hb_err_t *err);
void hb_store_close(hb_store_t *store); /* zeroed allowed */
/* The same checks on bytes in memory, 8-byte aligned; path is for messages. */
HB_CHECKED hb_status_t hb_store_check(const void *data, uint64_t bytes, const char *kind,
                                      uint32_t version, const char *path, hb_err_t *err);
/* Pointer into the map. element_bytes must divide the section; *count = elements.
 * error: HB_E_ARTIFACT when the section is missing or its size does not fit. */
HB_CHECKED hb_status_t hb_store_section(const hb_store_t *store, const char *name,
                                        uint64_t element_bytes, const void **data, uint64_t *count,
                                        hb_err_t *err);
/* The same for exactly `count` elements. */
HB_CHECKED hb_status_t hb_store_section_exact(const hb_store_t *store, const char *name,
                                              uint64_t element_bytes, uint64_t count,
                                              const void **data, hb_err_t *err);

#endif
