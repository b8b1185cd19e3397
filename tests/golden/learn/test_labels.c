/* Triple barrier and uniqueness against the golden vectors. */
#include <string.h>

#include "learn_labels.h"
#include "th.h"

enum { BARS = 12 };

static hb_bars_t load_bars(const json_t *root, hb_bar_t *bars)
{
    double close[BARS], high[BARS], low[BARS];
    th_nums(json_object_get(root, "close"), close, BARS);
    th_nums(json_object_get(root, "high"), high, BARS);
    th_nums(json_object_get(root, "low"), low, BARS);
    for (int i = 0; i < BARS; i++) {
        bars[i] = (hb_bar_t){.open = close[i], .high = high[i], .low = low[i], .close = close[i]};
    }
    return (hb_bars_t){.bars = bars, .count = BARS, .bar_size_s = 60};
}

static void barriers(void **state)
{
    (void)state;
    json_t *root = th_golden("g10_labels.json");
    hb_bar_t memory[BARS];
    const hb_bars_t bars = load_bars(root, memory);
    const double up = th_num(json_object_get(root, "up"));
    const double down = th_num(json_object_get(root, "down"));
    const uint32_t horizon = (uint32_t)json_integer_value(json_object_get(root, "horizon"));
    const json_t *labels = json_object_get(root, "labels");
    assert_int_equal(json_array_size(labels), 14);
    size_t at;
    const json_t *want;
    json_array_foreach(labels, at, want)
    {
        const bool intrabar = strcmp(json_string_value(json_object_get(want, "mode")), "hl") == 0;
        const uint32_t i = (uint32_t)json_integer_value(json_object_get(want, "i"));
        const hb_label_t got = hb_label_barrier(&bars, i, up, down, horizon, intrabar);
        assert_int_equal(got.t1, json_integer_value(json_object_get(want, "t1")));
        assert_int_equal(got.side, json_integer_value(json_object_get(want, "label")));
        assert_string_equal(hb_label_why_name((hb_label_why_t)got.why),
                            json_string_value(json_object_get(want, "why")));
        th_close(got.ret, th_num(json_object_get(want, "ret")), 1e-12);
        assert_int_equal(got.y, got.side > 0 ? 1 : got.side < 0 ? 0 : -1);
    }
    json_decref(root);
}

static void uniqueness(void **state)
{
    (void)state;
    json_t *root = th_golden("g10_labels.json");
    uint32_t t0[16], t1[16], n = 0;
    size_t at;
    const json_t *label, *want_value;
    json_array_foreach(json_object_get(root, "labels"), at, label)
    {
        if (strcmp(json_string_value(json_object_get(label, "mode")), "close") != 0) continue;
        t0[n] = (uint32_t)json_integer_value(json_object_get(label, "i"));
        t1[n++] = (uint32_t)json_integer_value(json_object_get(label, "t1"));
    }
    double got[16];
    hb_label_uniqueness(t0, t1, n, BARS, got);
    json_t *want = json_object_get(
        json_object_get(json_object_get(root, "concurrency"), "bars_i_plus_1_to_t1"),
        "avg_uniqueness");
    assert_int_equal(json_object_size(want), n);
    for (uint32_t i = 0; i < n; i++) {
        char key[16];
        snprintf(key, sizeof key, "%u", t0[i]);
        want_value = json_object_get(want, key);
        assert_non_null(want_value);
        th_close(got[i], th_num(want_value), 1e-12);
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(barriers), cmocka_unit_test(uniqueness)};
    return cmocka_run_group_tests_name("golden labels", tests, NULL, NULL);
}
