/* States, labels and rows of a data set. Invariant: row_bar, t0 ascend; every row's label interval
 * lies inside the bars. */
#include "learn_data.h"

#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "num_fn.h"
#include "state_stream.h"

static void make_states(const hb_bars_t *bars, hb_state_t *states)
{
    void *memory = hb_alloc(1, hb_state_footprint());
    hb_state_stream_t *stream = hb_state_init(memory, bars->bar_size_s);
    for (uint32_t i = 0; i < bars->count; i++) {
        hb_state_update(stream, &bars->bars[i], &states[i]);
    }
    hb_free(memory);
}

static void collect_rows(hb_dataset_t *data)
{
    uint64_t up_count = 0;
    for (uint32_t i = 0; i < data->bars.count; i++) {
        if (!data->states[i].ready || data->bars.bars[i].flags & HB_BAR_FILLED) {
            data->skipped_warmup++;
            continue;
        }
        if (data->labels[i].y < 0) {
            data->skipped_label++;
            continue;
        }
        const uint32_t row = data->rows++;
        data->row_bar[row] = i;
        data->t0[row] = i;
        data->t1[row] = data->labels[i].t1;
        data->y[row] = (uint8_t)data->labels[i].y;
        up_count += data->y[row];
    }
    data->up_ratio = data->rows ? (double)up_count / data->rows : 0.0;
}

hb_status_t hb_dataset_make(const hb_bars_t *bars, const hb_label_params_t *labels,
                            uint32_t rows_min, hb_dataset_t *out, hb_err_t *err)
{
    hb_dataset_t data = {.bars = *bars, .label_params = *labels};
    const uint32_t n = bars->count;
    data.states = hb_alloc(n, sizeof *data.states);
    data.labels = hb_alloc(n, sizeof *data.labels);
    data.row_bar = hb_alloc(n, sizeof *data.row_bar);
    data.t0 = hb_alloc(n, sizeof *data.t0);
    data.t1 = hb_alloc(n, sizeof *data.t1);
    data.y = hb_alloc(n, sizeof *data.y);
    make_states(bars, data.states);

    double *atr = hb_alloc(n, sizeof *atr);
    for (uint32_t i = 0; i < n; i++) atr[i] = data.states[i].atr;
    hb_labels_make(bars, atr, labels, data.labels);
    hb_free(atr);
    collect_rows(&data);
    if (data.rows < rows_min) {
        const hb_status_t status = hb_err_set(
            err, HB_E_DATA, NULL, "give more bars, or a label with fewer unusable rows",
            "%u bars give %u usable rows, %u are needed (%u in warm-up, %u without a label)", n,
            data.rows, rows_min, data.skipped_warmup, data.skipped_label);
        hb_dataset_free(&data);
        return status;
    }
    *out = data;
    return HB_OK;
}

void hb_dataset_free(hb_dataset_t *data)
{
    hb_free(data->states);
    hb_free(data->labels);
    hb_free(data->row_bar);
    hb_free(data->t0);
    hb_free(data->t1);
    hb_free(data->y);
    memset(data, 0, sizeof *data);
}

hb_near_meta_t hb_dataset_meta(const hb_dataset_t *data, uint32_t row)
{
    const uint32_t bar = data->row_bar[row];
    const hb_state_t *state = &data->states[bar];
    const hb_label_t *label = &data->labels[bar];
    const double unit = state->atr > 0 ? state->atr / state->close : 1.0;
    return (hb_near_meta_t){
        .start_utc_at_ns = data->bars.bars[bar].open_utc_at_ns,
        .end_utc_at_ns = data->bars.bars[data->t1[row]].open_utc_at_ns,
        .bar_clock = state->bar_clock,
        .outcome_atr = (float)(hb_log1p(label->ret) / unit),
        .weight = 1.0f,
        .label = data->y[row],
        .vol_bucket = state->vol_bucket,
    };
}

void hb_dataset_shuffle_labels(hb_dataset_t *data, uint32_t block_rows, uint64_t seed)
{
    HB_ASSERT(block_rows > 0);
    const uint32_t blocks = data->rows / block_rows;
    uint32_t *order = hb_alloc(blocks, sizeof *order);
    hb_rng_t rng = hb_rng_stream(seed, 0x5ff1e);
    for (uint32_t i = 0; i < blocks; i++) {
        const uint32_t j = (uint32_t)hb_rng_below(&rng, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    uint8_t *y = hb_alloc(data->rows, sizeof *y);
    double *ret = hb_alloc(data->rows, sizeof *ret);
    uint32_t *span = hb_alloc(data->rows, sizeof *span);
    for (uint32_t row = 0; row < data->rows; row++) {
        const uint32_t block = row / block_rows;
        const uint32_t from = block < blocks ? order[block] * block_rows + row % block_rows : row;
        y[row] = data->y[from];
        ret[row] = data->labels[data->row_bar[from]].ret;
        span[row] = data->t1[from] - data->t0[from];
    }
    for (uint32_t row = 0; row < data->rows; row++) {
        data->y[row] = y[row];
        data->labels[data->row_bar[row]].y = (int8_t)y[row];
        data->labels[data->row_bar[row]].ret = ret[row];
        data->t1[row] = HB_MIN(data->t0[row] + span[row], data->bars.count - 1);
        data->labels[data->row_bar[row]].t1 = data->t1[row];
    }
    hb_free(order);
    hb_free(y);
    hb_free(ret);
    hb_free(span);
}
