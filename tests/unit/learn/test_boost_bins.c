/* Borders and bins: values written down from an independent GreedyLogSum, and the rules for NaN,
 * ties, zeros and constants. */
#include "th.h"

#include <float.h>

#include "boost_make.h"
#include "learn_boost_int.h"

static int float_order(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void borders_written(void **state)
{
    (void)state;
    static const float expected[] = {-1.875f,       -1.50881612f,  -1.26994312f,  -0.967238903f,
                                     -0.534995317f, -0.246250749f, 0.0452076197f, 0.512956738f,
                                     0.716786504f,  0.875f,        1.48538291f,   1.55013621f};
    hb_rng_t rng = hb_rng_init(99);
    float v[60], border[HB_BOOST_BINS_MAX];
    for (int i = 0; i < 60; i++) {
        v[i] = lattice(hb_rng_next(&rng));
        if (i % 2) v[i] = floorf(v[i] * 4) / 4;
    }
    qsort(v, 60, sizeof *v, float_order);
    assert_int_equal(hb_boost_borders_find(v, 60, 12, border), 12);
    for (int i = 0; i < 12; i++) assert_true(border[i] == expected[i]);
}

static void borders_few_values(void **state)
{
    (void)state;
    float border[HB_BOOST_BINS_MAX];
    const float one[] = {3, 3, 3}, two[] = {-1, -1, 1}, three[] = {1, 2, 2, 2, 5};
    assert_int_equal(hb_boost_borders_find(one, 0, 10, border), 0);
    assert_int_equal(hb_boost_borders_find(one, 3, 10, border), 0);
    assert_int_equal(hb_boost_borders_find(two, 3, 0, border), 0);
    assert_int_equal(hb_boost_borders_find(two, 3, 10, border), 1);
    assert_true(border[0] == 0 && !signbit(border[0]));
    assert_int_equal(hb_boost_borders_find(three, 5, 10, border), 2);
    assert_true(border[0] == 1.5f && border[1] == 3.5f);
    assert_int_equal(hb_boost_borders_find(three, 5, 1, border), 1);
    /* Neighbours without a number between them: the middle is one of the two. */
    const float close[] = {1, nextafterf(1, 2), nextafterf(nextafterf(1, 2), 2)};
    const uint32_t count = hb_boost_borders_find(close, 3, 10, border);
    assert_true(count >= 1 && count <= 2);
    for (uint32_t i = 1; i < count; i++) assert_true(border[i - 1] < border[i]);
}

static hb_boost_borders_t borders_of(const float *x, uint32_t rows, uint32_t features,
                                     uint32_t most)
{
    hb_boost_params_t params = hb_boost_params_default();
    params.border_count = most;
    const hb_boost_data_t data = {x, NULL, NULL, rows, features};
    hb_boost_borders_t borders = {0};
    hb_boost_borders_make(&data, &params, &borders);
    return borders;
}

static void borders_of_columns(void **state)
{
    (void)state;
    /* constant; constant with NaN; all NaN; -0 and 0; two values at the ends of float */
    const float x[] = {4, NAN, NAN, -0.0f, -FLT_MAX, /**/ 4, 2, NAN, 0.0f, FLT_MAX};
    hb_boost_borders_t borders = borders_of(x, 2, 5, 254);
    const uint32_t counts[] = {0, 1, 0, 0, 1};
    for (int f = 0; f < 5; f++) {
        assert_int_equal(borders.first[f + 1] - borders.first[f], counts[f]);
    }
    assert_true(borders.border[0] == -FLT_MAX);
    assert_true(borders.border[1] == 0);
    uint8_t bins[10];
    const hb_boost_data_t data = {x, NULL, NULL, 2, 5};
    hb_boost_bins_make(&data, &borders, 2, bins);
    const uint8_t expected[] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 1};
    assert_memory_equal(bins, expected, 10);
    hb_boost_borders_free(&borders);
}

/* NaN spends one of the borders. */
static void borders_bounded(void **state)
{
    (void)state;
    enum { ROWS = 5000 };
    float *x = hb_alloc(ROWS, sizeof *x);
    hb_rng_t rng = hb_rng_init(5);
    for (int with_nan = 0; with_nan < 2; with_nan++) {
        for (int i = 0; i < ROWS; i++) {
            x[i] = (float)hb_rng_normal(&rng);
            if (with_nan && i % 50 == 0) x[i] = NAN;
        }
        const uint32_t limits[] = {1, 2, 32, 254};
        for (int k = 0; k < 4; k++) {
            hb_boost_borders_t borders = borders_of(x, ROWS, 1, limits[k]);
            assert_int_equal(borders.first[1], limits[k]);
            assert_true((borders.border[0] == -FLT_MAX) == (with_nan == 1));
            for (uint32_t b = 1; b < limits[k]; b++) {
                assert_true(borders.border[b - 1] < borders.border[b]);
            }
            hb_boost_borders_free(&borders);
        }
    }
    hb_free(x);
}

/* bin > b must say the same as value > border b, for training and evaluation alike. */
static void bins_agree_with_borders(void **state)
{
    (void)state;
    enum { ROWS = 700, FEATURES = 3 };
    boost_set_t set = set_make(6, ROWS, FEATURES, false);
    for (uint32_t i = 0; i < ROWS; i++) {
        set.x[3 * i] = floorf(set.x[3 * i] * 10) / 10;
        if (i % 9 == 0) set.x[3 * i + 1] = NAN;
    }
    hb_boost_borders_t borders = borders_of(set.x, ROWS, FEATURES, 254);
    for (uint32_t b = 0; b < 20; b++) set.x[3 * b + 2] = borders.border[borders.first[2] + b];
    uint8_t *bins = hb_alloc((size_t)ROWS * FEATURES, 1);
    const hb_boost_data_t data = set_data(&set);
    hb_boost_bins_make(&data, &borders, 1, bins);
    for (uint32_t i = 0; i < ROWS; i++) {
        for (uint32_t f = 0; f < FEATURES; f++) {
            for (uint32_t b = 0; b < borders.first[f + 1] - borders.first[f]; b++) {
                const bool above = set.x[3 * i + f] > borders.border[borders.first[f] + b];
                assert_int_equal(bins[f * ROWS + i] > b, above);
            }
        }
    }
    hb_free(bins);
    hb_boost_borders_free(&borders);
    set_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(borders_written), cmocka_unit_test(borders_few_values),
        cmocka_unit_test(borders_of_columns), cmocka_unit_test(borders_bounded),
        cmocka_unit_test(bins_agree_with_borders)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
