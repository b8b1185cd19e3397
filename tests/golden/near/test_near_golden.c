/* Golden vectors: g12 kernels, Nadaraya-Watson, blend and periodic points; g08 ranking by d_L and
 * L2. */
#include "near_kernel_fit.h"
#include "../../unit/near/near_make.h"

static hb_kernels_t golden_kernels(const json_t *params)
{
    hb_kernels_t kernels = hb_kernels_default();
    kernels.rq_alpha = th_num(json_object_get(params, "rq_alpha"));
    kernels.rq_ell = th_num(json_object_get(params, "rq_ell"));
    kernels.period_bars = th_num(json_object_get(params, "period"));
    kernels.periodic_ell = th_num(json_object_get(params, "per_ell"));
    kernels.lp_periodic_ell = kernels.periodic_ell;
    kernels.lp_se_ell = th_num(json_object_get(params, "se_ell"));
    return kernels;
}

static void test_kernels(void **state)
{
    (void)state;
    json_t *root = th_golden("g12_kernels_ha.json");
    const json_t *golden = json_object_get(root, "kernels");
    const hb_kernels_t kernels = golden_kernels(json_object_get(golden, "params"));
    const char *names[HB_KERNEL_COUNT] = {"rq", "per", "lp"};
    double r[5], tau[5], y[5], blend = 0;
    th_nums(json_object_get(golden, "r"), r, 5);
    th_nums(json_object_get(golden, "tau_bars"), tau, 5);
    th_nums(json_object_get(golden, "y"), y, 5);
    for (uint32_t m = 0; m < HB_KERNEL_COUNT; m++) {
        const json_t *out = json_object_get(json_object_get(golden, "out"), names[m]);
        double w[5], expected[5];
        th_nums(json_object_get(out, "w"), expected, 5);
        hb_kernel_weights(&kernels, m, r, tau, 5, w);
        for (uint32_t i = 0; i < 5; i++) th_close(w[i], expected[i], 1e-12);
        const hb_nw_t nw = hb_kernel_nw(w, NULL, y, 5);
        th_close(nw.weight_sum, th_num(json_object_get(out, "sum")), 1e-12);
        th_close(nw.score, th_num(json_object_get(out, "score")), 1e-12);
        th_close(nw.eff_k, th_num(json_object_get(out, "eff_k")), 1e-12);
        blend += kernels.mkl_weights[m] * nw.score;
    }
    th_close(blend, th_num(json_object_get(golden, "blend")), 1e-12);
    json_decref(root);
}

static void test_periodic_points(void **state)
{
    (void)state;
    json_t *root = th_golden("g12_kernels_ha.json");
    const json_t *params = json_object_get(json_object_get(root, "kernels"), "params");
    const hb_kernels_t kernels = golden_kernels(params);
    const char *key;
    json_t *value;
    uint32_t n = 0;
    json_object_foreach(json_object_get(root, "periodic_points"), key, value)
    {
        const double tau = strtod(key, NULL), r = 0;
        double w;
        hb_kernel_weights(&kernels, HB_KERNEL_PERIODIC, &r, &tau, 1, &w);
        th_close(w, th_num(value), 1e-12);
        n++;
    }
    assert_int_equal(n, 8);
    json_decref(root);
}

/* The weights that the learner starts from are projected as the golden simplex cases say. */
static void test_simplex_start(void **state)
{
    (void)state;
    json_t *root = th_golden("g12_kernels_ha.json");
    const json_t *cases = json_object_get(root, "simplex");
    size_t i;
    const json_t *one;
    assert_true(json_array_size(cases) >= 5);
    json_array_foreach(cases, i, one)
    {
        double w[3], expected[3];
        th_nums(json_object_get(one, "v"), w, 3);
        th_nums(json_object_get(one, "proj"), expected, 3);
        hb_kernels_fit_mkl(NULL, NULL, 0, 0.1, w);
        for (uint32_t m = 0; m < 3; m++) th_close(w[m], expected[m], 1e-12);
    }
    json_decref(root);
}

static void check_ranking(const json_t *golden, hb_metric_t metric, const char *order_key,
                          const char *dist_key)
{
    const json_t *list = json_object_get(golden, "points");
    const uint32_t rows = (uint32_t)json_array_size(list);
    assert_int_equal(rows, 6);
    hb_point_t points[6];
    hb_near_meta_t meta[6];
    double order[6], dist[6], coords[2];
    for (uint32_t row = 0; row < rows; row++) {
        th_nums(json_array_get(list, row), coords, 2);
        points[row] = make_point(coords, 2);
        meta[row] = make_meta(row, 1);
    }
    th_nums(json_object_get(golden, "query"), coords, 2);
    th_nums(json_object_get(golden, order_key), order, 6);
    th_nums(json_object_get(golden, dist_key), dist, 6);
    const hb_point_t query = make_point(coords, 2);
    hb_near_params_t params = hb_near_params_default();
    params.metric = metric;
    params.k = 6;
    for (uint32_t two_stage = 0; two_stage <= (metric == HB_METRIC_LORENTZ); two_stage++) {
        params.two_stage = two_stage != 0;
        hb_near_index_t index =
            make_index(&(world_t){.points = points, .meta = meta, .rows = rows, .dim = 2}, params);
        const hb_near_t near = search_once(&index, &query, START_NS + 100 * MINUTE_NS);
        assert_int_equal(near.count, 6);
        for (uint32_t i = 0; i < 6; i++) {
            assert_int_equal(near.ids[i], (uint32_t)order[i]);
            th_close(near.dist[i], dist[near.ids[i]], 1e-6);
        }
        hb_near_close(&index);
    }
}

static void test_ranking(void **state)
{
    (void)state;
    json_t *root = th_golden("g08_lorentz.json");
    const json_t *golden = json_object_get(root, "ranking");
    check_ranking(golden, HB_METRIC_LORENTZ, "order_d_L", "d_L");
    check_ranking(golden, HB_METRIC_L2, "order_l2", "l2");
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernels),
        cmocka_unit_test(test_periodic_points),
        cmocka_unit_test(test_simplex_start),
        cmocka_unit_test(test_ranking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
