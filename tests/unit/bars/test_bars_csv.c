/* Dialects: delimiters, headers, aliases, decimal marks; and files that are refused as a whole. */
#include "bars_th.h"

/* Two bars a minute apart, in whatever clothes. */
static void two_bars(const char *text, double volume)
{
    const hb_ingest_params_t params = th_params();
    th_ingest_t in = th_ingest(text, &params);
    if (in.status != HB_OK) {
        fail_msg("'%.60s...': %s (%s)", text, in.err.message, in.err.where);
    }
    assert_int_equal(in.list.count, 2);
    assert_int_equal(in.report.bar_size_s, 60);
    const hb_bar_t *bar = in.list.bars;
    assert_int_equal(bar[0].open_utc_at_ns, INT64_C(1641202200) * NS);
    assert_int_equal(bar[1].open_utc_at_ns, INT64_C(1641202260) * NS);
    th_close(bar[0].open, 1234.5, 0);
    th_close(bar[0].high, 1236.25, 0);
    th_close(bar[0].low, 1234, 0);
    th_close(bar[0].close, 1235, 0);
    th_close(bar[0].volume, volume < 0 ? 0 : volume, 0);
    assert_int_equal((bar[0].flags & HB_BAR_NO_VOLUME) != 0, volume < 0);
    assert_int_equal(in.report.no_volume, volume < 0);
    th_ingest_free(&in);
}

static void test_dialects(void **state)
{
    (void)state;
    two_bars("timestamp,open,high,low,close,volume\n2022-01-03 09:30,1234.5,1236.25,1234,1235,10\n"
             "2022-01-03 09:31,1235,1236,1234,1235,11\n",
             10);
    two_bars("\xef\xbb\xbfTime;Open;High;Low;Close;Vol.\r\n"
             "2022-01-03T09:30Z;1234,5;1236,25;1234;1235;10\r\n"
             "2022-01-03T09:31Z;1235;1236;1234;1235;11",
             10);
    two_bars("<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\n"
             "2022.01.03\t09:30:00\t1234.5\t1236.25\t1234\t1235\t10\n"
             "2022.01.03\t09:31:00\t1235\t1236\t1234\t1235\t11\n",
             -1);
    two_bars("\"Date/Time\",\"Close/Last\",\"High\",\"Low\",\"Open\",\"Volume\"\n"
             "\"2022-01-03 09:30\",\"$1,235.00\",\"$1,236.25\",\"1,234\",\"1234.50\",\"10K\"\n"
             "\"2022-01-03 09:31\" , \"1,235.00\",\"1,236.00\",\"1,234\",\"1,235\",\"1.5M\"\n",
             10000);
    two_bars("time,open,high,low,close,volume\n1641202200,1234.5,1236.25,1234,1235,2b\n"
             "1641202260,1235,1236,1234,1235,1\n",
             2e9);
}

static void test_dialects_more(void **state)
{
    (void)state;
    two_bars("DT|O|H|L|C\n20220103  09:30:00|1234.5|1236.25|1234|1235\n"
             "20220103  09:31:00|1235|1236|1234|1235\n",
             -1);
    two_bars("Date,Time,Open,High,Low,Close,Up,Down\n"
             "20220103,0930,1234.5,1236.25,1234,1235,3,7\n"
             "20220103,0931,1235,1236,1234,1235,1,0\n",
             10);
    /* Half a volume: the volume is unknown. */
    two_bars("Date,Time,Open,High,Low,Close,Up\n20220103,930,1234.5,1236.25,1234,1235,3\n"
             "20220103,931,1235,1236,1234,1235,1\n",
             -1);
    two_bars("Date,Timestamp,Open,High,Low,Close,V\n20220103,09:30:00,1234.5,1236.25,1234,1235,10\n"
             "20220103,09:31:00,1235,1236,1234,1235,1\n",
             10);
    two_bars("Date,Time,Open,High,Low,Close\nMon,1641202200,1234.5,1236.25,1234,1235\n"
             "Mon,1641202260,1235,1236,1234,1235\n",
             -1);
    two_bars(
        "Gmt time,Open,High,Low,Price,Vol.\n03.01.2022 09:30:00.000,1234.5,1236.25,1234,1235,10\n"
        "03.01.2022 09:31:00.000,1235,1236,1234,1235,1\n13.01.2022 09:30:00.000,1,2,3,4,5\n",
        10);
    two_bars("date,open,high,low,close\n2022-01-03 09:30,1234.5,1236.25,1234,1235\n"
             "2022-01-03 09:31,1235,1236,1234,1235\n",
             -1);
    /* Only whole names count, and the first of them. */
    two_bars("time,Candle high,open,high,low,close,Volume MA,Volume,Volume\n"
             "1641202200,9,1234.5,1236.25,1234,1235,77,10,12\n\n"
             "1641202260,9,1235,1236,1234,1235,77,11,12\n",
             10);
    /* Lines before the header, empty columns at the end, carriage returns alone. */
    two_bars("Some vendor, all rights reserved\r\rtimestamp_utc,open,high,low,close,,\r"
             "2022-01-03 09:30,1234.5,1236.25,1234,1235\r"
             "2022-01-03 09:31,1235,1236,1234,1235,,,,\r",
             -1);
}

static void test_no_header(void **state)
{
    (void)state;
    two_bars("1641202200,1234.5,1236.25,1234,1235,10\n1641202260,1235,1236,1234,1235,11\n", 10);
    two_bars("20220103 093000;1234,5;1236,25;1234;1235\n20220103 093100;1235;1236;1234;1235\n", -1);
    two_bars("2022.01.03,09:30,1234.5,1236.25,1234,1235,10\n"
             "2022.01.03,09:31,1235,1236,1234,1235,11\n",
             10);
    /* A broken first line of a file without header is refused, not skipped. */
    const hb_ingest_params_t params = th_params();
    th_ingest_t in = th_ingest("1641202200,1234.5,oops,1234,1235\n1641202260,1,2,1,1\n"
                               "1641202320,1,2,1,1\n",
                               &params);
    assert_int_equal(in.status, HB_OK);
    assert_int_equal(in.list.count, 2);
    assert_int_equal(in.report.counts[HB_QA_UNPARSABLE], 1);
    assert_int_equal(in.report.example_lines[HB_QA_UNPARSABLE][0], 1);
    th_ingest_free(&in);
}

static void test_decimal_comma_or_thousands(void **state)
{
    (void)state;
    const hb_ingest_params_t params = th_params();
    th_ingest_t in =
        th_ingest("time;open;high;low;close\n1641202200;1.234,5;1.236,25;1.234,0;1.235\n"
                  "1641202260;1.235,0;1.236,0;1.234,0;1.235,0\n",
                  &params);
    assert_int_equal(in.status, HB_OK);
    th_close(in.list.bars[0].open, 1234.5, 0);
    th_close(in.list.bars[0].close, 1235, 0);
    th_ingest_free(&in);
    /* Groups of other than three digits are no thousands. */
    in = th_ingest("time,open,high,low,close\n1641202200,\"12,34\",2000,1,5\n"
                   "1641202260,\"1,2345\",20000,1,5\n1641202320,\",123\",200,1,5\n"
                   "1641202380,\"1,234,56\",2000,1,5\n1641202440,\"1.5,000\",2000,1,5\n"
                   "1641202500,\"1,234\",2000,1,5\n1641202560,1.2.3,9,1,5\n"
                   "1641202620,\"1,23.5\",2000,1,5\n1641202680,4,9,1,5\n",
                   &params);
    assert_int_equal(in.status, HB_OK);
    assert_int_equal(in.report.counts[HB_QA_UNPARSABLE], 7);
    assert_int_equal(in.list.count, 2);
    th_ingest_free(&in);
}

static void test_refused_whole(void **state)
{
    (void)state;
    const hb_ingest_params_t params = th_params();
    th_fails(th_ingest("", &params), HB_E_DATA, "t.csv", "empty");
    th_fails(th_ingest("\n \n\t\n", &params), HB_E_DATA, "t.csv", "empty");
    th_fails(th_ingest("\xef\xbb\xbf", &params), HB_E_DATA, "t.csv", "empty");
    th_fails(th_ingest("time,open,high,low,close\n", &params), HB_E_DATA, "t.csv:1", "no row");
    th_fails(th_ingest("time,open,high\n1,2,3\n", &params), HB_E_DATA, "t.csv:1",
             "no column for: low, close");
    th_fails(th_ingest("\nopen,high,low,close\n1,2,3,4\n", &params), HB_E_DATA, "t.csv:2",
             "no column for: time");
    th_fails(th_ingest("hello\nworld\n", &params), HB_E_DATA, "t.csv:1", "time, open, high");
    th_fails(th_ingest_bytes("time,open,high,low,close\n1\0", 28, &params), HB_E_DATA, "t.csv:2",
             "NUL");
    th_fails(th_ingest_bytes("\xff\xfet\0", 4, &params), HB_E_DATA, "t.csv:1", "UTF-16");
    th_fails(th_ingest_bytes("\xfe\xff\0t", 4, &params), HB_E_DATA, "t.csv:1", "UTF-16");
    th_fails(th_ingest("time,open,high,low,close\na,b,c,d,e\nf,g\n", &params), HB_E_DATA, "t.csv:2",
             "no usable bar: 2 of 2 rows refused, mostly as unparsable");
    th_fails(th_ingest("time,open,high,low,close\n1641202200,1,1,1,1\n", &params), HB_E_DATA,
             "t.csv", "too few rows");
}

static void test_long_line(void **state)
{
    (void)state;
    const hb_ingest_params_t params = th_params();
    const char *head = "time,open,high,low,close\n1641202200,1,2,1,1\n";
    const size_t bytes = strlen(head) + (1u << 20) + 100;
    char *text = hb_alloc(bytes, 1);
    memset(text, '7', bytes);
    memcpy(text, head, strlen(head));
    th_fails(th_ingest_bytes(text, bytes, &params), HB_E_DATA, "t.csv:3", "1 MiB");
    memset(text, ',', bytes);
    th_fails(th_ingest_bytes(text, bytes, &params), HB_E_DATA, "t.csv:1", "1 MiB");
    hb_free(text);
}

static void test_params(void **state)
{
    (void)state;
    const char *good = "time,open,high,low,close\n1641202200,1,2,1,1\n1641202260,1,2,1,1\n";
    hb_ingest_params_t params = hb_ingest_params_default();
    assert_string_equal(params.calendar, "cme_globex_equity");
    assert_int_equal(params.max_gap_minutes, 15);
    params = th_params();
    params.tick_size = -1;
    th_fails(th_ingest(good, &params), HB_E_CONFIG, "data.tick_size", "tick");
    params = th_params();
    params.bar_size_s = 8 * 86400;
    th_fails(th_ingest(good, &params), HB_E_CONFIG, "data.bar_size", "week");
    params = th_params();
    snprintf(params.timezone, sizeof params.timezone, "Nowhere");
    th_fails(th_ingest(good, &params), HB_E_CONFIG, "data.timezone", "Nowhere");
    params = th_params();
    snprintf(params.calendar, sizeof params.calendar, "lse");
    th_fails(th_ingest(good, &params), HB_E_CONFIG, "data.calendar", "lse");
}

static void test_many_fields(void **state)
{
    (void)state;
    /* More columns than are looked at, and rows as wide. */
    const hb_ingest_params_t params = th_params();
    char *text = hb_alloc(20000, 1);
    strcpy(text, "time,open,high,low,close");
    for (int i = 0; i < 1100; i++) strcat(text, ",x");
    for (int row = 0; row < 2; row++) {
        strcat(text, row ? "\n1641202260,1,2,1,1" : "\n1641202200,1,2,1,1");
        for (int i = 0; i < 1100; i++) strcat(text, ",7");
    }
    th_ingest_t in = th_ingest(text, &params);
    assert_int_equal(in.status, HB_OK);
    assert_int_equal(in.list.count, 2);
    th_ingest_free(&in);
    hb_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dialects),      cmocka_unit_test(test_dialects_more),
        cmocka_unit_test(test_no_header),     cmocka_unit_test(test_decimal_comma_or_thousands),
        cmocka_unit_test(test_refused_whole), cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_params),        cmocka_unit_test(test_many_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
