/* What the replay did and why it did not do more; what the run was made from. */
#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "learn_report_int.h"
#include "rec_reason.h"

static const json_t *get(const json_t *object, const char *key)
{
    return json_object_get(object, key);
}

static void add_percent(double part, double whole, hb_buf_t *out)
{
    hb_html_real_add(out, whole > 0 ? 100 * part / whole : NAN, 1, HB_NUM_PLAIN);
}

static void add_decisions(const json_t *replay, hb_buf_t *out)
{
    static const struct {
        const char *key, *name;
    } rows[] = {{"decisions", "bars decided"},
                {"passed", "passed: an order"},
                {"throttled", "throttled: held back"},
                {"blocked_count", "blocked: refused"}};
    static const char *const counts[][2] = {{"orders", "orders"},
                                            {"orders_refused", "orders refused"},
                                            {"fills", "fills"},
                                            {"trades", "trades"}};
    const double all = hb_html_real(get(replay, "decisions"));
    hb_buf_addf(out, "<figure><h3>Decisions</h3><table><tr><th>decision</th><th>bars</th>"
                     "<th>share, %%</th></tr>");
    for (size_t i = 0; i < HB_COUNT(rows); i++) {
        hb_buf_addf(out, "<tr%s><td>%s</td>", i == 0 ? " class=\"sum\"" : "", rows[i].name);
        hb_html_cell(out, get(replay, rows[i].key), 0, HB_NUM_PLAIN);
        hb_buf_addf(out, "<td class=\"num\">");
        add_percent(hb_html_real(get(replay, rows[i].key)), all, out);
        hb_buf_addf(out, "</td></tr>");
    }
    hb_buf_addf(out, "<tr><th>then</th><th>count</th><th></th></tr>");
    for (size_t i = 0; i < HB_COUNT(counts); i++) {
        hb_buf_addf(out, "<tr><td>%s</td>", counts[i][1]);
        hb_html_cell(out, get(replay, counts[i][0]), 0, HB_NUM_PLAIN);
        hb_buf_addf(out, "<td></td></tr>");
    }
    hb_buf_addf(out, "</table></figure>");
}

static void money_row(hb_buf_t *out, const char *name, double value, hb_num_sign_t sign)
{
    hb_buf_addf(out, "<tr><td>%s</td><td class=\"num\">", name);
    hb_html_real_add(out, value, 2, sign);
    hb_buf_addf(out, "</td></tr>");
}

static void add_money(const json_t *replay, hb_buf_t *out)
{
    const json_t *pnl = get(replay, "pnl");
    const double net = hb_html_real(get(pnl, "net")), trades = hb_html_real(get(replay, "trades"));
    hb_buf_addf(out, "<figure><h3>Simulated account</h3><table><tr><th>item</th>"
                     "<th>account currency</th></tr>");
    money_row(out, "gross", hb_html_real(get(pnl, "gross")), HB_NUM_SIGNED);
    money_row(out, "costs", hb_html_real(get(pnl, "costs")), HB_NUM_PLAIN);
    money_row(out, "<b>net</b>", net, HB_NUM_SIGNED);
    money_row(out, "net of a trade", trades > 0 ? net / trades : NAN, HB_NUM_SIGNED);
    hb_buf_addf(out, "</table><figcaption>One bar of latency, slippage and commission. One way "
                     "through one market, without an interval: it can be luck, and it overrules "
                     "no failed gate. No such result was traded.</figcaption></figure>");
}

static const char *reason_meaning(const char *name)
{
    static const struct {
        const char *name, *what;
    } table[] = {
#define REASON_ROW(id, bit, text, what) {text, what},
        HB_REASON_TABLE(REASON_ROW)
#undef REASON_ROW
    };
    for (size_t i = 0; i < HB_COUNT(table); i++) {
        if (strcmp(table[i].name, name) == 0) return table[i].what;
    }
    return NULL;
}

static void add_reasons(const json_t *replay, hb_buf_t *out)
{
    const char *name;
    json_t *count;
    const json_t *blocked = get(replay, "blocked");
    const double all = hb_html_real(get(replay, "decisions"));
    if (!json_is_object(blocked) || json_object_size(blocked) == 0) return;
    hb_buf_addf(out,
                "<figure class=\"row\"><h3>Why bars were not traded</h3><table><tr><th>reason</th>"
                "<th>bars</th><th>share, %%</th></tr>");
    json_object_foreach((json_t *)(uintptr_t)blocked, name, count)
    {
        const char *what = reason_meaning(name);
        hb_buf_addf(out, "<tr><td class=\"long\">");
        hb_html_text(out, name);
        if (what) hb_buf_addf(out, "<br><small>%s</small>", what);
        hb_buf_addf(out, "</td>");
        hb_html_cell(out, count, 0, HB_NUM_PLAIN);
        hb_buf_addf(out, "<td class=\"num\">");
        add_percent(hb_html_real(count), all, out);
        hb_buf_addf(out, "</td></tr>");
    }
    hb_buf_addf(out, "</table><figcaption>Of all bars decided, throttled ones too. One bar may "
                     "have several reasons, so shares do not add up.</figcaption></figure>");
}

/* Said before any profit is shown. */
static void add_evidence(const json_t *replay, hb_buf_t *out)
{
    const double trained = hb_html_real(get(replay, "in_sample"));
    if (trained > 0) {
        hb_buf_addf(out, "<p class=\"warn\"><b>The model was trained on ");
        hb_html_real_add(out, trained, 0, HB_NUM_PLAIN);
        hb_buf_addf(out, " of the ");
        hb_html_num(out, get(replay, "rows"), 0, HB_NUM_PLAIN);
        hb_buf_addf(out, " bars scored here: profit on trained bars is no evidence.</b> Replay "
                         "again with --from after the last trained bar.</p>");
    } else if (trained == 0) {
        hb_buf_addf(out, "<p>Every bar scored here comes after the last trained one.</p>");
    } else {
        hb_buf_addf(out, "<p class=\"warn\">Whether the model was trained on these bars is not "
                         "recorded: take no profit below as evidence.</p>");
    }
}

void hb_report_replay(const json_t *replay, hb_buf_t *out)
{
    if (!json_is_object(replay)) return;
    hb_buf_addf(out, "<h2>Replay</h2>");
    add_evidence(replay, out);
    hb_buf_addf(out, "<div class=\"plots two\">");
    add_decisions(replay, out);
    add_money(replay, out);
    add_reasons(replay, out);
    hb_buf_addf(out, "</div>");
    hb_svg_latency(get(replay, "latency_us"), out);
}

static void add_fact(const char *group, const char *key, const json_t *value, hb_buf_t *out)
{
    hb_buf_addf(out, "<tr><td>");
    if (group) {
        hb_html_text(out, group);
        hb_buf_addf(out, " ");
    }
    hb_html_text(out, key);
    hb_buf_addf(out, "</td><td class=\"text long\"><code>");
    if (json_is_integer(value))
        hb_buf_addf(out, "%lld", (long long)json_integer_value(value));
    else if (json_is_boolean(value))
        hb_buf_addf(out, json_is_true(value) ? "yes" : "no");
    else if (json_is_real(value))
        hb_buf_addf(out, "%.6g", json_real_value(value));
    else
        hb_html_text(out, json_string_value(value));
    hb_buf_addf(out, "</code></td></tr>");
}

/* Keys of the object; an object below it gives its own keys, with its name before them. */
static void add_facts(const json_t *object, hb_buf_t *out)
{
    const char *key, *inner;
    json_t *value, *part;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        if (!json_is_object(value)) {
            add_fact(NULL, key, value, out);
            continue;
        }
        json_object_foreach(value, inner, part) add_fact(key, inner, part, out);
    }
}

void hb_report_lineage(const json_t *validation, const json_t *replay, hb_buf_t *out)
{
    const json_t *metadata = get(validation, "metadata");
    hb_buf_addf(out, "<h2>Lineage</h2>");
    if (json_is_true(get(metadata, "git_dirty"))) {
        hb_buf_addf(out, "<p class=\"note\">The source had uncommitted changes: the commit below "
                         "alone does not give this run again.</p>");
    }
    hb_buf_addf(out, "<table class=\"facts\">");
    if (!get(metadata, "snapshot_id"))
        add_fact(NULL, "snapshot_id", get(validation, "snapshot_id"), out);
    add_facts(metadata, out);
    if (json_is_object(replay)) {
        add_fact("replay", "artifact_sha256", get(replay, "artifact_sha256"), out);
        add_fact("replay", "decisions_sha256", get(replay, "decisions_sha256"), out);
    }
    hb_buf_addf(out, "</table>");
}
