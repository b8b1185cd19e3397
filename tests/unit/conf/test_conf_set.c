/* --set and the environment: names, values, precedence, refusals; and the folder of files. */
#include "conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os_file.h"
#include "th.h"

static hb_conf_t *open_defaults(void)
{
    hb_conf_t *conf = NULL;
    assert_int_equal(hb_conf_open(&conf, NULL), HB_OK);
    return conf;
}

static void set_takes(void **state)
{
    (void)state;
    static const char *const sets[][3] = {
        {"model.catboost.depth=10", "model.catboost.depth", "10"},
        {"catboost.depth=9", "model.catboost.depth", "9"},
        {"depth=7", "model.catboost.depth", "7"},
        {"CatBoost.Depth = 6 ", "model.catboost.depth", "6"},
        {"tick_size=0.25", "data.tick_size", "0.25"},
        {"data.tick_size=AUTO", "data.tick_size", "auto"},
        {"rq.ell=2", "model.kernels.rq.ell", "2"},
        {"K=64", "model.ann.K", "64"},
        {"depth=\"5\"", "model.catboost.depth", "5"},
        {"data.timezone=\"America/Chicago\"", "data.timezone", "America/Chicago"},
        {"data.timezone='UTC'", "data.timezone", "UTC"},
        {"data.timezone=", "data.timezone", ""},
        {"user_hub=wss://a/b?c=d", "risk.projectx.user_hub", "wss://a/b?c=d"},
        {"sources=a.csv,b.csv", "data.sources", "[a.csv, b.csv]"},
        {"sources=[a.csv, 'b,c.csv' , \"d\"]", "data.sources", "[a.csv, \"b,c.csv\", d]"},
        {"sources=[]", "data.sources", "[]"},
        {"sources=", "data.sources", "[]"},
        {"mkl_weights=0.2,0.3,0.5", "model.kernels.mkl_weights", "[0.2, 0.3, 0.5]"},
        {"mkl_weights=Learn", "model.kernels.mkl_weights", "learn"},
        {"no_vpn=0", "risk.compliance.no_vpn", "false"},
        {"flatten_by=none", "risk.caps.flatten_by", "none"},
        {"flatten_by=", "risk.caps.flatten_by", "none"},
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        hb_conf_t *conf = open_defaults();
        hb_err_t err = {0};
        if (hb_conf_set(conf, sets[i][0], &err) != HB_OK)
            fail_msg("%s: %s", sets[i][0], err.message);
        assert_string_equal(hb_conf_text(conf, sets[i][1]), sets[i][2]);
        assert_string_equal(hb_conf_source(conf, sets[i][1]), "--set");
        hb_conf_close(conf);
    }
}

static void set_refuses(void **state)
{
    (void)state;
    static const char *const sets[][3] = {
        {"depth", "\"depth\" is not an assignment", "KEY=VALUE"},
        {"", "is not an assignment", ""},
        {"=5", "unknown key \"\"", ""},
        {"catboost.dpeth=5", "unknown key \"catboost.dpeth\"", "catboost.depth"},
        {"dpeth=5", "unknown key \"dpeth\"", "\"depth\""},
        {"qqqqqqqq=5", "unknown key", "config show"},
        {"embargo_bars=5", "\"embargo_bars\" is ambiguous",
         "data.label.embargo_bars, data.splits.embargo_bars"},
        {"alpha=0.2", "ambiguous", "model.kernels.rq.alpha, model.conformal.alpha"},
        {"catboost=5", "\"catboost\" is a section", "model.seeds.catboost"},
        {"ann=5", "unknown key", ""},
        {"depth=", "not empty", ""},
        {"depth=x", "not \"x\"", ""},
        {"depth=17", "from 1 to 16", ""},
        {"mkl_weights=1,2", "3 of them", ""},
        {"mkl_weights=", "not empty", ""},
        {"steps=[]", "a list of 0", ""},
        {"steps=[1,]", "not \"\"", ""},
        {"method=isotonc", "no choice", "isotonic"},
        {"timezone=\x01", "control characters", ""},
        {"timezone=\xff", "not UTF-8", ""},
        {"sources=a,\x7f", "control characters", ""},
        {"\xff\x01=1", "unknown key \"??\"", ""},
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        hb_conf_t *conf = open_defaults();
        hb_err_t err = {0};
        if (hb_conf_set(conf, sets[i][0], &err) != HB_E_CONFIG) fail_msg("taken: %s", sets[i][0]);
        if (!strstr(err.message, sets[i][1]) || !strstr(err.hint, sets[i][2])) {
            fail_msg("%s gives %s | %s", sets[i][0], err.message, err.hint);
        }
        assert_string_equal(err.where, "--set");
        assert_int_equal(hb_conf_int(conf, "model.catboost.depth"), 8);
        hb_conf_close(conf);
    }
    /* A name longer than any key, and a list longer than any list. */
    hb_conf_t *conf = open_defaults();
    char text[20000];
    memset(text, 'a', 500);
    memcpy(text + 500, "=1", 3);
    assert_int_equal(hb_conf_set(conf, text, NULL), HB_E_CONFIG);
    memset(text, ',', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    memcpy(text, "sources=", 8);
    assert_int_equal(hb_conf_set(conf, text, NULL), HB_E_CONFIG);
    hb_conf_close(conf);
}

static void env_unset_all(void)
{
    static const char *const names[] = {"HYPERBAR_MODEL__CATBOOST__DEPTH",
                                        "hyperbar_model__catboost__depth",
                                        "HYPERBAR_Model__CatBoost__Depth",
                                        "HYPERBAR_DATA__STAMP",
                                        "HYPERBAR_DATA__STAMPP",
                                        "HYPERBAR_NOT_A_KEY",
                                        "HYPERBAR_ANN__K_CAND",
                                        "HYPERBAR_RISK__ROLLOUT__STEPS"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) unsetenv(names[i]);
}

static void env_takes(void **state)
{
    (void)state;
    hb_conf_t *conf = open_defaults();
    hb_err_t err = {0};
    env_unset_all();
    setenv("HYPERBAR_Model__CatBoost__Depth", "5", 1);
    setenv("HYPERBAR_DATA__STAMP", "close", 1);
    setenv("HYPERBAR_ANN__K_CAND", "77", 1);
    setenv("HYPERBAR_RISK__ROLLOUT__STEPS", "10,90", 1);
    setenv("HYPERBAR_NOT_A_KEY", "1", 1);
    if (hb_conf_load_env(conf, &err) != HB_OK) fail_msg("%s: %s", err.where, err.message);
    assert_int_equal(hb_conf_int(conf, "model.catboost.depth"), 5);
    assert_string_equal(hb_conf_text(conf, "data.stamp"), "close");
    assert_int_equal(hb_conf_int(conf, "model.ann.K_cand"), 77);
    assert_int_equal(hb_conf_count(conf, "risk.rollout.steps"), 2);
    assert_string_equal(hb_conf_source(conf, "data.stamp"), "HYPERBAR_DATA__STAMP");
    /* The same environment once more, then --set above it. */
    assert_int_equal(hb_conf_load_env(conf, NULL), HB_OK);
    assert_int_equal(hb_conf_set(conf, "depth=3", NULL), HB_OK);
    assert_int_equal(hb_conf_int(conf, "model.catboost.depth"), 3);
    env_unset_all();
    hb_conf_close(conf);
}

static void env_refuses(void **state)
{
    (void)state;
    hb_conf_t *conf = open_defaults();
    hb_err_t err = {0};
    env_unset_all();
    setenv("HYPERBAR_DATA__STAMPP", "close", 1);
    assert_int_equal(hb_conf_load_env(conf, &err), HB_E_CONFIG);
    assert_string_equal(err.where, "HYPERBAR_DATA__STAMPP");
    assert_non_null(strstr(err.hint, "\"data.stamp\""));
    env_unset_all();

    err = (hb_err_t){0};
    setenv("HYPERBAR_DATA__STAMP", "closed", 1);
    setenv("HYPERBAR_MODEL__CATBOOST__DEPTH", "5", 1);
    assert_int_equal(hb_conf_load_env(conf, &err), HB_E_CONFIG);
    assert_int_equal(hb_conf_int(conf, "model.catboost.depth"), 8);
    env_unset_all();

    err = (hb_err_t){0};
    setenv("HYPERBAR_MODEL__CATBOOST__DEPTH", "5", 1);
    setenv("HYPERBAR_Model__CatBoost__Depth", "6", 1);
    assert_int_equal(hb_conf_load_env(conf, &err), HB_E_CONFIG);
    assert_non_null(strstr(err.message, "set twice"));
    env_unset_all();
    assert_int_equal(hb_conf_load_env(conf, NULL), HB_OK);
    hb_conf_close(conf);
}

static void file_write(const char *dir, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(hb_os_write_atomic(path, text, strlen(text), NULL), HB_OK);
}

static void folder_and_precedence(void **state)
{
    (void)state;
    char dir[256], path[512];
    hb_conf_t *conf = open_defaults();
    hb_err_t err = {0};
    th_temp_make(dir);
    env_unset_all();
    /* An empty folder is none of ours when it was asked for. */
    assert_int_equal(hb_conf_load_dir(conf, dir, false, &err), HB_OK);
    assert_int_equal(hb_conf_load_dir(conf, dir, true, &err), HB_E_CONFIG);
    assert_non_null(strstr(err.message, "none of data.yaml"));

    file_write(dir, "model.yaml", "catboost:\n  depth: 6\n  rsm: 0.5\n");
    file_write(dir, "data.yaml", "stamp: close\n");
    assert_int_equal(hb_conf_load_dir(conf, dir, true, NULL), HB_OK);
    assert_int_equal(hb_conf_int(conf, "model.catboost.depth"), 6);
    snprintf(path, sizeof path, "%s/model.yaml:2", dir);
    assert_string_equal(hb_conf_source(conf, "model.catboost.depth"), path);
    setenv("HYPERBAR_MODEL__CATBOOST__DEPTH", "5", 1);
    assert_int_equal(hb_conf_load_env(conf, NULL), HB_OK);
    assert_int_equal(hb_conf_int(conf, "model.catboost.depth"), 5);
    assert_true(hb_conf_real(conf, "model.catboost.rsm") == 0.5);
    env_unset_all();

    /* A bad file drops the good ones of the same call too. */
    file_write(dir, "data.yaml", "stamp: open\n");
    file_write(dir, "risk.yaml", "caps:\n  max_pos: 0\n");
    err = (hb_err_t){0};
    assert_int_equal(hb_conf_load_dir(conf, dir, true, &err), HB_E_CONFIG);
    snprintf(path, sizeof path, "%s/risk.yaml:2:12", dir);
    assert_string_equal(err.where, path);
    assert_string_equal(hb_conf_text(conf, "data.stamp"), "close");

    file_write(dir, "risk.yaml", "");
    snprintf(path, sizeof path, "%s/data.yaml", dir);
    assert_int_equal(remove(path), 0);
    file_write(dir, "data.yml", "stamp: open\n");
    err = (hb_err_t){0};
    assert_int_equal(hb_conf_load_dir(conf, dir, true, &err), HB_E_CONFIG);
    assert_non_null(strstr(err.hint, "rename it to data.yaml"));
    th_temp_remove(dir);

    err = (hb_err_t){0};
    assert_int_equal(hb_conf_load_dir(conf, dir, false, &err), HB_OK);
    assert_int_equal(hb_conf_load_dir(conf, dir, true, &err), HB_E_CONFIG);
    assert_string_equal(err.where, dir);
    hb_conf_close(conf);
}

static void odd_folders(void **state)
{
    (void)state;
    char dir[256], path[512], longer[5000];
    hb_conf_t *conf = open_defaults();
    hb_err_t err = {0};
    th_temp_make(dir);
    file_write(dir, "file", "x");
    snprintf(path, sizeof path, "%s/file", dir);
    assert_int_equal(hb_conf_load_dir(conf, path, false, &err), HB_E_CONFIG);
    /* A folder under a file's name, and a file that is too large. */
    snprintf(path, sizeof path, "%s/data.yaml", dir);
    assert_int_equal(hb_os_dir_make(path, NULL), HB_OK);
    assert_int_not_equal(hb_conf_load_dir(conf, dir, true, NULL), HB_OK);
    hb_os_dir_remove(path);
    memset(longer, '#', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    hb_buf_t big = {0};
    while (big.len <= 1u << 20) hb_buf_add(&big, longer, sizeof longer - 1);
    file_write(dir, "data.yaml", big.p);
    err = (hb_err_t){0};
    assert_int_not_equal(hb_conf_load_dir(conf, dir, true, &err), HB_OK);
    assert_non_null(strstr(err.message, "larger than"));
    hb_buf_fini(&big);
    th_temp_remove(dir);
    hb_conf_close(conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_takes),
        cmocka_unit_test(set_refuses),
        cmocka_unit_test(env_takes),
        cmocka_unit_test(env_refuses),
        cmocka_unit_test(folder_and_precedence),
        cmocka_unit_test(odd_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
