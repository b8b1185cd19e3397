/* Search against a naive reference: all admissible rows, sorted by (value, id). Random data with
 * copies, gaps and label ends that are not monotone; all metrics, both modes, all SIMD twins. */
#include "../../unit/near/near_make.h"
#include "num_cpu.h"
#include "rec_reason.h"

typedef struct {
    float value;
    uint32_t id;
} ranked_t;

static int by_value_id(const void *a, const void *b)
{
    const ranked_t *x = a, *y = b;
    if (x->value != y->value) return x->value < y->value ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static float value_of(hb_metric_t metric, const hb_point_t *q, const hb_point_t *p)
{
    if (metric == HB_METRIC_IP) return -hb_num_dot(q->z, p->z, q->dim);
    const float v = metric == HB_METRIC_L2 ? hb_num_l2_sq(q->z, p->z, q->dim)
                                           : hb_num_lorentz_q(q->z, q->lift, p->z, p->lift, q->dim);
    return v > 0 ? v : 0;
}

static bool admissible(const world_t *world, uint32_t row, int64_t at_ns)
{
    return world->meta[row].end_utc_at_ns < at_ns;
}

static void naive_search(const world_t *world, const hb_near_params_t *params,
                         const hb_point_t *query, int64_t at_ns, hb_near_t *out)
{
    ranked_t *ranked = hb_alloc(world->rows, sizeof *ranked);
    uint32_t n = 0;
    for (uint32_t row = 0; row < world->rows; row++) {
        if (admissible(world, row, at_ns)) ranked[n++].id = row;
    }
    *out = (hb_near_t){.admissible_rows = n};
    if (params->two_stage) {
        for (uint32_t i = 0; i < n; i++) {
            ranked[i].value = value_of(HB_METRIC_L2, query, &world->points[ranked[i].id]);
        }
        qsort(ranked, n, sizeof *ranked, by_value_id);
        if (n > params->k_cand) n = params->k_cand;
    }
    for (uint32_t i = 0; i < n; i++) {
        ranked[i].value = value_of(params->metric, query, &world->points[ranked[i].id]);
    }
    qsort(ranked, n, sizeof *ranked, by_value_id);
    out->count = n < params->k ? n : params->k;
    for (uint32_t i = 0; i < out->count; i++) {
        const double v = ranked[i].value;
        out->ids[i] = ranked[i].id;
        out->dist[i] = params->metric == HB_METRIC_IP   ? (float)v
                       : params->metric == HB_METRIC_L2 ? (float)sqrt(v)
                                                        : (float)hb_num_lorentz_dist(v);
    }
    hb_free(ranked);
}

/* A time before, at, between or after the rows' bars. */
static int64_t random_time(hb_rng_t *rng, const world_t *world)
{
    const int64_t last_ns = world->meta[world->rows - 1].start_utc_at_ns;
    switch (hb_rng_below(rng, 6)) {
    case 0:
        return START_NS - MINUTE_NS;
    case 1:
        return last_ns + 1000 * MINUTE_NS;
    case 2:
        return world->meta[hb_rng_below(rng, world->rows)].end_utc_at_ns;
    case 3:
        return world->meta[hb_rng_below(rng, world->rows)].end_utc_at_ns + 1;
    default:
        return world->meta[hb_rng_below(rng, world->rows)].start_utc_at_ns;
    }
}

static hb_point_t random_query(hb_rng_t *rng, const world_t *world)
{
    if (hb_rng_below(rng, 3) == 0) return world->points[hb_rng_below(rng, world->rows)];
    return make_random_point(rng, world->dim);
}

static hb_near_params_t random_params(hb_rng_t *rng, uint32_t rows)
{
    hb_near_params_t params = hb_near_params_default();
    params.metric = (hb_metric_t)hb_rng_below(rng, 3);
    params.k = 1 + (uint32_t)hb_rng_below(rng, hb_rng_below(rng, 2) ? HB_NEAR_K_MAX : 8);
    params.two_stage = params.metric == HB_METRIC_LORENTZ && hb_rng_below(rng, 2);
    /* As many candidates as neighbours: then the first stage alone decides who is in. */
    params.k_cand = params.k + (hb_rng_below(rng, 2) ? (uint32_t)hb_rng_below(rng, rows) : 0);
    return params;
}

static void assert_near_equal(const hb_near_t *a, const hb_near_t *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->admissible_rows, b->admissible_rows);
    assert_memory_equal(a->ids, b->ids, a->count * sizeof a->ids[0]);
    assert_memory_equal(a->dist, b->dist, a->count * sizeof a->dist[0]);
}

static const uint32_t ROWS[] = {1, 2, 17, 255, 256, 257, 900};

static void test_equals_naive(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(1));
    for (uint32_t trial = 0; trial < 42; trial++) {
        world_t world = make_world(&rng, ROWS[trial % 7], 1 + (uint32_t)hb_rng_below(&rng, 32));
        const hb_near_params_t params = random_params(&rng, world.rows);
        hb_near_index_t index = make_index(&world, params);
        for (uint32_t i = 0; i < 12; i++) {
            const hb_point_t query = random_query(&rng, &world);
            const int64_t at_ns = random_time(&rng, &world);
            hb_near_t expected;
            naive_search(&world, &params, &query, at_ns, &expected);
            const hb_near_t near = search_once(&index, &query, at_ns);
            assert_near_equal(&near, &expected);
            for (uint32_t j = 0; j < near.count; j++) {
                assert_true(admissible(&world, near.ids[j], at_ns));
                assert_true(j == 0 || near.dist[j - 1] <= near.dist[j]);
            }
        }
        hb_near_close(&index);
        drop_world(&world);
    }
}

static void test_all_candidates_equal_direct(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(2));
    for (uint32_t trial = 0; trial < 14; trial++) {
        world_t world = make_world(&rng, ROWS[trial % 7], 9);
        hb_near_params_t params = hb_near_params_default();
        hb_near_index_t direct = make_index(&world, params);
        params.two_stage = true;
        params.k_cand = world.rows > params.k ? world.rows : params.k;
        hb_near_index_t staged = make_index(&world, params);
        for (uint32_t i = 0; i < 10; i++) {
            const hb_point_t query = random_query(&rng, &world);
            const int64_t at_ns = random_time(&rng, &world);
            const hb_near_t a = search_once(&direct, &query, at_ns);
            const hb_near_t b = search_once(&staged, &query, at_ns);
            assert_near_equal(&a, &b);
        }
        hb_near_close(&direct);
        hb_near_close(&staged);
        drop_world(&world);
    }
}

/* As many candidates as neighbours: the first stage alone decides who is in. */
static void test_few_candidates(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(7));
    for (uint32_t k = 1; k <= HB_NEAR_K_MAX; k = k * 3 / 2 + 1) {
        world_t world = make_world(&rng, 600, 4);
        hb_near_params_t params = hb_near_params_default();
        params.two_stage = true;
        params.k = params.k_cand = k;
        hb_near_index_t index = make_index(&world, params);
        for (uint32_t i = 0; i < 20; i++) {
            const hb_point_t query = make_random_point(&rng, 4);
            const int64_t at_ns = START_NS + 1000000 * MINUTE_NS;
            hb_near_t expected;
            naive_search(&world, &params, &query, at_ns, &expected);
            const hb_near_t near = search_once(&index, &query, at_ns);
            assert_near_equal(&near, &expected);
        }
        hb_near_close(&index);
        drop_world(&world);
    }
}

/* Far out on one ray q is rounded to 0 and below: there rows count as equal and the id decides. */
static void test_far_out_points(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(6));
    uint32_t below = 0;
    for (uint32_t trial = 0; trial < 10; trial++) {
        world_t world = make_world(&rng, 200, 3);
        for (uint32_t row = 0; row < world.rows; row++) {
            const double far = 5000 + 10 * hb_rng_uniform(&rng);
            world.points[row] = make_point((const double[]){far, 2 * far, 3 * far}, 3);
        }
        for (uint32_t two_stage = 0; two_stage < 2; two_stage++) {
            hb_near_params_t params = hb_near_params_default();
            params.two_stage = two_stage != 0;
            hb_near_index_t index = make_index(&world, params);
            const hb_point_t *query = &world.points[hb_rng_below(&rng, world.rows)];
            const int64_t at_ns = START_NS + 1000000 * MINUTE_NS;
            for (uint32_t row = 0; row < world.rows; row++) {
                below += hb_num_lorentz_q(query->z, query->lift, world.points[row].z,
                                          world.points[row].lift, query->dim) < 0;
            }
            hb_near_t expected;
            naive_search(&world, &params, query, at_ns, &expected);
            const hb_near_t near = search_once(&index, query, at_ns);
            assert_near_equal(&near, &expected);
            for (uint32_t i = 0; i < near.count; i++) assert_true(near.dist[i] >= 0);
            hb_near_close(&index);
        }
        drop_world(&world);
    }
    assert_true(below > 0); /* the case did occur */
}

/* What is not resolved at the query may be anything: neither the list nor the row changes. */
static void test_future_is_not_read(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(3));
    for (uint32_t trial = 0; trial < 30; trial++) {
        world_t world = make_world(&rng, 300, 6);
        const hb_near_params_t params = random_params(&rng, world.rows);
        hb_near_index_t before = make_index(&world, params);
        const hb_point_t query = random_query(&rng, &world);
        const int64_t at_ns = random_time(&rng, &world);
        for (uint32_t row = 0; row < world.rows; row++) {
            if (admissible(&world, row, at_ns)) continue;
            world.points[row] = query;
            world.meta[row].label ^= 1;
            world.meta[row].outcome_atr = 99;
            world.meta[row].end_utc_at_ns += (int64_t)hb_rng_below(&rng, 900) * MINUTE_NS;
        }
        hb_near_index_t after = make_index(&world, params);
        const hb_near_t a = search_once(&before, &query, at_ns);
        const hb_near_t b = search_once(&after, &query, at_ns);
        assert_near_equal(&a, &b);
        const hb_kernels_t kernels = hb_kernels_default();
        const hb_state_t now = {.ready = true, .bar_clock = 5000, .x = {1, 2}};
        hb_row_t row_a, row_b;
        hb_row_build(&kernels, &before, &now, 2, &query, &a, &row_a);
        hb_row_build(&kernels, &after, &now, 2, &query, &b, &row_b);
        assert_memory_equal(&row_a, &row_b, sizeof row_a);
        hb_near_close(&before);
        hb_near_close(&after);
        drop_world(&world);
    }
}

static void test_twins_agree(void **state)
{
    (void)state;
    const char *names[] = {"scalar", "avx2", "avx512"};
    const uint64_t seed = th_seed(4);
    for (uint32_t trial = 0; trial < 12; trial++) {
        hb_near_t first[8];
        hb_row_t first_row[8];
        for (uint32_t twin = 0; twin < 3; twin++) {
            if (hb_num_init(names[twin], NULL) != HB_OK) {
                print_message("no %s here\n", names[twin]);
                continue;
            }
            hb_rng_t rng = hb_rng_stream(seed, trial);
            world_t world = make_world(&rng, ROWS[trial % 7], 1 + trial * 2);
            const hb_near_params_t params = random_params(&rng, world.rows);
            const hb_kernels_t kernels = hb_kernels_default();
            const hb_state_t now = {.ready = true, .bar_clock = 9000, .x = {1, 2}};
            hb_near_index_t index = make_index(&world, params);
            for (uint32_t i = 0; i < 8; i++) {
                const hb_point_t query = random_query(&rng, &world);
                const hb_near_t near = search_once(&index, &query, random_time(&rng, &world));
                hb_row_t row;
                hb_row_build(&kernels, &index, &now, 2, &query, &near, &row);
                if (twin == 0) {
                    first[i] = near;
                    first_row[i] = row;
                }
                assert_near_equal(&near, &first[i]);
                assert_memory_equal(&row, &first_row[i], sizeof row);
            }
            hb_near_close(&index);
            drop_world(&world);
        }
    }
    assert_int_equal(hb_num_init("scalar", NULL), HB_OK);
}

/* One scratch serves query after query, also of an index that asks for less. */
static void test_scratch_is_reused(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(5));
    world_t world = make_world(&rng, 400, 8);
    hb_near_params_t params = hb_near_params_default();
    params.two_stage = true;
    params.k = 64;
    params.k_cand = 128;
    void *memory = hb_alloc(1, hb_near_scratch_footprint(&params));
    hb_near_scratch_t *scratch = hb_near_scratch_init(memory, &params);
    for (uint32_t i = 0; i < 40; i++) {
        params.k = 1 + (uint32_t)hb_rng_below(&rng, 64);
        params.two_stage = i % 2;
        hb_near_index_t index = make_index(&world, params);
        const hb_point_t query = random_query(&rng, &world);
        const int64_t at_ns = random_time(&rng, &world);
        hb_near_t near, expected;
        hb_near_search(&index, &query, at_ns, scratch, &near);
        naive_search(&world, &params, &query, at_ns, &expected);
        assert_near_equal(&near, &expected);
        hb_near_close(&index);
    }
    hb_free(memory);
    drop_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_naive),
        cmocka_unit_test(test_all_candidates_equal_direct),
        cmocka_unit_test(test_few_candidates),
        cmocka_unit_test(test_far_out_points),
        cmocka_unit_test(test_future_is_not_read),
        cmocka_unit_test(test_twins_agree),
        cmocka_unit_test(test_scratch_is_reused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
