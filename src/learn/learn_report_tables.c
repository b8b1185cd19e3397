/* Text, numbers and tables of the page. What is missing shows as a dash: a 0 that nobody measured
 * would be the worst thing that a report can say. */
#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "learn_report_int.h"

void hb_html_text(hb_buf_t *out, const char *text)
{
    if (!text) hb_buf_addf(out, "&mdash;");
    for (; text && *text; text++) {
        switch (*text) {
        case '<':
            hb_buf_addf(out, "&lt;");
            break;
        case '>':
            hb_buf_addf(out, "&gt;");
            break;
        case '&':
            hb_buf_addf(out, "&amp;");
            break;
        case '"':
            hb_buf_addf(out, "&quot;");
            break;
        case '\'':
            hb_buf_addf(out, "&#39;");
            break;
        default:
            if ((unsigned char)*text < ' ' || *text == 0x7f)
                hb_buf_add(out, " ", 1);
            else
                hb_buf_add(out, text, 1);
        }
    }
}

double hb_html_real(const json_t *value)
{
    const double v = json_is_number(value) ? json_number_value(value) : NAN;
    return isfinite(v) ? v : NAN;
}

double hb_html_end(const json_t *object, size_t end)
{
    return hb_html_real(json_array_get(json_object_get(object, "ci95"), end));
}

void hb_html_real_add(hb_buf_t *out, double value, int digits, hb_num_sign_t sign)
{
    if (!isfinite(value)) {
        hb_buf_addf(out, "&mdash;");
    } else if (fabs(value) >= 1e12) { /* a column of 300 digits helps nobody */
        hb_buf_addf(out, "%.4g", value);
    } else {
        if (fabs(value) < 0.5 * pow(10, -digits)) value = 0; /* never -0.0000 */
        hb_buf_addf(out, sign == HB_NUM_SIGNED && value != 0 ? "%+.*f" : "%.*f", digits, value);
    }
}

void hb_html_num(hb_buf_t *out, const json_t *value, int digits, hb_num_sign_t sign)
{
    hb_html_real_add(out, hb_html_real(value), digits, sign);
}

void hb_html_cell(hb_buf_t *out, const json_t *value, int digits, hb_num_sign_t sign)
{
    hb_buf_addf(out, "<td class=\"num\">");
    hb_html_num(out, value, digits, sign);
    hb_buf_addf(out, "</td>");
}

void hb_html_interval(hb_buf_t *out, const json_t *object, int digits, hb_num_sign_t sign)
{
    const double lo = hb_html_end(object, 0), hi = hb_html_end(object, 1);
    if (isnan(lo) && isnan(hi)) {
        hb_buf_addf(out, "&mdash;");
        return;
    }
    hb_buf_addf(out, "<span class=\"one\">");
    hb_html_real_add(out, lo, digits, sign);
    hb_buf_addf(out, "</span> to <span class=\"one\">");
    hb_html_real_add(out, hi, digits, sign);
    hb_buf_addf(out, "</span>");
}

static const json_t *get(const json_t *object, const char *key)
{
    return json_object_get(object, key);
}

typedef struct {
    const char *name, *what, *unit, *needs, *todo;
} gate_text_t;

static const gate_text_t gate_texts[] = {
    {"auc_interval", "Ranking skill", "share of paths", "&ge;",
     "Do not trade it. Give it more bars or other labels or features, then validate again; "
     "trying seeds until it passes only finds luck."},
    {"beats_baselines", "Better than baselines", "AUC difference", "&gt;",
     "Use the simpler baseline, or find out what it sees that this model does not."},
    {"calibration", "Calibration", "calibration error", "&le;",
     "See the reliability figure. Give the calibrator more or fresher rows; until then trust the "
     "order of the probabilities and not their size."},
    {"recall", "Search recall", "share of neighbours", "&ge;",
     "Raise ef_search or take the exact backend, then train again."},
    {"hubness", "Hubness", "share of slots", "&le;",
     "Raise model.hyperbolic.temperature, then train again."},
    {"latency", "Latency", "ms", "&le;",
     "Replay again on an idle machine; if it stays, lower ef_search or keep fewer rows in memory."},
    {"artifact", "Artifact intact", "1 = yes", "=",
     "Judge again with --artifact. If its bytes or settings differ, do not load it: fetch a clean "
     "copy or train again."},
    {"relative_accuracy", "Accuracy over exact kNN", "ratio", "&ge;",
     "The neighbours alone call more bars right than the whole model: look at what was trained."},
    {"search_speedup", "Search speed-up", "times", "&ge;",
     "Nothing, while the latency gate passes."},
};

static const gate_text_t *gate_text(const char *name)
{
    static const gate_text_t unknown = {NULL, NULL, "", "",
                                        "Read the reason, then validate again."};
    for (size_t i = 0; name && i < HB_COUNT(gate_texts); i++) {
        if (strcmp(gate_texts[i].name, name) == 0) return &gate_texts[i];
    }
    return &unknown;
}

static void add_gate(const json_t *gate, hb_buf_t *out)
{
    const bool passed = json_is_true(get(gate, "passed"));
    const bool blocking = json_is_true(get(gate, "blocking"));
    const char *name = json_string_value(get(gate, "name")), *why;
    const gate_text_t *text = gate_text(name);
    hb_buf_addf(out, "<tr><td class=\"long\"><b>");
    hb_html_text(out, text->what ? text->what : name);
    hb_buf_addf(out, "</b>%s%s<br><small><code>", *text->unit ? ", " : "", text->unit);
    hb_html_text(out, name);
    hb_buf_addf(out, "</code>: ");
    why = json_string_value(get(gate, "why"));
    hb_html_text(out, why);
    hb_buf_addf(out, "</small>");
    if (!passed) {
        const bool measured = !isnan(hb_html_real(get(gate, "value")));
        hb_buf_addf(out, "<br><b>What to do:</b> %s",
                    measured ? text->todo : "This run lacks the figure: validate again.");
    }
    hb_buf_addf(out, "</td>");
    hb_html_cell(out, get(gate, "value"), 4, HB_NUM_PLAIN);
    hb_buf_addf(out, "<td class=\"num\">%s ", text->needs);
    hb_html_num(out, get(gate, "threshold"), 4, HB_NUM_PLAIN);
    hb_buf_addf(out, "</td><td class=\"text\"><span class=\"%s\">%s</span></td></tr>",
                passed     ? "pass"
                : blocking ? "fail"
                           : "note",
                passed     ? "pass"
                : blocking ? "FAIL"
                           : "no, not blocking");
}

/* What blocks stands first, then what only informs, then what passed. */
static int gate_rank(const json_t *gate)
{
    if (json_is_true(get(gate, "passed"))) return 2;
    return json_is_true(get(gate, "blocking")) ? 0 : 1;
}

void hb_report_gates(const json_t *gates, hb_buf_t *out)
{
    size_t i;
    json_t *gate;
    const json_t *list = get(gates, "gates");
    if (json_array_size(list) == 0) return;
    hb_buf_addf(out, "<h2 id=\"gates\">Gates</h2><table><tr><th>gate</th><th>value</th>"
                     "<th>needs</th><th class=\"text\">verdict</th></tr>");
    for (int rank = 0; rank <= 2; rank++) {
        json_array_foreach(list, i, gate)
        {
            if (gate_rank(gate) == rank) add_gate(gate, out);
        }
    }
    hb_buf_addf(out, "</table>");
}

static void add_metric(const char *key, const json_t *one, hb_buf_t *out)
{
    static const struct {
        const char *key, *name, *hint;
    } known[] = {
        {"roc_auc", "AUC", "higher is better, a coin has 0.5"},
        {"accuracy", "accuracy", "share of calls that came true"},
        {"f1", "F1", "of the calls up, higher is better"},
        {"log_loss", "log loss", "nats, lower is better, a coin has 0.6931"},
        {"brier", "Brier score", "lower is better, a coin has 0.25"},
        {"ece", "calibration error", "ECE, lower is better; resampling can only push it up"},
    };
    const char *name = key, *hint = NULL;
    for (size_t i = 0; i < HB_COUNT(known); i++) {
        if (strcmp(known[i].key, key) != 0) continue;
        name = known[i].name;
        hint = known[i].hint;
    }
    hb_buf_addf(out, "<tr><td class=\"long\">");
    hb_html_text(out, name);
    if (hint) hb_buf_addf(out, "<br><small>%s</small>", hint);
    hb_buf_addf(out, "</td>");
    hb_html_cell(out, get(one, "mean"), 4, HB_NUM_PLAIN);
    hb_html_cell(out, get(one, "std"), 4, HB_NUM_PLAIN);
    hb_buf_addf(out, "<td>");
    hb_html_interval(out, one, 4, HB_NUM_PLAIN);
    hb_buf_addf(out, "</td></tr>");
}

void hb_report_metrics(const json_t *validation, hb_buf_t *out)
{
    const char *key;
    json_t *one;
    const json_t *interval = get(validation, "interval"), *near = get(validation, "near");
    hb_buf_addf(out, "<h2>Metrics</h2><table><tr><th>metric</th><th>mean over paths</th>"
                     "<th>std over paths</th><th>95&nbsp;%% interval</th></tr>");
    json_object_foreach((json_t *)(uintptr_t)get(validation, "metrics"), key, one)
    {
        add_metric(key, one, out);
    }
    hb_buf_addf(out, "</table><p class=\"soft\">Intervals: block bootstrap over time, ");
    hb_html_num(out, get(interval, "resamples"), 0, HB_NUM_PLAIN);
    hb_buf_addf(out, " resamples, mean block ");
    hb_html_num(out, get(interval, "block_rows_mean"), 0, HB_NUM_PLAIN);
    hb_buf_addf(out,
                " rows, so that overlapping labels do not count twice. Neighbour search over ");
    hb_html_num(out, get(near, "queries"), 0, HB_NUM_PLAIN);
    hb_buf_addf(out, " queries: recall ");
    hb_html_num(out, get(get(near, "recall"), "mean"), 4, HB_NUM_PLAIN);
    hb_buf_addf(out, ", p50 ");
    hb_html_num(out, get(near, "p50_us"), 1, HB_NUM_PLAIN);
    hb_buf_addf(out, " &micro;s, p95 ");
    hb_html_num(out, get(near, "p95_us"), 1, HB_NUM_PLAIN);
    hb_buf_addf(out, " &micro;s.</p>");
}

/* Theirs, and below it ours minus theirs with its interval and what that says. */
static void add_against(const json_t *one, const char *key, bool lower_is_better, hb_buf_t *out)
{
    const json_t *ours = get(get(one, "advantage"), key);
    const double turn = lower_is_better ? -1 : 1;
    const double a = turn * hb_html_end(ours, 0), b = turn * hb_html_end(ours, 1);
    hb_buf_addf(out, "<td>");
    hb_html_num(out, get(one, key), 4, HB_NUM_PLAIN);
    if (json_is_object(ours)) {
        const bool known = !isnan(a) && !isnan(b);
        hb_buf_addf(out, "<br><span class=\"%s\">",
                    !known           ? "soft"
                    : fmin(a, b) > 0 ? "pass"
                    : fmax(a, b) < 0 ? "fail"
                                     : "soft");
        hb_html_num(out, get(ours, "mean"), 4, HB_NUM_SIGNED);
        hb_buf_addf(out, "%s</span><br><small>",
                    !known           ? ""
                    : fmin(a, b) > 0 ? " better"
                    : fmax(a, b) < 0 ? " worse"
                                     : " even");
        hb_html_interval(out, ours, 4, HB_NUM_SIGNED);
        hb_buf_addf(out, "</small>");
    }
    hb_buf_addf(out, "</td>");
}

void hb_report_baselines(const json_t *validation, hb_buf_t *out)
{
    const char *name;
    json_t *one;
    const json_t *metrics = get(validation, "metrics");
    hb_buf_addf(out, "<h2>Against the baselines</h2><table><tr><th>model</th><th>AUC</th>"
                     "<th>accuracy</th><th>log loss, nats</th></tr><tr class=\"sum\">"
                     "<td>this model</td>");
    hb_html_cell(out, get(get(metrics, "roc_auc"), "mean"), 4, HB_NUM_PLAIN);
    hb_html_cell(out, get(get(metrics, "accuracy"), "mean"), 4, HB_NUM_PLAIN);
    hb_html_cell(out, get(get(metrics, "log_loss"), "mean"), 4, HB_NUM_PLAIN);
    hb_buf_addf(out, "</tr>");
    json_object_foreach((json_t *)(uintptr_t)get(validation, "baselines"), name, one)
    {
        hb_buf_addf(out, "<tr><td class=\"long\">");
        hb_html_text(out, name);
        hb_buf_addf(out, "</td>");
        add_against(one, "roc_auc", false, out);
        add_against(one, "accuracy", false, out);
        add_against(one, "log_loss", true, out);
        hb_buf_addf(out, "</tr>");
    }
    hb_buf_addf(out,
                "</table><p class=\"soft\">Below each baseline's own figure: ours minus theirs "
                "with its 95&nbsp;%% interval, on the same rows and paired resamples. Even: the "
                "interval holds 0, the baseline may do as well.</p>");
}

static void add_fold(const json_t *fold, size_t i, hb_buf_t *out)
{
    static const char *const counts[] = {"train_rows", "val_rows", "purged_rows", "embargoed_rows",
                                         "trees"};
    const json_t *metrics = get(fold, "metrics");
    const char *sha = json_string_value(get(fold, "artifact_sha256"));
    hb_buf_addf(out, "<tr><td>%zu</td>", i);
    for (size_t c = 0; c < HB_COUNT(counts); c++) {
        hb_html_cell(out, get(fold, counts[c]), 0, HB_NUM_PLAIN);
    }
    hb_html_cell(out, get(metrics, "roc_auc"), 4, HB_NUM_PLAIN);
    hb_html_cell(out, get(metrics, "accuracy"), 4, HB_NUM_PLAIN);
    hb_buf_addf(out, "<td class=\"num wide-only\">");
    hb_html_num(out, get(metrics, "log_loss"), 4, HB_NUM_PLAIN);
    hb_buf_addf(out, "</td><td class=\"text num wide-only\"><code>");
    char head[17] = "";
    size_t n = sha ? strnlen(sha, 16) : 0;
    while (n > 0 && sha[n] && ((unsigned char)sha[n] & 0xC0) == 0x80) n--; /* whole characters */
    if (n) memcpy(head, sha, n);
    hb_html_text(out, sha ? head : NULL);
    hb_buf_addf(out, "</code></td></tr>");
}

void hb_report_folds(const json_t *validation, hb_buf_t *out)
{
    size_t i;
    json_t *fold;
    const json_t *skipped = get(validation, "skipped");
    hb_buf_addf(out, "<h2>Folds</h2><table><tr><th>fold</th><th>train rows</th><th>test rows</th>"
                     "<th>purged</th><th>embar&shy;goed</th><th>trees</th><th>AUC</th>"
                     "<th>accu&shy;racy</th><th class=\"wide-only\">log loss</th>"
                     "<th class=\"text wide-only\">artifact</th></tr>");
    json_array_foreach(get(validation, "folds"), i, fold) add_fold(fold, i, out);
    hb_buf_addf(out, "</table><p class=\"soft narrow-only\">A wider window also shows the log loss "
                     "and the artifact of each fold.</p><p class=\"soft\">Rows left out: ");
    hb_html_num(out, get(skipped, "warmup"), 0, HB_NUM_PLAIN);
    hb_buf_addf(out, " in warm-up, ");
    hb_html_num(out, get(skipped, "label"), 0, HB_NUM_PLAIN);
    hb_buf_addf(out, " without a label, ");
    hb_html_num(out, get(skipped, "memory_short"), 0, HB_NUM_PLAIN);
    hb_buf_addf(out, " with too short a memory. Scored though out of domain: ");
    hb_html_num(out, get(skipped, "out_of_domain_scored"), 0, HB_NUM_PLAIN);
    hb_buf_addf(out, ". Folds share most of their training rows.</p>");
}
