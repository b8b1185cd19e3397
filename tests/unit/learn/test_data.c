#include "learn_data.h"

#include <math.h>
#include <string.h>

#include "bars_synth.h"
#include "base_mem.h"
#include "th.h"

static hb_bar_list_t make_bars(uint32_t count)
{
    hb_synth_params_t params = hb_synth_params_default();
    hb_bar_list_t list = {0};
    hb_err_t err = {0};
    params.bars = count;
    params.seed = 5;
    assert_int_equal(hb_synth_make(&params, &list, &err), HB_OK);
    return list;
}

static hb_dataset_t make_data(const hb_bar_list_t *list)
{
    const hb_bars_t bars = {list->bars, list->count, 300, 0.25};
    const hb_label_params_t labels = hb_label_params_default();
    hb_dataset_t data = {0};
    hb_err_t err = {0};
    assert_int_equal(hb_dataset_make(&bars, &labels, 100, &data, &err), HB_OK);
    return data;
}

static void rows_are_ready_labelled_and_in_time_order(void **state)
{
    (void)state;
    hb_bar_list_t list = make_bars(3000);
    hb_dataset_t data = make_data(&list);
    assert_true(data.rows > 2000);
    assert_int_equal(data.rows + data.skipped_warmup + data.skipped_label, list.count);
    for (uint32_t i = 0; i < data.rows; i++) {
        assert_true(data.states[data.row_bar[i]].ready);
        assert_int_equal(data.t0[i], data.row_bar[i]);
        assert_true(data.t1[i] > data.t0[i] && data.t1[i] < list.count);
        if (i > 0) assert_true(data.t0[i] > data.t0[i - 1]);
        const hb_near_meta_t meta = hb_dataset_meta(&data, i);
        assert_true(meta.end_utc_at_ns > meta.start_utc_at_ns);
        assert_int_equal(meta.label, data.y[i]);
        assert_true(isfinite(meta.outcome_atr));
    }
    hb_dataset_free(&data);
    hb_free(list.bars);
}

static void shuffling_moves_whole_blocks_and_loses_none(void **state)
{
    (void)state;
    hb_bar_list_t list = make_bars(3000);
    hb_dataset_t data = make_data(&list), moved = make_data(&list);
    enum { BLOCK = 40 };
    hb_dataset_shuffle_labels(&moved, BLOCK, 9);
    uint32_t up = 0, up_moved = 0, changed = 0;
    for (uint32_t i = 0; i < data.rows; i++) {
        up += data.y[i];
        up_moved += moved.y[i];
        changed += data.y[i] != moved.y[i];
        assert_true(moved.t1[i] > moved.t0[i] && moved.t1[i] < list.count);
        assert_int_equal(hb_dataset_meta(&moved, i).end_utc_at_ns,
                         list.bars[moved.t1[i]].open_utc_at_ns);
    }
    assert_int_equal(up, up_moved);
    assert_true(changed > data.rows / 4);
    /* Every block of the shuffled labels stands somewhere in the old ones. */
    for (uint32_t b = 0; b < data.rows / BLOCK; b++) {
        bool found = false;
        for (uint32_t o = 0; o < data.rows / BLOCK && !found; o++) {
            found = memcmp(&moved.y[b * BLOCK], &data.y[o * BLOCK], BLOCK) == 0;
        }
        assert_true(found);
    }
    hb_dataset_free(&data);
    hb_dataset_free(&moved);
    hb_free(list.bars);
}

static void too_few_rows_are_refused(void **state)
{
    (void)state;
    hb_bar_list_t list = make_bars(400);
    const hb_bars_t bars = {list.bars, list.count, 300, 0.25};
    const hb_label_params_t labels = hb_label_params_default();
    hb_dataset_t data = {0};
    hb_err_t err = {0};
    assert_int_equal(hb_dataset_make(&bars, &labels, 1000, &data, &err), HB_E_DATA);
    assert_null(data.states);
    assert_non_null(strstr(err.message, "1000 are needed"));
    hb_free(list.bars);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_ready_labelled_and_in_time_order),
        cmocka_unit_test(shuffling_moves_whole_blocks_and_loses_none),
        cmocka_unit_test(too_few_rows_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
