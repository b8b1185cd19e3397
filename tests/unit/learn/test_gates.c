#include "learn_gates.h"

#include <math.h>
#include <string.h>

#include "th.h"

static hb_conf_t *open_conf(void)
{
    hb_conf_t *conf = NULL;
    hb_err_t err = {0};
    assert_int_equal(hb_conf_open(&conf, &err), HB_OK);
    return conf;
}

static json_t *metadata_of(const char *snapshot)
{
    return json_pack("{s:s,s:{s:s,s:s}}", "snapshot_id", snapshot, "config_sha256", "data", "d",
                     "model", "m");
}

static json_t *good_report(void)
{
    json_t *advantage = json_pack("{s:{s:{s:f,s:[f,f]}}}", "advantage", "roc_auc", "mean", 0.05,
                                  "ci95", 0.02, 0.08);
    json_t *path = json_pack("{s:{s:f,s:[f,f]}}", "roc_auc", "mean", 0.56, "ci95", 0.53, 0.59);
    json_t *report = json_pack(
        "{s:s,s:{s:{s:f},s:{s:f}},s:[O,O,O],s:{s:O,s:O,s:O,s:O},s:f,s:f,"
        "s:{s:{s:f},s:f,s:f,s:{s:f,s:f,s:f}}}",
        "format", "hyperbar-validation-1", "metrics", "roc_auc", "mean", 0.56, "ece", "mean", 0.02,
        "path_metrics", path, path, path, "baselines", "knn_exact", advantage, "majority",
        advantage, "persistence", advantage, "logistic", advantage, "relative_accuracy", 1.05,
        "spiegelhalter_z", 0.4, "near", "recall", "mean", 1.0, "speedup_vs_exact", 100.0, "p95_us",
        300.0, "hubness_worst_fold", "skew", 2.0, "never_ratio", 0.01, "top1_ratio", 0.03);
    json_decref(advantage);
    json_decref(path);
    assert_non_null(report);
    json_object_set_new(report, "metadata", metadata_of("s"));
    return report;
}

static json_t *judge_with(const json_t *report, const json_t *metadata)
{
    hb_conf_t *conf = open_conf();
    hb_err_t err = {0};
    json_t *verdict = NULL;
    assert_int_equal(hb_gates_eval(conf, report, NULL, metadata, &verdict, &err), HB_OK);
    hb_conf_close(conf);
    return verdict;
}

/* With an artifact of the same lineage. */
static json_t *judge(const json_t *report)
{
    json_t *metadata = metadata_of("s"), *verdict = judge_with(report, metadata);
    json_decref(metadata);
    return verdict;
}

static bool gate_passed(const json_t *verdict, const char *name)
{
    size_t i;
    json_t *gate;
    json_array_foreach(json_object_get(verdict, "gates"), i, gate)
    {
        if (strcmp(json_string_value(json_object_get(gate, "name")), name) != 0) continue;
        assert_true(strlen(json_string_value(json_object_get(gate, "why"))) > 0);
        return json_is_true(json_object_get(gate, "passed"));
    }
    fail_msg("no gate %s", name);
    return false;
}

static void a_good_report_passes(void **state)
{
    (void)state;
    json_t *report = good_report(), *verdict = judge(report);
    assert_true(json_is_true(json_object_get(verdict, "passed")));
    json_decref(report);
    json_decref(verdict);
}

/* Each value that a gate needs, spoiled one at a time: the gate and the verdict must fall. */
static void each_value_decides(void **state)
{
    (void)state;
    static const struct {
        const char *path[4];
        double bad;
        const char *gate;
    } cases[] = {
        {{"metrics", "ece", "mean"}, 0.2, "calibration"},
        {{"spiegelhalter_z"}, -9.0, "calibration"},
        {{"near", "recall", "mean"}, 0.9, "recall"},
        {{"near", "hubness_worst_fold", "never_ratio"}, 0.5, "hubness"},
        {{"near", "hubness_worst_fold", "top1_ratio"}, 0.5, "hubness"},
        {{"near", "hubness_worst_fold", "skew"}, 50.0, "hubness"},
        {{"near", "p95_us"}, 1e6, "latency"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int missing = 0; missing < 2; missing++) {
            json_t *report = good_report(), *at = report;
            const char *const *key = cases[i].path;
            for (; key[1] && key < cases[i].path + 3; key++) at = json_object_get(at, *key);
            if (missing)
                json_object_set_new(at, *key, json_null());
            else
                json_object_set_new(at, *key, json_real(cases[i].bad));
            json_t *verdict = judge(report);
            if (gate_passed(verdict, cases[i].gate))
                fail_msg("%s passed (case %zu)", cases[i].gate, i);
            assert_false(json_is_true(json_object_get(verdict, "passed")));
            json_decref(report);
            json_decref(verdict);
        }
    }
}

static void intervals_that_touch_chance_fail(void **state)
{
    (void)state;
    json_t *report = good_report();
    json_t *auc =
        json_object_get(json_array_get(json_object_get(report, "path_metrics"), 0), "roc_auc");
    json_object_set_new(auc, "ci95", json_pack("[f,f]", 0.49, 0.6)); /* shared by all three paths */
    json_t *verdict = judge(report);
    assert_false(gate_passed(verdict, "auc_interval"));
    json_decref(verdict);
    json_object_del(report, "path_metrics");
    verdict = judge(report);
    assert_false(gate_passed(verdict, "auc_interval"));
    json_decref(verdict);
    json_decref(report);
}

static void a_baseline_that_does_as_well_fails(void **state)
{
    (void)state;
    json_t *report = good_report();
    json_t *baselines = json_object_get(report, "baselines");
    json_object_set_new(baselines, "logistic",
                        json_pack("{s:{s:{s:f,s:[f,f]}}}", "advantage", "roc_auc", "mean", 0.01,
                                  "ci95", -0.01, 0.03));
    json_t *verdict = judge(report);
    assert_false(gate_passed(verdict, "beats_baselines"));
    json_decref(verdict);
    json_object_del(baselines, "logistic"); /* silence is no pass */
    verdict = judge(report);
    assert_false(gate_passed(verdict, "beats_baselines"));
    json_decref(verdict);
    json_decref(report);
}

static void an_artifact_of_other_bars_fails(void **state)
{
    (void)state;
    json_t *report = good_report(), *metadata = metadata_of("other");
    json_t *verdict = judge_with(report, metadata);
    assert_false(gate_passed(verdict, "artifact"));
    assert_false(json_is_true(json_object_get(verdict, "passed")));
    json_decref(verdict);
    verdict = judge_with(report, NULL); /* none given: said so, and only the report is judged */
    assert_false(gate_passed(verdict, "artifact"));
    assert_true(json_is_true(json_object_get(verdict, "passed")));
    json_decref(verdict);
    json_decref(metadata);
    json_decref(report);
}

static void a_misspelt_blocking_gate_is_refused(void **state)
{
    (void)state;
    hb_conf_t *conf = open_conf();
    hb_err_t err = {0};
    json_t *report = good_report(), *verdict = NULL;
    assert_int_equal(hb_conf_set(conf, "risk.gates.blocking=[auc_intervall]", &err), HB_OK);
    assert_int_equal(hb_gates_eval(conf, report, NULL, NULL, &verdict, &err), HB_E_CONFIG);
    assert_null(verdict);
    assert_non_null(strstr(err.hint, "auc_interval"));
    json_decref(report);
    hb_conf_close(conf);
}

static void what_is_no_report_is_refused(void **state)
{
    (void)state;
    hb_conf_t *conf = open_conf();
    json_t *reports[] = {json_object(), json_array(), json_pack("{s:s}", "format", "other"),
                         json_null()};
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
        hb_err_t err = {0};
        json_t *verdict = NULL;
        assert_int_equal(hb_gates_eval(conf, reports[i], NULL, NULL, &verdict, &err), HB_E_DATA);
        json_decref(reports[i]);
    }
    hb_conf_close(conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_report_passes),
        cmocka_unit_test(each_value_decides),
        cmocka_unit_test(intervals_that_touch_chance_fail),
        cmocka_unit_test(a_baseline_that_does_as_well_fails),
        cmocka_unit_test(an_artifact_of_other_bars_fails),
        cmocka_unit_test(a_misspelt_blocking_gate_is_refused),
        cmocka_unit_test(what_is_no_report_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
