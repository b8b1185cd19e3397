/* Labels of whole runs of bars: kinds, thresholds, rolls, the data end and bad volatility. */
#include <math.h>
#include <string.h>

#include "learn_labels.h"
#include "th.h"

enum { BARS_MAX = 16 };

typedef struct {
    hb_bar_t memory[BARS_MAX];
    double atr[BARS_MAX];
    hb_label_t label[BARS_MAX];
    hb_bars_t bars;
} run_t;

static run_t *make(run_t *run, const double *close, uint32_t n, double atr)
{
    memset(run, 0, sizeof *run);
    for (uint32_t i = 0; i < n; i++) {
        run->memory[i] =
            (hb_bar_t){.open = close[i], .high = close[i], .low = close[i], .close = close[i]};
        run->atr[i] = atr;
    }
    run->bars = (hb_bars_t){.bars = run->memory, .count = n};
    return run;
}

static const hb_label_t *label_all(run_t *run, hb_label_type_t type, uint32_t horizon)
{
    hb_label_params_t params = hb_label_params_default();
    params.type = type;
    params.horizon_bars = horizon;
    hb_labels_make(&run->bars, run->atr, &params, run->label);
    return run->label;
}

#define expect(label, side_, y_, why_, t1_)                                                        \
    do {                                                                                           \
        assert_int_equal((label).side, side_);                                                     \
        assert_int_equal((label).y, y_);                                                           \
        assert_string_equal(hb_label_why_name((hb_label_why_t)(label).why),                        \
                            hb_label_why_name(why_));                                              \
        assert_int_equal((label).t1, t1_);                                                         \
    } while (0)

static void defaults(void **state)
{
    (void)state;
    const hb_label_params_t params = hb_label_params_default();
    assert_int_equal(params.type, HB_LABEL_TRIPLE_BARRIER);
    assert_int_equal(params.horizon_bars, 4);
    assert_false(params.intrabar);
    assert_true(params.threshold_atr == 0.25 && params.profit_atr == 1.5 && params.stop_atr == 1.5);
}

static void direction(void **state)
{
    (void)state;
    run_t run;
    const double close[] = {100, 101, 100, 99, 101};
    const hb_label_t *label = label_all(make(&run, close, 5, 1.0), HB_LABEL_DIRECTION, 2);
    expect(label[0], 0, -1, HB_WHY_FLAT, 2);
    expect(label[1], -1, 0, HB_WHY_DOWN, 3);
    expect(label[2], 1, 1, HB_WHY_UP, 4);
    expect(label[3], 0, -1, HB_WHY_TRUNCATED, 4);
    expect(label[4], 0, -1, HB_WHY_TRUNCATED, 4);
    th_close(label[1].ret, 99.0 / 101.0 - 1.0, 1e-15);
}

static void thresholded(void **state)
{
    (void)state;
    run_t run;
    const double close[] = {100, 100.5, 100, 99, 99.25};
    /* A quarter of ATR 2 is half a point, which reaches the threshold. */
    const hb_label_t *label = label_all(make(&run, close, 5, 2.0), HB_LABEL_THRESHOLDED, 1);
    expect(label[0], 1, 1, HB_WHY_UP, 1);
    expect(label[1], -1, 0, HB_WHY_DOWN, 2);
    expect(label[2], -1, 0, HB_WHY_DOWN, 3);
    expect(label[3], 0, -1, HB_WHY_FLAT, 4);
}

static void ternary_has_no_binary_label(void **state)
{
    (void)state;
    run_t run;
    const double close[] = {100, 101, 100, 100.1};
    const hb_label_t *label = label_all(make(&run, close, 4, 1.0), HB_LABEL_TERNARY, 1);
    expect(label[0], 1, -1, HB_WHY_UP, 1);
    expect(label[1], -1, -1, HB_WHY_DOWN, 2);
    expect(label[2], 0, -1, HB_WHY_FLAT, 3);
}

static void triple_barrier(void **state)
{
    (void)state;
    run_t run;
    const double close[] = {100, 101, 101.5, 100, 100.5, 99, 99.5, 99.5, 99.5};
    const hb_label_t *label = label_all(make(&run, close, 9, 1.0), HB_LABEL_TRIPLE_BARRIER, 2);
    expect(label[0], 1, 1, HB_WHY_UP, 2);
    expect(label[1], 0, 0, HB_WHY_TIME, 3);
    expect(label[2], -1, 0, HB_WHY_DOWN, 3);
    expect(label[3], 0, 0, HB_WHY_TIME, 5);
    expect(label[4], -1, 0, HB_WHY_DOWN, 5);
    expect(label[5], 0, 1, HB_WHY_TIME, 7);
    expect(label[6], 0, -1, HB_WHY_TIME, 8); /* no move at all by the vertical barrier */
    expect(label[7], 0, -1, HB_WHY_TRUNCATED, 8);
}

static void intrabar_both_is_unusable(void **state)
{
    (void)state;
    run_t run;
    const double close[] = {100, 100, 100};
    make(&run, close, 3, 1.0);
    run.memory[1].high = 102;
    run.memory[1].low = 98;
    hb_label_params_t params = hb_label_params_default();
    params.horizon_bars = 1;
    hb_labels_make(&run.bars, run.atr, &params, run.label);
    expect(run.label[0], 0, -1, HB_WHY_TIME, 1);
    params.intrabar = true;
    hb_labels_make(&run.bars, run.atr, &params, run.label);
    expect(run.label[0], 0, -1, HB_WHY_BOTH, 1);
    run.memory[1].low = 99;
    hb_labels_make(&run.bars, run.atr, &params, run.label);
    expect(run.label[0], 1, 1, HB_WHY_UP, 1);
}

/* Also when a barrier is touched before the cut. */
static void roll_and_end_cut_the_window(void **state)
{
    (void)state;
    run_t run;
    const double close[] = {100, 102, 102, 104, 104, 104};
    make(&run, close, 6, 1.0);
    run.memory[3].flags = HB_BAR_ROLL;
    const hb_label_t *label = label_all(&run, HB_LABEL_TRIPLE_BARRIER, 2);
    expect(label[0], 1, 1, HB_WHY_UP, 1);
    expect(label[1], 0, -1, HB_WHY_ROLL, 3);
    expect(label[2], 0, -1, HB_WHY_ROLL, 4);
    expect(label[3], 0, -1, HB_WHY_TIME, 5); /* the roll bar itself starts the new contract */
    expect(label[4], 0, -1, HB_WHY_TRUNCATED, 5);
    label = label_all(&run, HB_LABEL_DIRECTION, UINT32_MAX);
    expect(label[0], 0, -1, HB_WHY_ROLL, 5);
    expect(label[5], 0, -1, HB_WHY_TRUNCATED, 5);
}

static void bad_volatility_is_unusable(void **state)
{
    (void)state;
    static const double bad[] = {0.0, -1.0, NAN, INFINITY};
    const double close[] = {100, 101, 102};
    for (int type = HB_LABEL_DIRECTION; type <= HB_LABEL_TRIPLE_BARRIER; type++) {
        for (int i = 0; i < 4; i++) {
            run_t run;
            const hb_label_t *label =
                label_all(make(&run, close, 3, bad[i]), (hb_label_type_t)type, 1);
            expect(label[0], 0, -1, HB_WHY_TRUNCATED, 1);
        }
    }
}

static void bad_price_is_unusable(void **state)
{
    (void)state;
    run_t run;
    const double close[] = {100, NAN, 102, 0, 1};
    const hb_label_t *label = label_all(make(&run, close, 5, 1.0), HB_LABEL_DIRECTION, 1);
    for (int i = 0; i < 4; i++) assert_int_equal(label[i].y, i == 2 ? 0 : -1);
}

static void one_bar_barrier(void **state)
{
    (void)state;
    run_t run;
    const double close[] = {100, 100, 101, 90};
    make(&run, close, 4, 1.0);
    expect(hb_label_barrier(&run.bars, 0, 0.5, 0.5, 1, false), 0, -1, HB_WHY_TIME, 1);
    expect(hb_label_barrier(&run.bars, 1, 0.5, 0.5, 1, false), 0, 1, HB_WHY_TIME, 2);
    expect(hb_label_barrier(&run.bars, 2, 0.5, 0.5, 1, false), 0, 0, HB_WHY_TIME, 3);
    expect(hb_label_barrier(&run.bars, 0, 0.005, 0.5, 100, false), 1, 1, HB_WHY_UP, 2);
    expect(hb_label_barrier(&run.bars, 3, 0.5, 0.5, UINT32_MAX, false), 0, -1, HB_WHY_TRUNCATED, 3);
}

static void uniqueness(void **state)
{
    (void)state;
    const uint32_t t0[] = {0, 1, 3, 4, 4}, t1[] = {2, 3, 3, 9, 5};
    double out[5];
    hb_label_uniqueness(t0, t1, 5, 6, out);
    th_close(out[0], (1.0 + 0.5) / 2, 1e-15); /* bars 1, 2 */
    th_close(out[1], (0.5 + 1.0) / 2, 1e-15); /* bars 2, 3 */
    assert_true(out[2] == 0);                 /* holds no bar */
    assert_true(out[3] == 0);                 /* runs out of the data */
    assert_true(out[4] == 1.0);
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(hb_label_type_name(HB_LABEL_DIRECTION), "direction");
    assert_string_equal(hb_label_type_name(HB_LABEL_TRIPLE_BARRIER), "triple_barrier");
    assert_string_equal(hb_label_type_name((hb_label_type_t)77), "unknown");
    assert_string_equal(hb_label_why_name(HB_WHY_NONE), "none");
    assert_string_equal(hb_label_why_name(HB_WHY_ROLL), "roll");
    assert_string_equal(hb_label_why_name((hb_label_why_t)77), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(direction),
        cmocka_unit_test(thresholded),
        cmocka_unit_test(ternary_has_no_binary_label),
        cmocka_unit_test(triple_barrier),
        cmocka_unit_test(intrabar_both_is_unusable),
        cmocka_unit_test(roll_and_end_cut_the_window),
        cmocka_unit_test(bad_volatility_is_unusable),
        cmocka_unit_test(bad_price_is_unusable),
        cmocka_unit_test(one_bar_barrier),
        cmocka_unit_test(uniqueness),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests_name("labels", tests, NULL, NULL);
}
