/* The table holds to its rules; what is made from it (sample files, schema, page) reads back. */
#include "conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_mem.h"
#include "os_file.h"
#include "th.h"

static const char *const FILES[] = {"data", "model", "risk"};

static hb_conf_t *open_defaults(void)
{
    hb_conf_t *conf = NULL;
    hb_err_t err = {0};
    if (hb_conf_open(&conf, &err) != HB_OK) fail_msg("%s: %s", err.where, err.message);
    return conf;
}

static void entries_are_sound(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < hb_conf_key_count; i++) {
        const hb_conf_key_t *key = &hb_conf_keys[i];
        const char *rest = strchr(key->key, '.');
        assert_non_null(rest);
        assert_true(key->help[0] && key->unit && key->choices && key->default_text);
        assert_true(key->lo <= key->hi);
        if (key->type == HB_CONF_CHOICE) assert_true(key->choices[0]);
        assert_ptr_equal(hb_conf_key_find(key->key), key);
        for (uint32_t j = 0; j < i; j++) {
            const char *other = hb_conf_keys[j].key;
            /* Whatever the case, also below the file name: --set needs it. */
            if (hb_text_equal_nocase(strchr(other, '.'), rest)) fail_msg("%s twice", key->key);
            const size_t n = strlen(other);
            if (strncmp(other, key->key, n) == 0 && key->key[n] == '.') {
                fail_msg("%s is a key and a section", other);
            }
        }
    }
    assert_null(hb_conf_key_find("model.ann"));
    assert_null(hb_conf_key_find(""));
}

/* A section that is left must not come back: its YAML would stand there twice. */
static void sections_stand_together(void **state)
{
    (void)state;
    for (uint32_t i = 1; i < hb_conf_key_count; i++) {
        const char *key = hb_conf_keys[i].key;
        for (const char *dot = strchr(key, '.'); dot; dot = strchr(dot + 1, '.')) {
            const size_t n = (size_t)(dot - key) + 1;
            if (strncmp(hb_conf_keys[i - 1].key, key, n) == 0) continue;
            for (uint32_t j = 0; j + 1 < i; j++) {
                if (strncmp(hb_conf_keys[j].key, key, n) == 0) fail_msg("%s stands apart", key);
            }
        }
    }
}

static void defaults_are_typed(void **state)
{
    (void)state;
    hb_conf_t *conf = open_defaults();
    assert_string_equal(hb_conf_text(conf, "data.timezone"), "UTC");
    assert_int_equal(hb_conf_int(conf, "model.catboost.depth"), 8);
    assert_true(hb_conf_real(conf, "model.catboost.learning_rate") == 0.06);
    assert_true(hb_conf_real(conf, "model.catboost.l2_leaf_reg") == 3);
    assert_true(hb_conf_bool(conf, "risk.compliance.no_vpn"));
    assert_true(hb_conf_is(conf, "data.label.embargo_bars", "ceil(T/2)"));
    assert_false(hb_conf_has_number(conf, "data.label.embargo_bars"));
    assert_true(hb_conf_has_number(conf, "data.label.horizon_T"));
    assert_false(hb_conf_has_number(conf, "data.stamp"));
    assert_int_equal(hb_conf_count(conf, "model.kernels.mkl_weights"), 3);
    assert_true(hb_conf_real_at(conf, "model.kernels.mkl_weights", 1) == 0.25);
    assert_true(hb_conf_real_at(conf, "risk.rollout.steps", 3) == 100);
    assert_int_equal(hb_conf_count(conf, "risk.gates.blocking"), 7);
    assert_string_equal(hb_conf_text_at(conf, "risk.gates.blocking", 0), "auc_interval");
    assert_int_equal(hb_conf_count(conf, "data.sources"), 0);
    assert_int_equal(hb_conf_clock_min(conf, "risk.caps.flatten_by"), 15 * 60 + 10);
    assert_true(hb_conf_is(conf, "risk.caps.trailing_loss", "none"));
    assert_string_equal(hb_conf_text(conf, "risk.projectx.endpoint"), "");
    assert_string_equal(hb_conf_source(conf, "data.stamp"), "default");
    assert_true(hb_conf_real(conf, "risk.caps.data_age_s") == 120);
    assert_true(hb_conf_real(conf, "risk.gates.latency_p95_ms_max") == 24.7);
    hb_conf_close(conf);
    hb_conf_close(NULL);
}

/* Values of every kind away from their defaults, through YAML and back: same values, same bytes. */
static void yaml_reads_back(void **state)
{
    (void)state;
    static const char *const sets[] = {
        "data.sources=[a b.csv, \"x,y \\ 'z\", true, 12, null, projectx:CON.F.US.EP.Z26]",
        "model.whitening.tyler.rho=1e-2",
        "model.whitening.tyler.tol=3.3333333333333333e-7",
        "mkl_weights=learn",
        "risk.caps.flatten_by=9:05",
        "risk.compliance.no_vpn=no",
        "risk.rollout.steps=1,2,3",
        "risk.projectx.endpoint=https://127.0.0.1:8080/\xc3\xbc#x: y",
        "risk.projectx.account=0x10",
        "risk.caps.daily_loss=1234567.89",
    };
    hb_conf_t *conf = open_defaults();
    hb_err_t err = {0};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        if (hb_conf_set(conf, sets[i], &err) != HB_OK) fail_msg("%s: %s", sets[i], err.message);
    }
    for (int commented = 0; commented < 2; commented++) {
        hb_conf_t *back = open_defaults();
        for (size_t i = 0; i < 3; i++) {
            hb_buf_t text = {0}, again = {0};
            hb_conf_to_yaml(conf, FILES[i], commented, &text);
            if (hb_conf_load_text(back, FILES[i], "t", text.p, text.len, &err) != HB_OK) {
                fail_msg("%s: %s (%s)", err.where, err.message, err.hint);
            }
            hb_conf_to_yaml(back, FILES[i], commented, &again);
            assert_string_equal(text.p, again.p);
            hb_buf_fini(&text);
            hb_buf_fini(&again);
        }
        for (uint32_t i = 0; i < hb_conf_key_count; i++) {
            const char *key = hb_conf_keys[i].key;
            assert_string_equal(hb_conf_text(conf, key), hb_conf_text(back, key));
            assert_int_equal(hb_conf_count(conf, key), hb_conf_count(back, key));
        }
        assert_string_equal(hb_conf_text_at(back, "data.sources", 1), "x,y \\ 'z");
        assert_string_equal(hb_conf_text_at(back, "data.sources", 3), "12");
        assert_string_equal(hb_conf_text(back, "risk.caps.flatten_by"), "09:05");
        assert_string_equal(hb_conf_text(back, "model.whitening.tyler.rho"), "0.01");
        hb_conf_close(back);
    }
    hb_conf_close(conf);
}

/* The files in config/ are what the table says. HYPERBAR_TEST_UPDATE=1 writes them. */
static void sample_files_equal_table(void **state)
{
    (void)state;
    hb_conf_t *conf = open_defaults();
    for (size_t i = 0; i < 3; i++) {
        char path[1024];
        hb_err_t err = {0};
        hb_buf_t want = {0};
        char *text = NULL;
        size_t bytes = 0;
        snprintf(path, sizeof path, "%s/config/%s.yaml", HB_SOURCE_DIR, FILES[i]);
        hb_conf_to_yaml(conf, FILES[i], true, &want);
        if (getenv("HYPERBAR_TEST_UPDATE")) {
            assert_int_equal(hb_os_write_atomic(path, want.p, want.len, &err), HB_OK);
        }
        if (hb_os_read(path, 1 << 20, &text, &bytes, &err) != HB_OK) fail_msg("%s", err.message);
        assert_string_equal(text, want.p);
        hb_free(text);
        hb_buf_fini(&want);
    }
    hb_conf_close(conf);
}

static json_t *schema_of(json_t *root, const char *key)
{
    json_t *at = root;
    for (const char *part = key; part; part = strchr(part, '.') ? strchr(part, '.') + 1 : NULL) {
        char name[128];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(part, "."), part);
        at = json_object_get(json_object_get(at, "properties"), name);
    }
    return at;
}

static void schema_names_every_key(void **state)
{
    (void)state;
    hb_buf_t text = {0}, again = {0};
    hb_conf_to_schema(&text);
    hb_conf_to_schema(&again);
    assert_string_equal(text.p, again.p);
    json_t *root = json_loads(text.p, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    for (uint32_t i = 0; i < hb_conf_key_count; i++) {
        const json_t *key = schema_of(root, hb_conf_keys[i].key);
        if (!key) fail_msg("%s", hb_conf_keys[i].key);
        assert_string_equal(json_string_value(json_object_get(key, "description")),
                            hb_conf_keys[i].help);
    }
    const json_t *depth = schema_of(root, "model.catboost.depth");
    assert_string_equal(json_string_value(json_object_get(depth, "type")), "integer");
    assert_int_equal(json_integer_value(json_object_get(depth, "maximum")), 16);
    const json_t *rho = json_object_get(schema_of(root, "model.whitening.tyler.rho"), "anyOf");
    assert_int_equal(json_array_size(rho), 2);
    const json_t *weights =
        json_array_get(json_object_get(schema_of(root, "model.kernels.mkl_weights"), "anyOf"), 0);
    assert_int_equal(json_integer_value(json_object_get(weights, "minItems")), 3);
    json_decref(root);
    hb_buf_fini(&text);
    hb_buf_fini(&again);
}

static void page_has_a_row_a_key(void **state)
{
    (void)state;
    hb_buf_t text = {0};
    hb_conf_to_markdown(&text);
    uint32_t rows = 0;
    for (const char *at = text.p; (at = strstr(at, "\n| `")); at++) rows++;
    assert_int_equal(rows, hb_conf_key_count);
    for (size_t i = 0; i < 3; i++) {
        char title[32];
        snprintf(title, sizeof title, "## %s.yaml\n", FILES[i]);
        assert_non_null(strstr(text.p, title));
    }
    assert_non_null(strstr(text.p, "an integer from 1 to 16"));
    hb_buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_sound),        cmocka_unit_test(sections_stand_together),
        cmocka_unit_test(defaults_are_typed),       cmocka_unit_test(yaml_reads_back),
        cmocka_unit_test(sample_files_equal_table), cmocka_unit_test(schema_names_every_key),
        cmocka_unit_test(page_has_a_row_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
