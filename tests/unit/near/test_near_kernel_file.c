/* near_kernel_file: round trip, and every field's refusal by name, on the way out and on the way
 * in. */
#include <stdio.h>

#include "near_make.h"

typedef struct {
    char folder[256];
    char path[300];
    hb_kernels_t kernels;
} fixture_t;

static int setup(void **state)
{
    fixture_t *f = hb_alloc(1, sizeof *f);
    th_temp_make(f->folder);
    snprintf(f->path, sizeof f->path, "%s/kernels.hbx", f->folder);
    f->kernels = hb_kernels_default();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_t *f = *state;
    th_temp_remove(f->folder);
    hb_free(f);
    return 0;
}

static void test_round_trip(void **state)
{
    fixture_t *f = *state;
    f->kernels.rq_ell = 0.123;
    f->kernels.winsor_lo[7] = -3;
    f->kernels.winsor_hi[7] = 4;
    f->kernels.rows_min = 256;
    f->kernels.bandwidth = HB_BANDWIDTH_SAMPLE;
    f->kernels.tau_phase = 1;
    hb_err_t err = {0};
    if (hb_kernels_save(&f->kernels, f->path, &err) != HB_OK) fail_msg("%s", err.message);
    hb_kernels_t loaded;
    if (hb_kernels_load(f->path, &loaded, &err) != HB_OK) fail_msg("%s", err.message);
    assert_memory_equal(&loaded, &f->kernels, sizeof loaded);
}

/* Writes the container round the check of save, with this schema text. */
static void forge(const fixture_t *f, const hb_kernels_t *kernels, const char *schema,
                  size_t schema_bytes)
{
    const hb_section_t sections[] = {{"schema", schema, schema_bytes},
                                     {"kernels", kernels, sizeof *kernels}};
    assert_int_equal(hb_store_write(f->path, "kernels", 1, sections, 2, NULL), HB_OK);
}

static size_t schema_of(char *out, size_t cap)
{
    size_t n = 0;
    for (uint32_t j = 0; j < hb_row_near_dim; j++) {
        n += (size_t)snprintf(out + n, cap - n, "%s\n", hb_row_near_schema[j].name);
    }
    return n;
}

static void expect_load(const fixture_t *f, const char *text)
{
    hb_kernels_t out = {.rows_min = 77};
    hb_err_t err = {0};
    assert_int_equal(hb_kernels_load(f->path, &out, &err), HB_E_ARTIFACT);
    if (!strstr(err.message, text)) fail_msg("'%s' does not say '%s'", err.message, text);
    assert_int_equal(out.rows_min, 77);
}

static void check_field(fixture_t *f, const char *name)
{
    char schema[4096];
    const size_t n = schema_of(schema, sizeof schema);
    hb_err_t err = {0};
    assert_int_equal(hb_kernels_save(&f->kernels, f->path, &err), HB_E_NUMERIC);
    assert_string_equal(err.where, name);
    forge(f, &f->kernels, schema, n);
    expect_load(f, name);
    f->kernels = hb_kernels_default();
}

static void test_positive_fields(void **state)
{
    fixture_t *f = *state;
    hb_kernels_t *k = &f->kernels;
    double *fields[] = {&k->rq_alpha,  &k->rq_ell,          &k->period_bars,    &k->periodic_ell,
                        &k->lp_se_ell, &k->lp_periodic_ell, &k->kth_dist_median};
    const char *names[] = {"rq_alpha",  "rq_ell",          "period_bars",    "periodic_ell",
                           "lp_se_ell", "lp_periodic_ell", "kth_dist_median"};
    const double bad[] = {0, -1, NAN, INFINITY};
    for (uint32_t i = 0; i < 7; i++) {
        for (uint32_t j = 0; j < 4; j++) {
            *fields[i] = bad[j];
            check_field(f, names[i]);
        }
    }
}

static void test_other_fields(void **state)
{
    fixture_t *f = *state;
    f->kernels.kth_dist_limit = INFINITY;
    check_field(f, "kth_dist_limit");
    f->kernels.kth_dist_limit = NAN;
    check_field(f, "kth_dist_limit");
    f->kernels.mkl_weights[1] = -0.25;
    check_field(f, "mkl_weights");
    f->kernels.mkl_weights[1] = NAN;
    check_field(f, "mkl_weights");
    f->kernels.mkl_weights[1] = 0.3;
    check_field(f, "mkl_weights");
    f->kernels.bandwidth = 3;
    check_field(f, "bandwidth");
    f->kernels.tau_phase = 2;
    check_field(f, "tau_phase");
    f->kernels.base_prob = 1.01;
    check_field(f, "base_prob");
    f->kernels.base_prob = -0.01;
    check_field(f, "base_prob");
    f->kernels.base_prob = NAN;
    check_field(f, "base_prob");
    f->kernels.winsor_lo[63] = NAN;
    check_field(f, "winsor limits");
    f->kernels.winsor_hi[5] = 1e39;
    check_field(f, "winsor limits");
    f->kernels.winsor_lo[5] = 2;
    f->kernels.winsor_hi[5] = 1;
    check_field(f, "winsor limits");
    f->kernels.reserved = 1;
    check_field(f, "reserved");
}

static void test_other_schema(void **state)
{
    fixture_t *f = *state;
    char schema[4096];
    const size_t n = schema_of(schema, sizeof schema);
    hb_kernels_t out;
    forge(f, &f->kernels, schema, n);
    assert_int_equal(hb_kernels_load(f->path, &out, NULL), HB_OK);
    forge(f, &f->kernels, schema, n - 1);
    expect_load(f, "other row features");
    schema[3] ^= 1;
    forge(f, &f->kernels, schema, n);
    expect_load(f, "other row features");
    const hb_section_t lone = {"kernels", &f->kernels, sizeof f->kernels};
    assert_int_equal(hb_store_write(f->path, "kernels", 1, &lone, 1, NULL), HB_OK);
    expect_load(f, "");
    schema[3] ^= 1;
    const hb_section_t shorter[] = {{"schema", schema, n},
                                    {"kernels", &f->kernels, sizeof f->kernels - 8}};
    assert_int_equal(hb_store_write(f->path, "kernels", 1, shorter, 2, NULL), HB_OK);
    expect_load(f, "");
}

static void test_files_that_are_none(void **state)
{
    fixture_t *f = *state;
    hb_kernels_t out;
    assert_int_not_equal(hb_kernels_load(f->path, &out, NULL), HB_OK);
    const hb_section_t section = {"kernels", &f->kernels, sizeof f->kernels};
    assert_int_equal(hb_store_write(f->path, "near", 1, &section, 1, NULL), HB_OK);
    expect_load(f, "");
    hb_err_t err = {0};
    assert_int_not_equal(hb_kernels_save(&f->kernels, "/nonexistent/kernels.hbx", &err), HB_OK);
    assert_true(err.message[0]);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_round_trip),   CASE(test_positive_fields),     CASE(test_other_fields),
        CASE(test_other_schema), CASE(test_files_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
