/* One fold: fit on its training rows, load the sealed artifact back, predict its test rows, and let
 * the baselines predict the same rows. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "engine_artifact.h"
#include "engine_step.h"
#include "learn_baseline.h"
#include "learn_recall.h"
#include "learn_validate_int.h"
#include "os_file.h"
#include "state_stream.h"

typedef struct {
    hb_validate_t *run;
    const hb_fold_t *fold;
    hb_fold_result_t *result;
    hb_model_set_t *set;
    hb_near_scratch_t *scratch;
    hb_logistic_t logistic;
    double train_up_ratio;
} fold_work_t;

const char *hb_rival_name(uint32_t rival)
{
    static const char *const names[] = {"knn_exact", "majority", "persistence", "logistic"};
    HB_ASSERT(rival < HB_RIVAL_COUNT);
    return names[rival];
}

static uint32_t train_rows(const fold_work_t *work, uint32_t **rows)
{
    const hb_dataset_t *data = work->run->data;
    uint32_t count = 0;
    *rows = hb_alloc(data->rows, sizeof **rows);
    for (uint32_t i = 0; i < data->rows; i++) {
        if (work->fold->role[i] == HB_ROLE_TRAIN) (*rows)[count++] = i;
    }
    return count;
}

static hb_status_t fit_rivals(fold_work_t *work, const uint32_t *rows, uint32_t count,
                              hb_err_t *err)
{
    const hb_dataset_t *data = work->run->data;
    double *x = hb_alloc((size_t)count * hb_state_dim, sizeof *x);
    uint8_t *y = hb_alloc(count, 1);
    uint64_t up_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const hb_state_t *state = &data->states[data->row_bar[rows[i]]];
        memcpy(&x[(size_t)i * hb_state_dim], state->x, hb_state_dim * sizeof *x);
        y[i] = data->y[rows[i]];
        up_count += y[i];
    }
    work->train_up_ratio = count ? (double)up_count / count : 0.5;
    const hb_status_t status =
        hb_logistic_fit(x, y, count, hb_state_dim, 1.0, &work->logistic, err);
    hb_free(x);
    hb_free(y);
    return status;
}

static void cell_alloc(hb_cell_rows_t *cell, uint32_t capacity)
{
    cell->row = hb_alloc(capacity, sizeof *cell->row);
    cell->y = hb_alloc(capacity, sizeof *cell->y);
    cell->p = hb_alloc(capacity, sizeof *cell->p);
    cell->p_raw = hb_alloc(capacity, sizeof *cell->p_raw);
    for (uint32_t r = 0; r < HB_RIVAL_COUNT; r++) {
        cell->rival_p[r] = hb_alloc(capacity, sizeof *cell->rival_p[r]);
    }
}

static void predict_row(fold_work_t *work, uint32_t row, hb_cell_rows_t *cell)
{
    const hb_dataset_t *data = work->run->data;
    const hb_model_set_t *set = work->set;
    const hb_state_t *state = &data->states[data->row_bar[row]];
    hb_point_t point;
    hb_near_t near;
    hb_row_t features;
    hb_score_t score;
    hb_engine_row(&set->whiten, &set->index, &set->kernels, state, work->scratch, &point, &near,
                  &features);
    if (features.reasons & HB_REASON_MEMORY_SHORT) {
        work->result->skipped_memory_short++;
        return;
    }
    if (features.reasons & HB_REASON_OUT_OF_DOMAIN) work->result->out_of_domain++;
    hb_score_make(&set->calib, &set->conformal, hb_trees_eval(&set->trees, features.x),
                  features.reasons, &score);
    work->result->class_rows[data->y[row]]++;
    work->result->class_covered[data->y[row]] += score.set >> data->y[row] & 1;
    work->result->single_sets += score.set == HB_SET_UP || score.set == HB_SET_DOWN;
    const uint32_t at = cell->count++;
    cell->row[at] = row;
    cell->y[at] = data->y[row];
    cell->p[at] = score.p;
    cell->p_raw[at] = score.p_raw;
    cell->rival_p[HB_RIVAL_KNN_EXACT][at] = features.knn_prob;
    cell->rival_p[HB_RIVAL_MAJORITY][at] = work->train_up_ratio;
    cell->rival_p[HB_RIVAL_PERSISTENCE][at] = state->x[0] > 0 ? 0.75 : 0.25;
    cell->rival_p[HB_RIVAL_LOGISTIC][at] = hb_logistic_eval(&work->logistic, state->x);
}

static void predict_groups(fold_work_t *work)
{
    const hb_splits_t *splits = &work->run->splits;
    work->result->cells = hb_alloc(work->fold->test_group_count, sizeof(hb_cell_rows_t));
    for (uint32_t g = 0; g < work->fold->test_group_count; g++) {
        hb_cell_rows_t *cell = &work->result->cells[g];
        const uint32_t group = work->fold->test_groups[g];
        cell->fold_id = work->fold->id;
        cell->group_id = group;
        cell->path_id = work->fold->path_ids[g];
        cell_alloc(cell, splits->group_end[group] - splits->group_begin[group]);
        for (uint32_t row = splits->group_begin[group]; row < splits->group_end[group]; row++) {
            predict_row(work, row, cell);
        }
    }
}

static void measure_recall(fold_work_t *work)
{
    const hb_dataset_t *data = work->run->data;
    uint32_t test_count = 0;
    uint32_t *test = hb_alloc(data->rows, sizeof *test);
    for (uint32_t i = 0; i < data->rows; i++) {
        if (work->fold->role[i] == HB_ROLE_TEST) test[test_count++] = i;
    }
    const uint32_t queries = HB_MIN(work->run->params->recall_queries, test_count);
    hb_point_t *points = hb_alloc(queries, sizeof *points);
    int64_t *at_ns = hb_alloc(queries, sizeof *at_ns);
    for (uint32_t i = 0; i < queries; i++) {
        const uint32_t row = test[(uint64_t)i * test_count / queries];
        const hb_state_t *state = &data->states[data->row_bar[row]];
        hb_whiten_apply(&work->set->whiten, state->x, &points[i]);
        at_ns[i] = state->open_utc_at_ns;
    }
    hb_recall_t recall;
    hb_recall_measure(&work->set->index, points, at_ns, queries, work->scratch, &recall);
    work->result->recall = recall.recall;
    work->result->speedup = recall.speedup;
    work->result->recall_queries = recall.queries;
    work->result->search_ns_p50 = recall.search_ns_p50;
    work->result->search_ns_p95 = recall.search_ns_p95;
    hb_free(points);
    hb_free(at_ns);
    hb_free(test);
}

static hb_status_t fold_run(fold_work_t *work, const char *dir, hb_err_t *err)
{
    const hb_fit_params_t *params = &work->run->params->fit;
    uint32_t *rows;
    const uint32_t count = train_rows(work, &rows);
    hb_status_t status =
        hb_fit_artifact(work->run->data, rows, count, params, dir, NULL, &work->result->fit, err);
    if (status == HB_OK) status = fit_rivals(work, rows, count, err);
    hb_free(rows);
    if (status != HB_OK) return status;
    HB_TRY(hb_model_set_open(dir, work->set, err));
    predict_groups(work);
    measure_recall(work);
    hb_model_set_close(work->set);
    return HB_OK;
}

hb_status_t hb_validate_fold(hb_validate_t *run, uint32_t fold_id, hb_err_t *err)
{
    fold_work_t work = {
        .run = run, .fold = &run->splits.folds[fold_id], .result = &run->results[fold_id]};
    char dir[4200], name[32];
    snprintf(name, sizeof name, "folds/%02u", fold_id);
    HB_TRY(hb_os_join(dir, sizeof dir, run->out_dir, name, err));
    void *scratch = hb_alloc(1, hb_near_scratch_footprint(&run->params->fit.near));
    work.scratch = hb_near_scratch_init(scratch, &run->params->fit.near);
    work.set = hb_alloc(1, sizeof *work.set);
    const hb_status_t status = fold_run(&work, dir, err);
    hb_free(work.set);
    hb_free(scratch);
    return status;
}
