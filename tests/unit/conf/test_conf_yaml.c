/* YAML texts: what is taken, and each kind of refusal with its place, its words and its hint. */
#include "conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_mem.h"
#include "th.h"

static hb_conf_t *open_defaults(void)
{
    hb_conf_t *conf = NULL;
    assert_int_equal(hb_conf_open(&conf, NULL), HB_OK);
    return conf;
}

static hb_status_t load(hb_conf_t *conf, const char *file, const char *text, hb_err_t *err)
{
    return hb_conf_load_text(conf, file, "f.yaml", text, strlen(text), err);
}

typedef struct {
    const char *file, *text;
    const char *where, *message, *hint; /* parts that must stand there */
} refusal_t;

static const refusal_t REFUSALS[] = {
    {"model", "catboost:\n  depth: 99\n", "f.yaml:2:10", "an integer from 1 to 16, not \"99\"",
     "default is 8"},
    {"model", "catboost:\n  depth: 0\n", "f.yaml:2:10", "not \"0\"", ""},
    {"model", "catboost:\n  depth: 8.5\n", "f.yaml:2:10", "not \"8.5\"", ""},
    {"model", "catboost:\n  depth: 0x8\n", "f.yaml:2:10", "not \"0x8\"", ""},
    {"model", "catboost:\n  depth: \"8\"\n", "f.yaml:2:", "the text \"8\" (in quotes)", ""},
    {"model", "catboost:\n  depth: 99999999999999999999\n", "f.yaml:2:10", "an integer", ""},
    {"model", "catboost:\n  rsm: .nan\n", "f.yaml:2:8", "a number", ""},
    {"model", "catboost:\n  rsm: nan\n", "f.yaml:2:8", "a number", ""},
    {"model", "catboost:\n  rsm: 1e999\n", "f.yaml:2:8", "a number", ""},
    {"model", "catboost:\n  dpeth: 9\n", "f.yaml:2:3", "unknown key \"dpeth\"", "\"depth\""},
    {"model", "catbost:\n  depth: 9\n", "f.yaml:1:1", "unknown key", "\"catboost\""},
    {"model", "depth: 9\n", "f.yaml:1:1", "unknown key", "catboost.depth, in model.yaml"},
    {"data", "caps:\n  max_pos: 1\n", "f.yaml:1:1", "unknown key", "in risk.yaml"},
    {"data", "zzzzzzzzz: 1\n", "f.yaml:1:1", "unknown key", "config show"},
    {"data", "<<: {stamp: open}\n", "f.yaml:1:1", "unknown key \"<<\"", ""},
    {"data", "\"a\\0b\": 1\n", "f.yaml:1:", "unknown key", ""},
    {"data", "\"data\\0b\": {stamp: open}\n", "f.yaml:1:", "unknown key", ""},
    {"data", "\"\": 1\n", "f.yaml:1:", "unknown key", ""},
    {"model", "catboost:\n  depth: [1]\n", "f.yaml:2:10", "not a list", ""},
    {"model", "catboost: 5\n", "f.yaml:1:11", "is a section, not a value", "below it"},
    {"model", "catboost: [5]\n", "f.yaml:1:11", "is a section, not a list", "below it"},
    {"model", "ann:\n  K:\n    a: 1\n", "f.yaml:3:5", "is a value, not a section", ""},
    {"model", "ann: {K: {a: {b: {c: 1}}}}\n", "f.yaml:1:10", "not a section", ""},
    {"data", "stamp: open: b\n", "f.yaml:1:", "not valid YAML", ""},
    {"model", "ann:\n\tK: 8\n", "f.yaml:2:1", "tab character", "indent with blanks"},
    {"model", "ann: {K: 8\n", "f.yaml:2:1", "not valid YAML", ""},
    {"model", "ann: {K: \"8}\n", "f.yaml:1:", "not valid YAML", ""},
    {"model", "ann:\n  K: 8\n M: 1\n", "f.yaml:3:", "not valid YAML", ""},
    {"model", "ann: K: 8\n", "f.yaml:1:6", "is a section", ""},
    {"data", "timezone: @x\n", "f.yaml:1:11", "not valid YAML", ""},
    {"model", "ann: &x\n  K: 3\n", "f.yaml:1:", "anchors are not used", ""},
    {"model", "ann:\n  K: &x 3\n", "f.yaml:2:", "anchors are not used", ""},
    {"data", "sources: &x [a]\n", "f.yaml:1:", "anchors are not used", ""},
    {"data", "sources: [*x]\n", "f.yaml:1:", "aliases are not used", ""},
    {"model", "ann:\n  K: *x\n", "f.yaml:2:7", "aliases are not used", ""},
    {"model", "ann:\n  K: !!int 3\n", "f.yaml:2:6", "tags are not used", ""},
    {"model", "ann: !x\n  K: 3\n", "f.yaml:1:", "tags are not used", ""},
    {"model", "ann:\n  K: 3\n  K: 4\n", "f.yaml:3:3", "model.ann.K stands here for the second",
     "keep one"},
    {"model", "ann:\n  K: 3\nann:\n  M: 4\n", "f.yaml:3:1", "second time", ""},
    {"model", "ann:\n  K: 3\nann.K: 4\n", "f.yaml:3:1", "second time", ""},
    {"model", "---\nann:\n  K: 3\n---\nx: 1\n", "f.yaml:4:1", "second document", ""},
    {"model", "? [a]\n: b\n", "f.yaml:1:3", "a key must be a plain word", ""},
    {"model", "{{a: 1}: 2}\n", "f.yaml:1:2", "a key must be a plain word", ""},
    {"model", "- a\n", "f.yaml:1:1", "must hold keys", ""},
    {"model", "hello\n", "f.yaml:1:1", "must hold keys", ""},
    {"model", "*x\n", "f.yaml:1:", "aliases are not used", ""},
    {"data", "sources: [a, [b]]\n", "f.yaml:1:14", "element of a list", ""},
    {"data", "sources: [a, {b: c}]\n", "f.yaml:1:14", "element of a list", ""},
    {"data", "sources: [\"a\\nb\"]\n", "f.yaml:1:10", "control characters", ""},
    {"data", "timezone: |\n  a\n  b\n", "f.yaml:2:1", "control characters", "one line"},
    {"data", "sources: [a\n", "f.yaml:2:1", "not valid YAML", ""},
    {"model", "model:\n  ann:\n    K: 7\nann:\n  K: 3\n", "f.yaml:4:1", "beside the file's", ""},
    {"model", "ann:\n  K: 7\nmodel:\n  ann:\n    K: 3\n", "f.yaml:3:1", "beside other keys", ""},
    {"model", "model: 5\n", "f.yaml:1:8", "is a section", ""},
    {"model", "model:\n  model:\n    ann:\n      K: 3\n", "f.yaml:2:3", "unknown key", ""},
    {"model", "calibration:\n  method: isotnic\n", "f.yaml:2:11", "no choice \"isotnic\"",
     "\"isotonic\""},
    {"model", "calibration:\n  method: zzzzzzzz\n", "f.yaml:2:11", "one of isotonic, platt", ""},
    {"model", "calibration:\n  method: \"none\\0x\"\n", "f.yaml:2:", "calibration.method", ""},
    {"model", "calibration:\n  method: ''\n", "f.yaml:2:", "calibration.method", ""},
    {"model", "kernels:\n  mkl_weights: [1, 2]\n", "f.yaml:2:16", "3 of them", ""},
    {"model", "kernels:\n  mkl_weights: [0.5, 0.25, 2]\n", "f.yaml:2:16", "from 0 to 1", ""},
    {"model", "kernels:\n  mkl_weights: [learn, 1, 0]\n", "f.yaml:2:16", "not \"learn\"", ""},
    {"model", "kernels:\n  mkl_weights: 3\n", "f.yaml:2:16", "not \"3\"", ""},
    {"model", "kernels:\n  mkl_weights:\n", "f.yaml:2:3", "not empty", ""},
    {"risk", "rollout:\n  steps: []\n", "f.yaml:2:10", "a list of 0", ""},
    {"risk", "rollout:\n  steps: [5, 2.5]\n", "f.yaml:2:10", "not \"2.5\"", ""},
    {"risk", "caps:\n  daily_loss:\n", "f.yaml:2:3", "not empty", "default is 1500"},
    {"risk", "caps:\n  daily_loss: -1\n", "f.yaml:2:15", "not \"-1\"", ""},
    {"risk", "caps:\n  flatten_by: 24:00\n", "f.yaml:2:15", "HH:MM", ""},
    {"risk", "caps:\n  flatten_by: 12:60\n", "f.yaml:2:15", "HH:MM", ""},
    {"risk", "caps:\n  flatten_by: 12-30\n", "f.yaml:2:15", "HH:MM", ""},
    {"risk", "caps:\n  flatten_by: 1x:30\n", "f.yaml:2:15", "HH:MM", ""},
    {"risk", "caps:\n  flatten_by: 1230\n", "f.yaml:2:15", "HH:MM", ""},
    {"risk", "compliance:\n  no_vpn: maybe\n", "f.yaml:2:11", "true or false", ""},
    {"risk", "compliance:\n  no_vpn: \"true\"\n", "f.yaml:2:", "in quotes", ""},
    {"data", "stamp: open\n# \xff\n", "f.yaml:2:1", "not UTF-8", ""},
    {"data", "# \xc0\xaf\n", "f.yaml:1:1", "not UTF-8", ""},
    {"data", "# \xed\xa0\x80\n", "f.yaml:1:1", "not UTF-8", ""},
    {"data", "# \xe2\x82\n", "f.yaml:1:1", "not UTF-8", ""},
    {"data", "# \xf4\x90\x80\x80\n", "f.yaml:1:1", "not UTF-8", ""},
};

static void refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof REFUSALS / sizeof *REFUSALS; i++) {
        const refusal_t *want = &REFUSALS[i];
        hb_conf_t *conf = open_defaults();
        hb_err_t err = {0};
        if (load(conf, want->file, want->text, &err) != HB_E_CONFIG) {
            fail_msg("taken: %s", want->text);
        }
        if (strncmp(err.where, want->where, strlen(want->where)) != 0 ||
            !strstr(err.message, want->message) || !strstr(err.hint, want->hint)) {
            fail_msg("%s\ngives %s | %s | %s", want->text, err.where, err.message, err.hint);
        }
        assert_null(strchr(err.message, '\n'));
        /* Nothing was changed, not even by the good lines before the bad one. */
        assert_int_equal(hb_conf_int(conf, "model.ann.K"), 32);
        assert_string_equal(hb_conf_source(conf, "data.stamp"), "default");
        hb_conf_close(conf);
    }
}

static void taken(void **state)
{
    (void)state;
    static const char *const texts[][4] = {
        {"model", "", "model.ann.K", "32"},
        {"model", "# only a comment\n", "model.ann.K", "32"},
        {"model", "\n\n   \n", "model.ann.K", "32"},
        {"model", "---\n", "model.ann.K", "32"},
        {"model", "---\n...\n", "model.ann.K", "32"},
        {"model", "~\n", "model.ann.K", "32"},
        {"model",
         "\xef\xbb\xbf"
         "ann:\n  K: 9\n",
         "model.ann.K", "9"},
        {"model", "ann:\r\n  K: 9\r\n", "model.ann.K", "9"},
        {"model", "ann:\n", "model.ann.K", "32"},
        {"model", "ann: null\n", "model.ann.K", "32"},
        {"model", "ann: {}\n", "model.ann.K", "32"},
        {"model", "{ann: {K: 7}}", "model.ann.K", "7"},
        {"model", "{\"ann\": {\"K\": 7}}", "model.ann.K", "7"},
        {"model", "model:\n  ann:\n    K: 7\n", "model.ann.K", "7"},
        {"model", "ann.K: 7\nann.hnsw.M: 16\n", "model.ann.K", "7"},
        {"model", "? ann\n: K: 7\n", "model.ann.K", "7"},
        {"model", "kernels:\n  mkl_weights: LEARN\n", "model.kernels.mkl_weights", "learn"},
        {"model", "kernels:\n  mkl_weights:\n  - 1\n  - 0\n  - 0.0\n", "model.kernels.mkl_weights",
         "[1, 0, 0]"},
        {"model", "whitening:\n  tyler:\n    rho: \"auto\"\n", "model.whitening.tyler.rho", "auto"},
        {"model", "catboost:\n  l2_leaf_reg: -0.0\n", "model.catboost.l2_leaf_reg", "0"},
        {"model", "catboost:\n  boosting_type: ordered\n", "model.catboost.boosting_type",
         "Ordered"},
        {"model", "catboost:\n  learning_rate: 5.0E-2\n", "model.catboost.learning_rate", "0.05"},
        {"model", "whitening:\n  tyler:\n    tol: 1.5e-10\n", "model.whitening.tyler.tol",
         "1.5e-10"},
        {"data", "sources: a b.csv\n", "data.sources", "[\"a b.csv\"]"},
        {"data", "sources: ~\n", "data.sources", "[]"},
        {"data", "sources: []\n", "data.sources", "[]"},
        {"data", "sources:\n- a\n- 'b: c'\n", "data.sources", "[a, \"b: c\"]"},
        {"data", "timezone:\n", "data.timezone", ""},
        {"data", "timezone: Europe/Z\xc3\xbcrich\n", "data.timezone", "Europe/Z\xc3\xbcrich"},
        {"risk", "caps:\n  trailing_loss: ~\n", "risk.caps.trailing_loss", "none"},
        {"risk", "caps:\n  flatten_by: 9:05\n", "risk.caps.flatten_by", "09:05"},
        {"risk", "caps:\n  flatten_by: None\n", "risk.caps.flatten_by", "none"},
        {"risk", "caps:\n  daily_loss: 2000\n", "risk.caps.daily_loss", "2000"},
        {"risk", "compliance:\n  no_vpn: off\n", "risk.compliance.no_vpn", "false"},
        {"risk", "projectx:\n  account: 123456\n", "risk.projectx.account", "123456"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        hb_conf_t *conf = open_defaults();
        hb_err_t err = {0};
        if (load(conf, texts[i][0], texts[i][1], &err) != HB_OK) {
            fail_msg("%s: %s | %s", texts[i][1], err.where, err.message);
        }
        assert_string_equal(hb_conf_text(conf, texts[i][2]), texts[i][3]);
        hb_conf_close(conf);
    }
}

static void source_is_file_and_line(void **state)
{
    (void)state;
    hb_conf_t *conf = open_defaults();
    assert_int_equal(
        load(conf, "data", "stamp: close\nsources:\n- a\n\nlabel:\n  horizon_T: 3\n", NULL), HB_OK);
    assert_string_equal(hb_conf_source(conf, "data.stamp"), "f.yaml:1");
    assert_string_equal(hb_conf_source(conf, "data.label.horizon_T"), "f.yaml:6");
    assert_string_equal(hb_conf_source(conf, "data.rolls"), "default");
    /* A later text adds to an earlier one. */
    assert_int_equal(load(conf, "data", "stamp: open\n", NULL), HB_OK);
    assert_string_equal(hb_conf_text(conf, "data.stamp"), "open");
    assert_int_equal(hb_conf_int(conf, "data.label.horizon_T"), 3);
    hb_conf_close(conf);
}

static void nul_bytes_are_named(void **state)
{
    (void)state;
    static const char text[] = "stamp: open\nrolls: no\0ne\n";
    hb_conf_t *conf = open_defaults();
    hb_err_t err = {0};
    assert_int_equal(hb_conf_load_text(conf, "data", "f.yaml", text, sizeof text - 1, &err),
                     HB_E_CONFIG);
    assert_string_equal(err.where, "f.yaml:2:10");
    assert_non_null(strstr(err.message, "NUL"));
    hb_conf_close(conf);
}

/* Attacks on time and memory end quickly, in a refusal. */
static void large_texts(void **state)
{
    (void)state;
    hb_conf_t *conf = open_defaults();
    const size_t bytes = (1u << 20) + 1;
    char *text = hb_alloc(bytes + 1, 1);
    hb_err_t err = {0};
    memset(text, '\n', bytes);
    assert_int_equal(hb_conf_load_text(conf, "data", "f.yaml", text, bytes, &err), HB_E_CONFIG);
    assert_non_null(strstr(err.message, "larger than"));
    assert_int_equal(hb_conf_load_text(conf, "data", "f.yaml", text, bytes - 1, NULL), HB_OK);

    static const char *const fills[] = {
        "[", "{", "- ", "? ", "a: ", "!", "&a ", "\"", "#", "sources: "};
    for (size_t k = 0; k < sizeof fills / sizeof *fills; k++) {
        const size_t n = strlen(fills[k]);
        for (size_t i = 0; i < 100000; i++) text[i] = fills[k][i % n];
        err = (hb_err_t){0};
        const hb_status_t status = hb_conf_load_text(conf, "data", "f.yaml", text, 100000, &err);
        if (fills[k][0] == '#') {
            assert_int_equal(status, HB_OK);
        } else {
            assert_int_equal(status, HB_E_CONFIG);
        }
    }
    hb_buf_t list = {0};
    hb_buf_addf(&list, "sources: [a");
    for (int i = 0; i < 5000; i++) hb_buf_addf(&list, ",a");
    hb_buf_addf(&list, "]\n");
    err = (hb_err_t){0};
    assert_int_equal(hb_conf_load_text(conf, "data", "f", list.p, list.len, &err), HB_E_CONFIG);
    assert_non_null(strstr(err.message, "too long"));
    hb_buf_fini(&list);

    memset(text, 'a', 6000);
    memcpy(text, "timezone: ", 10);
    err = (hb_err_t){0};
    assert_int_equal(hb_conf_load_text(conf, "data", "f.yaml", text, 6000, &err), HB_E_CONFIG);
    assert_non_null(strstr(err.message, "longer than 4096 bytes"));
    memcpy(text, "timezone; ", 10);
    memcpy(text + 5990, ": b\n", 4);
    err = (hb_err_t){0};
    assert_int_equal(hb_conf_load_text(conf, "data", "f.yaml", text, 5994, &err), HB_E_CONFIG);
    hb_free(text);
    hb_conf_close(conf);
}

/* What is foreign is cut and cleaned before it stands in a message; a long name keeps its end. */
static void messages_are_clean(void **state)
{
    (void)state;
    hb_conf_t *conf = open_defaults();
    hb_err_t err = {0};
    const char *text = "\"k\\e[31m\\u00e9\\n0123456789012345678901234567890123456789"
                       "01234567890123456789\": 1\n";
    char name[400];
    memset(name, 'd', sizeof name);
    memcpy(name + sizeof name - 8, "/f.yaml", 8);
    assert_int_equal(hb_conf_load_text(conf, "data", name, text, strlen(text), &err), HB_E_CONFIG);
    assert_non_null(strstr(err.message, "k?[31m\xc3\xa9?0123"));
    assert_non_null(strstr(err.message, "...\""));
    assert_non_null(strstr(err.where, "/f.yaml:1:"));
    assert_int_equal(strncmp(err.where, "...ddd", 6), 0);
    hb_conf_close(conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals),
        cmocka_unit_test(taken),
        cmocka_unit_test(source_is_file_and_line),
        cmocka_unit_test(nul_bytes_are_named),
        cmocka_unit_test(large_texts),
        cmocka_unit_test(messages_are_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
