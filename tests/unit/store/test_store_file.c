/* The container: layout to the byte, sections back, and each refusal by its reason. */
#include "store_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "os_file.h"
#include "store_hash.h"
#include "th.h"

static const float FLOATS[5] = {1, 2, 3, 4, 5};
static const uint64_t WORDS[8] = {1, 2, 3, 4, 5, 6, 7, 8};
static const hb_section_t SECTIONS[] = {
    {"floats", FLOATS, sizeof FLOATS},
    {"empty", NULL, 0},
    {"words", WORDS, sizeof WORDS},
    {"a_name_of_23_characters", "x", 1},
};

static void read_file(const char *path, char **data, size_t *bytes)
{
    assert_int_equal(hb_os_read(path, 1 << 20, data, bytes, NULL), HB_OK);
}

static void round_trip(void **state)
{
    (void)state;
    char dir[256], path[512], again[512];
    hb_err_t err = {0};
    hb_store_t store = {0};
    const void *data = NULL;
    uint64_t count = 99;
    th_temp_make(dir);
    snprintf(path, sizeof path, "%s/a.hbx", dir);
    snprintf(again, sizeof again, "%s/b.hbx", dir);
    assert_int_equal(hb_store_write(path, "whiten", 3, SECTIONS, HB_COUNT(SECTIONS), &err), HB_OK);
    assert_int_equal(hb_store_open(path, "whiten", 3, &store, &err), HB_OK);
    assert_int_equal(store.section_count, 4);
    assert_string_equal(store.path, path);
    assert_int_equal(hb_store_section(&store, "floats", 4, &data, &count, NULL), HB_OK);
    assert_int_equal(count, 5);
    assert_int_equal((uintptr_t)data % 64, 0);
    assert_memory_equal(data, FLOATS, sizeof FLOATS);
    assert_int_equal(hb_store_section(&store, "empty", 8, &data, &count, NULL), HB_OK);
    assert_int_equal(count, 0);
    assert_int_equal(hb_store_section_exact(&store, "words", 8, 8, &data, NULL), HB_OK);
    assert_memory_equal(data, WORDS, sizeof WORDS);
    assert_int_equal(hb_store_section(&store, "a_name_of_23_characters", 1, &data, &count, NULL),
                     HB_OK);
    assert_int_equal(*(const char *)data, 'x');

    const void *kept = data;
    count = 77;
    assert_int_equal(hb_store_section(&store, "absent", 1, &data, &count, &err), HB_E_ARTIFACT);
    assert_non_null(strstr(err.message, "\"absent\" is missing"));
    assert_string_equal(err.where, path);
    err = (hb_err_t){0};
    assert_int_equal(hb_store_section(&store, "floats", 8, &data, &count, &err), HB_E_ARTIFACT);
    assert_non_null(strstr(err.message, "20 bytes, not a multiple of 8"));
    err = (hb_err_t){0};
    assert_int_equal(hb_store_section_exact(&store, "words", 8, 9, &data, &err), HB_E_ARTIFACT);
    assert_non_null(strstr(err.message, "8 elements, not 9"));
    assert_int_equal(hb_store_section_exact(&store, "absent", 8, 9, &data, NULL), HB_E_ARTIFACT);
    assert_ptr_equal(data, kept);
    assert_int_equal(count, 77);
    hb_store_close(&store);
    hb_store_close(&store);

    /* Same input, same bytes. */
    char *one = NULL, *two = NULL;
    size_t n = 0, m = 0;
    assert_int_equal(hb_store_write(again, "whiten", 3, SECTIONS, HB_COUNT(SECTIONS), NULL), HB_OK);
    read_file(path, &one, &n);
    read_file(again, &two, &m);
    assert_int_equal(n, m);
    assert_memory_equal(one, two, n);
    hb_free(one);
    hb_free(two);
    th_temp_remove(dir);
}

/* The layout as the header file documents it, read by offsets alone. */
static void layout(void **state)
{
    (void)state;
    char dir[256], path[512], hex[HB_SHA256_HEX], prefix[33] = "";
    char *data = NULL;
    size_t bytes = 0;
    uint32_t u32 = 0;
    uint64_t u64 = 0;
    th_temp_make(dir);
    snprintf(path, sizeof path, "%s/a.hbx", dir);
    assert_int_equal(hb_store_write(path, "12345678", 7, SECTIONS, 3, NULL), HB_OK);
    read_file(path, &data, &bytes);
    assert_int_equal(bytes, 64 + 3 * 64 + 64 + 0 + 64);
    assert_memory_equal(data, "HBXCONT112345678\x07\0\0\0\x04\x03\x02\x01", 24);
    memcpy(&u64, data + 24, 8);
    assert_int_equal(u64, bytes);
    memcpy(&u32, data + 32, 4);
    assert_int_equal(u32, 3);
    assert_string_equal(data + 64, "floats");
    memcpy(&u64, data + 64 + 24, 8);
    assert_int_equal(u64, 256);
    memcpy(&u64, data + 64 + 32, 8);
    assert_int_equal(u64, 20);
    assert_memory_equal(data + 256, FLOATS, sizeof FLOATS);
    for (size_t i = 256 + 20; i < 320; i++) assert_int_equal(data[i], 0);
    for (int i = 0; i < 16; i++) snprintf(prefix + 2 * i, 3, "%02x", (unsigned char)data[40 + i]);
    memset(data + 40, 0, 16);
    hb_sha256_of(data, bytes, hex);
    assert_memory_equal(hex, prefix, 32);
    hb_free(data);
    th_temp_remove(dir);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    char dir[256], path[512];
    hb_err_t err = {0};
    hb_store_t store = {.section_count = 5};
    th_temp_make(dir);
    snprintf(path, sizeof path, "%s/a.hbx", dir);
    assert_int_equal(hb_store_open(path, "k", 1, &store, &err), HB_E_ARTIFACT);
    assert_string_equal(err.where, path);
    assert_int_equal(hb_store_open(dir, "k", 1, &store, NULL), HB_E_ARTIFACT);
    assert_int_equal(hb_store_write(path, "k", 1, NULL, 0, NULL), HB_OK);
    err = (hb_err_t){0};
    assert_int_equal(hb_store_open(path, "other", 1, &store, &err), HB_E_ARTIFACT);
    assert_non_null(strstr(err.message, "does not hold \"other\""));
    err = (hb_err_t){0};
    assert_int_equal(hb_store_open(path, "k", 2, &store, &err), HB_E_ARTIFACT);
    assert_non_null(strstr(err.message, "format version 1, this program reads 2"));
    assert_int_equal(hb_os_write_atomic(path, "", 0, NULL), HB_OK);
    err = (hb_err_t){0};
    assert_int_equal(hb_store_open(path, "k", 1, &store, &err), HB_E_ARTIFACT);
    assert_non_null(strstr(err.message, "too short"));
    assert_int_equal(hb_os_write_atomic(path,
                                        "PK\3\4 something else altogether, but long enough "
                                        "to hold a whole header of it.",
                                        76, NULL),
                     HB_OK);
    err = (hb_err_t){0};
    assert_int_equal(hb_store_open(path, "k", 1, &store, &err), HB_E_ARTIFACT);
    assert_non_null(strstr(err.message, "not a container"));
    assert_int_equal(store.section_count, 5);
    th_temp_remove(dir);
}

static void writes_fail_cleanly(void **state)
{
    (void)state;
    char dir[256], path[512];
    char **names = NULL;
    size_t count = 0;
    hb_err_t err = {0};
    th_temp_make(dir);
    snprintf(path, sizeof path, "%s/absent/a.hbx", dir);
    assert_int_equal(hb_store_write(path, "k", 1, SECTIONS, 1, &err), HB_E_IO);
    assert_true(err.message[0]);
    assert_int_equal(hb_store_write(dir, "k", 1, SECTIONS, 1, NULL), HB_E_IO);
    assert_int_equal(hb_os_dir_list(dir, true, &names, &count, NULL), HB_OK);
    assert_int_equal(count, 0);
    hb_os_names_free(names, count);
    th_temp_remove(dir);
}

/* Puts the right checksum on altered bytes: what the structure checks alone must refuse. */
static void resign(uint8_t *data, size_t bytes)
{
    char hex[HB_SHA256_HEX], pair[3] = "";
    memset(data + 40, 0, 16);
    hb_sha256_of(data, bytes, hex);
    for (int i = 0; i < 16; i++) {
        memcpy(pair, hex + 2 * i, 2);
        data[40 + i] = (uint8_t)strtoul(pair, NULL, 16);
    }
}

typedef struct {
    size_t at;
    const char *bytes;
    size_t n;
    const char *message;
} forgery_t;

static void forged_tables_are_refused(void **state)
{
    (void)state;
    static const forgery_t forgeries[] = {
        {20, "\x01\x02\x03\x04", 4, "byte order"},
        {24, "\x41", 1, "its header says"},
        {32, "\x21\0\0\0", 4, "never written"},
        {32, "\x20\0\0\0", 4, "passes the end"},
        {32, "\x05\0\0\0", 4, "out of its place"},
        {32, "\x03\0\0\0", 4, "out of its place"},
        {36, "\x01", 1, "never written"},
        {56, "\x01", 1, "never written"},
        {64, "\0", 1, "broken"},
        {64, "0123456789012345678901234", 24, "broken"},
        {64, "floats\0x", 8, "broken"},
        {64 + 40, "\x01", 1, "broken"},
        {128, "floats", 7, "two sections"},
        {64 + 24, "\0\x02", 2, "out of its place"},
        {64 + 24, "\x40\x01\0\0\0\0\0\x80", 8, "out of its place"},
        {64 + 32, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "out of its place"},
        {64 + 32, "\x81\0\0\0\0\0\0\0", 8, "out of its place"},
        {64 + 3 * 64 + 32, "\x41\0\0\0\0\0\0\0", 8, "out of its place"},
        {64 + 3 * 64 + 32, "\0\0\0\0\0\0\0\0", 8, "after the last"},
    };
    char dir[256], path[512];
    char *good = NULL;
    size_t bytes = 0;
    th_temp_make(dir);
    snprintf(path, sizeof path, "%s/a.hbx", dir);
    assert_int_equal(hb_store_write(path, "k", 1, SECTIONS, 4, NULL), HB_OK);
    read_file(path, &good, &bytes);
    for (size_t i = 0; i < HB_COUNT(forgeries); i++) {
        uint8_t *bad = hb_alloc(bytes, 1);
        hb_err_t err = {0};
        memcpy(bad, good, bytes);
        memcpy(bad + forgeries[i].at, forgeries[i].bytes, forgeries[i].n);
        resign(bad, bytes);
        assert_int_equal(hb_store_check(bad, bytes, "k", 1, "p", &err), HB_E_ARTIFACT);
        if (!strstr(err.message, forgeries[i].message)) fail_msg("%zu: %s", i, err.message);
        assert_string_equal(err.where, "p");
        hb_free(bad);
    }
    assert_int_equal(hb_store_check(good, bytes, "k", 1, "p", NULL), HB_OK);
    hb_free(good);
    th_temp_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(layout),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(writes_fail_cleanly),
        cmocka_unit_test(forged_tables_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
