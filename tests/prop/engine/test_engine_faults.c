/* Whatever broken bars are thrown between good ones, the good ones are decided as if alone, and the
 * counters add up. */
#include "../../unit/engine/engine_fixture.h"

static double random_f64(hb_rng_t *rng)
{
    static const double odd[] = {NAN, INFINITY, -INFINITY, 0.0, -1.0, 1e308, 5e-324};
    if (hb_rng_below(rng, 2) == 0) return odd[hb_rng_below(rng, 7)];
    return 8000 * hb_rng_uniform(rng);
}

/* A copy of a bar with random fields thrown in; often still good. */
static hb_bar_t bar_damage(hb_rng_t *rng, const hb_bar_t *good)
{
    hb_bar_t bar = *good;
    const uint64_t hits = 1 + hb_rng_below(rng, 2);
    for (uint64_t i = 0; i < hits; i++) {
        switch (hb_rng_below(rng, 7)) {
        case 0:
            bar.open = random_f64(rng);
            break;
        case 1:
            bar.high = random_f64(rng);
            break;
        case 2:
            bar.low = random_f64(rng);
            break;
        case 3:
            bar.close = random_f64(rng);
            break;
        case 4:
            bar.volume = random_f64(rng);
            break;
        case 5:
            bar.open_utc_at_ns = (int64_t)hb_rng_next(rng);
            break;
        default:
            bar.flags = (uint32_t)hb_rng_next(rng);
            break;
        }
    }
    return bar;
}

static void test_faults_leave_no_trace(void **state)
{
    (void)state;
    static hb_step_t a;
    static hb_step_t b;
    const uint64_t seed = th_seed(5150);
    hb_rng_t rng = hb_rng_init(seed);
    fx_t *clean = fx_make(seed);
    fx_t *dirty = fx_make(seed);
    fx_start(clean, &clean->set);
    fx_start(dirty, &dirty->set);
    uint64_t faults = 0;
    for (uint32_t i = 0; i < FX_BARS; i++) {
        fx_step(clean, &clean->bars[i], &a);
        fx_step(dirty, &dirty->bars[i], &b);
        assert_true(fx_same(&a, &b));
        for (uint64_t n = hb_rng_below(&rng, 4); n > 0; n--) {
            const hb_bar_t bar = bar_damage(&rng, &dirty->bars[i]);
            if (hb_bar_check(&bar) && bar.open_utc_at_ns > dirty->bars[i].open_utc_at_ns) continue;
            const hb_account_t account = {.utc_at_ns = (int64_t)hb_rng_next(&rng)};
            hb_engine_step(&dirty->engine, &bar, &dirty->risk, &account, (int64_t)hb_rng_next(&rng),
                           &b);
            assert_int_equal(b.intent.decision, HB_DECISION_BLOCK);
            assert_true((b.intent.reasons & HB_REASON_DATA_FAULT) != 0);
            faults++;
        }
    }
    const hb_engine_t *engine = &dirty->engine;
    assert_true(faults > FX_BARS / 2);
    assert_true(engine->step_count == FX_BARS + faults);
    assert_true(engine->decision_counts[0] + engine->decision_counts[1] +
                    engine->decision_counts[2] ==
                engine->step_count);
    assert_true(engine->decision_counts[HB_DECISION_PASS] ==
                clean->engine.decision_counts[HB_DECISION_PASS]);
    fx_free(clean);
    fx_free(dirty);
}

/* Extreme bars that pass hb_bar_check must not break what follows: every step ends in one decision
 * and nothing passes on a number that is not finite. */
static void test_extreme_bars_never_pass_unseen(void **state)
{
    (void)state;
    static hb_step_t step;
    hb_rng_t rng = hb_rng_init(th_seed(99));
    fx_t *fx = fx_make(99);
    fx_start(fx, &fx->set);
    for (uint32_t i = 0; i < FX_BARS; i++) {
        hb_bar_t bar = fx->bars[i];
        if (hb_rng_below(&rng, 20) == 0) {
            const double scale = exp2(hb_rng_uniform(&rng) * 2000 - 1000);
            bar.open *= scale;
            bar.high *= scale;
            bar.low *= scale;
            bar.close *= scale;
        }
        if (hb_rng_below(&rng, 20) == 0) bar.volume = 1e308;
        fx_step(fx, &bar, &step);
        if (step.intent.decision != HB_DECISION_PASS) continue;
        assert_int_equal(step.intent.reasons, 0);
        assert_true(isfinite(step.score.p) && step.point.finite && step.state.ready);
        for (uint32_t f = 0; f < hb_state_dim + hb_row_near_dim; f++) {
            assert_true(isfinite(step.row.x[f]));
        }
    }
    assert_true(fx->engine.step_count == FX_BARS);
    fx_free(fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults_leave_no_trace),
        cmocka_unit_test(test_extreme_bars_never_pass_unseen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
