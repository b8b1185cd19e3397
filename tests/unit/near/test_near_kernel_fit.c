/* near_kernel_fit: length scales, limits, and blend weights against a grid over the simplex. */
#include "near_kernel_fit.h"
#include "near_make.h"

static hb_near_t list_of(const double *r, uint32_t n)
{
    hb_near_t near = {.count = n, .admissible_rows = 1000};
    for (uint32_t i = 0; i < n; i++) near.dist[i] = (float)r[i];
    return near;
}

static hb_near_index_t small_index(uint32_t k)
{
    hb_rng_t rng = hb_rng_init(3);
    hb_near_params_t params = hb_near_params_default();
    params.k = k;
    world_t world = make_world(&rng, 10, 2);
    for (uint32_t row = 0; row < 10; row++) world.meta[row].label = row < 3;
    const hb_near_index_t index = make_index(&world, params);
    drop_world(&world);
    return index;
}

static void test_auto_scales(void **state)
{
    (void)state;
    hb_near_index_t index = small_index(3);
    const hb_near_t near[] = {list_of((const double[]){1, 2, 3}, 3),
                              list_of((const double[]){4, 5, 8}, 3),
                              list_of((const double[]){2}, 1)};
    hb_kernels_t kernels = hb_kernels_default();
    kernels.rq_ell = 0;
    kernels.lp_se_ell = -1;
    hb_kernels_fit_scales(&kernels, &index, near, 3);
    th_close(kernels.rq_ell, 0.8 * 3, 1e-12); /* median of 1 2 2 3 4 5 8 */
    th_close(kernels.lp_se_ell, 0.8 * 3, 1e-12);
    th_close(kernels.base_prob, 0.3, 1e-15);
    th_close(kernels.kth_dist_limit, 3 + 0.995 * 5, 1e-12); /* full lists alone: 3 and 8 */
    th_close(kernels.kth_dist_median, 5.5, 1e-12);
    assert_int_equal(kernels.rows_min, 24);
    hb_near_close(&index);
}

static void test_given_scales_stay(void **state)
{
    (void)state;
    hb_near_index_t index = small_index(3);
    const hb_near_t near[] = {list_of((const double[]){1, 2, 3}, 3)};
    hb_kernels_t kernels = hb_kernels_default();
    kernels.rq_ell = 0.7;
    kernels.lp_se_ell = 0.9;
    kernels.rows_min = 5;
    hb_kernels_fit_scales(&kernels, &index, near, 1);
    assert_true(kernels.rq_ell == 0.7 && kernels.lp_se_ell == 0.9);
    assert_int_equal(kernels.rows_min, 5);
    hb_near_close(&index);
}

static void test_scales_of_the_balloon(void **state)
{
    (void)state;
    hb_near_index_t index = small_index(3);
    const hb_near_t near[] = {list_of((const double[]){1, 2, 4}, 3),
                              list_of((const double[]){10, 30, 40}, 3)};
    hb_kernels_t kernels = hb_kernels_default();
    kernels.bandwidth = HB_BANDWIDTH_BALLOON;
    kernels.rq_ell = 0;
    hb_kernels_fit_scales(&kernels, &index, near, 2);
    th_close(kernels.rq_ell, 0.8 * 0.625, 1e-12); /* 0.25 0.25 0.5 0.75 1 1 */
    hb_near_close(&index);
}

static void test_nothing_to_fit(void **state)
{
    (void)state;
    hb_near_index_t index = small_index(3);
    const hb_kernels_t start = hb_kernels_default();
    hb_near_t near[] = {list_of(NULL, 0), list_of((const double[]){0, 0, 0}, 3)};
    hb_kernels_t kernels = start;
    kernels.rq_ell = kernels.lp_se_ell = 0;
    hb_kernels_fit_scales(&kernels, &index, near, 1);
    assert_true(kernels.rq_ell == 1 && kernels.lp_se_ell == 1);
    assert_true(kernels.kth_dist_limit == start.kth_dist_limit);
    kernels.rq_ell = kernels.lp_se_ell = 0;
    hb_kernels_fit_scales(&kernels, &index, near, 2); /* copies of one point: all at distance 0 */
    assert_true(kernels.rq_ell == 1 && kernels.lp_se_ell == 1);
    assert_true(kernels.kth_dist_limit == 0 && kernels.kth_dist_median == 1);
    hb_near_close(&index);
    const hb_near_index_t empty = {.params = {.k = 3}};
    hb_kernels_fit_scales(&kernels, &empty, near, 0);
    assert_true(kernels.base_prob == 0.5);
}

/* More distances than are sampled: every second list, here alike. */
static void test_many_lists(void **state)
{
    (void)state;
    hb_near_index_t index = small_index(128);
    const uint32_t count = 8200;
    hb_near_t *near = hb_alloc(count, sizeof *near);
    for (uint32_t i = 0; i < count; i++) {
        near[i].count = HB_NEAR_K_MAX;
        for (uint32_t j = 0; j < HB_NEAR_K_MAX; j++) near[i].dist[j] = (float)(j + 1);
    }
    hb_kernels_t kernels = hb_kernels_default();
    kernels.rq_ell = 0;
    hb_kernels_fit_scales(&kernels, &index, near, count);
    th_close(kernels.rq_ell, 0.8 * 64.5, 1e-12);
    hb_free(near);
    hb_near_close(&index);
}

static double mkl_loss(const double *scores, const double *y, uint32_t n, double lambda,
                       const double *w0, const double *w)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        double e = y[i];
        for (uint32_t m = 0; m < 3; m++) e -= w[m] * scores[3 * i + m];
        sum += e * e / n;
    }
    for (uint32_t m = 0; m < 3; m++) sum += lambda * (w[m] - w0[m]) * (w[m] - w0[m]);
    return sum;
}

enum { MKL_ROWS = 400 };

/* Kernel `good` votes with the label most of the time, the others by chance. */
static void make_scores(hb_rng_t *rng, uint32_t good, double *scores, double *y)
{
    for (uint32_t i = 0; i < MKL_ROWS; i++) {
        y[i] = hb_rng_below(rng, 2) ? 1 : -1;
        for (uint32_t m = 0; m < 3; m++) {
            const double noise = 2 * hb_rng_uniform(rng) - 1;
            scores[3 * i + m] = m == good ? 0.7 * y[i] + 0.3 * noise : noise;
        }
    }
}

static void test_mkl_is_the_least_loss(void **state)
{
    (void)state;
    static double scores[MKL_ROWS * 3], y[MKL_ROWS];
    hb_rng_t rng = hb_rng_init(th_seed(21));
    for (uint32_t trial = 0; trial < 12; trial++) {
        const double lambda = trial % 3 == 0 ? 0 : trial % 3 == 1 ? 0.1 : 3;
        const double w0[] = {0.5, 0.25, 0.25};
        double w[] = {0.5, 0.25, 0.25};
        make_scores(&rng, trial % 4, scores, y); /* 3: none is good */
        hb_kernels_fit_mkl(scores, y, MKL_ROWS, lambda, w);
        th_close(w[0] + w[1] + w[2], 1, 1e-12);
        for (uint32_t m = 0; m < 3; m++) assert_true(w[m] >= 0);
        const double reached = mkl_loss(scores, y, MKL_ROWS, lambda, w0, w);
        assert_true(reached <= mkl_loss(scores, y, MKL_ROWS, lambda, w0, w0) + 1e-12);
        for (uint32_t a = 0; a <= 40; a++) {
            for (uint32_t b = 0; a + b <= 40; b++) {
                const double grid[] = {a / 40.0, b / 40.0, (40 - a - b) / 40.0};
                assert_true(reached <= mkl_loss(scores, y, MKL_ROWS, lambda, w0, grid) + 1e-9);
            }
        }
    }
}

static void test_mkl_finds_the_good_kernel(void **state)
{
    (void)state;
    static double scores[MKL_ROWS * 3], y[MKL_ROWS];
    hb_rng_t rng = hb_rng_init(4);
    for (uint32_t good = 0; good < 3; good++) {
        double w[] = {0.5, 0.25, 0.25}, again[] = {0.5, 0.25, 0.25};
        make_scores(&rng, good, scores, y);
        hb_kernels_fit_mkl(scores, y, MKL_ROWS, 0.01, w);
        assert_true(w[good] > 0.8);
        hb_kernels_fit_mkl(scores, y, MKL_ROWS, 0.01, again);
        assert_memory_equal(w, again, sizeof w);
    }
}

static void test_mkl_without_evidence(void **state)
{
    (void)state;
    double w[] = {1.2, 0.3, -0.4}; /* projected as in the golden vectors */
    hb_kernels_fit_mkl(NULL, NULL, 0, 0.1, w);
    th_close(w[0], 0.95, 1e-15);
    th_close(w[1], 0.05, 1e-15);
    th_close(w[2], 0, 1e-15);
    const double scores[6] = {0}, y[2] = {1, -1};
    double same[] = {0.5, 0.25, 0.25};
    hb_kernels_fit_mkl(scores, y, 2, 0, same);
    assert_true(same[0] == 0.5 && same[1] == 0.25 && same[2] == 0.25);
    hb_kernels_fit_mkl(scores, y, 2, 0.1, same);
    th_close(same[0], 0.5, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auto_scales),
        cmocka_unit_test(test_given_scales_stay),
        cmocka_unit_test(test_scales_of_the_balloon),
        cmocka_unit_test(test_nothing_to_fit),
        cmocka_unit_test(test_many_lists),
        cmocka_unit_test(test_mkl_is_the_least_loss),
        cmocka_unit_test(test_mkl_finds_the_good_kernel),
        cmocka_unit_test(test_mkl_without_evidence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
