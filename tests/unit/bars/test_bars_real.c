/* The five recorded files that the ingest was made for. Skipped where the data are not there. */
#include "bars_csv_int.h"
#include "bars_th.h"
#include "base_text.h"
#include "os_file.h"

static const char *data_path(const char *name)
{
    static char path[1024];
    const char *folder = getenv("HYPERBAR_TEST_DATA");
    snprintf(path, sizeof path, "%s/%s", folder ? folder : HB_SOURCE_DIR "/../shared/data", name);
    if (!hb_os_exists(path)) {
        print_message("no %s: set HYPERBAR_TEST_DATA to the folder of the recorded bars\n", path);
        skip();
    }
    return path;
}

static th_ingest_t ingest_file(const char *name, hb_ingest_params_t params)
{
    const char *path = data_path(name);
    th_ingest_t in = {0};
    in.status = hb_ingest_csv(&path, 1, &params, NULL, &in.list, &in.report, &in.err);
    if (in.status != HB_OK) fail_msg("%s: %s", in.err.where, in.err.message);
    return in;
}

static uint64_t rejects_of(const hb_ingest_report_t *report)
{
    uint64_t sum = 0;
    for (int i = 0; i < HB_QA_COUNT; i++) {
        if (hb_qa_is_reject((hb_qa_t)i)) sum += report->counts[i];
    }
    return sum;
}

static void time_is(int64_t utc_at_ns, const char *want)
{
    char text[32];
    hb_format_utc(utc_at_ns, text);
    assert_string_equal(text, want);
}

static hb_ingest_params_t nq_params(void)
{
    hb_ingest_params_t params = hb_ingest_params_default();
    snprintf(params.timezone, sizeof params.timezone, "Asia/Jerusalem");
    params.tick_size = 0.25;
    return params;
}

static void test_nq_30min(void **state)
{
    (void)state;
    th_ingest_t in = ingest_file("nq_30min_2020_2023.csv", nq_params());
    assert_int_equal(in.list.count, 40800);
    assert_int_equal(rejects_of(&in.report), 0);
    assert_int_equal(in.report.counts[HB_QA_OFF_TICK], 0);
    assert_int_equal(in.report.counts[HB_QA_OFF_GRID], 0);
    assert_string_equal(in.report.date_order, "dmy");
    assert_int_equal(in.report.bar_size_s, 1800);
    time_is(in.list.bars[0].open_utc_at_ns, "2020-06-28T22:00:00Z");
    time_is(in.list.bars[40799].open_utc_at_ns, "2023-12-11T21:30:00Z");
    /* Every holiday of three and a half years is a break; what is missing is 2020-07-10 and
     * 2022-04-28 with the day after. */
    assert_int_equal(in.report.gaps, 2);
    assert_int_equal(in.report.missing_bars, 114);
    static const char *const rolls[] = {"2022-06-13T22:00:00Z", "2022-09-12T22:00:00Z",
                                        "2022-12-12T23:00:00Z", "2023-06-12T22:00:00Z",
                                        "2023-09-11T22:00:00Z"};
    uint32_t found = 0;
    for (uint32_t i = 0; i < in.list.count; i++) {
        if (!(in.list.bars[i].flags & HB_BAR_ROLL)) continue;
        assert_true(found < 5);
        time_is(in.list.bars[i].open_utc_at_ns, rolls[found++]);
    }
    assert_int_equal(found, 5);
    assert_int_equal(in.report.rolls, 5);
    th_ingest_free(&in);
}

static void test_nq_30min_month_first(void **state)
{
    (void)state;
    hb_ingest_params_t params = nq_params();
    const char *path = data_path("nq_30min_2020_2023.csv");
    th_ingest_t in = {0};
    params.date_order = HB_DATE_MDY;
    in.status = hb_ingest_csv(&path, 1, &params, NULL, &in.list, &in.report, &in.err);
    th_fails(in, HB_E_DATA, "nq_30min_2020_2023.csv:2", "29 is not a month");
}

/* The bars before a cut do not depend on what follows it. */
static void test_nq_30min_cut(void **state)
{
    (void)state;
    const hb_ingest_params_t params = nq_params();
    th_ingest_t whole = ingest_file("nq_30min_2020_2023.csv", params);
    char *text = NULL;
    size_t bytes = 0;
    hb_err_t err = {0};
    assert_int_equal(bars_source_read(data_path("nq_30min_2020_2023.csv"), &text, &bytes, &err),
                     HB_OK);
    for (int k = 1; k < 4; k++) {
        size_t cut = bytes / 4 * (size_t)k;
        while (text[cut - 1] != '\n') cut--;
        th_ingest_t part = th_ingest_bytes(text, cut, &params);
        assert_int_equal(part.status, HB_OK);
        assert_true(part.list.count > 9000);
        assert_memory_equal(part.list.bars, whole.list.bars, part.list.count * sizeof(hb_bar_t));
        th_ingest_free(&part);
    }
    hb_free(text);
    th_ingest_free(&whole);
}

static void test_nq_5min_no_volume(void **state)
{
    (void)state;
    hb_ingest_params_t params = nq_params();
    snprintf(params.timezone, sizeof params.timezone, "America/Los_Angeles");
    th_ingest_t in = ingest_file("nq_5min_2019_novolume.csv", params);
    assert_int_equal(in.list.count, 70002);
    assert_int_equal(rejects_of(&in.report), 0);
    assert_true(in.report.no_volume);
    assert_int_equal(in.list.bars[5].flags & HB_BAR_NO_VOLUME, HB_BAR_NO_VOLUME);
    assert_int_equal(in.report.gaps, 1); /* the evening of 2019-02-26 */
    assert_int_equal(in.report.missing_bars, 36);
    assert_int_equal(in.report.session_breaks, 257);
    th_ingest_free(&in);
}

static void test_es_regular_hours(void **state)
{
    (void)state;
    hb_ingest_params_t params = nq_params();
    snprintf(params.timezone, sizeof params.timezone, "America/New_York");
    th_ingest_t in = ingest_file("es_5min_rth_2016_2017.csv", params);
    assert_int_equal(in.list.count, 24946);
    assert_int_equal(in.report.counts[HB_QA_DUPLICATE_TIMESTAMP], 87);
    assert_int_equal(rejects_of(&in.report), 87);
    assert_true(in.report.regular_hours);
    assert_int_equal(in.report.gaps, 10);
    th_ingest_free(&in);
}

static void test_6e_end_stamped(void **state)
{
    (void)state;
    hb_ingest_params_t params = hb_ingest_params_default();
    snprintf(params.calendar, sizeof params.calendar, "cme_globex_fx");
    params.stamp_close = true;
    params.tick_size = 0.00005;
    th_ingest_t in = ingest_file("6e_1min_202401_barend.csv", params);
    assert_int_equal(in.list.count, 29996);
    assert_int_equal(rejects_of(&in.report), 0);
    assert_int_equal(in.report.counts[HB_QA_OFF_TICK], 0);
    assert_int_equal(in.report.bar_size_s, 60);
    time_is(in.list.bars[0].open_utc_at_ns, "2024-01-01T23:00:00Z");
    assert_int_equal(in.list.bars[0].session_min, 0);
    assert_int_equal(in.report.session_breaks, 22);
    assert_int_equal(in.report.gaps, 353); /* minutes without a trade */
    th_ingest_free(&in);
}

static void test_nq_sparse(void **state)
{
    (void)state;
    th_ingest_t in = ingest_file("nq_5min_2022_2023_sparse.csv", nq_params());
    assert_int_equal(in.list.count, 11082);
    assert_int_equal(rejects_of(&in.report), 0);
    assert_string_equal(in.report.date_order, "epoch");
    /* Not "Candle high" and not "Volume MA". */
    th_close(in.list.bars[11080].high, 12843.75, 0);
    th_close(in.list.bars[11080].volume, 455, 0);
    assert_true(in.report.gaps > 2400 && in.report.gaps < 2594);
    th_ingest_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nq_30min),         cmocka_unit_test(test_nq_30min_month_first),
        cmocka_unit_test(test_nq_30min_cut),     cmocka_unit_test(test_nq_5min_no_volume),
        cmocka_unit_test(test_es_regular_hours), cmocka_unit_test(test_6e_end_stamped),
        cmocka_unit_test(test_nq_sparse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
