/* Every byte counts: a container or manifest changed in any one byte, or cut at any length, is
 * refused with the file's name; random sections come back as they were. */
#include <stdio.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "base_rng.h"
#include "os_file.h"
#include "store_artifact.h"
#include "store_file.h"
#include "th.h"

static void write_raw(const char *path, const char *data, size_t bytes)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
}

static void store_refused(const char *path)
{
    hb_store_t store = {0};
    hb_err_t err = {0};
    const hb_status_t status = hb_store_open(path, "k", 1, &store, &err);
    if (status != HB_E_ARTIFACT || strcmp(err.where, path) != 0 || !err.message[0]) {
        fail_msg("status %d, %s: %s", (int)status, err.where, err.message);
    }
    assert_null(store.data);
}

static void containers(void **state)
{
    (void)state;
    char dir[256], path[512];
    char *data = NULL;
    size_t bytes = 0;
    hb_store_t store = {0};
    static const hb_section_t sections[] = {{"one", "0123456789", 10}, {"two", "abc", 3}};
    hb_rng_t rng = hb_rng_init(th_seed(1));
    th_temp_make(dir);
    snprintf(path, sizeof path, "%s/a.hbx", dir);
    assert_int_equal(hb_store_write(path, "k", 1, sections, 2, NULL), HB_OK);
    assert_int_equal(hb_os_read(path, 1 << 20, &data, &bytes, NULL), HB_OK);
    for (size_t i = 0; i < bytes; i++) {
        const char kept = data[i];
        const char flips[3] = {1, (char)0x80, (char)(1 + hb_rng_below(&rng, 255))};
        for (size_t k = 0; k < sizeof flips; k++) {
            data[i] = (char)(kept ^ flips[k]);
            write_raw(path, data, bytes);
            store_refused(path);
        }
        data[i] = kept;
    }
    for (size_t n = 0; n < bytes; n++) {
        write_raw(path, data, n);
        store_refused(path);
    }
    char *longer = hb_alloc(bytes + 64, 1);
    memcpy(longer, data, bytes);
    for (size_t n = 1; n <= 64; n++) {
        write_raw(path, longer, bytes + n);
        store_refused(path);
    }
    write_raw(path, data, bytes);
    assert_int_equal(hb_store_open(path, "k", 1, &store, NULL), HB_OK);
    hb_store_close(&store);
    hb_free(longer);
    hb_free(data);
    th_temp_remove(dir);
}

/* Each file of a small artifact, the manifest among them, byte by byte. */
static void artifacts(void **state)
{
    (void)state;
    char dir[256], path[512], file[4200], sha[HB_SHA256_HEX];
    static const char *const names[] = {"a.hbx", "metadata.json", "manifest.json"};
    hb_artifact_out_t *out = hb_alloc(1, sizeof *out);
    th_temp_make(dir);
    snprintf(path, sizeof path, "%s/v", dir);
    assert_int_equal(hb_artifact_begin(out, path, NULL), HB_OK);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(hb_artifact_path(out, names[i], file, NULL), HB_OK);
        write_raw(file, names[i], strlen(names[i]));
    }
    assert_int_equal(hb_artifact_commit(out, sha, NULL), HB_OK);
    hb_free(out);
    for (size_t k = 0; k < HB_COUNT(names); k++) {
        char *data = NULL;
        size_t bytes = 0;
        snprintf(file, sizeof file, "%s/%s", path, names[k]);
        assert_int_equal(hb_os_read(file, 1 << 20, &data, &bytes, NULL), HB_OK);
        for (size_t i = 0; i < 2 * bytes; i++) {
            char *bad = hb_alloc(bytes, 1);
            hb_err_t err = {0};
            memcpy(bad, data, bytes);
            /* First every byte, then every length. */
            if (i < bytes) bad[i] ^= (char)(1 << (i % 7));
            write_raw(file, bad, i < bytes ? bytes : i - bytes);
            const hb_status_t status = hb_artifact_verify(path, sha, &err);
            if (status != HB_E_ARTIFACT || !strstr(err.where, path)) {
                fail_msg("%s byte %zu: %d %s", names[k], i, (int)status, err.where);
            }
            if (k < 2) assert_string_equal(err.where, file);
            hb_free(bad);
        }
        write_raw(file, data, bytes);
        assert_int_equal(hb_artifact_verify(path, sha, NULL), HB_OK);
        hb_free(data);
    }
    th_temp_remove(dir);
}

static void random_sections(void **state)
{
    (void)state;
    char dir[256], path[512];
    hb_rng_t rng = hb_rng_init(th_seed(2));
    th_temp_make(dir);
    snprintf(path, sizeof path, "%s/r.hbx", dir);
    for (int round = 0; round < 40; round++) {
        static uint8_t pool[HB_STORE_SECTIONS_MAX][1024];
        static char names[HB_STORE_SECTIONS_MAX][24];
        hb_section_t sections[HB_STORE_SECTIONS_MAX];
        const uint32_t count = (uint32_t)hb_rng_below(&rng, HB_STORE_SECTIONS_MAX + 1);
        for (uint32_t i = 0; i < count; i++) {
            for (size_t j = 0; j < sizeof pool[i]; j++) pool[i][j] = (uint8_t)hb_rng_next(&rng);
            /* Different by the first letters, of every length that is allowed. */
            memset(names[i], 0, sizeof names[i]);
            memset(names[i], 'x', 2 + hb_rng_below(&rng, 22));
            names[i][0] = (char)('a' + i / 16);
            names[i][1] = (char)('a' + i % 16);
            sections[i] = (hb_section_t){names[i], pool[i], hb_rng_below(&rng, 1025)};
        }
        hb_store_t store = {0};
        assert_int_equal(hb_store_write(path, "random", (uint32_t)round, sections, count, NULL),
                         HB_OK);
        assert_int_equal(hb_store_open(path, "random", (uint32_t)round, &store, NULL), HB_OK);
        for (uint32_t i = 0; i < count; i++) {
            const void *data = NULL;
            assert_int_equal(
                hb_store_section_exact(&store, names[i], 1, sections[i].bytes, &data, NULL), HB_OK);
            assert_int_equal((uintptr_t)data % 64, 0);
            assert_int_equal(memcmp(data, pool[i], sections[i].bytes), 0);
        }
        hb_store_close(&store);
    }
    th_temp_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(containers),
        cmocka_unit_test(artifacts),
        cmocka_unit_test(random_sections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
