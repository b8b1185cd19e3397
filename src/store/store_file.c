/* The .hbx container: written as a stream, mapped and checked whole before a byte of it is used.
 *
 * Invariant: for given kind, version and sections there is exactly one valid file, and no valid
 * file differs from another in a single byte without its checksum telling. Little endian by
 * construction: the header's endian tag is read as a native integer, so a file of the other order
 * is refused.
 */
#include "store_file.h"
#include "os_file.h"

#include <stdio.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "store_hash.h"

#define MAGIC       "HBXCONT1"
#define ENDIAN_TAG  0x01020304u
#define ALIGN_BYTES 64u
#define SHA_BYTES   16u

typedef struct {
    char magic[8];
    char kind[8];
    uint32_t version;
    uint32_t endian_tag;
    uint64_t file_bytes;
    uint32_t section_count;
    uint32_t flags;
    uint8_t sha256[SHA_BYTES];
    uint64_t reserved;
} header_t;
_Static_assert(sizeof(header_t) == 64, "header layout");
_Static_assert(__builtin_offsetof(header_t, file_bytes) == 24, "header layout");
_Static_assert(__builtin_offsetof(header_t, sha256) == 40, "header layout");
_Static_assert(__builtin_offsetof(header_t, reserved) == 56, "header layout");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files are little endian");

typedef struct {
    char name[24];
    uint64_t offset;
    uint64_t bytes;
    uint8_t zero[24];
} entry_t;
_Static_assert(sizeof(entry_t) == 64, "table layout");
_Static_assert(__builtin_offsetof(entry_t, offset) == 24, "table layout");

static const uint8_t ZEROS[ALIGN_BYTES];

/* Zero bytes that bring n to a multiple of the alignment. */
static uint64_t fill_bytes(uint64_t n)
{
    return (ALIGN_BYTES - n % ALIGN_BYTES) % ALIGN_BYTES;
}

/* ---- write ---- */

static void header_make(const char *kind, uint32_t version, uint32_t count, header_t *header)
{
    const size_t n = strlen(kind);
    HB_ASSERT(n >= 1 && n <= sizeof header->kind);
    *header = (header_t){.version = version, .endian_tag = ENDIAN_TAG, .section_count = count};
    memcpy(header->magic, MAGIC, sizeof header->magic);
    memcpy(header->kind, kind, n);
}

/* Fills the table and the header's length. Sizes are those of memory that exists: no overflow. */
static void table_make(const hb_section_t *sections, uint32_t count, header_t *header,
                       entry_t *table)
{
    uint64_t at = sizeof(header_t) + (uint64_t)count * sizeof(entry_t);
    for (uint32_t i = 0; i < count; i++) {
        const size_t n = strlen(sections[i].name);
        HB_ASSERT(n >= 1 && n < sizeof table[i].name);
        for (uint32_t j = 0; j < i; j++) {
            HB_ASSERT(strcmp(sections[i].name, sections[j].name) != 0);
        }
        table[i] = (entry_t){.offset = at, .bytes = sections[i].bytes};
        memcpy(table[i].name, sections[i].name, n);
        at += sections[i].bytes + fill_bytes(sections[i].bytes);
    }
    header->file_bytes = at;
}

static void hex_prefix(hb_sha256_t *sha, uint8_t out[SHA_BYTES])
{
    char hex[HB_SHA256_HEX];
    hb_sha256_hex(sha, hex);
    for (uint32_t i = 0; i < SHA_BYTES; i++) {
        unsigned byte = 0;
        for (uint32_t k = 0; k < 2; k++) {
            const char c = hex[2 * i + k];
            byte = byte * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
        }
        out[i] = (uint8_t)byte;
    }
}

typedef struct {
    hb_sha256_t *sha; /* NULL when writing */
    FILE *file;       /* NULL when hashing */
} sink_t;

/* A short write leaves the stream's error flag set, which commit checks. */
static void sink_add(const sink_t *sink, const void *data, uint64_t bytes)
{
    if (sink->sha) hb_sha256_add(sink->sha, data, (size_t)bytes);
    if (sink->file && bytes) (void)fwrite(data, 1, (size_t)bytes, sink->file);
}

static void file_add(const sink_t *sink, const header_t *header, const entry_t *table,
                     const hb_section_t *sections)
{
    sink_add(sink, header, sizeof *header);
    sink_add(sink, table, header->section_count * sizeof *table);
    for (uint32_t i = 0; i < header->section_count; i++) {
        sink_add(sink, sections[i].data, sections[i].bytes);
        sink_add(sink, ZEROS, fill_bytes(sections[i].bytes));
    }
}

hb_status_t hb_store_write(const char *path, const char *kind, uint32_t version,
                           const hb_section_t *sections, uint32_t count, hb_err_t *err)
{
    HB_ASSERT(count <= HB_STORE_SECTIONS_MAX);
    header_t header;
    entry_t table[HB_STORE_SECTIONS_MAX];
    header_make(kind, version, count, &header);
    table_make(sections, count, &header, table);
    hb_sha256_t sha;
    hb_sha256_init(&sha);
    file_add(&(sink_t){.sha = &sha}, &header, table, sections);
    hex_prefix(&sha, header.sha256);

    hb_os_out_t *out = hb_alloc(1, sizeof *out);
    hb_status_t status = hb_os_out_open(out, path, err);
    if (status == HB_OK) {
        file_add(&(sink_t){.file = out->file}, &header, table, sections);
        status = hb_os_out_commit(out, err);
    }
    hb_os_out_abort(out);
    hb_free(out);
    return status;
}

/* ---- check ---- */

static hb_status_t refuse(const char *path, const char *what, hb_err_t *err)
{
    return hb_err_set(err, HB_E_ARTIFACT, path, "make the artifact again or take a good copy", "%s",
                      what);
}

static hb_status_t header_check(const header_t *header, uint64_t bytes, const char *kind,
                                uint32_t version, const char *path, hb_err_t *err)
{
    char wanted[sizeof header->kind] = {0};
    HB_ASSERT(strlen(kind) >= 1 && strlen(kind) <= sizeof wanted);
    memcpy(wanted, kind, strlen(kind));
    if (memcmp(header->magic, MAGIC, sizeof header->magic) != 0) {
        return refuse(path, "not a container file: the first bytes are wrong", err);
    }
    if (header->endian_tag != ENDIAN_TAG) {
        return refuse(path, "altered: the byte order tag is wrong", err);
    }
    if (memcmp(header->kind, wanted, sizeof wanted) != 0) {
        return hb_err_set(err, HB_E_ARTIFACT, path, "check which file stands under this name",
                          "the container does not hold \"%s\"", kind);
    }
    if (header->version != version) {
        return hb_err_set(err, HB_E_ARTIFACT, path, "make the artifact again with this version",
                          "\"%s\" has format version %u, this program reads %u", kind,
                          header->version, version);
    }
    if (header->file_bytes != bytes) {
        return hb_err_set(err, HB_E_ARTIFACT, path, "make the artifact again or take a good copy",
                          "the file has %llu bytes, its header says %llu",
                          (unsigned long long)bytes, (unsigned long long)header->file_bytes);
    }
    if (header->section_count > HB_STORE_SECTIONS_MAX || header->flags != 0 ||
        header->reserved != 0) {
        return refuse(path, "altered: the header holds values that are never written", err);
    }
    return HB_OK;
}

static bool name_ok(const entry_t *entry)
{
    const size_t n = strnlen(entry->name, sizeof entry->name);
    if (n == 0 || n == sizeof entry->name) return false;
    return memcmp(entry->name + n, ZEROS, sizeof entry->name - n) == 0 &&
           memcmp(entry->zero, ZEROS, sizeof entry->zero) == 0;
}

/* Each section stands where the one layout puts it, inside the file. */
static hb_status_t table_check(const header_t *header, const entry_t *table, const char *path,
                               hb_err_t *err)
{
    const uint64_t bytes = header->file_bytes;
    uint64_t at = sizeof(header_t) + header->section_count * sizeof(entry_t);
    if (at > bytes) return refuse(path, "the section table passes the end of the file", err);
    for (uint32_t i = 0; i < header->section_count; i++) {
        const entry_t *entry = &table[i];
        if (!name_ok(entry)) return refuse(path, "altered: the name of a section is broken", err);
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(entry->name, table[j].name) == 0) {
                return refuse(path, "altered: two sections have one name", err);
            }
        }
        if (entry->offset != at || entry->bytes > bytes - at ||
            fill_bytes(entry->bytes) > bytes - at - entry->bytes) {
            return refuse(path, "altered: a section is out of its place", err);
        }
        at += entry->bytes + fill_bytes(entry->bytes);
    }
    if (at != bytes) return refuse(path, "altered: bytes stand after the last section", err);
    return HB_OK;
}

static hb_status_t checksum_check(const header_t *header, const uint8_t *data, const char *path,
                                  hb_err_t *err)
{
    header_t blank = *header;
    uint8_t prefix[SHA_BYTES];
    memset(blank.sha256, 0, sizeof blank.sha256);
    hb_sha256_t sha;
    hb_sha256_init(&sha);
    hb_sha256_add(&sha, &blank, sizeof blank);
    hb_sha256_add(&sha, data + sizeof blank, (size_t)(header->file_bytes - sizeof blank));
    hex_prefix(&sha, prefix);
    if (memcmp(prefix, header->sha256, sizeof prefix) == 0) return HB_OK;
    return refuse(path, "altered: the checksum does not match", err);
}

hb_status_t hb_store_check(const void *data, uint64_t bytes, const char *kind, uint32_t version,
                           const char *path, hb_err_t *err)
{
    header_t header;
    if (bytes < sizeof header) return refuse(path, "the file is too short to be a container", err);
    memcpy(&header, data, sizeof header);
    HB_TRY(header_check(&header, bytes, kind, version, path, err));
    HB_TRY(checksum_check(&header, data, path, err));
    const uint8_t *table = (const uint8_t *)data + sizeof header;
    return table_check(&header, (const entry_t *)(const void *)table, path, err);
}

hb_status_t hb_store_open(const char *path, const char *kind, uint32_t version, hb_store_t *out,
                          hb_err_t *err)
{
    hb_map_t map = {0};
    hb_err_t io = {0};
    header_t header;
    if (hb_os_map(path, &map, &io) != HB_OK) {
        /* A part of an artifact that cannot be read is an artifact that cannot be used. */
        return hb_err_set(err, HB_E_ARTIFACT, path, io.hint, "%s", io.message);
    }
    const hb_status_t status = hb_store_check(map.data, map.size_bytes, kind, version, path, err);
    if (status != HB_OK) {
        hb_os_unmap(&map);
        return status;
    }
    memcpy(&header, map.data, sizeof header);
    *out = (hb_store_t){.data = map.data,
                        .size_bytes = map.size_bytes,
                        .mapped = map.mapped,
                        .section_count = header.section_count};
    snprintf(out->path, sizeof out->path, "%s", path);
    return HB_OK;
}

void hb_store_close(hb_store_t *store)
{
    hb_map_t map = {store->data, store->size_bytes, store->mapped};
    if (map.data) hb_os_unmap(&map);
    *store = (hb_store_t){0};
}

hb_status_t hb_store_section(const hb_store_t *store, const char *name, uint64_t element_bytes,
                             const void **data, uint64_t *count, hb_err_t *err)
{
    HB_ASSERT(element_bytes > 0);
    const entry_t *table = (const entry_t *)(const void *)(store->data + sizeof(header_t));
    for (uint32_t i = 0; i < store->section_count; i++) {
        if (strcmp(table[i].name, name) != 0) continue;
        if (table[i].bytes % element_bytes != 0) {
            return hb_err_set(err, HB_E_ARTIFACT, store->path, NULL,
                              "section \"%s\" has %llu bytes, not a multiple of %llu", name,
                              (unsigned long long)table[i].bytes,
                              (unsigned long long)element_bytes);
        }
        *data = store->data + table[i].offset;
        *count = table[i].bytes / element_bytes;
        return HB_OK;
    }
    return hb_err_set(err, HB_E_ARTIFACT, store->path, NULL, "section \"%s\" is missing", name);
}

hb_status_t hb_store_section_exact(const hb_store_t *store, const char *name,
                                   uint64_t element_bytes, uint64_t count, const void **data,
                                   hb_err_t *err)
{
    const void *found = NULL;
    uint64_t got = 0;
    HB_TRY(hb_store_section(store, name, element_bytes, &found, &got, err));
    if (got != count) {
        return hb_err_set(err, HB_E_ARTIFACT, store->path, NULL,
                          "section \"%s\" has %llu elements, not %llu", name,
                          (unsigned long long)got, (unsigned long long)count);
    }
    *data = found;
    return HB_OK;
}
