/* Plain metrics on hand-made vectors and the summary over paths. */
#include <math.h>
#include <string.h>

#include "base_mem.h"
#include "base_rng.h"
#include "learn_metrics.h"
#include "th.h"

static void names(void **state)
{
    (void)state;
    static const char *const want[] = {"accuracy", "f1", "roc_auc", "log_loss", "brier", "ece"};
    for (int id = 0; id < HB_METRIC_COUNT; id++) {
        assert_string_equal(hb_metric_name((hb_metric_id_t)id), want[id]);
    }
    assert_string_equal(hb_metric_name((hb_metric_id_t)99), "unknown");
}

static void auc(void **state)
{
    (void)state;
    const double score[] = {0.1, 0.4, 0.35, 0.8}, tied[] = {1, 1, 1, 1};
    const double wide[] = {-INFINITY, 0.4, 0.35, INFINITY};
    const uint8_t y[] = {0, 0, 1, 1}, worst[] = {1, 1, 0, 0}, one[] = {1, 1, 1, 1};
    assert_true(hb_auc(score, y, 4) == 0.75);
    assert_true(hb_auc(wide, y, 4) == 0.75);
    assert_true(hb_auc(score, worst, 4) == 0.25);
    assert_true(hb_auc(tied, y, 4) == 0.5);
    assert_true(isnan(hb_auc(score, one, 4)));
    assert_true(isnan(hb_auc(score, y, 2)));
    assert_true(isnan(hb_auc(score, y, 0)));
}

static void classes(void **state)
{
    (void)state;
    const double p[] = {0.5, 0.9, 0.2, 0.49, 0.6};
    const uint8_t y[] = {1, 0, 0, 1, 1}, none[] = {0, 0};
    assert_true(hb_accuracy(p, y, 5) == 3.0 / 5);
    th_close(hb_f1(p, y, 5), 2.0 * 2 / (2 * 2 + 1 + 1), 1e-15);
    assert_true(hb_f1(p + 2, none, 2) == 0.0); /* nothing up, nothing called up */
    assert_true(hb_accuracy(p + 2, none, 2) == 1.0);
}

static void losses(void **state)
{
    (void)state;
    const double p[] = {1.0, 0.0, 0.5};
    const uint8_t right[] = {1, 0, 1}, wrong[] = {0, 1, 1};
    th_close(hb_log_loss(p, right, 3), log(2) / 3, 1e-12);
    th_close(hb_log_loss(p, wrong, 3), (-2 * log(1e-15) + log(2)) / 3, 1e-3);
    assert_true(hb_brier(p, right, 3) == 0.25 / 3);
    th_close(hb_brier(p, wrong, 3), 2.25 / 3, 1e-15);
    assert_true(isnan(hb_spiegelhalter_z(p, right, 3)));
}

static void calibration_errors(void **state)
{
    (void)state;
    const double p[] = {0.0, 1.0, 1.0}, off[] = {1.2, -0.2};
    const uint8_t y[] = {0, 1, 0};
    /* p = 1 falls into the last bin. */
    th_close(hb_ece_width(p, y, 3, 10), 1.0 / 3, 1e-15);
    th_close(hb_ece_width(off, y, 2, 10), (1.2 + 1.2) / 2, 1e-15);
    /* Fewer rows than bins: each stands alone; no spread is taken off. */
    th_close(hb_ece_mass(p, y, 3, 10), 1.0 / 3, 1e-15);
    th_close(hb_ece_sq_debiased(p, y, 3, 10), 1.0 / 3, 1e-15);
    const uint8_t half[] = {0, 1, 0, 1};
    const double even[] = {0.5, 0.5, 0.5, 0.5};
    assert_true(hb_ece_mass(even, half, 4, 1) == 0);
    th_close(hb_ece_sq_debiased(even, half, 4, 1), -0.25 / 3, 1e-15);
}

static void nan_and_nothing_give_nan(void **state)
{
    (void)state;
    const double p[] = {0.2, NAN, 0.7};
    const uint8_t y[] = {0, 1, 1};
    for (uint32_t n = 0; n <= 3; n += 3) {
        assert_true(isnan(hb_auc(p, y, n)) && isnan(hb_accuracy(p, y, n)));
        assert_true(isnan(hb_f1(p, y, n)) && isnan(hb_log_loss(p, y, n)));
        assert_true(isnan(hb_brier(p, y, n)) && isnan(hb_ece_width(p, y, n, 5)));
        assert_true(isnan(hb_ece_mass(p, y, n, 5)) && isnan(hb_ece_sq_debiased(p, y, n, 5)));
        assert_true(isnan(hb_spiegelhalter_z(p, y, n)));
        hb_delong_t delong;
        hb_delong(p, y, n, &delong);
        assert_true(isnan(delong.auc) && isnan(delong.var) && isnan(delong.logit_lo));
    }
}

static void delong_edges(void **state)
{
    (void)state;
    const double score[] = {1, 2, 3, 4, 5, 6};
    const uint8_t perfect[] = {0, 0, 0, 1, 1, 1}, worst[] = {1, 1, 1, 0, 0, 0};
    const uint8_t lone[] = {0, 0, 0, 0, 0, 1}, none[] = {0, 0, 0, 0, 0, 0};
    hb_delong_t got;
    hb_delong(score, perfect, 6, &got);
    assert_true(got.auc == 1 && got.var == 0 && got.wald_lo == 1 && got.logit_hi == 1);
    th_close(got.logit_lo, cbrt(0.025), 1e-12);
    hb_delong(score, worst, 6, &got);
    assert_true(got.auc == 0 && got.var == 0 && got.logit_lo == 0);
    th_close(got.logit_hi, 1 - cbrt(0.025), 1e-12);
    hb_delong(score, lone, 6, &got);
    assert_true(got.auc == 1 && isnan(got.var) && isnan(got.wald_lo) && isnan(got.logit_lo));
    hb_delong(score, none, 6, &got);
    assert_true(isnan(got.auc));
}

enum { ROWS = 60 };

typedef struct {
    uint32_t row[ROWS];
    uint8_t y[ROWS];
    double p[ROWS];
} series_t;

static void draw(series_t *s, uint64_t seed)
{
    hb_rng_t rng = hb_rng_init(seed);
    for (uint32_t i = 0; i < ROWS; i++) {
        s->row[i] = i;
        s->p[i] = hb_rng_uniform(&rng);
        s->y[i] = hb_rng_uniform(&rng) < 0.2 + 0.6 * s->p[i];
    }
}

static hb_cell_t cell_of(const series_t *s, uint32_t path, uint32_t begin, uint32_t end)
{
    return (hb_cell_t){.path_id = path,
                       .count = end - begin,
                       .row = s->row + begin,
                       .y = s->y + begin,
                       .p = s->p + begin,
                       .p_raw = s->p + begin};
}

static const hb_interval_params_t few = {
    .resamples = 50, .block_bars_min = 4, .seed = 5, .threads = 1};

static void one_path_is_the_plain_metric(void **state)
{
    (void)state;
    series_t s;
    draw(&s, 11);
    const hb_cell_t cell = cell_of(&s, 0, 0, ROWS);
    hb_metric_summary_t out[HB_METRIC_COUNT];
    double block = 0;
    hb_metrics_summary(&cell, 1, ROWS, 1, &few, out, &block);
    th_close(out[HB_METRIC_ACCURACY].mean, hb_accuracy(s.p, s.y, ROWS), 1e-15);
    th_close(out[HB_METRIC_F1].mean, hb_f1(s.p, s.y, ROWS), 1e-15);
    th_close(out[HB_METRIC_ROC_AUC].mean, hb_auc(s.p, s.y, ROWS), 1e-15);
    th_close(out[HB_METRIC_LOG_LOSS].mean, hb_log_loss(s.p, s.y, ROWS), 1e-14);
    th_close(out[HB_METRIC_BRIER].mean, hb_brier(s.p, s.y, ROWS), 1e-14);
    th_close(out[HB_METRIC_ECE].mean, hb_ece_mass(s.p, s.y, ROWS, 10), 1e-14);
    for (int id = 0; id < HB_METRIC_COUNT; id++) {
        assert_true(out[id].std == 0);
        assert_true(out[id].per_path[0] == out[id].mean);
        assert_true(out[id].lo < out[id].hi);
    }
    assert_true(out[HB_METRIC_ACCURACY].lo < out[HB_METRIC_ACCURACY].mean);
    assert_true(out[HB_METRIC_ACCURACY].mean < out[HB_METRIC_ACCURACY].hi);
    assert_true(block >= 4 && block <= ROWS / 5.0);
}

/* Pooled for all but AUC, which never ranks two models' scores together. */
static void cells_of_a_path(void **state)
{
    (void)state;
    series_t s;
    draw(&s, 12);
    for (uint32_t i = 0; i < 20; i++) s.p[i] *= 0.1;
    hb_cell_t cells[4] = {cell_of(&s, 0, 0, 20), cell_of(&s, 0, 20, ROWS), cell_of(&s, 1, 0, ROWS),
                          cell_of(&s, 1, 0, 0)};
    hb_metric_summary_t out[HB_METRIC_COUNT];
    hb_metrics_summary(cells, 4, ROWS, 2, &few, out, NULL);
    const double within = (20 * hb_auc(s.p, s.y, 20) + 40 * hb_auc(s.p + 20, s.y + 20, 40)) / 60;
    const double whole = hb_auc(s.p, s.y, ROWS);
    assert_true(fabs(within - whole) > 0.01);
    const hb_metric_summary_t *auc_out = &out[HB_METRIC_ROC_AUC];
    th_close(auc_out->per_path[0], within, 1e-15);
    th_close(auc_out->per_path[1], whole, 1e-15);
    th_close(auc_out->mean, (within + whole) / 2, 1e-15);
    th_close(auc_out->std, fabs(within - whole) / sqrt(2), 1e-14);
    for (int id = 0; id < HB_METRIC_COUNT; id++) {
        if (id == HB_METRIC_ROC_AUC) continue;
        th_close(out[id].per_path[0], out[id].per_path[1], 1e-14);
    }
    /* A cell of one class is left out of AUC and stays in the rest. */
    memset(s.y, 1, 20);
    hb_metrics_summary(cells, 2, ROWS, 1, &few, out, NULL);
    th_close(out[HB_METRIC_ROC_AUC].mean, hb_auc(s.p + 20, s.y + 20, 40), 1e-15);
    th_close(out[HB_METRIC_BRIER].mean, hb_brier(s.p, s.y, ROWS), 1e-14);
}

static void undefined_paths_are_left_out(void **state)
{
    (void)state;
    series_t good, bad;
    draw(&good, 13);
    draw(&bad, 14);
    bad.p[7] = NAN;
    hb_cell_t cells[2] = {cell_of(&good, 0, 0, ROWS), cell_of(&bad, 1, 0, ROWS)};
    hb_metric_summary_t out[HB_METRIC_COUNT];
    /* Three paths: a good one, one with a NaN, one without a row. */
    hb_metrics_summary(cells, 2, ROWS, 3, &few, out, NULL);
    for (int id = 0; id < HB_METRIC_COUNT; id++) {
        assert_true(isfinite(out[id].mean) && out[id].mean == out[id].per_path[0]);
        assert_true(isnan(out[id].per_path[1]) && isnan(out[id].per_path[2]));
        assert_true(out[id].std == 0);
        assert_true(isfinite(out[id].lo) && isfinite(out[id].hi));
    }
    hb_metrics_summary(cells + 1, 1, ROWS, 2, &few, out, NULL);
    for (int id = 0; id < HB_METRIC_COUNT; id++) {
        assert_true(isnan(out[id].mean) && isnan(out[id].std) && isnan(out[id].lo));
    }
    /* A NaN in the ranking alone counts as well. */
    double raw[ROWS];
    memcpy(raw, good.p, sizeof raw);
    raw[3] = NAN;
    cells[0].p_raw = raw;
    hb_metrics_summary(cells, 1, ROWS, 1, &few, out, NULL);
    assert_true(isnan(out[HB_METRIC_ROC_AUC].mean) && isnan(out[HB_METRIC_BRIER].mean));
    hb_metrics_summary(NULL, 0, 0, 1, &few, out, NULL);
    assert_true(isnan(out[HB_METRIC_ACCURACY].mean));
}

static void block_length(void **state)
{
    (void)state;
    enum { N = 600 };
    uint32_t *row = hb_alloc(N, sizeof *row);
    uint8_t *y = hb_alloc(N, 1);
    double *p = hb_alloc(N, sizeof *p);
    hb_rng_t rng = hb_rng_init(3);
    for (uint32_t i = 0; i < N; i++) {
        row[i] = i;
        y[i] = i % 40 < 20; /* long runs of one label */
        p[i] = 0.4 + 0.2 * hb_rng_uniform(&rng);
    }
    const hb_cell_t cell = {.count = N, .row = row, .y = y, .p = p, .p_raw = p};
    hb_interval_params_t params = few;
    hb_metric_summary_t out[HB_METRIC_COUNT];
    double block;
    params.block_bars_min = 2;
    hb_metrics_summary(&cell, 1, N, 1, &params, out, &block);
    assert_true(block > 4);
    const double automatic = block;
    params.block_bars_min = 100;
    hb_metrics_summary(&cell, 1, N, 1, &params, out, &block);
    assert_true(block == fmax(100, automatic));
    params.block_bars_min = 1000;
    hb_metrics_summary(&cell, 1, N, 1, &params, out, &block);
    assert_true(block == N / 5.0);
    params.block_rows_fixed = 17.5;
    hb_metrics_summary(&cell, 1, N, 1, &params, out, &block);
    assert_true(block == 17.5);
    params.block_rows_fixed = 0.01;
    hb_metrics_summary(&cell, 1, N, 1, &params, out, &block);
    assert_true(block == 1.0);
    params.resamples = 0;
    hb_metrics_summary(&cell, 1, N, 1, &params, out, &block);
    assert_true(isfinite(out[0].mean) && isnan(out[0].lo) && isnan(out[0].hi));
    hb_free(row);
    hb_free(y);
    hb_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(auc),
        cmocka_unit_test(classes),
        cmocka_unit_test(losses),
        cmocka_unit_test(calibration_errors),
        cmocka_unit_test(nan_and_nothing_give_nan),
        cmocka_unit_test(delong_edges),
        cmocka_unit_test(one_path_is_the_plain_metric),
        cmocka_unit_test(cells_of_a_path),
        cmocka_unit_test(undefined_paths_are_left_out),
        cmocka_unit_test(block_length),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
