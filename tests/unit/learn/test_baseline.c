/* The logistic baseline: known answers, vanishing gradient, refusals. */
#include <math.h>
#include <string.h>

#include "base_mem.h"
#include "base_rng.h"
#include "learn_baseline.h"
#include "num_fn.h"
#include "th.h"

/* Largest gradient entry of sum log loss + l2/2 |coef|^2 in standardised columns. */
static double gradient(const hb_logistic_t *model, const double *x, const uint8_t *y, uint32_t rows,
                       double l2)
{
    double worst = 0;
    for (uint32_t j = 0; j <= model->dim; j++) {
        double sum = j < model->dim ? l2 * model->coef[j] : 0.0;
        for (uint32_t i = 0; i < rows; i++) {
            const double *at = &x[(size_t)i * model->dim];
            const double z = j < model->dim ? (at[j] - model->center[j]) / model->scale[j] : 1.0;
            sum += (hb_logistic_eval(model, at) - y[i]) * z;
        }
        worst = fmax(worst, fabs(sum));
    }
    return worst;
}

/* A 2 x 2 table without penalty: the fit is the share of each cell. */
static void two_by_two(void **state)
{
    (void)state;
    double x[100];
    uint8_t y[100];
    for (uint32_t i = 0; i < 100; i++) {
        x[i] = i < 40 ? -1.0 : 3.0;
        y[i] = i < 40 ? i < 10 : i < 85; /* 10 of 40; 45 of 60 */
    }
    hb_logistic_t model;
    hb_err_t err = {0};
    assert_int_equal(hb_logistic_fit(x, y, 100, 1, 0.0, &model, &err), HB_OK);
    const double low = -1.0, high = 3.0;
    th_close(hb_logistic_eval(&model, &low), 0.25, 1e-9);
    th_close(hb_logistic_eval(&model, &high), 0.75, 1e-9);
    /* log odds go from -log 3 to log 3 over four units. */
    th_close(model.coef[0] / model.scale[0], 2 * log(3) / 4, 1e-9);
}

/* Separable at 0 and symmetric: intercept 0 and the slope b solves n z (1 - p(bz)) = l2 b. */
static void separable_with_ridge(void **state)
{
    (void)state;
    const double x[] = {-1, -1, -1, -1, 1, 1, 1, 1};
    const uint8_t y[] = {0, 0, 0, 0, 1, 1, 1, 1};
    hb_logistic_t model;
    assert_int_equal(hb_logistic_fit(x, y, 8, 1, 0.5, &model, NULL), HB_OK);
    th_close(model.center[0], 0.0, 1e-15);
    const double z = 1.0 / model.scale[0];
    double lo = 0, hi = 100;
    for (int i = 0; i < 200; i++) {
        const double b = 0.5 * (lo + hi);
        if (8 * z / (1 + exp(b * z)) > 0.5 * b) {
            lo = b;
        } else {
            hi = b;
        }
    }
    th_close(model.coef[0], lo, 1e-9);
    th_close(model.intercept, 0.0, 1e-9);
    assert_true(gradient(&model, x, y, 8, 0.5) < 1e-8);
}

static void draw(double *x, uint8_t *y, uint32_t rows, uint32_t dim)
{
    hb_rng_t rng = hb_rng_init(17);
    for (uint32_t i = 0; i < rows; i++) {
        double eta = 0.3;
        for (uint32_t j = 0; j < dim; j++) {
            double v = hb_rng_normal(&rng);
            if (j % 5 == 4) v = v * v * v;           /* heavy tail */
            if (j % 7 == 6) v = v > 1.5 ? 1.0 : 0.0; /* MAD 0 */
            if (j == 3) v = 42.0;                    /* constant */
            x[(size_t)i * dim + j] = 1000.0 * j + (1.0 + j) * v;
            eta += (j == 0 ? 0.8 : j == 1 ? -0.5 : 0.0) * v;
        }
        y[i] = hb_rng_uniform(&rng) < 1.0 / (1.0 + hb_exp(-eta));
    }
}

static void many_columns(void **state)
{
    (void)state;
    enum { ROWS = 1500 };
    static const uint32_t dims[] = {1, 8, 64};
    for (int k = 0; k < 3; k++) {
        const uint32_t dim = dims[k];
        double *x = hb_alloc((size_t)ROWS * dim, sizeof *x);
        uint8_t *y = hb_alloc(ROWS, 1);
        draw(x, y, ROWS, dim);
        hb_logistic_t model, again;
        hb_err_t err = {0};
        if (hb_logistic_fit(x, y, ROWS, dim, 1.0, &model, &err) != HB_OK)
            fail_msg("%s", err.message);
        assert_true(gradient(&model, x, y, ROWS, 1.0) < 1e-8);
        assert_int_equal(hb_logistic_fit(x, y, ROWS, dim, 1.0, &again, NULL), HB_OK);
        assert_memory_equal(&model, &again, sizeof model);
        if (dim >= 8) {
            assert_true(fabs(model.coef[0] / model.scale[0] - 0.8) < 0.25);
            assert_true(fabs(model.coef[1] / model.scale[1] * 2.0 + 0.5) < 0.25);
            assert_true(model.coef[3] == 0.0 && model.scale[3] == 1.0);
            assert_true(model.scale[6] > 0.0 && model.scale[6] != 1.0);
        }
        hb_free(x);
        hb_free(y);
    }
}

static void refuse(const double *x, const uint8_t *y, uint32_t rows, uint32_t dim, double l2,
                   hb_status_t status, const char *part)
{
    hb_logistic_t model = {.dim = 77};
    hb_err_t err = {0};
    assert_int_equal(hb_logistic_fit(x, y, rows, dim, l2, &model, &err), status);
    if (!strstr(err.message, part)) fail_msg("'%s' is not in '%s'", part, err.message);
    assert_int_equal(model.dim, 77);
}

static void refusals(void **state)
{
    (void)state;
    double x[130];
    uint8_t y[130];
    for (uint32_t i = 0; i < 130; i++) {
        x[i] = i;
        y[i] = i % 3 == 0;
    }
    refuse(x, y, 2, 0, 1.0, HB_E_CONFIG, "0 columns");
    refuse(x, y, 2, 65, 1.0, HB_E_CONFIG, "65 columns");
    refuse(x, y, 130, 1, -1.0, HB_E_CONFIG, "penalty -1");
    refuse(x, y, 130, 1, NAN, HB_E_CONFIG, "penalty");
    refuse(x, y, 130, 1, INFINITY, HB_E_CONFIG, "penalty");
    refuse(x, y, 0, 1, 1.0, HB_E_NUMERIC, "one class");
    refuse(x, y + 1, 2, 1, 1.0, HB_E_NUMERIC, "one class");
    x[7] = NAN;
    refuse(x, y, 65, 2, 1.0, HB_E_NUMERIC, "row 3 column 1");
    x[7] = 7;
    /* Two equal columns and no penalty: singular. */
    for (uint32_t i = 0; i < 65; i++) {
        x[2 * i] = x[2 * i + 1] = i;
        y[i] = i % 3 == 0;
    }
    refuse(x, y, 65, 2, 0.0, HB_E_NUMERIC, "did not converge");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_by_two),
        cmocka_unit_test(separable_with_ridge),
        cmocka_unit_test(many_columns),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests_name("baseline", tests, NULL, NULL);
}
