/* All twins give the bits of the scalar one, the row scans give the bits of the pairwise functions,
 * and the Lorentz form is symmetric and exactly zero for equal points. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "base_rng.h"
#include "num_cpu.h"
#include "num_dist.h"
#include "num_fn.h"
#include "th.h"

#define DIM_MAX  160u
#define ROWS_MAX 67u

typedef enum { PLAIN, DENORMAL, HUGE_FINITE, OVERFLOWING, WIDE, NEAR, KIND_COUNT } kind_t;

typedef struct {
    uint32_t dim, rows;
    float query[DIM_MAX + 1]; /* one more: runs start off the alignment */
    float data[ROWS_MAX * DIM_MAX + 1];
    float lift[ROWS_MAX];
    float query_lift;
} input_t;

typedef struct {
    float l2[ROWS_MAX], dot[ROWS_MAX], q[ROWS_MAX], inner[ROWS_MAX];
} output_t;

static uint32_t bits_of(float value)
{
    /* The payload of a NaN is not part of the contract. */
    if (isnan(value)) return 0x7fc00000u;
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void expect_same(const float *a, const float *b, uint32_t count, const char *what)
{
    for (uint32_t i = 0; i < count; i++) {
        if (bits_of(a[i]) != bits_of(b[i]))
            fail_msg("%s, row %u: %a is not %a", what, i, a[i], b[i]);
    }
}

static float draw(hb_rng_t *rng, kind_t kind)
{
    float x = (float)hb_rng_normal(rng);
    switch (kind) {
    case DENORMAL:
        return x * 1e-39f;
    case HUGE_FINITE:
        return x * 1e17f;
    case OVERFLOWING:
        return x * 1e25f;
    case WIDE:
        return ldexpf(x, (int)hb_rng_below(rng, 60) - 30);
    default:
        return x;
    }
}

static float lift_of(const float *x, uint32_t dim)
{
    double sum = 1.0;
    for (uint32_t i = 0; i < dim; i++) sum += (double)x[i] * x[i];
    return (float)sqrt(sum);
}

static void fill(input_t *in, hb_rng_t *rng, kind_t kind, uint32_t offset)
{
    float *query = in->query + offset;
    float *data = in->data + offset;
    for (uint32_t i = 0; i < in->dim; i++) query[i] = draw(rng, kind);
    for (uint32_t r = 0; r < in->rows; r++) {
        float *row = data + (size_t)r * in->dim;
        bool equal = hb_rng_below(rng, 5) == 0;
        for (uint32_t i = 0; i < in->dim; i++) {
            row[i] = equal ? query[i] : draw(rng, kind);
            if (kind == NEAR) row[i] = query[i] * (1.0f + 1e-6f * row[i]);
        }
        in->lift[r] = lift_of(row, in->dim);
    }
    in->query_lift = lift_of(query, in->dim);
}

static void pairwise(const input_t *in, uint32_t offset, output_t *out)
{
    const float *query = in->query + offset;
    for (uint32_t r = 0; r < in->rows; r++) {
        const float *row = in->data + offset + (size_t)r * in->dim;
        out->l2[r] = hb_num_l2_sq(query, row, in->dim);
        out->dot[r] = hb_num_dot(query, row, in->dim);
        out->q[r] = hb_num_lorentz_q(query, in->query_lift, row, in->lift[r], in->dim);
        out->inner[r] = hb_num_lorentz_inner(query, in->query_lift, row, in->lift[r], in->dim);
    }
}

static void by_rows(const input_t *in, uint32_t offset, output_t *out)
{
    const float *query = in->query + offset;
    const float *data = in->data + offset;
    hb_num_l2_sq_rows(query, data, in->dim, in->rows, out->l2);
    hb_num_dot_rows(query, data, in->dim, in->rows, out->dot);
    hb_num_lorentz_q_rows(query, in->query_lift, data, in->lift, in->dim, in->rows, out->q);
}

static void check_geometry(const input_t *in, uint32_t offset, const output_t *out)
{
    const float *query = in->query + offset;
    for (uint32_t r = 0; r < in->rows; r++) {
        const float *row = in->data + offset + (size_t)r * in->dim;
        float back = hb_num_lorentz_q(row, in->lift[r], query, in->query_lift, in->dim);
        assert_int_equal(bits_of(back), bits_of(out->q[r]));
        back = hb_num_l2_sq(row, query, in->dim);
        assert_int_equal(bits_of(back), bits_of(out->l2[r]));
        back = hb_num_lorentz_q(row, in->lift[r], row, in->lift[r], in->dim);
        /* In the overflowing kind a + a may be infinite, and 0 * inf is not a number. */
        assert_true(bits_of(back) == 0 || isnan(back));
        if (memcmp(row, query, in->dim * sizeof *row) == 0 && !isnan(out->q[r])) {
            assert_int_equal(bits_of(out->q[r]), 0);
        }
    }
}

static void run_case(input_t *in, hb_rng_t *rng, kind_t kind, uint32_t offset)
{
    static output_t reference, twin;
    fill(in, rng, kind, offset);
    assert_int_equal(hb_num_init("scalar", NULL), HB_OK);
    pairwise(in, offset, &reference);
    check_geometry(in, offset, &reference);
    for (int cpu = HB_CPU_SCALAR; cpu <= (int)hb_num_cpu_best(); cpu++) {
        const char *name = hb_num_cpu_name((hb_cpu_t)cpu);
        assert_int_equal(hb_num_init(name, NULL), HB_OK);
        pairwise(in, offset, &twin);
        expect_same(twin.l2, reference.l2, in->rows, name);
        expect_same(twin.dot, reference.dot, in->rows, name);
        expect_same(twin.q, reference.q, in->rows, name);
        expect_same(twin.inner, reference.inner, in->rows, name);
        memset(&twin, 0x55, sizeof twin);
        by_rows(in, offset, &twin);
        expect_same(twin.l2, reference.l2, in->rows, name);
        expect_same(twin.dot, reference.dot, in->rows, name);
        expect_same(twin.q, reference.q, in->rows, name);
        /* Nothing behind the last row is written. */
        static const uint32_t untouched = 0x55555555u;
        if (in->rows < ROWS_MAX) {
            assert_memory_equal(&twin.l2[in->rows], &untouched, 4);
            assert_memory_equal(&twin.dot[in->rows], &untouched, 4);
            assert_memory_equal(&twin.q[in->rows], &untouched, 4);
        }
    }
}

static void twins_agree(void **state)
{
    (void)state;
    static const uint32_t dims[] = {0, 16, 32, 48, 64, DIM_MAX};
    static const uint32_t rows[] = {0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, ROWS_MAX};
    hb_rng_t rng = hb_rng_init(th_seed(31));
    input_t *in = hb_alloc(1, sizeof *in);
    for (int kind = PLAIN; kind < KIND_COUNT; kind++) {
        for (size_t i = 0; i < HB_COUNT(dims) * HB_COUNT(rows); i++) {
            in->dim = dims[i % HB_COUNT(dims)];
            in->rows = rows[i / HB_COUNT(dims)];
            run_case(in, &rng, (kind_t)kind, (uint32_t)i % 2);
        }
    }
    hb_free(in);
}

/* Reading one float past a row or a lift shows under the address sanitizer. */
static void scans_stay_inside(void **state)
{
    (void)state;
    for (int cpu = HB_CPU_SCALAR; cpu <= (int)hb_num_cpu_best(); cpu++) {
        assert_int_equal(hb_num_init(hb_num_cpu_name((hb_cpu_t)cpu), NULL), HB_OK);
        for (uint32_t rows = 1; rows <= 35; rows++) {
            float *data = malloc(rows * 16 * sizeof *data);
            float *lift = malloc(rows * sizeof *lift);
            float *out = malloc(rows * sizeof *out);
            float *query = malloc(16 * sizeof *query);
            assert_true(data && lift && out && query);
            for (uint32_t i = 0; i < rows * 16; i++) data[i] = (float)(i % 7);
            for (uint32_t i = 0; i < rows; i++) lift[i] = lift_of(data + i * 16, 16);
            memcpy(query, data, 16 * sizeof *query);
            hb_num_lorentz_q_rows(query, lift[0], data, lift, 16, rows, out);
            assert_true(out[0] == 0.0f);
            hb_num_dot_rows(query, data, 16, rows, out);
            hb_num_l2_sq_rows(query, data, 16, rows, out);
            assert_true(out[0] == 0.0f);
            free(data);
            free(lift);
            free(out);
            free(query);
        }
    }
}

static void avx512_seen(void **state)
{
    (void)state;
    if (hb_num_cpu_best() < HB_CPU_AVX512) {
        print_message("this CPU has no AVX-512: its twin was not run\n");
        skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twins_agree),
        cmocka_unit_test(scans_stay_inside),
        cmocka_unit_test(avx512_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
