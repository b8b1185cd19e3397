/* The page: may it trade, why to believe that, then every number behind it. */
#include "learn_report_int.h"

#include <math.h>
#include <string.h>

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1c2430;--soft:#566172;--paper:#fff;--card:#f5f7fa;"
    "--line:#d5dbe3;--blue:#1b6ac9;--light:#a9cbf2;--band:#c9d1dc;--good:#17734a;--bad:#b8322a;"
    "--note:#8a5c00}"
    /* On screen only: paper is white whatever the desktop's colours are. */
    "@media screen and (prefers-color-scheme:dark){:root{--ink:#e4e9f0;--soft:#a2adbd;"
    "--paper:#12161c;--card:#1a2029;--line:#36404e;--blue:#5aa2f0;--light:#2f5680;--band:#465163;"
    "--good:#4cc38a;--bad:#ff7a6e;--note:#e0b252}}"
    "*{box-sizing:border-box}"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
    "margin:0 auto;max-width:1060px;padding:24px}"
    "h1{font-size:22px;margin:0 0 4px}h2{font-size:18px;margin:32px 0 8px;break-after:avoid}"
    "h3{font-size:15px;margin:0 0 6px}p{margin:6px 0;max-width:90ch}a{color:inherit}"
    "small{font-size:12px}.soft,small{color:var(--soft)}"
    ".verdict{border-left:8px solid var(--note);background:var(--card);padding:12px 16px;"
    "margin:16px 0}.verdict b.big{display:block;font-size:26px;line-height:1.25}"
    ".verdict.good{border-color:var(--good)}.verdict.good .big{color:var(--good)}"
    ".verdict.bad{border-color:var(--bad)}.verdict.bad .big{color:var(--bad)}"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(172px,1fr));gap:12px}"
    ".tile{background:var(--card);border-radius:6px;padding:10px 14px;font-size:13px;"
    "break-inside:avoid;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}"
    ".tile b{display:block;font-size:21px}.tile.bad b{color:var(--bad)}"
    ".warn{border-left:6px solid var(--bad);background:var(--card);padding:8px 14px}"
    ".plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(300px,100%),1fr));"
    "gap:16px}.plots.two{grid-template-columns:repeat(auto-fit,minmax(min(400px,100%),1fr))}"
    "figure{margin:0;background:var(--card);padding:12px;border-radius:6px;break-inside:avoid;"
    "min-width:0}figure svg{display:block;width:100%;height:auto;max-width:480px;margin:auto}"
    "figure.wide{margin-top:16px}figure.row{grid-column:1/"
    "-1}figcaption{font-size:13px;color:var(--soft);margin-top:6px}"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
    "tr{break-inside:avoid}th,td{text-align:right;padding:4px 10px;vertical-align:top;"
    "border-bottom:1px solid var(--line)}th{font-weight:600;color:var(--soft);"
    "vertical-align:bottom}th:first-child,td:first-child,td.text,th.text{text-align:left}"
    "td.long{overflow-wrap:anywhere;min-width:86px}tr.sum{font-weight:600}td.num,.one{white-space:"
    "nowrap}"
    "td.bars{width:38%;min-width:60px;vertical-align:middle}"
    "td.bars svg{height:14px;max-width:none}"
    ".scroll{overflow-x:auto}code{font-size:13px;overflow-wrap:anywhere}"
    ".pass{color:var(--good);font-weight:600}.fail{color:var(--bad);font-weight:600}"
    ".note{color:var(--note);font-weight:600}.narrow-only{display:none}"
    "svg text{font:11px system-ui,sans-serif;fill:var(--soft);font-variant-numeric:tabular-nums}"
    "svg text.axis{font-size:12px}svg text.value{fill:var(--ink)}"
    ".frame{fill:none;stroke:var(--line)}.grid{stroke:var(--line);stroke-width:.5}"
    ".diagonal{stroke:var(--soft);stroke-dasharray:4 4}"
    ".curve{fill:none;stroke:var(--blue);stroke-width:2}.band{stroke:var(--band);stroke-width:7}"
    ".dot{fill:var(--blue)}.dot.out{fill:var(--bad);stroke:var(--ink)}.whisker{stroke:var(--blue);"
    "stroke-width:2;"
    "opacity:.6}.bar{fill:var(--blue)}.bar-light{fill:var(--light)}"
    "@media(max-width:600px){body{padding:12px;font-size:14px}th,td{padding:4px;"
    "font-size:12.5px}.verdict b.big{font-size:22px}"
    "code{font-size:11.5px}}@media screen and (max-width:840px){.wide-only{display:none}"
    ".narrow-only{display:block}}@media screen and (max-width:400px){th,td{padding:3px;"
    "font-size:11px}td.bars{min-width:24px}td.long{min-width:76px}}"
    "@media print{body{padding:0;font-size:9.5pt;line-height:1.35;max-width:none}"
    "h2{margin:18px 0 6px}th,td{padding:2px 6px;font-size:9pt}small,code,figcaption{font-size:8pt}"
    "figure svg{max-width:270px}td.bars svg{max-width:none}"
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    ".tiles{grid-template-columns:repeat(auto-fit,minmax(120px,1fr))}"
    ".tile{padding:8px;font-size:8pt}.tile b{font-size:12pt}"
    ".plots,.plots.two{grid-template-columns:1fr "
    "1fr}}@page{size:A4;margin:14mm}";

static const json_t *get(const json_t *object, const char *key)
{
    return json_object_get(object, key);
}

static void add_header(const json_t *validation, hb_buf_t *out)
{
    hb_buf_addf(out, "<h1>hyperbar validation</h1><p class=\"soft\">");
    hb_html_text(out, json_string_value(get(validation, "scheme")));
    static const struct {
        const char *before, *key;
        int digits;
        const char *after;
    } facts[] = {
        {", ", "splits", 0, " splits, "},
        {"", "paths", 0, " paths; "},
        {"", "rows", 0, " rows, "},
    };
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        hb_buf_addf(out, "%s", facts[i].before);
        hb_html_num(out, get(validation, facts[i].key), facts[i].digits, HB_NUM_PLAIN);
        hb_buf_addf(out, "%s", facts[i].after);
    }
    hb_html_real_add(out, 100 * hb_html_real(get(validation, "up_ratio")), 1, HB_NUM_PLAIN);
    hb_buf_addf(out, " %% of them up; label ");
    hb_html_text(out, json_string_value(get(validation, "label")));
    hb_buf_addf(out, " over ");
    hb_html_num(out, get(validation, "horizon_bars"), 0, HB_NUM_PLAIN);
    hb_buf_addf(out, " bars of ");
    hb_html_num(out, get(validation, "bar_size_s"), 0, HB_NUM_PLAIN);
    hb_buf_addf(out, " s; ");
    hb_html_num(out, get(validation, "predictions"), 0, HB_NUM_PLAIN);
    hb_buf_addf(out, " predictions in ");
    hb_html_num(out, get(validation, "seconds"), 1, HB_NUM_PLAIN);
    hb_buf_addf(out, " s; started ");
    hb_html_text(out, json_string_value(get(get(validation, "metadata"), "started_utc")));
    hb_buf_addf(out, "</p>");
}

static void add_skill(const json_t *auc, hb_buf_t *out)
{
    const double lo = hb_html_end(auc, 0), hi = hb_html_end(auc, 1);
    hb_buf_addf(out, "<p><b>%s</b>: AUC ",
                isnan(lo) || isnan(hi) ? "Ranking skill is not known"
                : lo > 0.5             ? "Ranking skill is shown"
                : hi < 0.5             ? "It ranks worse than a coin"
                                       : "No ranking skill is shown");
    hb_html_num(out, get(auc, "mean"), 4, HB_NUM_PLAIN);
    hb_buf_addf(out, ", 95&nbsp;%% interval ");
    hb_html_interval(out, auc, 4, HB_NUM_PLAIN);
    hb_buf_addf(out, ", on rows that no fold learned from; a coin has 0.5.</p>");
}

/* Counts blocking gates, and those of them that failed; names of these go to out when it is not
 * NULL. */
static size_t count_failed(const json_t *gates, size_t *blocking, hb_buf_t *out)
{
    size_t i, failed = 0;
    json_t *gate;
    *blocking = 0;
    json_array_foreach(get(gates, "gates"), i, gate)
    {
        if (!json_is_true(get(gate, "blocking"))) continue;
        ++*blocking;
        if (json_is_true(get(gate, "passed"))) continue;
        if (out) {
            hb_buf_addf(out, failed ? ", " : "");
            hb_html_text(out, json_string_value(get(gate, "name")));
        }
        failed++;
    }
    return failed;
}

static void add_gate_verdict(const json_t *gates, hb_buf_t *out)
{
    size_t blocking = 0;
    const size_t failed = count_failed(gates, &blocking, NULL);
    const bool passed = json_is_true(get(gates, "passed")) && failed == 0 && blocking > 0;
    const char *tone = passed ? "good" : blocking ? "bad" : "";
    hb_buf_addf(out, "<div class=\"verdict %s\"><b class=\"big\">", tone);
    if (blocking == 0) {
        hb_buf_addf(out, "No verdict</b><p>No blocking gate was judged; without one nothing may "
                         "trade.</p>");
    } else if (passed) {
        hb_buf_addf(out,
                    "Blocking gates passed</b><p>All %zu of them. They judge ranking, calibration, "
                    "search and speed; they promise no profit.</p>",
                    blocking);
    } else {
        hb_buf_addf(out, "Do not trade this model</b><p>%zu of %zu blocking gates failed: <b>",
                    failed, blocking);
        count_failed(gates, &blocking, out);
        hb_buf_addf(out, "</b>. <a href=\"#gates\">What to do</a></p>");
    }
}

/* A null run is good when it finds nothing: its verdict is another one. */
static void add_null_verdict(const json_t *auc, hb_buf_t *out)
{
    const double lo = hb_html_end(auc, 0), hi = hb_html_end(auc, 1);
    const bool known = !isnan(lo) && !isnan(hi);
    const bool clean = known && lo <= 0.5 && hi >= 0.5;
    hb_buf_addf(out,
                "<div class=\"verdict %s\"><b class=\"big\">Null test: labels were shuffled</b>"
                "<p>%s. Nothing on this page may trade.</p>",
                clean   ? "good"
                : known ? "bad"
                        : "",
                clean   ? "It finds nothing, as it must"
                : known ? "It differs from a coin where nothing can be found: look for a leak"
                        : "Whether it finds nothing is not known");
}

static void add_verdict(const json_t *validation, const json_t *gates, hb_buf_t *out)
{
    const json_t *auc = get(get(validation, "metrics"), "roc_auc");
    if (json_is_true(get(validation, "shuffled_labels")))
        add_null_verdict(auc, out);
    else
        add_gate_verdict(gates, out);
    add_skill(auc, out);
    hb_buf_addf(out, "</div>");
}

static void tile_open(hb_buf_t *out, const char *tone, const char *name)
{
    hb_buf_addf(out, "<div class=\"tile %s\">%s<b>", tone, name);
}

/* The baseline that comes closest: the one whose paired interval reaches lowest. */
static void add_rival_tile(const json_t *validation, hb_buf_t *out)
{
    const char *name, *closest = NULL;
    json_t *one;
    const json_t *best = NULL;
    json_object_foreach((json_t *)(uintptr_t)get(validation, "baselines"), name, one)
    {
        const json_t *advantage = get(get(one, "advantage"), "roc_auc");
        const double lo = hb_html_end(advantage, 0);
        if (isnan(lo) || (best && lo >= hb_html_end(best, 0))) continue;
        best = advantage;
        closest = name;
    }
    tile_open(out, best && hb_html_end(best, 0) <= 0 ? "bad" : "", "AUC over baseline");
    hb_html_num(out, get(best, "mean"), 4, HB_NUM_SIGNED);
    hb_buf_addf(out, "</b>");
    hb_html_text(out, closest);
    hb_buf_addf(out, ", 95&nbsp;%% ");
    hb_html_interval(out, best, 4, HB_NUM_SIGNED);
    hb_buf_addf(out, "</div>");
}

static void add_speed_tile(const json_t *validation, const json_t *replay, hb_buf_t *out)
{
    const json_t *p95 = get(get(get(replay, "latency_us"), "total"), "p95");
    const bool whole = json_is_number(p95);
    if (!whole) p95 = get(get(validation, "near"), "p95_us");
    tile_open(out, "", whole ? "Time for one bar, p95" : "Neighbour search, p95");
    hb_html_num(out, p95, 1, HB_NUM_PLAIN);
    hb_buf_addf(out, " &micro;s</b>%s</div>",
                whole ? "all stages, as replayed" : "search alone, not the whole engine");
}

static void add_net_tile(const json_t *replay, hb_buf_t *out)
{
    if (!json_is_object(replay)) return;
    const double trained = hb_html_real(get(replay, "in_sample"));
    const json_t *pnl = get(replay, "pnl");
    tile_open(out, trained > 0 ? "bad" : "", "Simulated net");
    hb_html_num(out, get(pnl, "net"), 2, HB_NUM_SIGNED);
    hb_buf_addf(out, "</b>%s",
                trained > 0 ? "on trained bars: no evidence" : "account currency, after costs of ");
    if (!(trained > 0)) hb_html_num(out, get(pnl, "costs"), 2, HB_NUM_PLAIN);
    hb_buf_addf(out, "</div>");
}

static void add_tiles(const json_t *validation, const json_t *replay, hb_buf_t *out)
{
    const json_t *metrics = get(validation, "metrics"), *auc = get(metrics, "roc_auc");
    hb_buf_addf(out, "<div class=\"tiles\">");
    tile_open(out, hb_html_end(auc, 0) <= 0.5 ? "bad" : "", "AUC");
    hb_html_num(out, get(auc, "mean"), 4, HB_NUM_PLAIN);
    hb_buf_addf(out, "</b>95&nbsp;%% ");
    hb_html_interval(out, auc, 4, HB_NUM_PLAIN);
    hb_buf_addf(out, "</div>");
    add_rival_tile(validation, out);
    tile_open(out, "", "Calibration error");
    hb_html_num(out, get(get(metrics, "ece"), "mean"), 4, HB_NUM_PLAIN);
    hb_buf_addf(out, "</b>Spiegelhalter z ");
    hb_html_num(out, get(validation, "spiegelhalter_z"), 2, HB_NUM_SIGNED);
    hb_buf_addf(out, "</div>");
    add_speed_tile(validation, replay, out);
    add_net_tile(replay, out);
    hb_buf_addf(out, "</div>");
}

static void add_plots(const json_t *validation, hb_buf_t *out)
{
    const json_t *auc = get(get(validation, "metrics"), "roc_auc");
    /* Every path predicts every row, and a label shares its bars with the next ones: neither makes
     * a trial of its own. The z of the calibration gate is thinned the same way. */
    const double rows_per_trial = hb_html_real(get(validation, "paths")) *
                                  (hb_html_real(get(validation, "horizon_bars")) + 1);
    hb_buf_addf(out, "<h2>How well does it rank, and can its probabilities be believed?</h2>"
                     "<div class=\"plots\">");
    const size_t empty = out->len;
    hb_svg_roc(get(validation, "roc"), auc, out);
    hb_svg_reliability(get(validation, "reliability"), rows_per_trial, out);
    hb_svg_paths(get(validation, "path_metrics"), auc, out);
    if (out->len == empty) hb_buf_addf(out, "<p>This run has no curves to show.</p>");
    hb_buf_addf(out, "</div>");
}

void hb_report_html(const json_t *validation, const json_t *gates, const json_t *replay,
                    hb_buf_t *out)
{
    hb_buf_addf(out,
                "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                "<title>hyperbar validation</title><style>%s</style></head><body>",
                style);
    add_header(validation, out);
    add_verdict(validation, gates, out);
    add_tiles(validation, replay, out);
    hb_report_gates(gates, out);
    add_plots(validation, out);
    hb_report_baselines(validation, out);
    hb_report_metrics(validation, out);
    hb_report_replay(replay, out);
    hb_report_folds(validation, out);
    hb_report_lineage(validation, replay, out);
    hb_buf_addf(out, "</body></html>\n");
}
