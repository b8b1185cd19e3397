/* Each gate is a small function from the report to (value, threshold, passed, why). A value that is
 * missing or not finite fails its gate: no gate passes on silence. */
#include "learn_gates.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base_assert.h"
#include "base_text.h"

typedef struct {
    const hb_conf_t *conf;
    const json_t *report, *latency;
    const json_t *artifact; /* metadata of a verified artifact, or NULL */
    bool never_blocks;
    json_t *gates;
    bool all_blocking_passed;
} judge_t;

static const json_t *at(const json_t *root, const char *path)
{
    char part[64];
    while (root && *path) {
        const size_t n = strcspn(path, ".");
        HB_ASSERT(n < sizeof part);
        memcpy(part, path, n);
        part[n] = 0;
        root = json_object_get(root, part);
        path += n + (path[n] == '.');
    }
    return root;
}

static double number(const json_t *root, const char *path)
{
    const json_t *value = at(root, path);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static double interval_end(const json_t *root, const char *path, size_t end)
{
    const json_t *value = json_array_get(at(root, path), end);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static bool is_blocking(const judge_t *judge, const char *name)
{
    for (uint32_t i = 0; i < hb_conf_count(judge->conf, "risk.gates.blocking"); i++) {
        if (strcmp(hb_conf_text_at(judge->conf, "risk.gates.blocking", i), name) == 0) return true;
    }
    return false;
}

__attribute__((format(printf, 6, 7))) static void verdict(judge_t *judge, const char *name,
                                                          double value, double threshold,
                                                          bool passed, const char *why_fmt, ...)
{
    char why[400];
    va_list args;
    va_start(args, why_fmt);
    vsnprintf(why, sizeof why, why_fmt, args);
    va_end(args);
    if (!isfinite(value)) {
        passed = false;
        snprintf(why, sizeof why, "the report has no value for this gate: run validate again");
    }
    const bool blocking = !judge->never_blocks && is_blocking(judge, name);
    if (blocking && !passed) judge->all_blocking_passed = false;
    json_array_append_new(judge->gates,
                          json_pack("{s:s,s:o,s:o,s:b,s:b,s:s}", "name", name, "value",
                                    isfinite(value) ? json_real(value) : json_null(), "threshold",
                                    isfinite(threshold) ? json_real(threshold) : json_null(),
                                    "passed", passed, "blocking", blocking, "why", why));
}

static void gate_auc(judge_t *judge)
{
    const double floor = hb_conf_real(judge->conf, "risk.gates.auc_lower_min");
    const double needed = hb_conf_real(judge->conf, "risk.gates.paths_above_ratio");
    const json_t *paths = at(judge->report, "path_metrics");
    double above = 0, lowest = INFINITY;
    for (size_t i = 0; i < json_array_size(paths); i++) {
        const double lo = interval_end(json_array_get(paths, i), "roc_auc.ci95", 0);
        above += lo > floor;
        if (!isfinite(lo)) above = NAN; /* a path without an interval spoils the share */
        lowest = fmin(lowest, lo);
    }
    const double ratio = json_array_size(paths) ? above / (double)json_array_size(paths) : NAN;
    verdict(
        judge, "auc_interval", ratio, needed, ratio >= needed,
        "share of %zu paths whose AUC interval lies above %g (lowest lower bound %.4f, mean AUC "
        "%.4f)%s",
        json_array_size(paths), floor, lowest, number(judge->report, "metrics.roc_auc.mean"),
        ratio >= needed ? "" : ": no ranking skill is shown; do not trade this model");
}

/* Better than each baseline: the interval of the paired difference lies on the good side of 0.
 * Counting four baselines makes the 95 % intervals mildly generous; the text names the closest one.
 */
static void gate_baselines(judge_t *judge)
{
    static const char *const rivals[] = {"knn_exact", "majority", "persistence", "logistic"};
    double worst = INFINITY;
    const char *closest = "";
    for (size_t i = 0; i < HB_COUNT(rivals); i++) {
        char path[96];
        snprintf(path, sizeof path, "baselines.%s.advantage.roc_auc.ci95", rivals[i]);
        double lo = interval_end(judge->report, path, 0);
        if (!isfinite(lo)) lo = -INFINITY;
        if (lo < worst) {
            worst = lo;
            closest = rivals[i];
        }
    }
    if (!isfinite(worst)) worst = NAN;
    verdict(judge, "beats_baselines", worst, 0.0, worst > 0.0,
            "lowest lower bound of the paired AUC difference, against %s%s", closest,
            worst > 0.0 ? ""
                        : ": that baseline does as well; the system does not earn its keep here");
}

static void gate_calibration(judge_t *judge)
{
    const double ece = number(judge->report, "metrics.ece.mean");
    const double ece_max = hb_conf_real(judge->conf, "risk.gates.ece_max");
    const double z = fabs(number(judge->report, "spiegelhalter_z"));
    const double z_max = hb_conf_real(judge->conf, "risk.gates.spiegelhalter_z_max");
    const bool passed = ece <= ece_max && z <= z_max;
    verdict(
        judge, "calibration", ece, ece_max, passed,
        "expected calibration error in 10 equal-mass bins; |Spiegelhalter z| %.2f, allowed %g%s", z,
        z_max, passed ? "" : ": probabilities cannot be taken at face value; recalibrate");
}

static void gate_near(judge_t *judge)
{
    const double recall = number(judge->report, "near.recall.mean");
    const double recall_min = hb_conf_real(judge->conf, "risk.gates.recall_min");
    verdict(judge, "recall", recall, recall_min, recall >= recall_min,
            "neighbours found against a brute-force scan in double%s",
            recall >= recall_min ? "" : ": raise ef_search or take the exact backend");
    const double never = number(judge->report, "near.hubness_worst_fold.never_ratio");
    const double top1 = number(judge->report, "near.hubness_worst_fold.top1_ratio");
    const double skew = number(judge->report, "near.hubness_worst_fold.skew");
    const double top1_max = hb_conf_real(judge->conf, "risk.gates.hub_top1_max");
    const bool passed = never <= hb_conf_real(judge->conf, "risk.gates.hub_never_max") &&
                        top1 <= top1_max &&
                        skew <= hb_conf_real(judge->conf, "risk.gates.hub_skew_max");
    verdict(
        judge, "hubness", top1, top1_max, passed,
        "share of neighbour slots held by the top 1 %% of rows; never retrieved %.3f, skew %.2f%s",
        never, skew, passed ? "" : ": raise model.hyperbolic.temperature");
}

static void gate_latency(judge_t *judge)
{
    const double budget = hb_conf_real(judge->conf, "risk.gates.latency_p95_ms_max");
    double p95 = number(judge->latency, "total.p95") * 1e-3;
    const char *what = "p95 of one bar through all stages, ms";
    const bool whole = isfinite(p95);
    if (!whole) {
        p95 = number(judge->report, "near.p95_us") * 1e-3;
        what = "p95 of the neighbour search alone, ms; give --replay to judge a whole bar";
    }
    /* A part within the budget does not show that the whole is. */
    judge->never_blocks = !whole && p95 <= budget;
    verdict(judge, "latency", p95, budget, whole && p95 <= budget, "%s", what);
    judge->never_blocks = false;
}

static void gate_reference(judge_t *judge)
{
    const double relative = number(judge->report, "relative_accuracy");
    const double relative_min = hb_conf_real(judge->conf, "risk.gates.relative_accuracy_min");
    verdict(
        judge, "relative_accuracy", relative, relative_min, relative >= relative_min,
        "accuracy over that of exact kNN: the reference's gate, nearly empty, a coin passes it");
    const double speedup = number(judge->report, "near.speedup_vs_exact");
    verdict(judge, "search_speedup", speedup, 95.0, speedup >= 95.0,
            "median brute-force scan over median search: the reference's gate; an exact scan that "
            "meets "
            "the latency budget does not need it");
}

/* Same bars, same labels, same model settings: else the report speaks of something else. */
static const char *other_lineage(const json_t *report, const json_t *metadata)
{
    static const char *const paths[][2] = {
        {"snapshot_id", "the report was made on another snapshot than the artifact"},
        {"config_sha256.data", "the report was made with another data.yaml than the artifact"},
        {"config_sha256.model", "the report was made with another model.yaml than the artifact"},
    };
    for (size_t i = 0; i < HB_COUNT(paths); i++) {
        const char *ours = json_string_value(at(at(report, "metadata"), paths[i][0]));
        const char *theirs = json_string_value(at(metadata, paths[i][0]));
        if (!ours || !theirs || strcmp(ours, theirs) != 0) return paths[i][1];
    }
    return NULL;
}

static void gate_artifact(judge_t *judge)
{
    if (!judge->artifact) {
        judge->never_blocks = true;
        verdict(judge, "artifact", 0.0, 1.0, false,
                "no artifact was given: only the report was judged; give --artifact");
        judge->never_blocks = false;
        return;
    }
    const char *why = other_lineage(judge->report, judge->artifact);
    verdict(judge, "artifact", why ? 0.0 : 1.0, 1.0, !why, "%s",
            why ? why : "verified byte by byte, and the report is of the same bars and settings");
}

/* A misspelt name in the list of blocking gates would let everything through. */
static hb_status_t check_blocking(const judge_t *judge, hb_err_t *err)
{
    for (uint32_t i = 0; i < hb_conf_count(judge->conf, "risk.gates.blocking"); i++) {
        const char *name = hb_conf_text_at(judge->conf, "risk.gates.blocking", i);
        const char *names[32];
        size_t at, count = 0;
        json_t *gate;
        json_array_foreach(judge->gates, at, gate)
        {
            names[count++] = json_string_value(json_object_get(gate, "name"));
            if (strcmp(names[count - 1], name) == 0) count = SIZE_MAX;
            if (count == SIZE_MAX) break;
        }
        if (count == SIZE_MAX) continue;
        char hint[96];
        const char *near = hb_text_did_you_mean(name, names, count);
        snprintf(hint, sizeof hint, "did you mean %s?", near ? near : names[0]);
        return hb_err_set(err, HB_E_CONFIG, "risk.gates.blocking", hint, "there is no gate '%.60s'",
                          name);
    }
    return HB_OK;
}

hb_status_t hb_gates_eval(const hb_conf_t *conf, const json_t *report, const json_t *latency,
                          const json_t *artifact, json_t **out, hb_err_t *err)
{
    const char *format = json_string_value(at(report, "format"));
    if (!format || strcmp(format, "hyperbar-validation-1") != 0) {
        return hb_err_set(err, HB_E_DATA, NULL, "give the validation.json that validate writes",
                          "this is no validation report");
    }
    if (json_is_true(at(report, "shuffled_labels"))) {
        return hb_err_set(err, HB_E_DATA, NULL, "give the report of the real labels",
                          "this report was made on shuffled labels: a placebo");
    }
    judge_t judge = {.conf = conf,
                     .report = report,
                     .latency = latency,
                     .artifact = artifact,
                     .gates = json_array(),
                     .all_blocking_passed = true};
    gate_auc(&judge);
    gate_baselines(&judge);
    gate_calibration(&judge);
    gate_near(&judge);
    gate_latency(&judge);
    gate_artifact(&judge);
    gate_reference(&judge);
    const hb_status_t status = check_blocking(&judge, err);
    if (status != HB_OK) {
        json_decref(judge.gates);
        return status;
    }
    *out = json_pack("{s:b,s:o}", "passed", judge.all_blocking_passed, "gates", judge.gates);
    return HB_OK;
}
