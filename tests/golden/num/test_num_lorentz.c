/* Golden vectors g08: the Lorentz distance at 60 digits, in float32 through the kernels and in
 * double through the same formula. */
#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "num_cpu.h"
#include "num_dist.h"
#include "th.h"

#define DIM_MAX 64u

typedef struct {
    double z[DIM_MAX], w[DIM_MAX];
    float a[DIM_MAX], b[DIM_MAX];
    float a0, b0;
    uint32_t dim;
} pair_t;

static float lift_of(const float *x, uint32_t dim)
{
    double sum = 1.0;
    for (uint32_t i = 0; i < dim; i++) sum += (double)x[i] * x[i];
    return (float)sqrt(sum);
}

static void load(const json_t *z, const json_t *w, pair_t *pair)
{
    size_t count = json_array_size(z);
    assert_true(count > 0 && count <= DIM_MAX);
    memset(pair, 0, sizeof *pair);
    th_nums(z, pair->z, count);
    th_nums(w, pair->w, count);
    for (size_t i = 0; i < count; i++) {
        pair->a[i] = (float)pair->z[i];
        pair->b[i] = (float)pair->w[i];
    }
    pair->dim = HB_NUM_PAD((uint32_t)count);
    pair->a0 = lift_of(pair->a, pair->dim);
    pair->b0 = lift_of(pair->b, pair->dim);
}

static double q_double(const pair_t *pair)
{
    double l2 = 0.0, cross = 0.0, z_sq = 1.0, w_sq = 1.0;
    for (uint32_t i = 0; i < pair->dim; i++) {
        double difference = pair->z[i] - pair->w[i];
        l2 += difference * difference;
        cross += difference * (pair->z[i] + pair->w[i]);
        z_sq += pair->z[i] * pair->z[i];
        w_sq += pair->w[i] * pair->w[i];
    }
    double du = cross / (sqrt(z_sq) + sqrt(w_sq));
    return l2 - du * du;
}

static void distances(void **state)
{
    (void)state;
    json_t *root = th_golden("g08_lorentz.json");
    const json_t *cases = json_object_get(root, "cases");
    assert_int_equal(json_array_size(cases), 12);
    for (int cpu = HB_CPU_SCALAR; cpu <= (int)hb_num_cpu_best(); cpu++) {
        assert_int_equal(hb_num_init(hb_num_cpu_name((hb_cpu_t)cpu), NULL), HB_OK);
        for (size_t i = 0; i < json_array_size(cases); i++) {
            const json_t *item = json_array_get(cases, i);
            static pair_t pair;
            load(json_object_get(item, "z"), json_object_get(item, "w"), &pair);
            double want = th_num(json_object_get(item, "d_double"));
            float q = hb_num_lorentz_q(pair.a, pair.a0, pair.b, pair.b0, pair.dim);
            double got = hb_num_lorentz_dist((double)q);
            double error = fabs(got - want);
            const char *name = json_string_value(json_object_get(item, "name"));
            /* 2e-7 is the golden text's bound; the lift of its float32 run was rounded
             * otherwise. */
            if (error > 2e-7) fail_msg("%s: float32 %.17g, want %.17g", name, got, want);
            th_close(hb_num_lorentz_dist(q_double(&pair)), want, 1e-12);
            if (want > 0) th_close(hb_num_lorentz_dist(q_double(&pair)) / want, 1.0, 1e-12);
        }
    }
    json_decref(root);
}

static void order_of_neighbours(void **state)
{
    (void)state;
    json_t *root = th_golden("g08_lorentz.json");
    const json_t *ranking = json_object_get(root, "ranking");
    const json_t *points = json_object_get(ranking, "points");
    const json_t *query = json_object_get(ranking, "query");
    size_t count = json_array_size(points);
    assert_int_equal(count, 6);
    double order[6], want[6], inner[6];
    th_nums(json_object_get(ranking, "order_d_L"), order, count);
    th_nums(json_object_get(ranking, "d_L"), want, count);
    th_nums(json_object_get(ranking, "inner"), inner, count);
    static float rows[6 * 16];
    float lifts[6], q[6];
    static pair_t pair;
    for (size_t i = 0; i < count; i++) {
        load(query, json_array_get(points, i), &pair);
        memcpy(rows + i * 16, pair.b, 16 * sizeof *rows);
        lifts[i] = pair.b0;
        th_close(hb_num_lorentz_inner(pair.a, pair.a0, pair.b, pair.b0, 16), inner[i], 1e-6);
    }
    hb_num_lorentz_q_rows(pair.a, pair.a0, rows, lifts, 16, (uint32_t)count, q);
    for (size_t i = 0; i < count; i++) th_close(hb_num_lorentz_dist((double)q[i]), want[i], 1e-6);
    for (size_t i = 1; i < count; i++) assert_true(q[(int)order[i - 1]] < q[(int)order[i]]);
    json_decref(root);
}

static void distance_edges(void **state)
{
    (void)state;
    assert_true(hb_num_lorentz_dist(0.0) == 0.0);
    assert_true(hb_num_lorentz_dist(-1e-9) == 0.0);
    assert_true(hb_num_lorentz_dist(-INFINITY) == 0.0);
    assert_true(isnan(hb_num_lorentz_dist(NAN)));
    assert_true(hb_num_lorentz_dist(INFINITY) == INFINITY);
    /* q = 4 sinh^2(d/2) at d = 2 ln 2: sinh(ln 2) = 3/4. */
    th_close(hb_num_lorentz_dist(2.25), 1.3862943611198906, 1e-15);
    assert_true(hb_num_lorentz_dist(1e-300) > 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances),
        cmocka_unit_test(order_of_neighbours),
        cmocka_unit_test(distance_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
