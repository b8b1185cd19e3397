/* Each reason: what raises it, its count, its first lines, and the rejects file. */
#include "bars_th.h"

#define HEAD "time,open,high,low,close,volume\n"

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(hb_qa_name(HB_QA_DUPLICATE_TIMESTAMP), "duplicate_timestamp");
    assert_string_equal(hb_qa_name(HB_QA_COUNT), "unknown");
    assert_true(hb_qa_is_reject(HB_QA_DST_GAP));
    assert_false(hb_qa_is_reject(HB_QA_JUMP));
    assert_false(hb_qa_is_reject(HB_QA_COUNT));
}

static void test_rejects(void **state)
{
    (void)state;
    const hb_ingest_params_t params = th_params();
    th_ingest_t in = th_ingest(HEAD "1641202200,10,12,9,11,5\n"
                                    "1641202260,10,12,9,11,5\n"
                                    "1641202260,10,12,9,11,5\n"         /* 4 duplicate */
                                    "1641202320,10,10.5,9,11,5\n"       /* 5 high below close */
                                    "1641202380,10,12,10.5,11,5\n"      /* 6 low above open */
                                    "1641202440,0,12,9,11,5\n"          /* 7 no positive price */
                                    "1641202500,10,12,-9,11,5\n"        /* 8 the same */
                                    "1641202560,10,12,9,11,-5\n"        /* 9 negative volume */
                                    "1641202620,10,\"1 2\",9,11,5\n"    /* 10 unparsable */
                                    "1641202680,10,12,9\n"              /* 11 cut */
                                    "1641202680,10,12,9,11,5,6\n"       /* 12 too wide */
                                    "1641202680,\"10,12,9,11,5\n"       /* 13 broken quotation */
                                    "1641202680,\"10\"x,12,9,11,5\n"    /* 14 the same */
                                    "1641202200,10,12,9,11,5\n"         /* 15 duplicate of line 2 */
                                    "1641202230,10,12,9,11,5\n"         /* 16 steps back */
                                    "TIME,Open,high,low,close,volume\n" /* 17 header again */
                                    "1641202740,10,12,9,11,x\n"         /* 18 volume is no number */
                                    "1641202800,10,12,9,11,1e400\n"     /* 19 the same */
                                    "1641202860,10,12,9,nan,5\n"        /* 20 not finite */
                                    "1641202920,10,12,9,11,5\n",
                               &params);
    assert_int_equal(in.status, HB_OK);
    assert_int_equal(in.list.count, 3);
    assert_int_equal(in.report.rows_read, 20);
    assert_int_equal(in.report.counts[HB_QA_DUPLICATE_TIMESTAMP], 2);
    assert_int_equal(in.report.example_lines[HB_QA_DUPLICATE_TIMESTAMP][1], 15);
    assert_int_equal(in.report.counts[HB_QA_HIGH_LOW_ORDER], 2);
    assert_int_equal(in.report.counts[HB_QA_NON_POSITIVE_PRICE], 2);
    assert_int_equal(in.report.counts[HB_QA_NEGATIVE_VOLUME], 1);
    assert_int_equal(in.report.counts[HB_QA_UNPARSABLE], 8);
    assert_int_equal(in.report.example_lines[HB_QA_UNPARSABLE][4], 14);
    assert_int_equal(in.report.counts[HB_QA_OUT_OF_ORDER], 1);
    assert_int_equal(in.report.counts[HB_QA_REPEATED_HEADER], 1);
    assert_non_null(strstr(in.rejects, "file,line,reason,text\n"));
    assert_non_null(
        strstr(in.rejects, "\"t.csv\",4,duplicate_timestamp,\"1641202260,10,12,9,11,5\"\n"));
    assert_non_null(
        strstr(in.rejects, "\"t.csv\",10,unparsable,\"1641202620,10,\"\"1 2\"\",9,11,5\"\n"));
    /* One line a refused row, in the order of the file. */
    int lines = 0;
    for (const char *p = in.rejects; *p; p++) lines += *p == '\n';
    assert_int_equal(lines, 1 + 17);
    th_ingest_free(&in);
}

static void test_volume_cells(void **state)
{
    (void)state;
    const hb_ingest_params_t params = th_params();
    th_ingest_t in = th_ingest(HEAD "1641202200,10,12,9,11,\n1641202260,10,12,9,11,NaN\n"
                                    "1641202320,10,12,9,11,0\n1641202380,10,12,9,11,7\n",
                               &params);
    assert_int_equal(in.status, HB_OK);
    assert_int_equal(in.list.count, 4);
    assert_true(in.list.bars[0].flags & HB_BAR_NO_VOLUME);
    assert_true(in.list.bars[1].flags & HB_BAR_NO_VOLUME);
    assert_false(in.list.bars[2].flags & HB_BAR_NO_VOLUME);
    assert_int_equal(in.report.counts[HB_QA_ZERO_VOLUME], 1);
    assert_int_equal(in.report.example_lines[HB_QA_ZERO_VOLUME][0], 4);
    assert_false(in.report.no_volume);
    th_ingest_free(&in);
    in = th_ingest(HEAD "1641202200,10,12,9,11,\n1641202260,10,12,9,11,-\n", &params);
    assert_true(in.report.no_volume);
    assert_int_equal(in.report.counts[HB_QA_ZERO_VOLUME], 0);
    th_ingest_free(&in);
}

static void test_tick_and_grid(void **state)
{
    (void)state;
    hb_ingest_params_t params = th_params();
    params.tick_size = 0.25;
    th_ingest_t in = th_ingest(HEAD "1641202200,10,12,9.25,11,5\n1641202260,10,12,9.3,11,5\n"
                                    "1641202320,10,12.5,9,11.1,5\n1641202383,10,12,9,11,5\n"
                                    "1641202443.5,10,12,9,11,5\n",
                               &params);
    assert_int_equal(in.status, HB_OK);
    assert_int_equal(in.report.counts[HB_QA_OFF_TICK], 2);
    assert_int_equal(in.report.example_lines[HB_QA_OFF_TICK][0], 3);
    assert_int_equal(in.report.counts[HB_QA_OFF_GRID], 2);
    th_ingest_free(&in);
}

static void test_jump(void **state)
{
    (void)state;
    const hb_ingest_params_t params = th_params();
    char *text = hb_alloc(32768, 1);
    size_t n = (size_t)sprintf(text, HEAD);
    for (int i = 0; i < 300; i++) {
        const double close = (i == 50 || i == 200 ? 150 : 100) + i % 3 * 0.1;
        n += (size_t)sprintf(text + n, "%d,100,200,50,%g,1\n", 1641202200 + 60 * i, close);
    }
    th_ingest_t in = th_ingest(text, &params);
    assert_int_equal(in.status, HB_OK);
    /* The one of bar 50 falls into the warm-up; then up and down again. */
    assert_int_equal(in.report.example_lines[HB_QA_JUMP][0], 202);
    assert_true(in.report.counts[HB_QA_JUMP] >= 1 && in.report.counts[HB_QA_JUMP] <= 2);
    assert_int_equal(in.list.count, 300);
    th_ingest_free(&in);
    hb_free(text);
}

/* A wrong time far ahead must not cost the rest of the file in silence. */
static void test_disorder(void **state)
{
    (void)state;
    const hb_ingest_params_t params = th_params();
    char *text = hb_alloc(8192, 1);
    size_t n = (size_t)sprintf(text, HEAD "1641202140,1,1,1,1,1\n1941202140,1,1,1,1,1\n");
    for (int i = 0; i < 30; i++) {
        n += (size_t)sprintf(text + n, "%d,1,1,1,1,1\n", 1641202200 + 60 * i);
    }
    th_fails(th_ingest(text, &params), HB_E_DATA, "t.csv:4", "30 of 32 rows step back in time");
    hb_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),        cmocka_unit_test(test_rejects),
        cmocka_unit_test(test_volume_cells), cmocka_unit_test(test_tick_and_grid),
        cmocka_unit_test(test_jump),         cmocka_unit_test(test_disorder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
