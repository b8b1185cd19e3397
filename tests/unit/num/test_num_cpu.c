/* Choice of the twin, and the scalar twin against an independent sum. */
#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "base_rng.h"
#include "num_cpu.h"
#include "num_dist.h"
#include "num_fn.h"
#include "th.h"

static void starts_scalar(void **state)
{
    (void)state;
    assert_int_equal(hb_num_cpu(), HB_CPU_SCALAR);
}

static void choice(void **state)
{
    (void)state;
    hb_cpu_t best = hb_num_cpu_best();
    print_message("best twin here: %s\n", hb_num_cpu_name(best));
    assert_int_equal(hb_num_init(NULL, NULL), HB_OK);
    assert_int_equal(hb_num_cpu(), best);
    for (int cpu = HB_CPU_SCALAR; cpu < HB_CPU_COUNT; cpu++) {
        hb_err_t err = {0};
        hb_cpu_t before = hb_num_cpu();
        hb_status_t status = hb_num_init(hb_num_cpu_name((hb_cpu_t)cpu), &err);
        if (cpu <= (int)best) {
            assert_int_equal(status, HB_OK);
            assert_int_equal(hb_num_cpu(), cpu);
        } else {
            assert_int_equal(status, HB_E_CONFIG);
            assert_non_null(strstr(err.message, "cannot run"));
            assert_int_equal(hb_num_cpu(), before);
        }
    }
    assert_int_equal(hb_num_init("", NULL), HB_OK);
    assert_int_equal(hb_num_cpu(), best);
}

static void unknown_name(void **state)
{
    (void)state;
    assert_int_equal(hb_num_init("scalar", NULL), HB_OK);
    static const char *const names[] = {"sse2", "AVX2", "avx", " scalar", "unknown"};
    for (size_t i = 0; i < HB_COUNT(names); i++) {
        hb_err_t err = {0};
        assert_int_equal(hb_num_init(names[i], &err), HB_E_CONFIG);
        assert_non_null(strstr(err.message, names[i]));
        assert_true(err.hint[0] != '\0');
        assert_int_equal(hb_num_cpu(), HB_CPU_SCALAR);
    }
    assert_string_equal(hb_num_cpu_name(HB_CPU_COUNT), "unknown");
}

/* The order of summation is part of the format of artifacts: these bits were taken once. */
static void scalar_bits_are_pinned(void **state)
{
    (void)state;
    enum { DIM = 48 };
    float a[DIM], b[DIM];
    hb_rng_t rng = hb_rng_init(2024);
    uint64_t hash = 0;
    assert_int_equal(hb_num_init("scalar", NULL), HB_OK);
    for (int round = 0; round < 1000; round++) {
        for (int i = 0; i < DIM; i++) {
            a[i] = (float)(hb_rng_uniform(&rng) * 4.0 - 2.0);
            b[i] = (float)(hb_rng_uniform(&rng) * 4.0 - 2.0);
        }
        float values[3] = {hb_num_l2_sq(a, b, DIM), hb_num_dot(a, b, DIM),
                           hb_num_lorentz_q(a, 3.0f, b, 2.5f, DIM)};
        for (int i = 0; i < 3; i++) {
            uint32_t bits;
            memcpy(&bits, &values[i], sizeof bits);
            hash = hb_mix64(hash ^ bits);
        }
    }
    if (hash != UINT64_C(0x895d4c16372ffb51)) fail_msg("hash %#llx", (unsigned long long)hash);
}

static void scalar_is_the_sum(void **state)
{
    (void)state;
    enum { DIM = 32 };
    hb_rng_t rng = hb_rng_init(th_seed(5));
    float a[DIM], b[DIM];
    assert_int_equal(hb_num_init("scalar", NULL), HB_OK);
    for (int round = 0; round < 500; round++) {
        double l2 = 0.0, dot = 0.0, a0 = 1.0, b0 = 1.0;
        for (int i = 0; i < DIM; i++) {
            a[i] = (float)hb_rng_normal(&rng);
            b[i] = (float)hb_rng_normal(&rng);
            l2 += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
            dot += (double)a[i] * b[i];
            a0 += (double)a[i] * a[i];
            b0 += (double)b[i] * b[i];
        }
        a0 = sqrt(a0);
        b0 = sqrt(b0);
        th_close(hb_num_l2_sq(a, b, DIM) / l2, 1.0, 1e-6);
        th_close(hb_num_dot(a, b, DIM), dot, 4e-6 * sqrt(a0 * b0));
        th_close(hb_num_lorentz_inner(a, (float)a0, b, (float)b0, DIM), dot - a0 * b0, 1e-6);
        double q = l2 - (a0 - b0) * (a0 - b0);
        th_close(hb_num_lorentz_q(a, (float)a0, b, (float)b0, DIM), q, 2e-6);
    }
    assert_true(hb_num_l2_sq(a, b, 0) == 0.0f);
    assert_true(hb_num_dot(a, b, 0) == 0.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_scalar),     cmocka_unit_test(choice),
        cmocka_unit_test(unknown_name),      cmocka_unit_test(scalar_bits_are_pinned),
        cmocka_unit_test(scalar_is_the_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
