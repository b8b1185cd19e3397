/* The whitening on disk: round trip, and every kind of bad file refused. */
#include "th.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "make_rows.h"
#include "os_file.h"
#include "store_file.h"

static void file_round_trip(void **state)
{
    (void)state;
    char folder[256], path[300];
    th_temp_make(folder);
    snprintf(path, sizeof path, "%s/whitening.hbx", folder);
    double *x = make_rows(8, ROWS);
    hb_whiten_params_t params = hb_whiten_params_default();
    params.components = 4;
    const hb_whiten_t whiten = fit_ok(x, ROWS, &params, NULL);
    hb_err_t err = {0};
    hb_whiten_t back;
    assert_int_equal(hb_whiten_save(&whiten, path, &err), HB_OK);
    assert_int_equal(hb_whiten_load(path, &back, &err), HB_OK);
    assert_memory_equal(&whiten, &back, sizeof whiten);
    hb_free(x);
    th_temp_remove(folder);
}

static void every_changed_byte_is_refused(void **state)
{
    (void)state;
    char folder[256], path[300], wrong[300];
    th_temp_make(folder);
    snprintf(path, sizeof path, "%s/whitening.hbx", folder);
    snprintf(wrong, sizeof wrong, "%s/wrong.hbx", folder);
    double *x = make_rows(9, ROWS);
    const hb_whiten_params_t params = hb_whiten_params_default();
    const hb_whiten_t whiten = fit_ok(x, ROWS, &params, NULL);
    hb_err_t err = {0};
    char *data = NULL;
    size_t size = 0;
    assert_int_equal(hb_whiten_save(&whiten, path, &err), HB_OK);
    assert_int_equal(hb_os_read(path, 1u << 20, &data, &size, &err), HB_OK);
    FILE *file = fopen(wrong, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    for (size_t i = 0; i < size; i++) {
        const char flipped = (char)(data[i] ^ (1 << (i % 8)));
        fseek(file, (long)i, SEEK_SET);
        fwrite(&flipped, 1, 1, file);
        fflush(file);
        hb_whiten_t back;
        hb_err_t why = {0};
        if (hb_whiten_load(wrong, &back, &why) != HB_E_ARTIFACT)
            fail_msg("byte %zu was accepted", i);
        fseek(file, (long)i, SEEK_SET);
        fwrite(&data[i], 1, 1, file);
    }
    fclose(file);
    hb_whiten_t back;
    assert_int_equal(hb_whiten_load(wrong, &back, &err), HB_OK); /* all bytes restored */
    hb_free(data);
    hb_free(x);
    th_temp_remove(folder);
}

/* A file with a good checksum and a bad value: the loader's own checks. */
static void wrong_values_are_refused(void **state)
{
    (void)state;
    char folder[256], path[300];
    th_temp_make(folder);
    snprintf(path, sizeof path, "%s/whitening.hbx", folder);
    double *x = make_rows(10, ROWS);
    const hb_whiten_params_t params = hb_whiten_params_default();
    const hb_whiten_t good = fit_ok(x, ROWS, &params, NULL);
    for (int k = 0; k < 15; k++) {
        hb_whiten_t bad = good;
        if (k == 0) bad.state_dim = 33;
        if (k == 1) bad.state_dim = 0;
        if (k == 2) bad.state_dim = bad.kept_dim - 1;
        if (k == 3) bad.kept[1] = bad.kept[0];
        if (k == 4) bad.kept[5] = bad.state_dim;
        if (k == 5) bad.winsor_lo[2] = bad.winsor_hi[2] + 1.0;
        if (k == 6) bad.mad[3] = 0.0;
        if (k == 7) bad.mad[3] = NAN;
        if (k == 8) bad.location[0] = INFINITY;
        if (k == 9) bad.root[35] = NAN;
        if (k == 10) bad.temperature = 0.0;
        if (k == 11) bad.norm_cap = -1.0;
        if (k == 12) bad.rho = 0.0;
        if (k == 13) bad.rho = 1.5;
        if (k == 14) bad.out_dim = bad.kept_dim + 1;
        hb_err_t err = {0};
        hb_whiten_t back;
        assert_int_equal(hb_whiten_save(&bad, path, &err), HB_OK);
        if (hb_whiten_load(path, &back, &err) != HB_E_ARTIFACT) fail_msg("case %d was accepted", k);
        assert_true(strlen(err.message) > 0 && strlen(err.where) > 0);
    }
    hb_err_t err = {0};
    hb_whiten_t back;
    char missing[320];
    snprintf(missing, sizeof missing, "%s/none.hbx", folder);
    assert_int_not_equal(hb_whiten_load(missing, &back, &err), HB_OK);
    hb_free(x);
    th_temp_remove(folder);
}

/* A container of the right kind with one section missing, or one of the wrong size. */
static void incomplete_files_are_refused(void **state)
{
    (void)state;
    char folder[256], path[300];
    th_temp_make(folder);
    snprintf(path, sizeof path, "%s/whitening.hbx", folder);
    const uint32_t dims[4] = {1, 1, 1, 0}, kept[1] = {0};
    const double zero[1] = {0.0}, one[1] = {1.0}, scalars[3] = {1.0, 10.0, 0.5};
    const hb_section_t all[8] = {{"dims", dims, 16},     {"kept", kept, 4},
                                 {"winsor_lo", zero, 8}, {"winsor_hi", one, 8},
                                 {"mad", one, 8},        {"location", zero, 8},
                                 {"root", one, 8},       {"scalars", scalars, 24}};
    hb_whiten_t back;
    for (uint32_t skip = 0; skip <= 8; skip++) {
        hb_section_t some[8];
        uint32_t count = 0;
        for (uint32_t k = 0; k < 8; k++) {
            if (k != skip) some[count++] = all[k];
        }
        hb_err_t err = {0};
        assert_int_equal(hb_store_write(path, "whiten", 1, some, count, &err), HB_OK);
        assert_int_equal(hb_whiten_load(path, &back, &err), skip < 8 ? HB_E_ARTIFACT : HB_OK);
        if (skip == 8) break;
        memcpy(some, all, sizeof all);
        some[skip].bytes /= 2;
        err = (hb_err_t){0};
        assert_int_equal(hb_store_write(path, "whiten", 1, some, 8, &err), HB_OK);
        assert_int_equal(hb_whiten_load(path, &back, &err), HB_E_ARTIFACT);
    }
    hb_err_t err = {0};
    assert_int_equal(hb_store_write(path, "whiten", 2, all, 8, &err), HB_OK); /* another version */
    assert_int_equal(hb_whiten_load(path, &back, &err), HB_E_ARTIFACT);
    err = (hb_err_t){0};
    assert_int_equal(hb_store_write(path, "kernels", 1, all, 8, &err), HB_OK); /* another kind */
    assert_int_equal(hb_whiten_load(path, &back, &err), HB_E_ARTIFACT);
    th_temp_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_round_trip),
        cmocka_unit_test(every_changed_byte_is_refused),
        cmocka_unit_test(wrong_values_are_refused),
        cmocka_unit_test(incomplete_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
