/* The page: what was found first, then why to believe it, then every number behind it. */
#include "learn_report.h"

#include <math.h>
#include <string.h>

void hb_html_text(hb_buf_t *out, const char *text)
{
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
            hb_buf_add(out, text, 1);
        }
    }
}

static const char style[] =
    ":root{--ink:#1c2430;--soft:#5b6778;--paper:#fff;--card:#f6f8fa;--line:#d5dbe3;--blue:#1b6ac9;"
    "--light:#a9cbf2;--good:#1a7f4b;--bad:#c0392b;--note:#9a6700}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e4e9f0;--soft:#97a3b4;--paper:#12161c;"
    "--card:#1a2029;--line:#313a47;--blue:#5aa2f0;--light:#284a70;--good:#4cc38a;--bad:#ff6b5e;"
    "--note:#e0b252}}"
    "@media print{:root{--card:#fff}}"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 "
    "auto;"
    "max-width:1060px;padding:24px}h1{font-size:24px;margin:0 0 4px}h2{font-size:18px;margin:32px "
    "0 8px}"
    "p{margin:6px 0;max-width:76ch}.soft{color:var(--soft)}"
    ".verdict{border-left:6px solid var(--line);background:var(--card);padding:12px "
    "16px;margin:16px 0}"
    ".verdict.good{border-color:var(--good)}.verdict.bad{border-color:var(--bad)}"
    ".plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:16px}"
    "figure{margin:0;background:var(--card);padding:12px;border-radius:6px;break-inside:avoid}"
    "figure "
    "svg{width:100%;height:auto;max-height:360px}figure.wide{grid-column:1/-1;margin-top:16px}"
    "figcaption{font-size:13px;color:var(--soft)}"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
    "th,td{text-align:right;padding:4px 10px;border-bottom:1px solid var(--line)}"
    "th{font-weight:600;color:var(--soft)}th:first-child,td:first-child,td.text,th.text{text-align:"
    "left}"
    ".scroll{overflow-x:auto}code{font-size:13px;word-break:break-all}"
    ".pass{color:var(--good);font-weight:600}.fail{color:var(--bad);font-weight:600}"
    ".note{color:var(--note);font-weight:600}"
    "svg text{font:11px system-ui,sans-serif;fill:var(--soft)}svg text.axis{font-size:12px}"
    "svg text.value{fill:var(--ink);font-variant-numeric:tabular-nums}"
    ".frame{fill:none;stroke:var(--line)}.grid{stroke:var(--line);stroke-width:.5}"
    ".diagonal{stroke:var(--soft);stroke-dasharray:4 "
    "4}.curve{fill:none;stroke:var(--blue);stroke-width:2}"
    ".dot{fill:var(--blue)}.miss,.whisker{stroke:var(--blue);stroke-width:2;opacity:.55}"
    ".bar{fill:var(--blue)}.bar-light{fill:var(--light)}";

static const json_t *get(const json_t *object, const char *key)
{
    return json_object_get(object, key);
}

static double real(const json_t *object, const char *key)
{
    return json_number_value(get(object, key));
}

static double end(const json_t *object, size_t i)
{
    return json_number_value(json_array_get(get(object, "ci95"), i));
}

static void add_verdict(const json_t *validation, const json_t *gates, hb_buf_t *out)
{
    const json_t *auc = get(get(validation, "metrics"), "roc_auc");
    const double lo = end(auc, 0);
    const bool skill = lo > 0.5;
    const bool passed = gates ? json_is_true(get(gates, "passed")) : skill;
    hb_buf_addf(out, "<div class=\"verdict %s\"><b>", passed ? "good" : "bad");
    hb_buf_addf(out, skill ? "Ranking skill is shown" : "No ranking skill is shown");
    hb_buf_addf(out,
                "</b>: AUC %.4f, 95 %% interval %.4f to %.4f on rows that no fold learned from. ",
                real(auc, "mean"), lo, end(auc, 1));
    if (gates) {
        hb_buf_addf(out, passed
                             ? "All blocking gates passed."
                             : "<b>At least one blocking gate said no: this must not trade.</b>");
    }
    hb_buf_addf(out, "</div>");
}

static void add_metrics(const json_t *validation, hb_buf_t *out)
{
    const char *name;
    json_t *one;
    hb_buf_addf(
        out,
        "<h2>Metrics</h2><div class=\"scroll\"><table><tr><th>metric</th><th>mean over paths</th>"
        "<th>std over paths</th><th>95 %% interval</th></tr>");
    json_object_foreach((json_t *)(uintptr_t)get(validation, "metrics"), name, one)
    {
        hb_buf_addf(out, "<tr><td>%s</td><td>%.4f</td><td>%.4f</td><td>%.4f to %.4f</td></tr>",
                    name, real(one, "mean"), real(one, "std"), end(one, 0), end(one, 1));
    }
    const json_t *interval = get(validation, "interval");
    hb_buf_addf(out,
                "</table></div><p class=\"soft\">Intervals: stationary block bootstrap over time, "
                "%lld resamples, "
                "mean block %.0f rows, so that overlapping labels do not count twice.</p>",
                (long long)json_integer_value(get(interval, "resamples")),
                real(interval, "block_rows_mean"));
}

static void add_baselines(const json_t *validation, hb_buf_t *out)
{
    const char *name;
    json_t *one;
    hb_buf_addf(out,
                "<h2>Against the baselines</h2><div class=\"scroll\"><table><tr><th>baseline</th>"
                "<th>accuracy</th><th>AUC</th><th>our AUC minus theirs</th><th>95 %% interval</th>"
                "<th>our accuracy minus theirs</th><th>95 %% interval</th></tr>");
    json_object_foreach((json_t *)(uintptr_t)get(validation, "baselines"), name, one)
    {
        const json_t *auc = get(get(one, "advantage"), "roc_auc");
        const json_t *accuracy = get(get(one, "advantage"), "accuracy");
        hb_buf_addf(out,
                    "<tr><td>%s</td><td>%.4f</td><td>%.4f</td><td>%+.4f</td><td>%+.4f to %+.4f</td>"
                    "<td>%+.4f</td><td>%+.4f to %+.4f</td></tr>",
                    name, real(one, "accuracy"), real(one, "roc_auc"), real(auc, "mean"),
                    end(auc, 0), end(auc, 1), real(accuracy, "mean"), end(accuracy, 0),
                    end(accuracy, 1));
    }
    hb_buf_addf(out, "</table></div><p class=\"soft\">Same rows, paired resamples. An interval "
                     "that holds 0 means "
                     "the baseline does as well.</p>");
}

static void add_gates(const json_t *gates, hb_buf_t *out)
{
    size_t i;
    json_t *gate;
    if (!gates) return;
    hb_buf_addf(out, "<h2>Gates</h2><div "
                     "class=\"scroll\"><table><tr><th>gate</th><th>value</th><th>threshold</th>"
                     "<th class=\"text\">verdict</th><th class=\"text\">why</th></tr>");
    json_array_foreach(get(gates, "gates"), i, gate)
    {
        const bool passed = json_is_true(get(gate, "passed"));
        const bool blocking = json_is_true(get(gate, "blocking"));
        hb_buf_addf(out, "<tr><td>");
        hb_html_text(out, json_string_value(get(gate, "name")));
        hb_buf_addf(
            out,
            "</td><td>%.4f</td><td>%.4f</td><td class=\"text\"><span class=\"%s\">%s</span></td>"
            "<td class=\"text\">",
            real(gate, "value"), real(gate, "threshold"),
            passed     ? "pass"
            : blocking ? "fail"
                       : "note",
            passed     ? "pass"
            : blocking ? "FAIL"
                       : "no, not blocking");
        hb_html_text(out, json_string_value(get(gate, "why")));
        hb_buf_addf(out, "</td></tr>");
    }
    hb_buf_addf(out, "</table></div>");
}

static void add_replay(const json_t *replay, hb_buf_t *out)
{
    if (!replay) return;
    const json_t *pnl = get(replay, "pnl");
    hb_buf_addf(
        out,
        "<h2>Replay</h2><p>%lld decisions: %lld passed, %lld throttled, %lld blocked. %lld fills; "
        "gross %+.2f, costs %.2f, net %+.2f in account currency, on bars after the last trained "
        "one, "
        "with one bar of latency and slippage. Simulated: no such result was traded.</p>",
        (long long)json_integer_value(get(replay, "decisions")),
        (long long)json_integer_value(get(replay, "passed")),
        (long long)json_integer_value(get(replay, "throttled")),
        (long long)json_integer_value(get(replay, "blocked_count")),
        (long long)json_integer_value(get(replay, "fills")), real(pnl, "gross"), real(pnl, "costs"),
        real(pnl, "net"));
    hb_svg_latency(get(replay, "latency_us"), out);
}

static void add_folds(const json_t *validation, hb_buf_t *out)
{
    size_t i;
    json_t *fold;
    hb_buf_addf(
        out,
        "<h2>Folds</h2><div class=\"scroll\"><table><tr><th>fold</th><th>train</th><th>test</th>"
        "<th>purged</th><th>embargoed</th><th>trees</th><th>AUC</th><th>accuracy</th>"
        "<th class=\"text\">artifact</th></tr>");
    json_array_foreach(get(validation, "folds"), i, fold)
    {
        const json_t *metrics = get(fold, "metrics");
        hb_buf_addf(
            out,
            "<tr><td>%zu</td><td>%lld</td><td>%lld</td><td>%lld</td><td>%lld</td><td>%lld</td>"
            "<td>%.4f</td><td>%.4f</td><td class=\"text\"><code>%.16s</code></td></tr>",
            i, (long long)json_integer_value(get(fold, "train_rows")),
            (long long)json_integer_value(get(fold, "val_rows")),
            (long long)json_integer_value(get(fold, "purged_rows")),
            (long long)json_integer_value(get(fold, "embargoed_rows")),
            (long long)json_integer_value(get(fold, "trees")), real(metrics, "roc_auc"),
            real(metrics, "accuracy"), json_string_value(get(fold, "artifact_sha256")));
    }
    hb_buf_addf(out, "</table></div>");
}

static void add_lineage(const json_t *validation, hb_buf_t *out)
{
    const char *key;
    json_t *value;
    hb_buf_addf(out, "<h2>Lineage</h2><div class=\"scroll\"><table>");
    hb_buf_addf(out, "<tr><td>snapshot</td><td class=\"text\"><code>");
    hb_html_text(out, json_string_value(get(validation, "snapshot_id")));
    hb_buf_addf(out, "</code></td></tr>");
    json_object_foreach((json_t *)(uintptr_t)get(validation, "metadata"), key, value)
    {
        if (!json_is_string(value)) continue;
        hb_buf_addf(out, "<tr><td>%s</td><td class=\"text\"><code>", key);
        hb_html_text(out, json_string_value(value));
        hb_buf_addf(out, "</code></td></tr>");
    }
    hb_buf_addf(out, "</table></div>");
}

void hb_report_html(const json_t *validation, const json_t *gates, const json_t *replay,
                    hb_buf_t *out)
{
    hb_buf_addf(out,
                "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                "<title>hyperbar validation</title><style>%s</style></head><body>",
                style);
    hb_buf_addf(out,
                "<h1>hyperbar validation</h1><p class=\"soft\">%s, %lld splits, %lld paths; %lld "
                "rows, label %s over "
                "%lld bars of %lld s; %lld predictions in %.1f s</p>",
                json_string_value(get(validation, "scheme")),
                (long long)json_integer_value(get(validation, "splits")),
                (long long)json_integer_value(get(validation, "paths")),
                (long long)json_integer_value(get(validation, "rows")),
                json_string_value(get(validation, "label")),
                (long long)json_integer_value(get(validation, "horizon_bars")),
                (long long)json_integer_value(get(validation, "bar_size_s")),
                (long long)json_integer_value(get(validation, "predictions")),
                real(validation, "seconds"));
    add_verdict(validation, gates, out);
    add_gates(gates, out);
    hb_buf_addf(out, "<h2>How well does it rank, and can its probabilities be believed?</h2><div "
                     "class=\"plots\">");
    hb_svg_roc(get(validation, "roc"), real(get(get(validation, "metrics"), "roc_auc"), "mean"),
               out);
    hb_svg_reliability(get(validation, "reliability"), out);
    hb_svg_paths(get(validation, "path_metrics"), out);
    hb_buf_addf(out, "</div>");
    add_metrics(validation, out);
    add_baselines(validation, out);
    add_replay(replay, out);
    add_folds(validation, out);
    add_lineage(validation, out);
    hb_buf_addf(out, "</body></html>\n");
}
