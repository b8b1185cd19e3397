/* near_row_hot: every feature against a plain recomputation, reasons, winsor limits, missing
 * values. */
#include "near_make.h"
#include "rec_reason.h"

enum { ROWS = 60, K = 7, STATE_DIM = 3 };

typedef struct {
    world_t world;
    hb_near_index_t index;
    hb_kernels_t kernels;
    hb_state_t state;
    hb_point_t point;
    hb_near_t near;
} fixture_t;

static int setup(void **state)
{
    fixture_t *f = hb_alloc(1, sizeof *f);
    hb_rng_t rng = hb_rng_init(11);
    hb_near_params_t params = hb_near_params_default();
    params.k = K;
    f->world = make_world(&rng, ROWS, 4);
    f->world.meta[0].weight = 0.5f;
    for (uint32_t row = 1; row < ROWS; row += 3) f->world.meta[row].weight = 0.25f;
    f->index = make_index(&f->world, params);
    f->kernels = hb_kernels_default();
    f->kernels.period_bars = 30;
    f->kernels.base_prob = 0.4;
    f->kernels.kth_dist_median = 1.5;
    f->kernels.rows_min = 10;
    f->kernels.mkl_weights[0] = 0.2;
    f->kernels.mkl_weights[1] = 0.3;
    f->kernels.mkl_weights[2] = 0.5;
    f->point = make_random_point(&rng, 4);
    const int64_t clock = f->world.meta[ROWS - 1].bar_clock + 100;
    f->state = (hb_state_t){.ready = true, .vol_bucket = 2, .bar_clock = clock, .x = {0.5, -2, 7}};
    f->near = search_once(&f->index, &f->point, START_NS + clock * MINUTE_NS);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_t *f = *state;
    hb_near_close(&f->index);
    drop_world(&f->world);
    hb_free(f);
    return 0;
}

static hb_row_t build(const fixture_t *f)
{
    hb_row_t row;
    memset(&row, 0xff, sizeof row);
    hb_row_build(&f->kernels, &f->index, &f->state, STATE_DIM, &f->point, &f->near, &row);
    for (uint32_t j = 0; j < HB_ROW_DIM_MAX; j++) assert_true(isfinite(row.x[j]));
    return row;
}

static double feature(const hb_row_t *row, const char *name)
{
    for (uint32_t j = 0; j < hb_row_near_dim; j++) {
        if (strcmp(hb_row_near_schema[j].name, name) == 0) return row->x[STATE_DIM + j];
    }
    fail_msg("no feature %s", name);
    return 0;
}

static double mean_of(const double *v, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) sum += v[i];
    return sum / n;
}

/* Mean of (v - mean)^power. */
static double moment_of(const double *v, uint32_t n, int power)
{
    const double mean = mean_of(v, n);
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) sum += pow(v[i] - mean, power);
    return sum / n;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void test_schema(void **state)
{
    (void)state;
    assert_in_range(hb_row_near_dim, 20, HB_ROW_DIM_MAX - HB_STATE_DIM_MAX);
    for (uint32_t i = 0; i < hb_row_near_dim; i++) {
        assert_true(strncmp(hb_row_near_schema[i].name, "near_", 5) == 0);
        assert_true(strlen(hb_row_near_schema[i].what) > 8);
        for (uint32_t j = 0; j < i; j++) {
            assert_string_not_equal(hb_row_near_schema[i].name, hb_row_near_schema[j].name);
        }
    }
}

static void test_geometry(void **state)
{
    const fixture_t *f = *state;
    const hb_row_t row = build(f);
    double r[K], cosine[K];
    for (uint32_t i = 0; i < K; i++) {
        const hb_point_t *p = &f->world.points[f->near.ids[i]];
        double dot = 0, a = 0, b = 0;
        for (uint32_t j = 0; j < 4; j++) {
            dot += (double)p->z[j] * f->point.z[j];
            a += (double)p->z[j] * p->z[j];
            b += (double)f->point.z[j] * f->point.z[j];
        }
        r[i] = f->near.dist[i];
        cosine[i] = dot / sqrt(a * b);
    }
    assert_int_equal(row.reasons, 0);
    th_close(feature(&row, "near_dist_mean"), mean_of(r, K), 1e-6);
    th_close(feature(&row, "near_dist_median"), r[3], 1e-6);
    th_close(feature(&row, "near_dist_std"), sqrt(moment_of(r, K, 2)), 1e-6);
    th_close(feature(&row, "near_dist_min"), r[0], 1e-6);
    th_close(feature(&row, "near_dist_max"), r[K - 1], 1e-6);
    th_close(feature(&row, "near_dist_ratio"), r[0] / r[K - 1], 1e-6);
    th_close(feature(&row, "near_log_density"), -log(r[K - 1] / 1.5), 1e-6);
    th_close(feature(&row, "near_cos_mean"), mean_of(cosine, K), 1e-6);
    th_close(feature(&row, "near_cos_std"), sqrt(moment_of(cosine, K, 2)), 1e-6);
    th_close(row.kth_dist, r[K - 1], 1e-7);
}

static void test_kernels(void **state)
{
    const fixture_t *f = *state;
    const hb_row_t row = build(f);
    const char *score[] = {"near_rq_score", "near_per_score", "near_lp_score"};
    const char *sum[] = {"near_rq_log_sum", "near_per_log_sum", "near_lp_log_sum"};
    const char *eff[] = {"near_rq_eff_ratio", "near_per_eff_ratio", "near_lp_eff_ratio"};
    double blend = 0;
    for (uint32_t m = 0; m < HB_KERNEL_COUNT; m++) {
        double s = 0, s2 = 0, sy = 0, so = 0, up = 0;
        for (uint32_t i = 0; i < K; i++) {
            const hb_near_meta_t *meta = &f->world.meta[f->near.ids[i]];
            const double r = f->near.dist[i];
            const double age = (double)(f->state.bar_clock - meta->bar_clock);
            const double turn = sin(3.14159265358979323846 * age / 30);
            const double per = exp(-2 * turn * turn);
            const double k[] = {1 / (1 + r * r / 2), per, exp(-r * r / 2) * per};
            const double w = k[m] * meta->weight;
            s += w;
            s2 += w * w;
            sy += w * (meta->label ? 1 : -1);
            so += w * meta->outcome_atr;
            up += w * meta->label;
        }
        th_close(feature(&row, score[m]), sy / s, 1e-6);
        th_close(feature(&row, sum[m]), log(s), 1e-6);
        th_close(feature(&row, eff[m]), s * s / s2 / K, 1e-6);
        blend += f->kernels.mkl_weights[m] * sy / s;
        if (m != HB_KERNEL_RQ) continue;
        th_close(feature(&row, "near_outcome_rq_mean"), so / s, 1e-6);
        th_close(feature(&row, "near_vote_shrunk"), (up + 5 * 0.4) / (s + 5), 1e-6);
    }
    th_close(feature(&row, "near_mkl_score"), blend, 1e-6);
}

static void test_outcomes(void **state)
{
    const fixture_t *f = *state;
    const hb_row_t row = build(f);
    double outcome[K], age[K];
    uint32_t up = 0, above = 0, same = 0;
    for (uint32_t i = 0; i < K; i++) {
        const hb_near_meta_t *meta = &f->world.meta[f->near.ids[i]];
        outcome[i] = meta->outcome_atr;
        age[i] = (double)(f->state.bar_clock - meta->bar_clock);
        up += meta->label == 1;
        above += meta->outcome_atr > 0;
        same += meta->vol_bucket == 2;
    }
    qsort(age, K, sizeof *age, by_value);
    const double m2 = moment_of(outcome, K, 2);
    th_close(feature(&row, "near_label_mean"), 2.0 * up / K - 1, 1e-6);
    th_close(feature(&row, "near_outcome_mean"), mean_of(outcome, K), 1e-6);
    th_close(feature(&row, "near_outcome_std"), sqrt(m2), 1e-6);
    th_close(feature(&row, "near_outcome_skew"), moment_of(outcome, K, 3) / pow(m2, 1.5), 1e-5);
    th_close(feature(&row, "near_outcome_up"), (double)above / K, 1e-6);
    th_close(feature(&row, "near_log_age"), log(1 + age[K / 2]), 1e-6);
    th_close(feature(&row, "near_vol_same"), (double)same / K, 1e-6);
    th_close(row.knn_prob, (double)up / K, 1e-7);
}

static void test_state_comes_first(void **state)
{
    fixture_t *f = *state;
    hb_row_t row = build(f);
    assert_true(row.x[0] == 0.5f && row.x[1] == -2.0f && row.x[2] == 7.0f);
    for (uint32_t j = STATE_DIM + hb_row_near_dim; j < HB_ROW_DIM_MAX; j++) {
        assert_true(row.x[j] == 0.0f);
    }
    f->kernels.winsor_hi[2] = 4;
    f->kernels.winsor_lo[1] = -1;
    f->kernels.winsor_hi[STATE_DIM] = 0.125; /* near_dist_mean */
    row = build(f);
    assert_true(row.x[0] == 0.5f && row.x[1] == -1.0f && row.x[2] == 4.0f);
    assert_true(feature(&row, "near_dist_mean") == 0.125);
    f->state.x[0] = 1e300; /* beyond float32: held at the limit */
    row = build(f);
    assert_true(isfinite(row.x[0]) && row.x[0] > 1e38f);
}

static void test_phase_and_bars_agree(void **state)
{
    fixture_t *f = *state;
    const hb_row_t bars = build(f);
    f->kernels.tau_phase = 1;
    const hb_row_t phase = build(f);
    assert_memory_equal(&phase, &bars, sizeof bars);
}

static void test_reasons(void **state)
{
    fixture_t *f = *state;
    f->state.ready = false;
    assert_int_equal(build(f).reasons, HB_REASON_WARMUP);
    f->state.ready = true;
    f->kernels.kth_dist_limit = f->near.dist[K - 1];
    assert_int_equal(build(f).reasons, 0);
    f->kernels.kth_dist_limit = nextafter(f->near.dist[K - 1], 0);
    assert_int_equal(build(f).reasons, HB_REASON_OUT_OF_DOMAIN);
    f->kernels = hb_kernels_default();
    f->kernels.rows_min = f->near.admissible_rows;
    assert_int_equal(build(f).reasons, 0);
    f->kernels.rows_min = f->near.admissible_rows + 1;
    assert_int_equal(build(f).reasons, HB_REASON_MEMORY_SHORT);
    f->kernels.rows_min = 0; /* 8 * k = 56 of 60 rows */
    assert_int_equal(build(f).reasons, 0);
    f->near.admissible_rows = 8 * K - 1;
    assert_int_equal(build(f).reasons, HB_REASON_MEMORY_SHORT);
    f->near.admissible_rows = ROWS;
    f->near.count = K - 1;
    assert_int_equal(build(f).reasons, HB_REASON_MEMORY_SHORT);
    f->near.count = K;
    f->near.dist[K - 1] = NAN;
    const uint32_t reasons = build(f).reasons;
    assert_true(reasons & HB_REASON_OUT_OF_DOMAIN);
    assert_true(reasons & HB_REASON_STATE_NOT_FINITE);
}

static void test_missing_is_zero(void **state)
{
    fixture_t *f = *state;
    f->state.x[1] = NAN;
    f->state.x[2] = -INFINITY;
    hb_row_t row = build(f);
    assert_int_equal(row.reasons, HB_REASON_STATE_NOT_FINITE);
    assert_true(row.x[0] == 0.5f && row.x[1] == 0.0f && row.x[2] == 0.0f);
    f->near = (hb_near_t){0};
    f->state.x[1] = f->state.x[2] = 1;
    row = build(f);
    assert_int_equal(row.reasons, HB_REASON_MEMORY_SHORT);
    for (uint32_t j = 0; j < hb_row_near_dim; j++) assert_true(row.x[STATE_DIM + j] == 0.0f);
    assert_true(row.knn_prob == 0.5f && row.kth_dist == 0.0f);
    f->point.finite = false;
    row = build(f);
    assert_int_equal(row.reasons, HB_REASON_MEMORY_SHORT | HB_REASON_STATE_NOT_FINITE);
}

static void test_not_finite_point_reads_no_neighbour(void **state)
{
    fixture_t *f = *state;
    f->point.finite = false;
    const hb_row_t row = build(f);
    assert_int_equal(row.reasons, HB_REASON_STATE_NOT_FINITE);
    for (uint32_t j = 0; j < hb_row_near_dim; j++) assert_true(row.x[STATE_DIM + j] == 0.0f);
}

/* All neighbours equal the query and each other: no spread, no division by 0. */
static void test_equal_neighbours(void **state)
{
    fixture_t *f = *state;
    hb_near_close(&f->index);
    hb_near_params_t params = hb_near_params_default();
    params.k = K;
    for (uint32_t row = 0; row < ROWS; row++) {
        memset(&f->world.points[row], 0, sizeof f->world.points[row]);
        f->world.points[row] = make_point((const double[]){0, 0}, 2);
        f->world.meta[row].outcome_atr = 0.1f;
        f->world.meta[row].label = 1;
        f->world.meta[row].weight = 0;
    }
    f->index = make_index(&f->world, params);
    f->point = f->world.points[0];
    f->near = search_once(&f->index, &f->point, START_NS + f->state.bar_clock * MINUTE_NS);
    for (uint32_t i = 0; i < K; i++) assert_int_equal(f->near.ids[i], i);
    const hb_row_t row = build(f);
    assert_int_equal(row.reasons, 0);
    assert_true(feature(&row, "near_dist_std") == 0);
    assert_true(feature(&row, "near_dist_ratio") == 1);
    th_close(feature(&row, "near_log_density"), 20, 1e-7);
    assert_true(feature(&row, "near_cos_mean") == 0);
    assert_true(feature(&row, "near_outcome_std") == 0);
    assert_true(feature(&row, "near_outcome_skew") == 0);
    assert_true(feature(&row, "near_label_mean") == 1);
    assert_true(feature(&row, "near_rq_score") == 0); /* votes weigh nothing */
    th_close(feature(&row, "near_vote_shrunk"), 0.4, 1e-7);
    assert_true(row.knn_prob == 1.0f);
}

static void test_skew_is_clipped(void **state)
{
    fixture_t *f = *state;
    hb_near_close(&f->index);
    hb_near_params_t params = hb_near_params_default();
    params.k = 50;
    for (uint32_t row = 0; row < ROWS; row++) f->world.meta[row].outcome_atr = 0;
    f->world.meta[f->near.ids[0]].outcome_atr = -9;
    f->index = make_index(&f->world, params);
    f->near = search_once(&f->index, &f->point, START_NS + f->state.bar_clock * MINUTE_NS);
    const hb_row_t row = build(f);
    assert_true(feature(&row, "near_outcome_skew") == -5);
}

/* Under metric ip distances may be below 0: the row stays finite and ranks by the gap to the
 * nearest. */
static void test_inner_product(void **state)
{
    fixture_t *f = *state;
    hb_near_close(&f->index);
    hb_near_params_t params = hb_near_params_default();
    params.k = K;
    params.metric = HB_METRIC_IP;
    f->index = make_index(&f->world, params);
    f->near = search_once(&f->index, &f->point, START_NS + f->state.bar_clock * MINUTE_NS);
    assert_true(f->near.dist[0] < 0);
    const hb_row_t row = build(f);
    assert_int_equal(row.reasons, 0);
    assert_true(feature(&row, "near_dist_ratio") == 0);
    const double reach = (double)f->near.dist[K - 1] - f->near.dist[0];
    th_close(feature(&row, "near_log_density"), -log(reach / 1.5), 1e-6);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema),
        CASE(test_geometry),
        CASE(test_kernels),
        CASE(test_outcomes),
        CASE(test_state_comes_first),
        CASE(test_phase_and_bars_agree),
        CASE(test_reasons),
        CASE(test_missing_is_zero),
        CASE(test_not_finite_point_reads_no_neighbour),
        CASE(test_equal_neighbours),
        CASE(test_skew_is_clipped),
        CASE(test_inner_product),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
