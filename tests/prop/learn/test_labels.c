/* Labels see (i, t1] and nothing else; uniqueness against a count by brute force. */
#include <math.h>
#include <string.h>

#include "base_mem.h"
#include "base_rng.h"
#include "learn_labels.h"
#include "num_fn.h"
#include "th.h"

enum { BARS = 120, ROUNDS = 20 };

static void draw_bars(hb_rng_t *rng, hb_bar_t *bars, double *atr)
{
    double price = 5000;
    memset(bars, 0, BARS * sizeof *bars);
    for (uint32_t i = 0; i < BARS; i++) {
        price += floor(8.0 * hb_rng_normal(rng)) * 0.25;
        bars[i].open = bars[i].close = price;
        bars[i].high = price + 0.25 * (double)hb_rng_below(rng, 12);
        bars[i].low = price - 0.25 * (double)hb_rng_below(rng, 12);
        if (hb_rng_below(rng, 40) == 0) bars[i].flags = HB_BAR_ROLL;
        atr[i] = 1.0 + 2.0 * hb_rng_uniform(rng);
    }
}

static void later_bars_do_not_matter(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(31));
    hb_bar_t bars[BARS], poisoned[BARS];
    double atr[BARS];
    hb_label_t label[BARS], again[BARS];
    uint32_t usable = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        draw_bars(&rng, bars, atr);
        hb_label_params_t params = hb_label_params_default();
        params.type = (hb_label_type_t)(round % 4);
        params.horizon_bars = 1 + (uint32_t)hb_rng_below(&rng, 8);
        params.intrabar = round % 8 > 3;
        hb_labels_make(&(hb_bars_t){.bars = bars, .count = BARS}, atr, &params, label);
        for (uint32_t i = 0; i < BARS; i++) {
            assert_true(label[i].t1 >= i && label[i].t1 < BARS);
            assert_true(label[i].t1 <= i + params.horizon_bars);
            if (label[i].y < 0) continue;
            usable++;
            assert_true(label[i].t1 > i);
            /* All prices after t1 change; whether there are bars and rolls is calendar. */
            memcpy(poisoned, bars, sizeof bars);
            for (uint32_t j = label[i].t1 + 1; j < BARS; j++) {
                poisoned[j].close = poisoned[j].high = poisoned[j].low = 1e-3;
            }
            hb_labels_make(&(hb_bars_t){.bars = poisoned, .count = BARS}, atr, &params, again);
            assert_memory_equal(&again[i].t1, &label[i].t1, sizeof label[i].t1);
            assert_int_equal(again[i].y, label[i].y);
            assert_int_equal(again[i].side, label[i].side);
            assert_int_equal(again[i].why, label[i].why);
            assert_true(again[i].ret == label[i].ret);
        }
    }
    assert_true(usable > 200);
}

static void uniqueness_by_counting(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(32));
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t t0[BARS], t1[BARS];
        double out[BARS];
        for (uint32_t i = 0; i < BARS; i++) {
            t0[i] = (uint32_t)hb_rng_below(&rng, BARS);
            t1[i] = t0[i] + (uint32_t)hb_rng_below(&rng, 9);
        }
        hb_label_uniqueness(t0, t1, BARS, BARS, out);
        for (uint32_t i = 0; i < BARS; i++) {
            double sum = 0;
            if (t1[i] >= BARS || t1[i] == t0[i]) {
                assert_true(out[i] == 0);
                continue;
            }
            for (uint32_t t = t0[i] + 1; t <= t1[i]; t++) {
                uint32_t alive = 0;
                for (uint32_t j = 0; j < BARS; j++) {
                    alive += t1[j] < BARS && t0[j] < t && t <= t1[j];
                }
                sum += 1.0 / alive;
            }
            th_close(out[i], sum / (t1[i] - t0[i]), 1e-12);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(later_bars_do_not_matter),
                                       cmocka_unit_test(uniqueness_by_counting)};
    return cmocka_run_group_tests_name("labels by brute force", tests, NULL, NULL);
}
