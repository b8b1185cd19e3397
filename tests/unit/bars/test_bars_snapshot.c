/* Snapshots: round trip, identity, refusal of altered and foreign folders. */
#include "bars_snapshot.h"
#include "bars_synth.h"
#include "bars_th.h"
#include "os_file.h"
#include "store_artifact.h"

static char dir[256];

static int setup(void **state)
{
    (void)state;
    th_temp_make(dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    th_temp_remove(dir);
    return 0;
}

static hb_snapshot_t snapshot_make(uint64_t seed, double tick_size, uint32_t bar_size_s,
                                   const char *version)
{
    hb_synth_params_t synth = hb_synth_params_default();
    hb_bar_list_t list = {0};
    hb_err_t err = {0};
    hb_snapshot_t out;
    synth.bars = 500;
    synth.seed = seed;
    assert_int_equal(hb_synth_make(&synth, &list, &err), HB_OK);
    hb_ingest_params_t params = hb_ingest_params_default();
    params.tick_size = tick_size;
    hb_ingest_report_t report = {.bar_size_s = bar_size_s};
    hb_snapshot_make(&list, &params, &report, version, &out);
    assert_null(list.bars);
    assert_int_equal(list.count, 0);
    return out;
}

static const char *path_of(const char *name)
{
    static char paths[4][512];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    return path;
}

static hb_status_t save(const hb_snapshot_t *snapshot, const char *path, hb_err_t *err)
{
    const hb_ingest_params_t params = hb_ingest_params_default();
    hb_ingest_report_t report = {.bar_size_s = 300, .rows_read = 501, .date_order = "ymd"};
    report.counts[HB_QA_DUPLICATE_TIMESTAMP] = 1;
    report.example_lines[HB_QA_DUPLICATE_TIMESTAMP][0] = 17;
    const char *source = path_of("caf\xe9.csv");
    FILE *file = fopen(source, "wb");
    assert_non_null(file);
    fputs("abc", file);
    fclose(file);
    return hb_snapshot_save(snapshot, path, &source, 1, &params, &report, err);
}

static void test_id(void **state)
{
    (void)state;
    hb_snapshot_t a = snapshot_make(1, 0.25, 300, "v/1"), b = snapshot_make(1, 0.25, 300, "v/1");
    assert_string_equal(a.id, b.id);
    assert_int_equal(strlen(a.id), 64);
    hb_snapshot_close(&b);
    /* Each ingredient of the id counts. */
    hb_snapshot_t others[] = {snapshot_make(2, 0.25, 300, "v/1"), snapshot_make(1, 0.5, 300, "v/1"),
                              snapshot_make(1, 0.25, 60, "v/1"),
                              snapshot_make(1, 0.25, 300, "v/2")};
    for (int i = 0; i < 4; i++) {
        assert_string_not_equal(a.id, others[i].id);
        hb_snapshot_close(&others[i]);
    }
    hb_snapshot_close(&a);
    assert_null(a.bars.bars);
}

static void test_round_trip(void **state)
{
    (void)state;
    hb_err_t err = {0};
    hb_snapshot_t a = snapshot_make(1, 0.25, 300, "v/1"), b;
    const char *path = path_of("snap");
    assert_int_equal(save(&a, path, &err), HB_OK);
    assert_int_equal(hb_snapshot_open(path, &b, &err), HB_OK);
    assert_string_equal(a.id, b.id);
    assert_string_equal(b.calendar, "cme_globex_equity");
    assert_string_equal(b.calendar_version, "v/1");
    assert_int_equal(b.bars.count, 500);
    assert_int_equal(b.bars.bar_size_s, 300);
    th_close(b.bars.tick_size, 0.25, 0);
    assert_memory_equal(a.bars.bars, b.bars.bars, 500 * sizeof(hb_bar_t));
    json_error_t error;
    char json_path[600];
    snprintf(json_path, sizeof json_path, "%s/snapshot.json", path);
    json_t *json = json_load_file(json_path, 0, &error);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "snapshot_id")), a.id);
    json_t *source = json_array_get(json_object_get(json, "sources"), 0);
    assert_string_equal(json_string_value(json_object_get(source, "sha256")),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_non_null(strstr(json_string_value(json_object_get(source, "path")), "caf?.csv"));
    json_t *qa = json_object_get(json_object_get(json, "report"), "qa");
    json_t *duplicate = json_object_get(qa, "duplicate_timestamp");
    assert_int_equal(json_integer_value(json_object_get(duplicate, "count")), 1);
    json_decref(json);
    hb_snapshot_close(&b);
    /* The same again is fine, another one is not. */
    assert_int_equal(save(&a, path, &err), HB_OK);
    hb_snapshot_t other = snapshot_make(2, 0.25, 300, "v/1");
    assert_int_equal(save(&other, path, &err), HB_E_IO);
    assert_non_null(strstr(err.message, "another snapshot"));
    hb_snapshot_close(&other);
    hb_snapshot_close(&a);
}

static void test_refusals(void **state)
{
    (void)state;
    hb_err_t err = {0};
    hb_snapshot_t a = snapshot_make(3, 0.25, 300, "v/1"), b;
    assert_int_equal(hb_os_dir_make(path_of("taken"), &err), HB_OK);
    assert_int_equal(save(&a, path_of("taken"), &err), HB_E_IO);
    assert_non_null(strstr(err.message, "no snapshot"));
    err = (hb_err_t){0};
    const char *missing = path_of("missing.csv");
    const hb_ingest_params_t params = hb_ingest_params_default();
    const hb_ingest_report_t report = {.bar_size_s = 300};
    assert_int_equal(hb_snapshot_save(&a, path_of("new"), &missing, 1, &params, &report, &err),
                     HB_E_IO);
    assert_false(hb_os_exists(path_of("new")));
    err = (hb_err_t){0};
    hb_snapshot_t none = {0};
    assert_int_equal(hb_snapshot_save(&none, path_of("new"), NULL, 0, &params, &report, &err),
                     HB_E_DATA);
    err = (hb_err_t){0};
    assert_int_not_equal(hb_snapshot_open(path_of("nowhere"), &b, &err), HB_OK);
    assert_true(err.message[0] != '\0');
    hb_snapshot_close(&a);
}

static void byte_flip(const char *path, long at)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, at, at < 0 ? SEEK_END : SEEK_SET);
    const long where = ftell(file);
    const int c = fgetc(file);
    fseek(file, where, SEEK_SET);
    fputc(c ^ 1, file);
    fclose(file);
}

static void test_altered(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        long at;
    } flips[] = {{"bars.hbx", 70},
                 {"bars.hbx", -40},
                 {"bars.hbx", 300},
                 {"snapshot.json", 30},
                 {"manifest.json", 40}};
    for (size_t i = 0; i < sizeof flips / sizeof flips[0]; i++) {
        hb_err_t err = {0};
        char name[32], path[600];
        snprintf(name, sizeof name, "altered%zu", i);
        hb_snapshot_t a = snapshot_make(4, 0.25, 300, "v/1"), b = {0};
        assert_int_equal(save(&a, path_of(name), &err), HB_OK);
        snprintf(path, sizeof path, "%s/%s/%s", dir, name, flips[i].file);
        byte_flip(path, flips[i].at);
        assert_int_equal(hb_snapshot_open(path_of(name), &b, &err), HB_E_ARTIFACT);
        assert_null(b.bars.bars);
        hb_snapshot_close(&a);
    }
}

/* The layout of the section "meta". */
typedef struct {
    double tick_size;
    uint32_t bar_size_s, zero;
    char calendar[32], calendar_version[32], id[72];
} meta_t;

/* A folder that is sealed well but whose content cannot be right. */
static void forged(const char *name, const hb_snapshot_t *like, const meta_t *meta,
                   uint32_t bar_count, const char *message)
{
    hb_err_t err = {0};
    hb_artifact_out_t *out = hb_alloc(1, sizeof *out);
    char path[4200], payload[HB_SHA256_HEX];
    hb_snapshot_t b = {0};
    const hb_section_t sections[] = {
        {"meta", meta, sizeof *meta},
        {"bars", like->bars.bars, bar_count * sizeof(hb_bar_t)},
    };
    assert_int_equal(hb_artifact_begin(out, path_of(name), &err), HB_OK);
    assert_int_equal(hb_artifact_path(out, "bars.hbx", path, &err), HB_OK);
    assert_int_equal(hb_store_write(path, "bars", 1, sections, 2, &err), HB_OK);
    assert_int_equal(hb_artifact_commit(out, payload, &err), HB_OK);
    assert_int_equal(hb_snapshot_open(path_of(name), &b, &err), HB_E_ARTIFACT);
    if (!strstr(err.message, message)) fail_msg("%s: %s", name, err.message);
    hb_free(out);
}

static void test_forged(void **state)
{
    (void)state;
    hb_snapshot_t a = snapshot_make(5, 0.25, 300, "v/1");
    meta_t good = {.tick_size = 0.25, .bar_size_s = 300};
    strcpy(good.calendar, a.calendar);
    strcpy(good.calendar_version, a.calendar_version);
    strcpy(good.id, a.id);
    meta_t meta = good;
    meta.id[0] ^= 1;
    forged("id", &a, &meta, 500, "id does not fit");
    forged("count", &a, &good, 499, "id does not fit");
    meta = good;
    memset(meta.calendar, 'x', sizeof meta.calendar);
    forged("name", &a, &meta, 500, "header is damaged");
    meta = good;
    meta.bar_size_s = 0;
    forged("size", &a, &meta, 500, "header is damaged");
    meta = good;
    meta.tick_size = -1;
    forged("tick", &a, &meta, 500, "header is damaged");
    forged("none", &a, &good, 0, "without bars");
    hb_snapshot_close(&a);
    /* Bars that are none, under an id that fits them. */
    for (int i = 0; i < 2; i++) {
        hb_bar_list_t list = {hb_alloc(2, sizeof(hb_bar_t)), 2};
        const hb_bar_t bar = {
            .open_utc_at_ns = 60 * NS, .open = 1, .high = 1, .low = 1, .close = 1};
        list.bars[0] = list.bars[1] = bar;
        if (i == 1) {
            list.bars[1].open_utc_at_ns = 120 * NS;
            list.bars[1].high = 0.5;
        }
        const hb_ingest_params_t params = hb_ingest_params_default();
        const hb_ingest_report_t report = {.bar_size_s = 60};
        hb_err_t err = {0};
        hb_snapshot_t bad, b = {0};
        hb_snapshot_make(&list, &params, &report, "v/1", &bad);
        assert_int_equal(save(&bad, path_of(i ? "bar" : "time"), &err), HB_OK);
        assert_int_equal(hb_snapshot_open(path_of(i ? "bar" : "time"), &b, &err), HB_E_ARTIFACT);
        assert_non_null(strstr(err.message, "bars that are none"));
        hb_snapshot_close(&bad);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_id),       cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_altered),
        cmocka_unit_test(test_forged),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
