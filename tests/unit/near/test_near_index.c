/* near_index: parameters, refusals of the build, the causal filter on hand cases, hubness. */
#include "near_make.h"

static hb_near_params_t params_k(hb_metric_t metric, uint32_t k)
{
    hb_near_params_t params = hb_near_params_default();
    params.metric = metric;
    params.k = k;
    return params;
}

/* Rows on a line at x = 0, 1, 2, ..., one a minute, labels `len` bars long. */
static world_t line_world(uint32_t rows, int64_t len)
{
    world_t world = {.rows = rows, .dim = 1};
    world.points = hb_alloc(rows, sizeof *world.points);
    world.meta = hb_alloc(rows, sizeof *world.meta);
    for (uint32_t row = 0; row < rows; row++) {
        const double x = row;
        world.points[row] = make_point(&x, 1);
        world.meta[row] = make_meta(row, len);
    }
    return world;
}

static hb_near_t search_at(const hb_near_index_t *index, double x, int64_t bar)
{
    const hb_point_t query = make_point(&x, 1);
    return search_once(index, &query, START_NS + bar * MINUTE_NS);
}

static void check_refused(hb_near_params_t params, const char *where)
{
    hb_err_t err = {0};
    assert_int_equal(hb_near_params_check(&params, &err), HB_E_CONFIG);
    assert_string_equal(err.where, where);
    assert_true(err.message[0] && err.hint[0]);
}

static void test_params(void **state)
{
    (void)state;
    hb_near_params_t params = hb_near_params_default();
    assert_int_equal(params.metric, HB_METRIC_LORENTZ);
    assert_int_equal(params.k, 32);
    assert_int_equal(params.k_cand, 1024);
    assert_int_equal(hb_near_params_check(&params, NULL), HB_OK);
    params.two_stage = true;
    assert_int_equal(hb_near_params_check(&params, NULL), HB_OK);
    params.k_cand = params.k - 1;
    check_refused(params, "model.ann.K_cand");
    params.k_cand = HB_NEAR_CAND_MAX + 1;
    check_refused(params, "model.ann.K_cand");
    params.k_cand = HB_NEAR_CAND_MAX;
    assert_int_equal(hb_near_params_check(&params, NULL), HB_OK);
    params.metric = HB_METRIC_L2;
    check_refused(params, "model.ann.mode");
    check_refused(params_k(HB_METRIC_L2, 0), "model.ann.K");
    check_refused(params_k(HB_METRIC_L2, HB_NEAR_K_MAX + 1), "model.ann.K");
    check_refused(params_k((hb_metric_t)7, 8), "model.ann.metric");
}

static void test_backends_refused(void **state)
{
    (void)state;
    hb_near_params_t params = hb_near_params_default();
    params.backend = HB_NEAR_HNSW;
    check_refused(params, "model.ann.backend");
    params.backend = (hb_near_backend_t)9;
    check_refused(params, "model.ann.backend");
    params.backend = HB_NEAR_IVFPQ;
    check_refused(params, "model.ann.backend");
    world_t world = line_world(3, 1);
    hb_near_index_t index = {.rows = 77};
    hb_err_t err = {0};
    assert_int_equal(hb_near_build(world.points, world.meta, 3, &params, &index, &err),
                     HB_E_CONFIG);
    assert_string_equal(err.message, "backend ivfpq is not built in this version");
    assert_string_equal(err.hint, "set model.ann.backend to exact or auto");
    assert_int_equal(index.rows, 77);
    drop_world(&world);
}

/* Spoils one thing of a good world, expects HB_E_DATA and a message with this text. */
static void check_build(world_t *world, uint32_t rows, const char *text)
{
    const hb_near_params_t params = hb_near_params_default();
    hb_near_index_t index = {.rows = 77};
    hb_err_t err = {0};
    assert_int_equal(hb_near_build(world->points, world->meta, rows, &params, &index, &err),
                     HB_E_DATA);
    if (!strstr(err.message, text)) fail_msg("'%s' does not say '%s'", err.message, text);
    assert_int_equal(index.rows, 77);
    drop_world(world);
    *world = line_world(5, 1);
}

static void test_build_refuses_points(void **state)
{
    (void)state;
    world_t world = line_world(5, 1);
    check_build(&world, 0, "0 rows");
    check_build(&world, UINT32_MAX, "rows");
    world.points[0].dim = 0;
    check_build(&world, 5, "0 dimensions");
    world.points[0].dim = 48;
    check_build(&world, 5, "48 dimensions");
    world.points[0].dim = 15;
    check_build(&world, 5, "15 dimensions");
    world.points[3].dim = 32;
    check_build(&world, 5, "row 3: another dimension");
    world.points[2].finite = false;
    check_build(&world, 5, "row 2: the point is not finite");
    world.points[2].z[15] = NAN;
    check_build(&world, 5, "row 2: the point is not finite");
    world.points[4].lift = 0.5f;
    check_build(&world, 5, "row 4: the lift");
    world.points[4].lift = INFINITY;
    check_build(&world, 5, "row 4: the lift");
    drop_world(&world);
}

static void test_build_refuses_meta(void **state)
{
    (void)state;
    world_t world = line_world(5, 1);
    world.meta[1].start_utc_at_ns = START_NS - 1;
    check_build(&world, 5, "row 1: time goes back");
    world.meta[1].end_utc_at_ns = world.meta[1].start_utc_at_ns - 1;
    check_build(&world, 5, "row 1: the label ends before");
    world.meta[0].start_utc_at_ns = INT64_MIN;
    check_build(&world, 5, "row 0: the label is longer");
    world.meta[2].label = 2;
    check_build(&world, 5, "row 2: the label is neither");
    world.meta[2].label = -1;
    check_build(&world, 5, "row 2: the label is neither");
    world.meta[2].vol_bucket = -1;
    check_build(&world, 5, "row 2: the volatility bucket");
    world.meta[2].vol_bucket = 5;
    check_build(&world, 5, "row 2: the volatility bucket");
    world.meta[2].outcome_atr = NAN;
    check_build(&world, 5, "row 2: the outcome");
    world.meta[2].weight = -0.5f;
    check_build(&world, 5, "row 2: the weight");
    world.meta[2].weight = INFINITY;
    check_build(&world, 5, "row 2: the weight");
    drop_world(&world);
}

static void test_causal_edges(void **state)
{
    (void)state;
    world_t world = line_world(10, 2);
    hb_near_index_t index = make_index(&world, params_k(HB_METRIC_L2, 4));
    assert_int_equal(index.label_ns_max, 2 * MINUTE_NS);
    hb_near_t near = search_at(&index, 9, 0); /* nothing is before the first bar */
    assert_int_equal(near.count, 0);
    assert_int_equal(near.admissible_rows, 0);
    near = search_at(&index, 9, 2); /* row 0's label ends on the query's bar: not resolved */
    assert_int_equal(near.count, 0);
    near = search_at(&index, 9, 3);
    assert_int_equal(near.count, 1);
    assert_int_equal(near.admissible_rows, 1);
    assert_int_equal(near.ids[0], 0);
    near = search_at(&index, 9, 8); /* rows 0..5 */
    assert_int_equal(near.admissible_rows, 6);
    assert_int_equal(near.count, 4);
    for (uint32_t i = 0; i < 4; i++) assert_int_equal(near.ids[i], 5 - i);
    near = search_at(&index, 9, 1000);
    assert_int_equal(near.admissible_rows, 10);
    assert_int_equal(near.ids[0], 9);
    assert_true(near.dist[0] == 0.0f && near.dist[3] == 3.0f);
    hb_near_close(&index);
    drop_world(&world);
}

static void test_one_long_label(void **state)
{
    (void)state;
    world_t world = line_world(10, 1);
    world.meta[2].end_utc_at_ns = START_NS + 100 * MINUTE_NS;
    hb_near_index_t index = make_index(&world, params_k(HB_METRIC_L2, 3));
    hb_near_t near = search_at(&index, 2, 9);
    assert_int_equal(near.admissible_rows, 7); /* 0, 1, 3..7 */
    assert_int_equal(near.count, 3);
    assert_int_equal(near.ids[0], 1); /* equal distances: by id */
    assert_int_equal(near.ids[1], 3);
    assert_int_equal(near.ids[2], 0);
    near = search_at(&index, 2, 101);
    assert_int_equal(near.admissible_rows, 10);
    assert_int_equal(near.ids[0], 2);
    hb_near_close(&index);
    drop_world(&world);
}

static void test_times_at_the_rim(void **state)
{
    (void)state;
    world_t world = line_world(2, 1);
    world.meta[0].start_utc_at_ns = INT64_MIN;
    world.meta[0].end_utc_at_ns = INT64_MIN + 10;
    world.meta[1].start_utc_at_ns = INT64_MAX - 10;
    world.meta[1].end_utc_at_ns = INT64_MAX;
    hb_near_index_t index = make_index(&world, params_k(HB_METRIC_L2, 2));
    const double x = 0;
    const hb_point_t query = make_point(&x, 1);
    assert_int_equal(search_once(&index, &query, INT64_MIN).admissible_rows, 0);
    assert_int_equal(search_once(&index, &query, INT64_MIN + 10).admissible_rows, 0);
    assert_int_equal(search_once(&index, &query, INT64_MIN + 11).admissible_rows, 1);
    assert_int_equal(search_once(&index, &query, INT64_MAX).admissible_rows, 1);
    hb_near_close(&index);
    drop_world(&world);
}

static void test_metrics(void **state)
{
    (void)state;
    world_t world = line_world(4, 1);
    hb_near_index_t ip = make_index(&world, params_k(HB_METRIC_IP, 4));
    hb_near_t near = search_at(&ip, 2, 50);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(near.ids[i], 3 - i);
        assert_true(near.dist[i] == -2.0f * (float)(3 - i));
    }
    hb_near_close(&ip);
    hb_near_index_t lorentz = make_index(&world, params_k(HB_METRIC_LORENTZ, 4));
    near = search_at(&lorentz, 0, 50);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(near.ids[i], i);
        th_close(near.dist[i], asinh(i), 2e-7); /* d_L from the origin is asinh |z| */
    }
    hb_near_close(&lorentz);
    drop_world(&world);
}

static void test_query_not_finite(void **state)
{
    (void)state;
    world_t world = line_world(4, 1);
    for (uint32_t two_stage = 0; two_stage < 2; two_stage++) {
        hb_near_params_t params = params_k(HB_METRIC_LORENTZ, 2);
        params.two_stage = two_stage != 0;
        hb_near_index_t index = make_index(&world, params);
        hb_point_t query = world.points[1];
        query.finite = false;
        hb_near_t near = search_once(&index, &query, START_NS + 50 * MINUTE_NS);
        assert_int_equal(near.count, 0);
        assert_int_equal(near.admissible_rows, 4);
        query.finite = true; /* a broken promise still gives no neighbour */
        query.z[0] = NAN;
        near = search_once(&index, &query, START_NS + 50 * MINUTE_NS);
        assert_int_equal(near.count, 0);
        query.z[0] = 3e38f;
        query.lift = 3e38f;
        near = search_once(&index, &query, START_NS + 50 * MINUTE_NS);
        assert_int_equal(near.count, 0);
        hb_near_close(&index);
    }
    drop_world(&world);
}

static void test_overflow_is_no_neighbour(void **state)
{
    (void)state;
    world_t world = line_world(3, 1);
    world.points[1].z[0] = 3e38f; /* finite, but its dot product with the query is not */
    hb_near_index_t index = make_index(&world, params_k(HB_METRIC_IP, 3));
    const hb_near_t near = search_at(&index, 10, 50);
    assert_int_equal(near.count, 2);
    assert_int_equal(near.ids[0], 2);
    assert_int_equal(near.ids[1], 0);
    hb_near_close(&index);
    drop_world(&world);
}

static void test_close_twice(void **state)
{
    (void)state;
    world_t world = line_world(3, 1);
    hb_near_index_t index = make_index(&world, params_k(HB_METRIC_L2, 2));
    hb_near_close(&index);
    assert_null(index.z);
    hb_near_close(&index);
    drop_world(&world);
}

static void test_hubness_even(void **state)
{
    (void)state;
    const uint32_t ids[] = {0, 1, 2, 3, 3, 2, 1, 0};
    hb_hubness_t hub;
    hb_near_hubness(ids, 8, 4, &hub);
    th_close(hub.skew, 0, 1e-15);
    th_close(hub.never_ratio, 0, 1e-15);
    th_close(hub.top1_ratio, 0.25, 1e-15);
}

static void test_hubness_one_hub(void **state)
{
    (void)state;
    /* Row 5 takes 6 of 8 filled slots, rows 0 and 1 one each; 2, 3, 4 none; two slots empty. */
    const uint32_t ids[] = {5, 5, 5, 5, 5, 5, 0, 1, UINT32_MAX, UINT32_MAX};
    const double counts[] = {1, 1, 0, 0, 0, 6};
    hb_hubness_t hub;
    hb_near_hubness(ids, 10, 6, &hub);
    double m2 = 0, m3 = 0;
    for (uint32_t i = 0; i < 6; i++) {
        const double d = counts[i] - 8.0 / 6;
        m2 += d * d / 6;
        m3 += d * d * d / 6;
    }
    th_close(hub.skew, m3 / (m2 * sqrt(m2)), 1e-12);
    th_close(hub.never_ratio, 0.5, 1e-15);
    th_close(hub.top1_ratio, 0.75, 1e-15);
}

static void test_hubness_top_percent(void **state)
{
    (void)state;
    uint32_t ids[300]; /* 200 rows: the top 1 % are two; rows 7 and 9 take 60 and 41 of 300 */
    uint32_t n = 0;
    for (uint32_t i = 0; i < 60; i++) ids[n++] = 7;
    for (uint32_t i = 0; i < 41; i++) ids[n++] = 9;
    for (uint32_t i = 0; n < 300; i++) ids[n++] = i;
    hb_hubness_t hub;
    hb_near_hubness(ids, 300, 200, &hub);
    th_close(hub.top1_ratio, (60 + 41 + 2) / 300.0, 1e-15);
    th_close(hub.never_ratio, 1 / 200.0, 1e-15);
    assert_true(hub.skew > 5);
}

static void test_hubness_nothing(void **state)
{
    (void)state;
    const uint32_t ids[] = {UINT32_MAX, UINT32_MAX};
    hb_hubness_t hub = {1, 1, 1};
    hb_near_hubness(ids, 2, 10, &hub);
    assert_true(hub.skew == 0 && hub.never_ratio == 0 && hub.top1_ratio == 0);
    hub = (hb_hubness_t){1, 1, 1};
    hb_near_hubness(ids, 2, 0, &hub);
    assert_true(hub.skew == 0 && hub.never_ratio == 0 && hub.top1_ratio == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_params),
        cmocka_unit_test(test_backends_refused),
        cmocka_unit_test(test_build_refuses_points),
        cmocka_unit_test(test_build_refuses_meta),
        cmocka_unit_test(test_causal_edges),
        cmocka_unit_test(test_one_long_label),
        cmocka_unit_test(test_times_at_the_rim),
        cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_query_not_finite),
        cmocka_unit_test(test_overflow_is_no_neighbour),
        cmocka_unit_test(test_close_twice),
        cmocka_unit_test(test_hubness_even),
        cmocka_unit_test(test_hubness_one_hub),
        cmocka_unit_test(test_hubness_top_percent),
        cmocka_unit_test(test_hubness_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
