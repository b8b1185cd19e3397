/* From a set in memory to a folder and back: same decisions, and every damage is refused by name.
 */
#include <stdio.h>

#include "engine_fixture.h"

static char folder[256];
static fx_t *fx;
static hb_model_set_t *opened;
static int next_name;

static int setup(void **state)
{
    (void)state;
    th_temp_make(folder);
    fx = fx_make(21);
    opened = hb_alloc(1, sizeof *opened);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    hb_free(opened);
    fx_free(fx);
    th_temp_remove(folder);
    return 0;
}

static void fresh_path(char path[512])
{
    snprintf(path, 512, "%s/artifact-%d", folder, next_name++);
}

static void expect_refused(const char *path, const char *name)
{
    hb_err_t err = {0};
    static const hb_model_set_t zero;
    memset(opened, 0, sizeof *opened);
    assert_int_equal(hb_model_set_open(path, opened, &err), HB_E_ARTIFACT);
    if (strstr(err.where, name) == NULL && strstr(err.message, name) == NULL) {
        fail_msg("%s is not named: %s: %s", name, err.where, err.message);
    }
    assert_memory_equal(opened, &zero, sizeof zero); /* outputs untouched */
}

static void test_round_trip(void **state)
{
    (void)state;
    static hb_step_t a;
    static hb_step_t b;
    hb_err_t err = {0};
    char path[512];
    fresh_path(path);
    fx_save(&fx->set, path, NULL);
    if (hb_model_set_open(path, opened, &err) != HB_OK) fail_msg("%s: %s", err.where, err.message);
    assert_true(opened->verified);
    assert_int_equal(opened->bar_size_s, FX_BAR_S);
    char first[17];
    snprintf(first, sizeof first, "%016llx", (unsigned long long)opened->tag);
    assert_memory_equal(first, opened->sha256, 16);

    fx_t *twin = fx_make(21);
    twin->set.tag = opened->tag; /* the keys hang on it */
    fx_start(twin, &twin->set);
    fx_start(fx, opened);
    for (uint32_t i = 0; i < FX_BARS; i++) {
        fx_step(fx, &fx->bars[i], &a);
        fx_step(twin, &twin->bars[i], &b);
        assert_true(fx_same(&a, &b));
    }
    fx_free(twin);
    hb_model_set_close(opened);
    hb_model_set_close(opened); /* zeroed is allowed */
    assert_false(opened->verified);
}

static void test_same_set_same_hash(void **state)
{
    (void)state;
    char sha256[2][HB_SHA256_HEX];
    for (int i = 0; i < 2; i++) {
        char path[512];
        hb_err_t err = {0};
        fresh_path(path);
        fx_save(&fx->set, path, NULL);
        assert_int_equal(hb_model_set_open(path, opened, &err), HB_OK);
        memcpy(sha256[i], opened->sha256, HB_SHA256_HEX);
        hb_model_set_close(opened);
    }
    assert_string_equal(sha256[0], sha256[1]);
}

static const char *const part_names[] = {HB_FILE_WHITEN, HB_FILE_INDEX, HB_FILE_KERNELS,
                                         HB_FILE_MODEL,  HB_FILE_CALIB, HB_FILE_SCHEMA};

static void byte_flip(const char *path)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, -3, SEEK_END), 0);
    const int c = fgetc(file);
    assert_int_equal(fseek(file, -3, SEEK_END), 0);
    assert_true(fputc(c ^ 4, file) != EOF);
    assert_int_equal(fclose(file), 0);
}

static void test_damage_is_named(void **state)
{
    (void)state;
    char path[512];
    char file[700];
    for (size_t i = 0; i < sizeof part_names / sizeof *part_names; i++) {
        fresh_path(path);
        fx_save(&fx->set, path, NULL);
        snprintf(file, sizeof file, "%s/%s", path, part_names[i]);
        byte_flip(file);
        expect_refused(path, part_names[i]);
        byte_flip(file);
        assert_int_equal(remove(file), 0);
        expect_refused(path, part_names[i]);
    }
    hb_err_t err = {0};
    snprintf(file, sizeof file, "%s/nothing-here", folder);
    assert_int_not_equal(hb_model_set_open(file, opened, &err), HB_OK);
}

/* A folder that is whole and sealed, but without one of the parts. */
static void test_part_never_written(void **state)
{
    (void)state;
    for (size_t skip_at = 0; skip_at < sizeof part_names / sizeof *part_names; skip_at++) {
        char whole[512];
        char path[512];
        char from[700];
        char to[4200];
        char sha256[HB_SHA256_HEX];
        hb_err_t err = {0};
        hb_artifact_out_t out = {0};
        fresh_path(whole);
        fx_save(&fx->set, whole, NULL);
        fresh_path(path);
        assert_int_equal(hb_artifact_begin(&out, path, &err), HB_OK);
        for (size_t i = 0; i < sizeof part_names / sizeof *part_names; i++) {
            if (i == skip_at) continue;
            char *data = NULL;
            size_t bytes = 0;
            snprintf(from, sizeof from, "%s/%s", whole, part_names[i]);
            assert_int_equal(hb_os_read(from, 1u << 26, &data, &bytes, &err), HB_OK);
            assert_int_equal(hb_artifact_path(&out, part_names[i], to, &err), HB_OK);
            assert_int_equal(hb_os_write_atomic(to, data, bytes, &err), HB_OK);
            hb_free(data);
        }
        assert_int_equal(hb_artifact_commit(&out, sha256, &err), HB_OK);
        expect_refused(path, part_names[skip_at]);
    }
}

/* Each part is sound and sealed, but they do not belong together. */
static void test_parts_that_do_not_fit(void **state)
{
    (void)state;
    char path[512];
    fx->set.trees.feature_count++;
    fresh_path(path);
    fx_save(&fx->set, path, NULL);
    fx->set.trees.feature_count--;
    expect_refused(path, HB_FILE_MODEL);
}

static void expect_schema_refused(const char *text)
{
    char path[512];
    fresh_path(path);
    fx_save(&fx->set, path, text);
    expect_refused(path, HB_FILE_SCHEMA);
}

/* schema.json with one piece replaced. */
static char *schema_with(const char *from, const char *to)
{
    char *text = hb_schema_json(FX_BAR_S);
    char *at = strstr(text, from);
    assert_non_null(at);
    const size_t size = strlen(text) + strlen(to) + 1;
    char *out = hb_alloc(size, 1);
    snprintf(out, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    hb_free(text);
    return out;
}

static void test_schema_refused(void **state)
{
    (void)state;
    static const char *const edits[][2] = {
        {"hyperbar-schema-1", "hyperbar-schema-2"},
        {"\"schema_sha256\":\"", "\"schema_sha256\":\"0"},
        {"schema_sha256", "schema_sha257"},
        {"\"bar_size_s\":60", "\"bar_size_s\":0"},
        {"\"bar_size_s\":60", "\"bar_size_s\":86401"},
        {"\"bar_size_s\":60", "\"bar_size_s\":-60"},
        {"\"bar_size_s\":60", "\"bar_size_s\":\"60\""},
        {"\"bar_size_s\":60", "\"bar_size_s\":060"},
        {"\"bar_size_s\":60", "\"bar_size_s\": 60"},
        {"\"near\":[", "\"near\":[{\"name\":\"extra\"},"},
        {"\"state\":[", "\"state\":["},
    };
    const size_t count = sizeof edits / sizeof *edits;
    for (size_t i = 0; i + 1 < count; i++) {
        char *text = schema_with(edits[i][0], edits[i][1]);
        expect_schema_refused(text);
        hb_free(text);
    }
    expect_schema_refused("");
    expect_schema_refused("[]");
    expect_schema_refused("{}");
    expect_schema_refused("{\"format\":1}");
    /* The last edit changes nothing: the way the others were made is sound. */
    char *text = schema_with(edits[count - 1][0], edits[count - 1][1]);
    char path[512];
    hb_err_t err = {0};
    fresh_path(path);
    fx_save(&fx->set, path, text);
    hb_free(text);
    assert_int_equal(hb_model_set_open(path, opened, &err), HB_OK);
    hb_model_set_close(opened);
}

static void test_schema_text(void **state)
{
    (void)state;
    char sha256[HB_SHA256_HEX];
    hb_schema_sha256(sha256);
    const uint32_t sizes[] = {60, 300, 86400};
    for (int i = 0; i < 3; i++) {
        char *text = hb_schema_json(sizes[i]);
        json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(root);
        json_t *names = json_object_get(root, "state");
        json_t *near = json_object_get(root, "near");
        assert_int_equal(json_integer_value(json_object_get(root, "bar_size_s")), sizes[i]);
        assert_string_equal(json_string_value(json_object_get(root, "schema_sha256")), sha256);
        assert_int_equal(json_array_size(names), hb_state_dim);
        assert_int_equal(json_array_size(near), hb_row_near_dim);
        for (uint32_t f = 0; f < hb_state_dim; f++) {
            json_t *feature = json_array_get(names, f);
            assert_string_equal(json_string_value(json_object_get(feature, "name")),
                                hb_state_schema[f].name);
            json_t *lo = json_object_get(feature, "lo");
            if (isfinite(hb_state_schema[f].lo)) {
                assert_true(json_number_value(lo) == hb_state_schema[f].lo);
            } else {
                assert_true(json_is_null(lo));
            }
        }
        for (uint32_t f = 0; f < hb_row_near_dim; f++) {
            assert_string_equal(json_string_value(json_object_get(json_array_get(near, f), "name")),
                                hb_row_near_schema[f].name);
        }
        json_decref(root);
        hb_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_same_set_same_hash),
        cmocka_unit_test(test_damage_is_named),
        cmocka_unit_test(test_part_never_written),
        cmocka_unit_test(test_parts_that_do_not_fit),
        cmocka_unit_test(test_schema_refused),
        cmocka_unit_test(test_schema_text),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
