/* The page: well-formed and self-contained whatever the JSON holds, with its figures when they are
 * there. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base_assert.h"
#include "learn_report.h"
#include "th.h"

/* Elements without an end tag in HTML. */
static bool is_void(const char *name)
{
    static const char *const names[] = {"meta", "br", "!doctype"};
    for (size_t i = 0; i < HB_COUNT(names); i++) {
        if (strcmp(name, names[i]) == 0) return true;
    }
    return false;
}

/* Reads one tag at p (after '<'), keeps the stack of open elements; gives the place after '>'. */
static const char *eat_tag(const char *p, char stack[][16], size_t *depth)
{
    char name[16] = "";
    const bool closes = *p == '/';
    p += closes;
    const size_t n = strcspn(p, " />");
    assert_true(n > 0 && n < sizeof name);
    memcpy(name, p, n);
    const char *end = p + n;
    bool quoted = false;
    for (; *end && (quoted || *end != '>'); end++) {
        quoted ^= *end == '"';
        assert_true(*end != '<'); /* no text broke out of an attribute */
    }
    assert_int_equal(*end, '>');
    if (closes) {
        assert_true(*depth > 0);
        assert_string_equal(stack[--*depth], name);
    } else if (end[-1] != '/' && !is_void(name)) {
        assert_true(*depth < 32);
        memcpy(stack[(*depth)++], name, sizeof name);
    }
    return end + 1;
}

static void check_well_formed(const char *p)
{
    char stack[32][16];
    size_t depth = 0;
    assert_true(strncmp(p, "<!doctype html>", 15) == 0);
    while (*p) {
        if (depth > 0 && strcmp(stack[depth - 1], "style") == 0) p = strstr(p, "</style>");
        assert_non_null(p);
        if (*p == '<') {
            p = eat_tag(p + 1, stack, &depth);
        } else if (*p == '&') {
            const size_t n = strspn(p + 1, "#abcdefghijklmnopqrstuvwxyz0123456789");
            assert_true(n > 1 && p[1 + n] == ';');
            p += n + 2;
        } else {
            assert_true((unsigned char)*p >= ' ' || *p == '\n');
            assert_true(*p != '>');
            p++;
        }
    }
    assert_int_equal(depth, 0);
}

/* Nothing that no number should become. */
static void check_numbers(const char *html)
{
    static const char *const bad[] = {"nan", "inf,", ">inf", "-inf", "(null)", "-0.0000<"};
    for (size_t i = 0; i < HB_COUNT(bad); i++) {
        const char *at = strstr(html, bad[i]);
        if (at) print_error("found '%s' in: %.80s\n", bad[i], at);
        assert_null(at);
    }
}

static hb_buf_t page(const json_t *validation, const json_t *gates, const json_t *replay)
{
    hb_buf_t out = {0};
    hb_report_html(validation, gates, replay, &out);
    assert_int_equal(strlen(out.p), out.len);
    check_well_formed(out.p);
    check_numbers(out.p);
    assert_null(strstr(out.p, "http"));
    assert_null(strstr(out.p, "<script"));
    assert_null(strstr(out.p, "src="));
    return out;
}

static json_t *parse(const char *text)
{
    json_error_t error;
    json_t *out = json_loads(text, 0, &error);
    if (!out) fail_msg("line %d: %s", error.line, error.text);
    return out;
}

#define HAS(html, text)   assert_non_null(strstr((html), (text)))
#define LACKS(html, text) assert_null(strstr((html), (text)))

static const char full_validation[] =
    "{'scheme':'CPCV','splits':15,'paths':5,'rows':6070,'predictions':26015,'up_ratio':0.5107,"
    "'label':'triple_barrier','horizon_bars':4,'bar_size_s':300,'seconds':14.31,"
    "'metrics':{'roc_auc':{'mean':0.62932,'std':0.0048,'ci95':[0.61174,0.6448]},"
    "'log_loss':{'mean':0.682,'std':0.0063,'ci95':[0.6741,0.6905]},"
    "'ece':{'mean':0.03154,'std':0.0079,'ci95':[0.0316,0.0491]}},"
    "'interval':{'resamples':1000,'block_rows_mean':21.5},"
    "'baselines':{'knn_exact':{'accuracy':0.5561,'roc_auc':0.5781,'log_loss':0.6962,'advantage':{"
    "'roc_auc':{'mean':0.0512,'ci95':[0.0342,0.0685]},"
    "'log_loss':{'mean':-0.0142,'ci95':[-0.0237,-0.0047]}}},"
    "'logistic':{'roc_auc':0.6299,'log_loss':0.6667,'advantage':{"
    "'roc_auc':{'mean':-0.0006,'ci95':[-0.0102,0.0091]},"
    "'log_loss':{'mean':0.0153,'ci95':[0.0091,0.0212]}}}},"
    "'path_metrics':[{'roc_auc':{'mean':0.6284,'ci95':[0.6092,0.646]}},"
    "{'roc_auc':{'mean':0.6325,'ci95':[0.6121,0.6504]}}],"
    "'near':{'recall':{'mean':1.0},'queries':960,'p50_us':26.9,'p95_us':44.8},"
    "'folds':[{'train_rows':4327,'val_rows':1735,'purged_rows':6,'embargoed_rows':2,'trees':38,"
    "'metrics':{'accuracy':0.596,'roc_auc':0.6394,'log_loss':0.6988},"
    "'artifact_sha256':'ca5547147ea7ab62671993f54b37c815'}],"
    "'reliability':[{'p':0.46,'y':0.45,'rows':26000},{'p':0.5,'y':0.51,'rows':26000},"
    "{'p':0.54,'y':0.58,'rows':26000}],"
    "'roc':[[0,0],[0.5,0.7],[1,1]],'spiegelhalter_z':2.917,"
    "'snapshot_id':'5df591ff','metadata':{'git_sha':'aa0c3feb','git_dirty':true,"
    "'snapshot_id':'5df591ff','environment':{'compiler':'GNU 12.2.0'},"
    "'config_sha256':{'model':'d27a425a'},'seeds':{'global':42}}}";

static const char full_gates[] =
    "{'passed':false,'gates':["
    "{'name':'recall','value':1.0,'threshold':0.95,'passed':true,'blocking':true,'why':'found'},"
    "{'name':'search_speedup','value':14.7,'threshold':95,'passed':false,'blocking':false,"
    "'why':'slow'},"
    "{'name':'beats_baselines','value':-0.0102,'threshold':0,'passed':false,'blocking':true,"
    "'why':'against logistic'}]}";

static const char full_replay[] =
    "{'decisions':8000,'rows':7441,'in_sample':5837,'passed':977,'throttled':3329,"
    "'blocked_count':3694,'blocked':{'warmup':299,'made_up':1},'orders':1723,'fills':1722,"
    "'trades':861,'orders_refused':0,'pnl':{'gross':390220.0,'net':378166.0,'costs':12054.0},"
    "'latency_us':{'near':{'p50':47.103,'p95':67.583,'p99':116.735,'max':5469.361},"
    "'total':{'p50':49.151,'p95':69.631,'p99':124.927,'max':5480.171}},"
    "'decisions_sha256':'5dcba99d'}";

static json_t *quoted(const char *text)
{
    char copy[8192];
    assert_true(strlen(text) < sizeof copy);
    snprintf(copy, sizeof copy, "%s", text);
    for (char *p = copy; *p; p++) {
        if (*p == '\'') *p = '"';
    }
    return parse(copy);
}

static void nothing_at_all(void **state)
{
    (void)state;
    json_t *object = json_object(), *array = json_array(), *text = json_string("x");
    const json_t *const all[] = {NULL, object, array, text};
    for (size_t a = 0; a < HB_COUNT(all); a++) {
        for (size_t b = 0; b < HB_COUNT(all); b++) {
            for (size_t c = 0; c < HB_COUNT(all); c++) {
                hb_buf_t out = page(all[a], all[b], all[c]);
                HAS(out.p, "No verdict");
                HAS(out.p, "Ranking skill is not known");
                HAS(out.p, "&mdash;");
                LACKS(out.p, ">0.0000<");
                hb_buf_fini(&out);
            }
        }
    }
    json_decref(object);
    json_decref(array);
    json_decref(text);
}

static void figures(void **state)
{
    (void)state;
    json_t *validation = quoted(full_validation), *gates = quoted(full_gates);
    json_t *replay = quoted(full_replay);
    static const char *const want[] = {
        "0.6293",
        "0.6117",
        "0.6448", /* AUC */
        "51.1 %",
        "26015",
        "14.3 s",
        "+2.92", /* header, z */
        "0.5781",
        "+0.0512 better",
        "-0.0142 better",
        "-0.0006 even",
        "+0.0153 worse",
        "path 1",
        "0.6325", /* paths */
        "4327",
        "ca5547147ea7ab62<", /* folds: the first 16 digits */
        "8000",
        "46.2",
        "+378166.00",
        "12054.00",
        "+439.22",
        "indicators have not seen enough bars",
        "made_up",
        "116.73",
        "5480.17",
        "from 10 to 1000 &micro;s",
        "config_sha256 model",
        "d27a425a",
        "GNU 12.2.0",
        "aa0c3feb",
        "uncommitted changes",
        "5dcba99d",
        "1000 resamples",
        "mean block 22 rows",
        "960 queries",
    };
    hb_buf_t out = page(validation, gates, replay);
    for (size_t i = 0; i < HB_COUNT(want); i++) {
        if (!strstr(out.p, want[i])) print_error("the page lacks '%s'\n", want[i]);
        HAS(out.p, want[i]);
    }
    hb_buf_fini(&out);
    json_decref(validation);
    json_decref(gates);
    json_decref(replay);
}

static void verdicts(void **state)
{
    (void)state;
    json_t *validation = quoted(full_validation), *gates = quoted(full_gates);
    hb_buf_t out = page(validation, gates, NULL);
    HAS(out.p, "Do not trade this model");
    HAS(out.p, "1 of 2 blocking gates failed: <b>beats_baselines</b>");
    HAS(out.p, "Ranking skill is shown");
    LACKS(out.p, "Replay</h2>");
    /* What blocks first, then what informs, then what passed. */
    const char *fail = strstr(out.p, "<b>Better than"), *note = strstr(out.p, "<b>Search speed");
    const char *pass = strstr(out.p, "<b>Search recall");
    assert_true(fail && note && pass && fail < note && note < pass);
    HAS(out.p, "Use the simpler baseline");
    hb_buf_fini(&out);

    /* A gate that failed outweighs a "passed" that says otherwise. */
    json_object_set_new(gates, "passed", json_true());
    out = page(validation, gates, NULL);
    HAS(out.p, "Do not trade this model");
    hb_buf_fini(&out);
    json_object_set_new(json_array_get(json_object_get(gates, "gates"), 2), "passed", json_true());
    out = page(validation, gates, NULL);
    HAS(out.p, "Blocking gates passed");
    hb_buf_fini(&out);

    json_object_set_new(validation, "shuffled_labels", json_true());
    out = page(validation, gates, NULL);
    HAS(out.p, "look for a leak");
    LACKS(out.p, "Blocking gates passed");
    hb_buf_fini(&out);
    json_decref(validation);
    json_decref(gates);
}

static void skill_in_words(void **state)
{
    (void)state;
    static const struct {
        const char *ci95, *says, *shuffled_says;
    } cases[] = {{"[0.51, 0.6]", "Ranking skill is shown", "look for a leak"},
                 {"[0.49, 0.6]", "No ranking skill is shown", "as it must"},
                 {"[0.3, 0.45]", "It ranks worse than a coin", "look for a leak"},
                 {"[null, 0.6]", "Ranking skill is not known", "is not known"},
                 {"null", "Ranking skill is not known", "is not known"}};
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char text[200];
        snprintf(text, sizeof text, "{\"metrics\":{\"roc_auc\":{\"mean\":0.5,\"ci95\":%s}}}",
                 cases[i].ci95);
        json_t *validation = parse(text);
        hb_buf_t out = page(validation, NULL, NULL);
        HAS(out.p, cases[i].says);
        hb_buf_fini(&out);
        json_object_set_new(validation, "shuffled_labels", json_true());
        out = page(validation, NULL, NULL);
        HAS(out.p, cases[i].shuffled_says);
        hb_buf_fini(&out);
        json_decref(validation);
    }
}

static void trained_bars_are_no_evidence(void **state)
{
    (void)state;
    json_t *replay = quoted(full_replay);
    hb_buf_t out = page(NULL, NULL, replay);
    HAS(out.p, "trained on 5837 of the 7441 bars");
    HAS(out.p, "profit on trained bars is no evidence");
    HAS(out.p, "on trained bars: no evidence");
    hb_buf_fini(&out);
    json_object_set_new(replay, "in_sample", json_integer(0));
    out = page(NULL, NULL, replay);
    HAS(out.p, "comes after the last trained one");
    LACKS(out.p, "no evidence");
    hb_buf_fini(&out);
    json_object_set_new(replay, "in_sample", json_null());
    out = page(NULL, NULL, replay);
    HAS(out.p, "is not recorded");
    LACKS(out.p, "comes after the last trained one");
    hb_buf_fini(&out);
    json_decref(replay);
}

/* 3 bins of 26000 predictions, 25 to a trial: half a band is 0.03, so one of three dots lies
 * outside. */
static void reliability_shows_where_the_data_are(void **state)
{
    (void)state;
    json_t *validation = quoted(full_validation);
    hb_buf_t out = page(validation, NULL, NULL);
    HAS(out.p, "in 3 bins of equal size; both axes run from 0.40 to 0.60");
    HAS(out.p, "here 1 of 3 lie outside");
    HAS(out.p, "count 25 predictions as one trial");
    hb_buf_fini(&out);
    json_object_del(validation, "paths");
    out = page(validation, NULL, NULL);
    HAS(out.p, "count each prediction as one trial");
    HAS(out.p, "here 3 of 3 lie outside");
    hb_buf_fini(&out);
    json_t *edges = parse("{\"reliability\":[{\"p\":0,\"y\":1,\"rows\":5},{\"p\":1,\"y\":0,"
                          "\"rows\":0},{\"p\":0.5,\"y\":null},{}]}");
    out = page(edges, NULL, NULL);
    HAS(out.p, "both axes run from 0.0 to 1.0");
    hb_buf_fini(&out);
    json_decref(edges);
    json_decref(validation);
}

/* Sets value number `want` of the tree, counted depth first, to what; false when there are fewer.
 */
static bool poison(json_t *root, size_t want, size_t *seen, json_t *what)
{
    const char *key;
    void *next;
    json_t *value;
    json_object_foreach_safe(root, next, key, value)
    {
        if ((*seen)++ == want) return json_object_set(root, key, what) == 0;
        if (poison(value, want, seen, what)) return true;
    }
    for (size_t i = 0; i < json_array_size(root); i++) {
        if ((*seen)++ == want) return json_array_set(root, i, what) == 0;
        if (poison(json_array_get(root, i), want, seen, what)) return true;
    }
    return false;
}

static const char hostile[] = "</style><script>alert('x')</script>\"&<!-- \x01\x7f";

/* Each single value of the three inputs replaced in turn by null, text, numbers of any size,
 * containers. */
static void any_value_may_be_wrong(void **state)
{
    (void)state;
    json_t *const values[] = {json_null(),        json_string(hostile), json_real(1e300),
                              json_real(-1e-300), json_integer(-7),     json_array(),
                              json_object(),      json_true()};
    const char *const inputs[] = {full_validation, full_gates, full_replay};
    for (size_t v = 0; v < HB_COUNT(values); v++) {
        for (size_t input = 0; input < HB_COUNT(inputs); input++) {
            for (size_t want = 0;; want++) {
                size_t seen = 0;
                json_t *part[3];
                for (size_t i = 0; i < 3; i++) part[i] = quoted(inputs[i]);
                const bool found = poison(part[input], want, &seen, values[v]);
                hb_buf_t out = page(part[0], part[1], part[2]);
                hb_buf_fini(&out);
                for (size_t i = 0; i < 3; i++) json_decref(part[i]);
                if (!found) break;
            }
        }
    }
    for (size_t v = 0; v < HB_COUNT(values); v++) json_decref(values[v]);
}

static void hostile_keys(void **state)
{
    (void)state;
    static const char *const places[] = {"metrics", "baselines", "metadata"};
    json_t *validation = json_object(), *replay = json_object(), *gates = json_object();
    for (size_t i = 0; i < HB_COUNT(places); i++) {
        json_object_set_new(validation, places[i], json_object());
        json_object_set_new(json_object_get(validation, places[i]), hostile, json_object());
    }
    json_object_set_new(json_object_get(validation, "metadata"), "group",
                        json_pack("{s:s}", hostile, hostile));
    json_object_set_new(replay, "blocked", json_pack("{s:i}", hostile, 1));
    json_object_set_new(replay, "latency_us", json_pack("{s:{s:f}}", hostile, "p50", 0.0));
    json_object_set_new(
        gates, "gates",
        json_pack("[{s:s,s:s,s:b}]", "name", hostile, "why", hostile, "blocking", 1));
    hb_buf_t out = page(validation, gates, replay);
    HAS(out.p, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;&lt;!--");
    hb_buf_fini(&out);
    json_decref(validation);
    json_decref(gates);
    json_decref(replay);
}

/* Nulls where figures were: dashes, and no 0.0000 that nobody measured. */
static void nulls_are_dashes(void **state)
{
    (void)state;
    json_t *validation = parse("{\"metrics\":{\"roc_auc\":{\"mean\":null,\"std\":null,"
                               "\"ci95\":[null,null]}},\"folds\":[{},null],\"path_metrics\":[null],"
                               "\"baselines\":{\"majority\":null},\"roc\":[null,[0,null]],"
                               "\"reliability\":[{\"p\":null,\"y\":0.5}]}");
    json_t *gates = parse("{\"gates\":[{\"name\":\"recall\",\"value\":null,\"threshold\":null,"
                          "\"blocking\":true,\"why\":null}]}");
    json_t *replay = parse("{\"pnl\":{\"net\":null},\"latency_us\":{\"total\":{\"p50\":null}}}");
    hb_buf_t out = page(validation, gates, replay);
    HAS(out.p, "This run lacks the figure: validate again.");
    HAS(out.p, "AUC<br><small>higher is better, a coin has 0.5</small></td><td class=\"num\">"
               "&mdash;</td><td class=\"num\">&mdash;</td><td>&mdash;</td>");
    LACKS(out.p, "0.0000");
    LACKS(out.p, ">0.00<");
    LACKS(out.p, "class=\"num\">0<");
    LACKS(out.p, "<svg viewBox=\"0 0 320 320\""); /* no empty plot */
    hb_buf_fini(&out);
    json_decref(validation);
    json_decref(gates);
    json_decref(replay);
}

static void text_is_escaped(void **state)
{
    (void)state;
    hb_buf_t out = {0};
    hb_html_text(&out, "a<b>&\"'\n\x7f\xc3\xa9");
    assert_string_equal(out.p, "a&lt;b&gt;&amp;&quot;&#39;  \xc3\xa9");
    hb_buf_fini(&out);
    hb_html_text(&out, NULL);
    assert_string_equal(out.p, "&mdash;");
    hb_buf_fini(&out);
}

/* A cut hash keeps whole characters: half of one would make the page's UTF-8 invalid. */
static void cut_text_stays_utf8(void **state)
{
    (void)state;
    json_t *validation = parse("{\"folds\":[{\"artifact_sha256\":\"012345678901234\xc3\xa9z\"}]}");
    hb_buf_t out = page(validation, NULL, NULL);
    HAS(out.p, "<code>012345678901234</code>");
    hb_buf_fini(&out);
    json_decref(validation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_at_all),
        cmocka_unit_test(figures),
        cmocka_unit_test(verdicts),
        cmocka_unit_test(skill_in_words),
        cmocka_unit_test(trained_bars_are_no_evidence),
        cmocka_unit_test(reliability_shows_where_the_data_are),
        cmocka_unit_test(any_value_may_be_wrong),
        cmocka_unit_test(hostile_keys),
        cmocka_unit_test(nulls_are_dashes),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(cut_text_stays_utf8),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
