/* Cholesky, Jacobi and powers on matrices with known answers and on random ones. */
#include "th.h"

#include <math.h>
#include <string.h>

#include "math_linalg.h"
#include "num_fn.h"

#define P_MAX 64u

static void random_spd(hb_rng_t *rng, uint32_t p, double *a)
{
    static double b[P_MAX * P_MAX];
    for (uint32_t k = 0; k < p * p; k++) b[k] = hb_rng_normal(rng);
    for (uint32_t i = 0; i < p; i++) {
        for (uint32_t j = 0; j < p; j++) {
            double sum = i == j ? 0.1 : 0.0;
            for (uint32_t k = 0; k < p; k++) sum += b[i * p + k] * b[j * p + k];
            a[i * p + j] = sum;
        }
    }
}

static void cholesky(void **state)
{
    (void)state;
    static double a[P_MAX * P_MAX], l[P_MAX * P_MAX];
    hb_rng_t rng = hb_rng_init(1);
    const uint32_t dims[] = {1, 2, 3, 7, 24, 64};
    for (int c = 0; c < 6; c++) {
        const uint32_t p = dims[c];
        random_spd(&rng, p, a);
        assert_true(hb_chol_factor(a, p, l));
        double x[P_MAX], y[P_MAX], quad = 0.0;
        for (uint32_t i = 0; i < p; i++) {
            x[i] = hb_rng_normal(&rng);
            for (uint32_t j = 0; j < p; j++) {
                double sum = 0.0;
                for (uint32_t k = 0; k < p; k++) sum += l[i * p + k] * l[j * p + k];
                th_close(sum, a[i * p + j], 1e-12);
                if (j > i) assert_true(l[i * p + j] == 0.0);
            }
        }
        hb_chol_forward(l, p, x, y);
        for (uint32_t i = 0; i < p; i++) {
            double sum = 0.0;
            for (uint32_t k = 0; k <= i; k++) sum += l[i * p + k] * y[k];
            th_close(sum, x[i], 1e-10);
            quad += y[i] * y[i];
        }
        th_close(hb_chol_quad(l, p, x), quad, 1e-14);
    }
    const double known[4] = {4, 2, 2, 5};
    assert_true(hb_chol_factor(known, 2, l));
    assert_true(l[0] == 2 && l[2] == 1 && l[3] == 2);
}

static void cholesky_refuses(void **state)
{
    (void)state;
    double l[4];
    const double indefinite[4] = {1, 2, 2, 1}, singular[4] = {1, 1, 1, 1}, zero[1] = {0};
    const double bad[4] = {1, NAN, NAN, 1}, infinite[1] = {INFINITY};
    assert_false(hb_chol_factor(indefinite, 2, l));
    assert_false(hb_chol_factor(singular, 2, l));
    assert_false(hb_chol_factor(zero, 1, l));
    assert_false(hb_chol_factor(bad, 2, l));
    assert_false(hb_chol_factor(infinite, 1, l));
}

static void jacobi(void **state)
{
    (void)state;
    static double a[P_MAX * P_MAX], v[P_MAX * P_MAX];
    double values[P_MAX];
    hb_rng_t rng = hb_rng_init(2);
    const uint32_t dims[] = {1, 2, 5, 24, 64};
    for (int c = 0; c < 5; c++) {
        const uint32_t p = dims[c];
        random_spd(&rng, p, a);
        hb_eig_symmetric(a, p, values, v);
        double top = values[p - 1];
        for (uint32_t i = 0; i < p; i++) {
            if (i) assert_true(values[i] >= values[i - 1]);
            double largest = 0.0;
            for (uint32_t k = 0; k < p; k++) {
                if (fabs(v[i * p + k]) > fabs(largest)) largest = v[i * p + k];
                double image = 0.0;
                for (uint32_t m = 0; m < p; m++) image += a[k * p + m] * v[i * p + m];
                assert_true(fabs(image - values[i] * v[i * p + k]) < 1e-12 * top);
            }
            assert_true(largest > 0.0);
            for (uint32_t j = 0; j < p; j++) {
                double product = 0.0;
                for (uint32_t k = 0; k < p; k++) product += v[i * p + k] * v[j * p + k];
                th_close(product, i == j ? 1.0 : 0.0, 1e-12);
            }
        }
    }
    const double known[9] = {2, 0, 0, 0, -1, 0, 0, 0, 0.5};
    hb_eig_symmetric(known, 3, values, v);
    assert_true(values[0] == -1 && values[1] == 0.5 && values[2] == 2);
    assert_true(v[1] == 1 && v[5] == 1 && v[6] == 1);
}

static void jacobi_survives_bad_numbers(void **state)
{
    (void)state;
    double values[2], v[4], out[4];
    const double bad[4] = {1, NAN, NAN, 1}, infinite[4] = {INFINITY, 1, 1, 2};
    hb_eig_symmetric(bad, 2, values, v); /* bounded sweeps: it returns */
    hb_eig_symmetric(infinite, 2, values, v);
    const double negative[4] = {-1, 0, 0, 4};
    hb_sym_power(negative, 2, 0.5, out);
    assert_true(out[0] == 0.0 && out[3] == 2.0); /* negative eigenvalues count as zero */
}

static void powers(void **state)
{
    (void)state;
    static double a[P_MAX * P_MAX], half[P_MAX * P_MAX], inverse[P_MAX * P_MAX];
    hb_rng_t rng = hb_rng_init(3);
    const uint32_t p = 12;
    random_spd(&rng, p, a);
    hb_sym_power(a, p, 0.5, half);
    hb_sym_power(a, p, -1.0, inverse);
    for (uint32_t i = 0; i < p; i++) {
        for (uint32_t j = 0; j < p; j++) {
            double square = 0.0, unit = 0.0;
            for (uint32_t k = 0; k < p; k++) {
                square += half[i * p + k] * half[k * p + j];
                unit += a[i * p + k] * inverse[k * p + j];
            }
            th_close(square, a[i * p + j], 1e-11);
            th_close(unit, i == j ? 1.0 : 0.0, 1e-9);
            assert_true(half[i * p + j] == half[j * p + i]);
        }
    }
    static double copy[P_MAX * P_MAX];
    memcpy(copy, a, sizeof copy);
    hb_sym_power(copy, p, 0.5, copy); /* in place */
    assert_memory_equal(copy, half, p * p * sizeof *copy);
}

static void matrix_times_vector(void **state)
{
    (void)state;
    double m[9 * 5], x[5], y[9];
    hb_rng_t rng = hb_rng_init(4);
    for (int k = 0; k < 45; k++) m[k] = hb_rng_normal(&rng);
    for (int k = 0; k < 5; k++) x[k] = hb_rng_normal(&rng);
    hb_mat_vec(m, 9, 5, x, y);
    for (int i = 0; i < 9; i++) {
        double sum = 0.0;
        for (int j = 0; j < 5; j++) sum += m[i * 5 + j] * x[j];
        assert_true(y[i] == sum); /* the same bits in and outside the groups of four */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cholesky), cmocka_unit_test(cholesky_refuses),
        cmocka_unit_test(jacobi),   cmocka_unit_test(jacobi_survives_bad_numbers),
        cmocka_unit_test(powers),   cmocka_unit_test(matrix_times_vector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
