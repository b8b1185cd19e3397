/* Elementary functions against libm in extended precision, and the normal deviates. */
#include <math.h>

#include "base_assert.h"
#include "num_fn.h"
#include "th.h"

typedef struct {
    const char *name;
    double (*ours)(double);
    long double (*reference)(long double);
    double low, high;
    double ulps; /* the bound that the library states, and a little for the reference */
} function_t;

/* The reference carries 64 bits, so an error in ULP of double is exact to 1/2048. */
static double error_ulps(double got, long double want)
{
    double rounded = (double)want;
    if (got == rounded) return 0.0;
    double ulp = nextafter(fabs(rounded), INFINITY) - fabs(rounded);
    return (double)(fabsl((long double)got - want) / ulp);
}

static void within_stated_bounds(void **state)
{
    (void)state;
    static const function_t functions[] = {
        {"exp", hb_exp, expl, -700, 700, 1.01},
        {"log", hb_log, logl, 1e-300, 1e6, 1.01},
        {"log near 1", hb_log, logl, 0.9, 1.1, 1.01},
        {"log1p", hb_log1p, log1pl, -0.99, 3, 1.01},
        {"sin", hb_sin, sinl, -50, 50, 1.01},
        {"cos", hb_cos, cosl, -50, 50, 1.01},
        {"tanh", hb_tanh, tanhl, -20, 20, 1.01},
        {"asinh", hb_asinh, asinhl, -100, 100, 1.01},
        {"asinh near 0", hb_asinh, asinhl, -1e-3, 1e-3, 1.01},
        {"acosh", hb_acosh, acoshl, 1, 100, 1.01},
        {"erfc", hb_erfc, erfcl, -5, 20, 1.51},
        {"lgamma", hb_lgamma, lgammal, 3, 1000, 1.01},
    };
    hb_rng_t rng = hb_rng_init(th_seed(21));
    for (size_t f = 0; f < HB_COUNT(functions); f++) {
        const function_t *fn = &functions[f];
        double worst = 0.0;
        for (int i = 0; i < 3000; i++) {
            double x = fn->low + (fn->high - fn->low) * hb_rng_uniform(&rng);
            double error = error_ulps(fn->ours(x), fn->reference(x));
            if (!(error <= fn->ulps)) fail_msg("%s(%a): %g ulp", fn->name, x, error);
            worst = fmax(worst, error);
        }
        assert_true(worst >= 0.0);
    }
    for (int i = 0; i < 3000; i++) {
        double x = hb_rng_uniform(&rng) * 10.0;
        double y = hb_rng_uniform(&rng) * 40.0 - 20.0;
        assert_true(error_ulps(hb_pow(x, y), powl(x, y)) <= 1.01);
    }
}

static void special_values(void **state)
{
    (void)state;
    assert_true(hb_exp(0.0) == 1.0 && hb_exp(-INFINITY) == 0.0 && hb_exp(INFINITY) == INFINITY);
    assert_true(hb_log(1.0) == 0.0 && hb_log(0.0) == -INFINITY && isnan(hb_log(-1.0)));
    assert_true(hb_log1p(0.0) == 0.0 && hb_log1p(-1.0) == -INFINITY);
    assert_true(hb_sin(0.0) == 0.0 && hb_cos(0.0) == 1.0);
    assert_true(hb_tanh(0.0) == 0.0 && hb_tanh(400.0) == 1.0 && hb_tanh(-400.0) == -1.0);
    assert_true(hb_asinh(0.0) == 0.0 && hb_acosh(1.0) == 0.0 && isnan(hb_acosh(0.5)));
    assert_true(hb_pow(2.0, 10.0) == 1024.0 && hb_pow(0.0, 0.0) == 1.0 && hb_pow(9.0, 0.5) == 3.0);
    assert_true(hb_erfc(0.0) == 1.0 && hb_erfc(40.0) == 0.0 && hb_erfc(-10.0) == 2.0);
    th_close(hb_lgamma(0.5), 0.57236494292470009, 1e-15);
    th_close(hb_lgamma(1.0), 0.0, 1e-15);
    assert_true(isnan(hb_exp(NAN)) && isnan(hb_asinh(NAN)) && isnan(hb_tanh(NAN)));
}

static void normal_moments(void **state)
{
    (void)state;
    enum { COUNT = 40000 };
    hb_rng_t rng = hb_rng_init(th_seed(22));
    double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
    for (int i = 0; i < COUNT; i++) {
        double x = hb_rng_normal(&rng);
        assert_true(isfinite(x));
        m1 += x;
        m2 += x * x;
        m3 += x * x * x;
        m4 += x * x * x * x;
    }
    /* Six standard errors of each moment. */
    double root = sqrt((double)COUNT);
    assert_true(fabs(m1 / COUNT) < 6.0 * 1.0 / root);
    assert_true(fabs(m2 / COUNT - 1.0) < 6.0 * sqrt(2.0) / root);
    assert_true(fabs(m3 / COUNT) < 6.0 * sqrt(15.0) / root);
    assert_true(fabs(m4 / COUNT - 3.0) < 6.0 * sqrt(96.0) / root);
}

static void normal_takes_two(void **state)
{
    (void)state;
    hb_rng_t a = hb_rng_init(9);
    hb_rng_t b = hb_rng_init(9);
    double u = hb_rng_uniform(&b);
    double v = hb_rng_uniform(&b);
    double want = sqrt(-2.0 * log(1.0 - u)) * cos(2.0 * M_PI * v);
    th_close(hb_rng_normal(&a), want, 1e-15);
    assert_true(a.state == b.state);
    /* The state whose next uniform is 0: the logarithm of 1. */
    hb_rng_t zero = hb_rng_init(0 - UINT64_C(0x9e3779b97f4a7c15));
    assert_true(hb_rng_normal(&zero) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(within_stated_bounds),
        cmocka_unit_test(special_values),
        cmocka_unit_test(normal_moments),
        cmocka_unit_test(normal_takes_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
