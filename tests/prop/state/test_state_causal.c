/* Properties of the state stream on random bars: repeatable to the byte, causal, scale-free, in
 * range. */
#include "th.h"

#include <math.h>
#include <string.h>

#include "../../unit/state/make_bars.h"

#define BARS  600u
#define CASES 12u

/* Gaps, rolls, missing volume and dead bars on top of the plain walk. */
static hb_bar_t *wild_bars(uint64_t seed)
{
    hb_bar_t *bars = make_bars(seed, BARS);
    hb_rng_t rng = hb_rng_stream(seed, 1);
    double shift = 1.0;
    for (uint32_t i = 0; i < BARS; i++) {
        const double u = hb_rng_uniform(&rng);
        if (u < 0.01) shift *= 0.9 + 0.2 * hb_rng_uniform(&rng);
        if (u < 0.005) bars[i].flags |= HB_BAR_ROLL;
        if (u > 0.95) bars[i].flags |= HB_BAR_NO_VOLUME;
        bars[i].open *= shift;
        bars[i].high *= shift;
        bars[i].low *= shift;
        bars[i].close *= shift;
        if (u > 0.9 && u < 0.95) bars[i].open = bars[i].high = bars[i].low = bars[i].close;
    }
    return bars;
}

static void same_bars_same_bytes(void **state)
{
    (void)state;
    const uint64_t seed = th_seed(101);
    for (uint64_t c = 0; c < CASES; c++) {
        hb_bar_t *bars = wild_bars(seed + c);
        hb_state_t *batch = run_bars(bars, BARS);
        /* A second stream in memory that held something else before, in step with a third. */
        uint8_t *dirty = hb_alloc(2, hb_state_footprint());
        memset(dirty, 0xa5, 2 * hb_state_footprint());
        hb_state_stream_t *one = hb_state_init(dirty, 300);
        hb_state_stream_t *two = hb_state_init(dirty + hb_state_footprint(), 300);
        for (uint32_t i = 0; i < BARS; i++) {
            hb_state_t a, b;
            memset(&a, 0xff, sizeof a);
            hb_state_update(one, &bars[i], &a);
            hb_state_update(two, &bars[i], &b);
            assert_memory_equal(&a, &batch[i], sizeof a);
            assert_memory_equal(&b, &batch[i], sizeof b);
        }
        hb_free(dirty);
        hb_free(batch);
        hb_free(bars);
    }
}

static void later_bars_change_nothing(void **state)
{
    (void)state;
    const uint64_t seed = th_seed(202);
    for (uint64_t c = 0; c < CASES; c++) {
        hb_bar_t *bars = wild_bars(seed + c), *other = wild_bars(seed + 1000 + c);
        hb_state_t *before = run_bars(bars, BARS);
        hb_rng_t rng = hb_rng_stream(seed, c);
        const uint32_t cut = 1 + (uint32_t)hb_rng_below(&rng, BARS - 1);
        memcpy(&bars[cut], &other[cut], (BARS - cut) * sizeof *bars);
        hb_state_t *after = run_bars(bars, BARS);
        assert_memory_equal(before, after, cut * sizeof *before);
        assert_memory_not_equal(&before[cut], &after[cut], sizeof *before);
        hb_free(before);
        hb_free(after);
        hb_free(bars);
        hb_free(other);
    }
}

static void values_in_range_and_free_of_scale(void **state)
{
    (void)state;
    const uint64_t seed = th_seed(303);
    for (uint64_t c = 0; c < CASES; c++) {
        hb_bar_t *bars = wild_bars(seed + c);
        hb_state_t *a = run_bars(bars, BARS);
        for (uint32_t i = 0; i < BARS; i++) { /* a power of two changes no rounding but the logs' */
            bars[i].open *= 0.125;
            bars[i].high *= 0.125;
            bars[i].low *= 0.125;
            bars[i].close *= 0.125;
        }
        hb_state_t *b = run_bars(bars, BARS);
        for (uint32_t i = 0; i < BARS; i++) {
            assert_int_equal(a[i].ready, i + 1 >= HB_STATE_WARMUP_BARS);
            for (uint32_t j = 0; j < hb_state_dim; j++) {
                assert_true(a[i].x[j] >= hb_state_schema[j].lo);
                assert_true(a[i].x[j] <= hb_state_schema[j].hi);
                th_close(b[i].x[j], a[i].x[j], 1e-6);
            }
        }
        hb_free(a);
        hb_free(b);
        hb_free(bars);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bars_same_bytes),
        cmocka_unit_test(later_bars_change_nothing),
        cmocka_unit_test(values_in_range_and_free_of_scale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
