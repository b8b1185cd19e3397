/* near_index_file: round trip, equal bytes, and the refusal of everything that is not a whole
 * index. */
#include <stdio.h>

#include "near_make.h"

typedef struct {
    char folder[256];
    char path[300];
    world_t world;
    hb_near_index_t index;
} fixture_t;

static int setup(void **state)
{
    fixture_t *f = hb_alloc(1, sizeof *f);
    th_temp_make(f->folder);
    snprintf(f->path, sizeof f->path, "%s/near.hbx", f->folder);
    hb_rng_t rng = hb_rng_init(5);
    f->world = make_world(&rng, 6, 5);
    f->index = make_index(&f->world, hb_near_params_default());
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_t *f = *state;
    hb_near_close(&f->index);
    drop_world(&f->world);
    th_temp_remove(f->folder);
    hb_free(f);
    return 0;
}

static void save(const fixture_t *f)
{
    hb_err_t err = {0};
    if (hb_near_save(&f->index, f->path, &err) != HB_OK) fail_msg("save: %s", err.message);
}

static uint8_t *read_bytes(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    uint8_t *bytes = hb_alloc(1, 1 << 16);
    *size = fread(bytes, 1, 1 << 16, file);
    fclose(file);
    return bytes;
}

static void write_bytes(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void expect_refused(const fixture_t *f, const char *text)
{
    hb_near_index_t out = {.rows = 77};
    hb_err_t err = {0};
    assert_int_equal(hb_near_open(f->path, &out, &err), HB_E_ARTIFACT);
    assert_true(strstr(err.where, "near.hbx") || strstr(err.message, "near.hbx"));
    if (!strstr(err.message, text)) fail_msg("'%s' does not say '%s'", err.message, text);
    assert_int_equal(out.rows, 77);
}

static void test_round_trip(void **state)
{
    fixture_t *f = *state;
    f->index.params.k = 4;
    f->index.params.two_stage = true;
    f->index.params.k_cand = 5;
    save(f);
    hb_near_index_t opened;
    hb_err_t err = {0};
    assert_int_equal(hb_near_open(f->path, &opened, &err), HB_OK);
    assert_int_equal(opened.rows, f->index.rows);
    assert_int_equal(opened.dim, f->index.dim);
    assert_int_equal(opened.label_ns_max, f->index.label_ns_max);
    assert_int_equal(opened.params.metric, HB_METRIC_LORENTZ);
    assert_int_equal(opened.params.backend, HB_NEAR_EXACT);
    assert_true(opened.params.two_stage);
    assert_int_equal(opened.params.k, 4);
    assert_int_equal(opened.params.k_cand, 5);
    assert_true((uintptr_t)opened.z % 64 == 0);
    assert_memory_equal(opened.z, f->index.z, sizeof(float) * f->index.dim * f->index.rows);
    assert_memory_equal(opened.lift, f->index.lift, sizeof(float) * f->index.rows);
    assert_memory_equal(opened.meta, f->index.meta, sizeof *opened.meta * f->index.rows);
    hb_near_close(&opened);
    assert_null(opened.z);
}

static void test_equal_bytes(void **state)
{
    fixture_t *f = *state;
    size_t size_a, size_b;
    save(f);
    uint8_t *a = read_bytes(f->path, &size_a);
    hb_near_index_t opened;
    assert_int_equal(hb_near_open(f->path, &opened, NULL), HB_OK);
    snprintf(f->path, sizeof f->path, "%s/again.hbx", f->folder);
    assert_int_equal(hb_near_save(&opened, f->path, NULL), HB_OK);
    uint8_t *b = read_bytes(f->path, &size_b);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(a, b, size_a);
    hb_near_index_t built = make_index(&f->world, hb_near_params_default());
    assert_int_equal(hb_near_save(&built, f->path, NULL), HB_OK);
    hb_free(b);
    b = read_bytes(f->path, &size_b);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(a, b, size_a);
    hb_near_close(&built);
    hb_near_close(&opened);
    hb_free(a);
    hb_free(b);
}

static void test_every_byte_and_length(void **state)
{
    fixture_t *f = *state;
    size_t size;
    save(f);
    uint8_t *bytes = read_bytes(f->path, &size);
    assert_true(size > 320 && size < 8192);
    for (size_t i = 0; i < size; i++) {
        const uint8_t kept = bytes[i];
        bytes[i] ^= (uint8_t)(1u << (i % 8));
        write_bytes(f->path, bytes, size);
        bytes[i] = kept;
        hb_near_index_t out;
        if (hb_near_open(f->path, &out, NULL) != HB_E_ARTIFACT) fail_msg("byte %zu passes", i);
    }
    for (size_t n = 0; n < size; n++) {
        write_bytes(f->path, bytes, n);
        hb_near_index_t out;
        if (hb_near_open(f->path, &out, NULL) != HB_E_ARTIFACT) fail_msg("length %zu passes", n);
    }
    bytes[size] = 0;
    write_bytes(f->path, bytes, size + 1);
    expect_refused(f, "");
    write_bytes(f->path, bytes, size);
    hb_near_index_t out;
    assert_int_equal(hb_near_open(f->path, &out, NULL), HB_OK); /* the bytes themselves were good */
    hb_near_close(&out);
    hb_free(bytes);
}

/* Writes a container with a right checksum around a head of the test's own. */
static void forge(const fixture_t *f, const uint32_t head[8], uint64_t z_bytes, const char *last)
{
    const hb_near_index_t *index = &f->index;
    const hb_section_t sections[] = {
        {"head", head, 32},
        {"z", index->z, z_bytes},
        {"lift", index->lift, 4ull * index->rows},
        {last, index->meta, sizeof *index->meta * index->rows},
    };
    hb_err_t err = {0};
    if (hb_store_write(f->path, "near", 1, sections, 4, &err) != HB_OK) fail_msg("%s", err.message);
}

static void test_forged_heads(void **state)
{
    fixture_t *f = *state;
    const uint32_t good[8] = {HB_METRIC_LORENTZ, HB_NEAR_EXACT, 0, 1024, 32, 6, 16, 0};
    const uint64_t z_bytes = 6 * 16 * 4;
    hb_near_index_t out;
    forge(f, good, z_bytes, "meta");
    assert_int_equal(hb_near_open(f->path, &out, NULL), HB_OK);
    hb_near_close(&out);
    const uint32_t bad[][2] = {/* place, value */
                               {0, 3}, {1, 1},          {1, 2}, {1, 3},  {2, 2}, {4, 0}, {4, 129},
                               {5, 0}, {5, UINT32_MAX}, {6, 0}, {6, 48}, {6, 8}, {7, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint32_t head[8];
        memcpy(head, good, sizeof head);
        head[bad[i][0]] = bad[i][1];
        forge(f, head, z_bytes, "meta");
        expect_refused(f, "head");
    }
    uint32_t head[8];
    memcpy(head, good, sizeof head);
    head[2] = 1;
    head[3] = 5; /* fewer candidates than neighbours */
    forge(f, head, z_bytes, "meta");
    expect_refused(f, "head");
}

static void test_forged_counts(void **state)
{
    fixture_t *f = *state;
    uint32_t head[8] = {HB_METRIC_LORENTZ, HB_NEAR_EXACT, 0, 1024, 32, 6, 16, 0};
    forge(f, head, 5 * 16 * 4, "meta");
    expect_refused(f, "");
    forge(f, head, 6 * 16 * 4, "other");
    expect_refused(f, "");
    head[5] = 5; /* rows: every section is one too long */
    forge(f, head, 6 * 16 * 4, "meta");
    expect_refused(f, "");
    head[5] = 0x40000000; /* times 64 bytes a row: far beyond the file */
    forge(f, head, 6 * 16 * 4, "meta");
    expect_refused(f, "");
}

static void test_forged_rows(void **state)
{
    fixture_t *f = *state;
    const uint32_t head[8] = {HB_METRIC_LORENTZ, HB_NEAR_EXACT, 0, 1024, 32, 6, 16, 0};
    hb_near_meta_t *meta = hb_alloc(6, sizeof *meta);
    float *lift = hb_alloc(6, sizeof *lift);
    float *z = hb_alloc(6 * 16, sizeof *z);
    const hb_near_index_t good = f->index;
    memcpy(meta, good.meta, 6 * sizeof *meta);
    memcpy(lift, good.lift, 6 * sizeof *lift);
    memcpy(z, good.z, 6 * 16 * sizeof *z);
    f->index.meta = meta;
    f->index.lift = lift;
    f->index.z = z;
    meta[3].start_utc_at_ns = meta[2].start_utc_at_ns - 1;
    forge(f, head, 6 * 16 * 4, "meta");
    expect_refused(f, "row 3: time goes back");
    meta[3] = good.meta[3];
    meta[5].outcome_atr = INFINITY;
    forge(f, head, 6 * 16 * 4, "meta");
    expect_refused(f, "row 5: the outcome is not finite");
    meta[5] = good.meta[5];
    lift[0] = NAN;
    forge(f, head, 6 * 16 * 4, "meta");
    expect_refused(f, "row 0: the lift");
    lift[0] = good.lift[0];
    z[16 + 3] = INFINITY;
    forge(f, head, 6 * 16 * 4, "meta");
    expect_refused(f, "row 1: the point is not finite");
    f->index = good;
    hb_free(meta);
    hb_free(lift);
    hb_free(z);
}

static void test_missing_and_foreign(void **state)
{
    fixture_t *f = *state;
    hb_near_index_t out;
    hb_err_t err = {0};
    assert_int_not_equal(hb_near_open(f->path, &out, &err), HB_OK);
    assert_non_null(strstr(err.where, "near.hbx"));
    const hb_section_t section = {"head", "12345678", 8};
    assert_int_equal(hb_store_write(f->path, "near", 2, &section, 1, NULL), HB_OK);
    expect_refused(f, "");
    assert_int_equal(hb_store_write(f->path, "whiten", 1, &section, 1, NULL), HB_OK);
    expect_refused(f, "");
    assert_int_equal(hb_store_write(f->path, "near", 1, &section, 1, NULL), HB_OK);
    expect_refused(f, "");
    err = (hb_err_t){0};
    assert_int_not_equal(hb_near_save(&f->index, "/nonexistent/folder/near.hbx", &err), HB_OK);
    assert_true(err.message[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_equal_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_byte_and_length, setup, teardown),
        cmocka_unit_test_setup_teardown(test_forged_heads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_forged_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_forged_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_missing_and_foreign, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
