/* Golden vectors g05 (isotonic), g11 (stationary bootstrap, block length) and g12 (simplex). */
#include "th.h"

#include "math_stats.h"

static const json_t *key(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!value) fail_msg("golden file lacks %s", name);
    return value;
}

static void isotonic(void **state)
{
    (void)state;
    json_t *root = th_golden("g05_calibration.json");
    const json_t *part = key(root, "isotonic");
    double y[10], w[10], want[10], fit[10];
    th_nums(key(part, "unique_mean"), y, 10);
    th_nums(key(part, "unique_w"), w, 10);
    th_nums(key(part, "fit"), want, 10);
    hb_isotonic(y, w, 10, fit);
    for (int i = 0; i < 10; i++) th_close(fit[i], want[i], 1e-12);
    part = key(part, "weighted");
    th_nums(key(part, "y"), y, 5);
    th_nums(key(part, "w"), w, 5);
    th_nums(key(part, "fit"), want, 5);
    hb_isotonic(y, w, 5, fit);
    for (int i = 0; i < 5; i++) th_close(fit[i], want[i], 1e-12);
    json_decref(root);
}

static void bootstrap_indices(void **state)
{
    (void)state;
    json_t *root = th_golden("g11_bootstrap_spa.json");
    const json_t *rows = key(root, "indices");
    hb_rng_t rng = hb_rng_init((uint64_t)th_num(key(root, "seed")));
    assert_int_equal(json_array_size(rows), 100);
    /* The 16 x 3 loss differences of the file came first from the same generator. */
    for (int k = 0; k < 48; k++) (void)hb_rng_next(&rng);
    for (size_t b = 0; b < 100; b++) {
        double want[16];
        uint32_t idx[16];
        th_nums(json_array_get(rows, b), want, 16);
        hb_bootstrap_stationary(&rng, 16, th_num(key(root, "p")), idx);
        for (int i = 0; i < 16; i++) assert_int_equal(idx[i], (int)want[i]);
    }
    json_decref(root);
}

static void block_length(void **state)
{
    (void)state;
    json_t *root = th_golden("g11_bootstrap_spa.json");
    const char *names[] = {"ar_rho_0_6", "iid"};
    for (int c = 0; c < 2; c++) {
        const json_t *one = key(key(root, "block_length"), names[c]);
        double x[200];
        th_nums(key(one, "x"), x, 200);
        th_close(hb_block_length_auto(x, 200), th_num(key(key(one, "result"), "stationary")), 1e-9);
    }
    json_decref(root);
}

static void simplex(void **state)
{
    (void)state;
    json_t *root = th_golden("g12_kernels_ha.json");
    const json_t *cases = key(root, "simplex");
    assert_true(json_array_size(cases) >= 5);
    for (size_t c = 0; c < json_array_size(cases); c++) {
        const json_t *one = json_array_get(cases, c);
        double v[3], want[3], got[3];
        th_nums(key(one, "v"), v, 3);
        th_nums(key(one, "proj"), want, 3);
        hb_simplex_project(v, 3, got);
        for (int i = 0; i < 3; i++) th_close(got[i], want[i], 1e-12);
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(isotonic),
        cmocka_unit_test(bootstrap_indices),
        cmocka_unit_test(block_length),
        cmocka_unit_test(simplex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
