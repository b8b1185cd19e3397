/* The step: decisions, counters, refused bars, times, and what init refuses. */
#include "engine_fixture.h"

static hb_step_t step;
static hb_step_t other;

static uint64_t sum3(const uint64_t *counts)
{
    return counts[0] + counts[1] + counts[2];
}

static void test_all_decisions_occur(void **state)
{
    (void)state;
    fx_t *fx = fx_make(3);
    fx_start(fx, &fx->set);
    uint64_t reasons[32] = {0};
    for (uint32_t i = 0; i < FX_BARS; i++) {
        fx_step(fx, &fx->bars[i], &step);
        for (int bit = 0; bit < 32; bit++) reasons[bit] += step.intent.reasons >> bit & 1;
        const bool pass = step.intent.decision == HB_DECISION_PASS;
        assert_true(step.intent.bar_open_utc_at_ns == fx->bars[i].open_utc_at_ns);
        assert_int_equal(step.order.state, pass ? HB_ORDER_NEW : HB_ORDER_LOCKED);
        if (i + 1 < HB_STATE_WARMUP_BARS) {
            assert_true((step.intent.reasons & HB_REASON_WARMUP) != 0);
            assert_int_equal(step.intent.decision, HB_DECISION_BLOCK);
        }
        if (pass) {
            assert_true(step.order.key == step.intent.key);
            assert_int_equal(step.order.size_lots.v, 1);
            assert_true(step.intent.side == (step.score.p > 0.5 ? HB_SIDE_LONG : HB_SIDE_SHORT));
        }
    }
    const hb_engine_t *engine = &fx->engine;
    for (int i = 0; i < 3; i++) assert_true(engine->decision_counts[i] > 0);
    assert_true(engine->step_count == FX_BARS && sum3(engine->decision_counts) == FX_BARS);
    assert_memory_equal(reasons, engine->reason_counts, sizeof reasons);
    fx_free(fx);
}

static void test_only_the_past_is_retrieved(void **state)
{
    (void)state;
    fx_t *fx = fx_make(4);
    fx_start(fx, &fx->set);
    uint64_t slots = 0;
    for (uint32_t i = 0; i < FX_BARS; i++) {
        fx_step(fx, &fx->bars[i], &step);
        for (uint32_t j = 0; j < step.near.count; j++) {
            assert_true(fx->meta[step.near.ids[j]].end_utc_at_ns < fx->bars[i].open_utc_at_ns);
            slots++;
        }
    }
    assert_true(slots > FX_ROWS);
    fx_free(fx);
}

static void test_row_is_the_middle_of_the_step(void **state)
{
    (void)state;
    fx_t *fx = fx_make(5);
    fx_start(fx, &fx->set);
    void *memory = hb_alloc(1, hb_near_scratch_footprint(&fx->set.index.params));
    hb_near_scratch_t *scratch = hb_near_scratch_init(memory, &fx->set.index.params);
    const size_t row_dim = hb_state_dim + hb_row_near_dim;
    for (uint32_t i = 0; i < FX_BARS; i++) {
        hb_point_t point;
        hb_near_t near;
        hb_row_t row;
        fx_step(fx, &fx->bars[i], &step);
        hb_engine_row(&fx->set.whiten, &fx->set.index, &fx->set.kernels, &fx->states[i], scratch,
                      &point, &near, &row);
        assert_memory_equal(row.x, step.row.x, row_dim * sizeof *row.x);
        assert_int_equal(row.reasons, step.row.reasons);
        assert_int_equal(near.count, step.near.count);
    }
    hb_free(memory);
    fx_free(fx);
}

static void test_point_not_finite(void **state)
{
    (void)state;
    fx_t *fx = fx_make(5);
    void *memory = hb_alloc(1, hb_near_scratch_footprint(&fx->set.index.params));
    hb_near_scratch_t *scratch = hb_near_scratch_init(memory, &fx->set.index.params);
    hb_state_t broken = fx->states[FX_BARS - 1];
    for (uint32_t i = 0; i < hb_state_dim; i++) broken.x[i] = NAN;
    hb_engine_row(&fx->set.whiten, &fx->set.index, &fx->set.kernels, &broken, scratch, &step.point,
                  &step.near, &step.row);
    assert_false(step.point.finite);
    assert_int_equal(step.near.count, 0);
    assert_true((step.row.reasons & HB_REASON_STATE_NOT_FINITE) != 0);
    hb_free(memory);
    fx_free(fx);
}

static hb_bar_t fault_make(const fx_t *fx, uint32_t at, int kind)
{
    hb_bar_t bar = fx->bars[at];
    bar.open_utc_at_ns++; /* later than the last, before the next */
    switch (kind) {
    case 0:
        bar.close = NAN;
        break;
    case 1:
        bar.high = bar.low - 1;
        break;
    case 2:
        bar.open_utc_at_ns -= 10 * FX_MINUTE_NS;
        break;
    case 3:
        bar.open_utc_at_ns--;
        break; /* the same stamp again */
    case 4:
        bar.volume = -1;
        break;
    case 5:
        bar.open = INFINITY;
        break;
    case 6:
        bar.low = 0;
        break;
    default:
        bar.open_utc_at_ns = INT64_MIN;
        break;
    }
    return bar;
}

static void test_fault_bar_leaves_no_trace(void **state)
{
    (void)state;
    fx_t *clean = fx_make(6);
    fx_t *dirty = fx_make(6);
    fx_start(clean, &clean->set);
    fx_start(dirty, &dirty->set);
    uint64_t faults = 0;
    for (uint32_t i = 0; i < FX_BARS; i++) {
        fx_step(clean, &clean->bars[i], &step);
        fx_step(dirty, &dirty->bars[i], &other);
        assert_true(fx_same(&step, &other));
        if (i % 7 != 0) continue;
        const hb_bar_t bad = fault_make(dirty, i, (int)(faults++ % 8));
        const hb_account_t account = {.utc_at_ns = bad.open_utc_at_ns};
        hb_engine_step(&dirty->engine, &bad, &dirty->risk, &account,
                       dirty->bars[i].open_utc_at_ns + FX_MINUTE_NS, &other);
        assert_int_equal(other.intent.decision, HB_DECISION_BLOCK);
        assert_true((other.intent.reasons & HB_REASON_DATA_FAULT) != 0);
        assert_int_equal(other.intent.side, HB_SIDE_NONE);
        assert_true(isnan(other.score.p));
        assert_int_equal(other.order.state, HB_ORDER_LOCKED);
        assert_int_equal(other.state.bar_idx, 0);
    }
    const hb_engine_t *engine = &dirty->engine;
    assert_true(engine->step_count == FX_BARS + faults);
    assert_true(sum3(engine->decision_counts) == engine->step_count);
    assert_true(engine->reason_counts[17] == faults);
    fx_free(clean);
    fx_free(dirty);
}

static void test_first_bar_before_the_epoch(void **state)
{
    (void)state;
    fx_t *fx = fx_make(6);
    fx_start(fx, &fx->set);
    hb_bar_t bar = fx->bars[0];
    bar.open_utc_at_ns = 0;
    fx_step(fx, &bar, &step);
    assert_true((step.intent.reasons & HB_REASON_DATA_FAULT) != 0);
    fx_step(fx, &fx->bars[0], &step);
    assert_true((step.intent.reasons & HB_REASON_DATA_FAULT) == 0);
    fx_free(fx);
}

static void test_kill_switch(void **state)
{
    (void)state;
    fx_t *fx = fx_make(7);
    fx_start(fx, &fx->set);
    fx->risk.kill_on = true;
    for (uint32_t i = 0; i < FX_BARS; i++) {
        hb_bar_t bar = fx->bars[i];
        if (i % 50 == 0) bar.close = NAN;
        fx_step(fx, &bar, &step);
        assert_int_equal(step.intent.decision, HB_DECISION_BLOCK);
        assert_true((step.intent.reasons & HB_REASON_KILL_SWITCH) != 0);
    }
    assert_true(fx->engine.decision_counts[HB_DECISION_BLOCK] == FX_BARS);
    assert_true(fx->engine.reason_counts[8] == FX_BARS);
    fx_free(fx);
}

static void test_unverified_set(void **state)
{
    (void)state;
    fx_t *fx = fx_make(7);
    fx->set.verified = false; /* whatever the risk state believes */
    fx_start(fx, &fx->set);
    for (uint32_t i = 0; i < FX_BARS; i++) {
        fx_step(fx, &fx->bars[i], &step);
        assert_true((step.intent.reasons & HB_REASON_ARTIFACT_UNVERIFIED) != 0);
        assert_int_equal(step.intent.decision, HB_DECISION_BLOCK);
    }
    fx_free(fx);
}

static int64_t clock_backwards(void *ctx)
{
    int64_t *at = ctx;
    return *at -= 5;
}

static void test_stage_times(void **state)
{
    (void)state;
    fx_t *fx = fx_make(8);
    fx_start(fx, &fx->set);
    for (uint32_t i = 0; i < 400; i++) {
        fx_step(fx, &fx->bars[i], &step);
        for (int s = 0; s < HB_STAGE_COUNT; s++) assert_true(step.stage_ns[s] == 1000);
    }
    for (int s = 0; s < HB_STAGE_COUNT; s++) {
        assert_true(fx->engine.stage_hist[s].count == 400);
        assert_true(fx->engine.stage_hist[s].max_ns == 1000);
    }
    assert_true(fx->engine.total_hist.count == 400 && fx->engine.total_hist.max_ns == 6000);
    int64_t at = 1000000;
    fx->engine.clock = (hb_clock_t){.mono_ns = clock_backwards, .ctx = &at};
    fx_step(fx, &fx->bars[400], &step);
    for (int s = 0; s < HB_STAGE_COUNT; s++) assert_true(step.stage_ns[s] == 0);
    fx_free(fx);
}

static void test_stage_names(void **state)
{
    (void)state;
    assert_string_equal(hb_stage_name(HB_STAGE_BARS), "bars");
    assert_string_equal(hb_stage_name(HB_STAGE_ORDER), "order");
    assert_string_equal(hb_stage_name(HB_STAGE_COUNT), "invalid");
}

static void expect_init(fx_t *fx, size_t bytes, hb_status_t want, const char *where)
{
    hb_err_t err = {0};
    hb_arena_t arena;
    void *block = hb_alloc(1, bytes);
    const hb_clock_t clock = {.mono_ns = fx_clock_mono, .ctx = fx};
    hb_arena_init(&arena, block, bytes);
    fx->engine.step_count = 99;
    const hb_status_t status =
        hb_engine_init(&fx->engine, &arena, &fx->set, &fx->limits, &clock, &err);
    assert_int_equal(status, want);
    if (want != HB_OK) {
        assert_string_equal(err.where, where);
        assert_true(fx->engine.step_count == 99); /* outputs untouched */
        assert_true(arena.used_bytes == 0);
    }
    hb_free(block);
}

static void test_sealed_arena(void **state)
{
    (void)state;
    fx_t *fx = fx_make(9);
    hb_err_t err = {0};
    hb_arena_t arena;
    const size_t bytes = hb_engine_footprint(&fx->set);
    void *block = hb_alloc(1, bytes);
    const hb_clock_t clock = {.mono_ns = fx_clock_mono, .ctx = fx};
    hb_arena_init(&arena, block, bytes);
    hb_arena_seal(&arena);
    assert_int_equal(hb_engine_init(&fx->engine, &arena, &fx->set, &fx->limits, &clock, &err),
                     HB_E_INTERNAL);
    assert_non_null(strstr(err.message, "the arena has 0"));
    hb_free(block);
    fx_free(fx);
}

static void test_init_refuses(void **state)
{
    (void)state;
    fx_t *fx = fx_make(9);
    const size_t bytes = hb_engine_footprint(&fx->set);
    expect_init(fx, bytes, HB_OK, "");
    expect_init(fx, bytes - 64, HB_E_INTERNAL, "engine");
    fx->limits.order_lots.v = 0;
    expect_init(fx, bytes, HB_E_CONFIG, "order_lots");
    fx->limits.order_lots.v = 1;
    fx->set.trees.feature_count--;
    expect_init(fx, bytes, HB_E_ARTIFACT, HB_FILE_MODEL);
    fx->set.trees.feature_count++;
    fx->set.index.dim += 16;
    expect_init(fx, bytes, HB_E_ARTIFACT, HB_FILE_INDEX);
    fx->set.index.dim -= 16;
    fx->set.index.params.k = 0;
    assert_int_not_equal(hb_model_set_check(&fx->set, NULL), HB_OK);
    fx->set.index.params.k = 8;
    fx->set.whiten.state_dim--;
    expect_init(fx, bytes, HB_E_ARTIFACT, HB_FILE_WHITEN);
    fx->set.whiten.state_dim++;
    fx->set.bar_size_s = 0;
    expect_init(fx, bytes, HB_E_ARTIFACT, HB_FILE_SCHEMA);
    fx->set.bar_size_s = 86401;
    expect_init(fx, bytes, HB_E_ARTIFACT, HB_FILE_SCHEMA);
    fx->set.bar_size_s = FX_BAR_S;
    expect_init(fx, bytes, HB_OK, "");
    fx_free(fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_decisions_occur),
        cmocka_unit_test(test_only_the_past_is_retrieved),
        cmocka_unit_test(test_row_is_the_middle_of_the_step),
        cmocka_unit_test(test_point_not_finite),
        cmocka_unit_test(test_fault_bar_leaves_no_trace),
        cmocka_unit_test(test_first_bar_before_the_epoch),
        cmocka_unit_test(test_kill_switch),
        cmocka_unit_test(test_unverified_set),
        cmocka_unit_test(test_stage_times),
        cmocka_unit_test(test_stage_names),
        cmocka_unit_test(test_init_refuses),
        cmocka_unit_test(test_sealed_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
