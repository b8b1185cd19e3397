/* DeLong, calibration errors and scores against the golden vectors. */
#include "learn_metrics.h"
#include "th.h"

static void to_labels(const json_t *array, uint8_t *y, size_t n)
{
    double values[64];
    assert_true(n <= 64);
    th_nums(array, values, n);
    for (size_t i = 0; i < n; i++) y[i] = values[i] != 0;
}

static void delong(void **state)
{
    (void)state;
    json_t *root = th_golden("g04_delong.json");
    uint8_t y[11];
    to_labels(json_object_get(root, "y"), y, 11);
    static const char *const names[][2] = {{"score1", "model1"}, {"score2", "model2"}};
    for (int k = 0; k < 2; k++) {
        double score[11], wald[2], logit[2];
        th_nums(json_object_get(root, names[k][0]), score, 11);
        const json_t *want = json_object_get(root, names[k][1]);
        hb_delong_t got;
        hb_delong(score, y, 11, &got);
        th_nums(json_object_get(want, "wald95"), wald, 2);
        th_nums(json_object_get(want, "logit95"), logit, 2);
        th_close(got.auc, th_num(json_object_get(want, "auc")), 1e-12);
        th_close(got.var, th_num(json_object_get(want, "var")), 1e-12);
        th_close(got.wald_lo, wald[0], 1e-12);
        th_close(got.wald_hi, wald[1], 1e-12);
        th_close(got.logit_lo, logit[0], 1e-12);
        th_close(got.logit_hi, logit[1], 1e-12);
        th_close(hb_auc(score, y, 11), got.auc, 1e-12);
    }
    json_decref(root);
}

static void calibration_errors(void **state)
{
    (void)state;
    json_t *root = th_golden("g05_calibration.json");
    const json_t *ece = json_object_get(root, "ece"), *brier = json_object_get(root, "brier");
    double p[20];
    uint8_t y[20];
    th_nums(json_object_get(ece, "p"), p, 20);
    to_labels(json_object_get(ece, "y"), y, 20);
    th_close(hb_ece_width(p, y, 20, 5), th_num(json_object_get(ece, "equal_width5")), 1e-12);
    th_close(hb_ece_mass(p, y, 20, 5), th_num(json_object_get(ece, "equal_mass5")), 1e-12);
    th_close(hb_ece_sq_debiased(p, y, 20, 5),
             th_num(json_object_get(ece, "sq_debiased_equal_mass5")), 1e-12);
    th_close(hb_brier(p, y, 20), th_num(json_object_get(brier, "brier")), 1e-12);
    th_close(hb_spiegelhalter_z(p, y, 20), th_num(json_object_get(brier, "spiegelhalter_z")),
             1e-12);
    th_close(hb_log_loss(p, y, 20), th_num(json_object_get(brier, "logloss")), 1e-12);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(delong),
                                       cmocka_unit_test(calibration_errors)};
    return cmocka_run_group_tests_name("golden metrics", tests, NULL, NULL);
}
