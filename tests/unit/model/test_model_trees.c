/* The trees' evaluator against values worked out by hand, and their file against every damage. */
#include "th.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_trees.h"

/* Tree 0: bits x0 > 0.5, x1 > -1. Tree 1: one leaf. Tree 2: bit x2 > 2. */
static const uint32_t depths[] = {2, 0, 1};
static const uint32_t features[] = {0, 1, 2};
static const float borders[] = {0.5f, -1.0f, 2.0f};
static const double leaves[] = {1, 10, 100, 1000, 0.25, -3, 7};

static hb_trees_t small_make(void)
{
    return (hb_trees_t){.feature_count = 3,
                        .tree_count = 3,
                        .scale = 2,
                        .bias = 0.5,
                        .depths = depths,
                        .split_features = features,
                        .split_borders = borders,
                        .leaf_values = leaves,
                        .split_count = 3,
                        .leaf_count = 7};
}

static void eval_by_hand(void **state)
{
    (void)state;
    const hb_trees_t trees = small_make();
    const struct {
        float x[3];
        double raw;
    } cases[] = {
        {{0, -2, 0}, 0.5 + 2 * (1 + 0.25 - 3)},
        {{1, -2, 0}, 0.5 + 2 * (10 + 0.25 - 3)},
        {{0, 0, 0}, 0.5 + 2 * (100 + 0.25 - 3)},
        {{1, 0, 3}, 0.5 + 2 * (1000 + 0.25 + 7)},
        {{0.5f, -1, 2}, 0.5 + 2 * (1 + 0.25 - 3)}, /* equal is not above */
        {{NAN, NAN, NAN}, 0.5 + 2 * (1 + 0.25 - 3)},
        {{INFINITY, -INFINITY, 3}, 0.5 + 2 * (10 + 0.25 + 7)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(hb_trees_eval(&trees, cases[i].x) == cases[i].raw);
    }
}

static void rows_equal_single(void **state)
{
    (void)state;
    const hb_trees_t trees = small_make();
    enum { ROWS = 200 };
    float x[ROWS * 3];
    double raw[ROWS + 1];
    for (int i = 0; i < ROWS * 3; i++) x[i] = (float)((i * 37) % 11) - 4.0f;
    for (uint32_t rows = 0; rows <= ROWS; rows += 25) {
        raw[rows] = -77;
        hb_trees_eval_rows(&trees, x, rows, raw);
        assert_true(raw[rows] == -77);
        for (uint32_t i = 0; i < rows; i++) {
            assert_true(raw[i] == hb_trees_eval(&trees, x + 3 * i));
        }
    }
}

static void bias_alone(void **state)
{
    (void)state;
    const hb_trees_t trees = {.feature_count = 1, .scale = 1, .bias = -0.75};
    const float x = 3;
    hb_err_t err = {0};
    assert_int_equal(hb_trees_check(&trees, &err), HB_OK);
    assert_true(hb_trees_eval(&trees, &x) == -0.75);
}

static void refused(const hb_trees_t *trees, const char *text)
{
    hb_err_t err = {0};
    assert_int_equal(hb_trees_check(trees, &err), HB_E_INTERNAL);
    assert_non_null(strstr(err.message, text));
    hb_err_t save_err = {0};
    assert_int_equal(hb_trees_save(trees, "/nonexistent/x", &save_err), HB_E_INTERNAL);
    hb_trees_t from_file = *trees;
    (void)snprintf(from_file.store.path, sizeof from_file.store.path, "trees.hbx");
    hb_err_t file_err = {0};
    assert_int_equal(hb_trees_check(&from_file, &file_err), HB_E_ARTIFACT);
    assert_string_equal(file_err.where, "trees.hbx");
}

static void check_refuses_header(void **state)
{
    (void)state;
    hb_trees_t t = small_make();
    t.feature_count = 0;
    refused(&t, "feature count");
    t.feature_count = 65537;
    refused(&t, "feature count");
    t = small_make();
    t.scale = NAN;
    refused(&t, "scale");
    t = small_make();
    t.bias = INFINITY;
    refused(&t, "bias");
    t = small_make();
    t.depths = NULL;
    refused(&t, "missing");
    t = small_make();
    t.leaf_values = NULL;
    refused(&t, "missing");
    t = small_make();
    t.split_features = NULL;
    refused(&t, "missing");
    t = small_make();
    t.split_borders = NULL;
    refused(&t, "missing");
}

static void check_refuses_content(void **state)
{
    (void)state;
    const uint32_t deep[] = {2, 0, 17}, outside[] = {0, 3, 2};
    const float nan_border[] = {0.5f, NAN, 2}, inf_border[] = {0.5f, 1, INFINITY};
    const double nan_leaf[] = {1, 10, 100, 1000, NAN, -3, 7};
    hb_trees_t t = small_make();
    t.depths = deep;
    refused(&t, "deeper");
    t = small_make();
    t.split_features = outside;
    refused(&t, "feature");
    t = small_make();
    t.split_borders = nan_border;
    refused(&t, "border");
    t = small_make();
    t.split_borders = inf_border;
    refused(&t, "border");
    t = small_make();
    t.leaf_values = nan_leaf;
    refused(&t, "leaf value");
    t = small_make();
    t.split_count = 2;
    refused(&t, "splits");
    t = small_make();
    t.leaf_count = 8;
    refused(&t, "leaves");
}

static char folder[256];
static char file_path[300];

static int folder_make(void **state)
{
    (void)state;
    th_temp_make(folder);
    (void)snprintf(file_path, sizeof file_path, "%s/trees.hbx", folder);
    return 0;
}

static int folder_remove(void **state)
{
    (void)state;
    th_temp_remove(folder);
    return 0;
}

static void same_model(const hb_trees_t *a, const hb_trees_t *b)
{
    assert_int_equal(a->feature_count, b->feature_count);
    assert_int_equal(a->tree_count, b->tree_count);
    assert_true(a->scale == b->scale && a->bias == b->bias);
    assert_int_equal(a->split_count, b->split_count);
    assert_int_equal(a->leaf_count, b->leaf_count);
    if (a->tree_count) {
        assert_memory_equal(a->depths, b->depths, a->tree_count * sizeof *a->depths);
        assert_memory_equal(a->leaf_values, b->leaf_values, a->leaf_count * sizeof(double));
    }
    if (a->split_count) {
        assert_memory_equal(a->split_features, b->split_features, a->split_count * 4);
        assert_memory_equal(a->split_borders, b->split_borders, a->split_count * 4);
    }
}

static void round_trip(const hb_trees_t *trees)
{
    hb_err_t err = {0};
    hb_trees_t read = {0};
    assert_int_equal(hb_trees_save(trees, file_path, &err), HB_OK);
    assert_int_equal(hb_trees_open(file_path, &read, &err), HB_OK);
    same_model(trees, &read);
    hb_trees_close(&read);
    assert_null(read.leaf_values);
    hb_trees_close(&read);
}

static void save_open(void **state)
{
    (void)state;
    const hb_trees_t full = small_make();
    round_trip(&full);
    const hb_trees_t empty = {.feature_count = 4, .scale = 1, .bias = 0.125};
    round_trip(&empty);
    const uint32_t flat[] = {0, 0};
    const hb_trees_t no_splits = {.feature_count = 1,
                                  .tree_count = 2,
                                  .scale = 1,
                                  .depths = flat,
                                  .leaf_values = leaves,
                                  .leaf_count = 2};
    round_trip(&no_splits);
}

static void open_refused(hb_status_t expected)
{
    hb_err_t err = {0};
    hb_trees_t out;
    memset(&out, 0x5a, sizeof out);
    hb_trees_t before = out;
    assert_int_equal(hb_trees_open(file_path, &out, &err), expected);
    assert_memory_equal(&out, &before, sizeof out);
    assert_true(err.message[0] != '\0');
}

static size_t file_read(uint8_t *bytes, size_t cap)
{
    FILE *file = fopen(file_path, "rb");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, cap, file);
    assert_int_equal(fclose(file), 0);
    return size;
}

static void file_write(const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(file_path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void every_byte_counts(void **state)
{
    (void)state;
    const hb_trees_t trees = small_make();
    hb_err_t err = {0};
    uint8_t bytes[4096];
    assert_int_equal(hb_trees_save(&trees, file_path, &err), HB_OK);
    const size_t size = file_read(bytes, sizeof bytes);
    assert_true(size > 64 && size < sizeof bytes);
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= (uint8_t)(1u << (i % 8));
        file_write(bytes, size);
        open_refused(HB_E_ARTIFACT);
        bytes[i] ^= (uint8_t)(1u << (i % 8));
    }
    for (size_t cut = 0; cut < size; cut++) {
        file_write(bytes, cut);
        open_refused(HB_E_ARTIFACT);
    }
    bytes[size] = 0;
    file_write(bytes, size + 1);
    open_refused(HB_E_ARTIFACT);
    file_write(bytes, size);
    hb_trees_t read;
    assert_int_equal(hb_trees_open(file_path, &read, &err), HB_OK);
    hb_trees_close(&read);
}

typedef struct {
    uint32_t feature_count, tree_count;
    double scale, bias;
    uint64_t split_count, leaf_count;
} meta_t;

/* A container that is sound in itself but whose content is not a model. */
static void content_refused(const meta_t *meta, size_t meta_bytes, uint32_t sections)
{
    const hb_section_t all[] = {
        {"meta", meta, meta_bytes},
        {"depths", depths, sizeof depths},
        {"features", features, sizeof features},
        {"borders", borders, sizeof borders},
        {"leaves", leaves, sizeof leaves},
        {"more", leaves, 8},
    };
    hb_err_t err = {0};
    assert_int_equal(hb_store_write(file_path, "trees", 1, all, sections, &err), HB_OK);
    open_refused(HB_E_ARTIFACT);
}

static void sound_file_bad_content(void **state)
{
    (void)state;
    const meta_t good = {3, 3, 2, 0.5, 3, 7};
    content_refused(&good, sizeof good - 8, 5);
    content_refused(&good, sizeof good, 6);
    content_refused(&good, sizeof good, 4);
    meta_t meta = good;
    meta.tree_count = 2;
    content_refused(&meta, sizeof meta, 5);
    meta = good;
    meta.tree_count = UINT32_MAX;
    content_refused(&meta, sizeof meta, 5);
    meta = good;
    meta.split_count = UINT64_MAX / 4 + 2;
    content_refused(&meta, sizeof meta, 5);
    meta = good;
    meta.leaf_count = 6;
    content_refused(&meta, sizeof meta, 5);
    meta = good;
    meta.split_count = 2;
    content_refused(&meta, sizeof meta, 5);
    meta = good;
    meta.feature_count = 2;
    content_refused(&meta, sizeof meta, 5);
    meta = good;
    meta.bias = NAN;
    content_refused(&meta, sizeof meta, 5);
}

static void other_files(void **state)
{
    (void)state;
    hb_err_t err = {0};
    const hb_section_t section = {"meta", depths, sizeof depths};
    assert_int_equal(hb_store_write(file_path, "calib", 1, &section, 1, &err), HB_OK);
    open_refused(HB_E_ARTIFACT);
    assert_int_equal(hb_store_write(file_path, "trees", 2, &section, 1, &err), HB_OK);
    open_refused(HB_E_ARTIFACT);
    assert_int_equal(remove(file_path), 0);
    hb_trees_t out;
    assert_int_not_equal(hb_trees_open(file_path, &out, &err), HB_OK);
    const hb_trees_t trees = small_make();
    hb_err_t save_err = {0};
    assert_int_not_equal(hb_trees_save(&trees, "/nonexistent/folder/trees", &save_err), HB_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eval_by_hand),
        cmocka_unit_test(rows_equal_single),
        cmocka_unit_test(bias_alone),
        cmocka_unit_test(check_refuses_header),
        cmocka_unit_test(check_refuses_content),
        cmocka_unit_test(save_open),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(sound_file_bad_content),
        cmocka_unit_test(other_files),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
