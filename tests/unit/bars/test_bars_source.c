/* Sources on disk: plain, gzip and zstd; cut and damaged ones; several files merged by time. */
#include <zlib.h>
#include <zstd.h>

#include "bars_csv_int.h"
#include "bars_th.h"
#include "base_text.h"

static char dir[256];

static int setup(void **state)
{
    (void)state;
    th_temp_make(dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    th_temp_remove(dir);
    return 0;
}

static const char *path_of(const char *name)
{
    static char paths[8][512];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    return path;
}

static const char *file_put(const char *name, const void *data, size_t bytes)
{
    const char *path = path_of(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* Minute bars from..to of an hour. */
static char *text_make(int from, int to)
{
    hb_buf_t buf = {0};
    hb_buf_addf(&buf, "time,open,high,low,close,volume\n");
    for (int i = from; i < to; i++) {
        hb_buf_addf(&buf, "2023-02-02 %02d:%02d,%d,%d,%d,%d,1\n", 15 + i / 60, i % 60, 100 + i,
                    102 + i, 99 + i, 101 + i);
    }
    return buf.p;
}

static size_t gzip(const char *text, size_t bytes, char *out, size_t cap)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    char *copy = hb_alloc(bytes, 1);
    memcpy(copy, text, bytes);
    stream.next_in = (Bytef *)copy;
    stream.avail_in = (uInt)bytes;
    stream.next_out = (Bytef *)out;
    stream.avail_out = (uInt)cap;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    const size_t n = stream.total_out;
    deflateEnd(&stream);
    hb_free(copy);
    return n;
}

static hb_status_t ingest_paths(const char *const *paths, uint32_t count, th_ingest_t *in)
{
    const hb_ingest_params_t params = th_params();
    *in = (th_ingest_t){0};
    in->status = hb_ingest_csv(paths, count, &params, NULL, &in->list, &in->report, &in->err);
    return in->status;
}

static void sixty_bars(const char *path)
{
    th_ingest_t in;
    if (ingest_paths(&path, 1, &in) != HB_OK) fail_msg("%s: %s", path, in.err.message);
    assert_int_equal(in.list.count, 60);
    th_close(in.list.bars[59].close, 160, 0);
    th_ingest_free(&in);
}

static void fails(const char *path, hb_status_t status, const char *message)
{
    th_ingest_t in;
    ingest_paths(&path, 1, &in);
    th_fails(in, status, path, message);
}

static void test_packed(void **state)
{
    (void)state;
    char *text = text_make(0, 60), packed[16384];
    const size_t bytes = strlen(text);
    sixty_bars(file_put("a.csv", text, bytes));
    size_t n = gzip(text, bytes, packed, sizeof packed);
    sixty_bars(file_put("a.csv.gz", packed, n));
    sixty_bars(file_put("wrong_name.csv", packed, n));
    fails(file_put("cut.csv.gz", packed, n / 2), HB_E_DATA, "gzip data end too early");
    fails(file_put("cut_end.csv.gz", packed, n - 1), HB_E_DATA, "gzip data end too early");
    packed[n / 2] ^= 0x55;
    fails(file_put("bad.csv.gz", packed, n), HB_E_DATA, "gzip");
    /* Two members one after the other. */
    n = gzip(text, bytes / 2, packed, sizeof packed);
    n += gzip(text + bytes / 2, bytes - bytes / 2, packed + n, sizeof packed - n);
    sixty_bars(file_put("two.csv.gz", packed, n));
    n = ZSTD_compress(packed, sizeof packed, text, bytes, 3);
    sixty_bars(file_put("a.csv.zst", packed, n));
    fails(file_put("cut.csv.zst", packed, n / 2), HB_E_DATA, "zstd data end too early");
    packed[n / 2] ^= 0x55;
    packed[5] ^= 0x7f;
    fails(file_put("bad.csv.zst", packed, n), HB_E_DATA, "zstd");
    const size_t first = ZSTD_compress(packed, sizeof packed, text, bytes / 2, 3);
    n = first + ZSTD_compress(packed + first, sizeof packed - first, text + bytes / 2,
                              bytes - bytes / 2, 3);
    sixty_bars(file_put("two.csv.zst", packed, n));
    hb_free(text);
}

/* Texts that need the buffer to grow several times. */
static void test_large_packed(void **state)
{
    (void)state;
    hb_buf_t buf = {0};
    hb_buf_addf(&buf, "time,open,high,low,close,volume\n");
    for (int i = 0; i < 20000; i++) hb_buf_addf(&buf, "%d,1,1,1,1,1\n", 1641202200 + 60 * i);
    char *packed = hb_alloc(buf.len, 1);
    const char *paths[] = {file_put("large.csv.gz", packed, gzip(buf.p, buf.len, packed, buf.len)),
                           NULL};
    th_ingest_t in;
    assert_int_equal(ingest_paths(paths, 1, &in), HB_OK);
    assert_int_equal(in.list.count, 20000);
    th_ingest_free(&in);
    paths[0] = file_put("large.csv.zst", packed, ZSTD_compress(packed, buf.len, buf.p, buf.len, 1));
    assert_int_equal(ingest_paths(paths, 1, &in), HB_OK);
    assert_int_equal(in.list.count, 20000);
    th_ingest_free(&in);
    hb_free(packed);
    hb_buf_fini(&buf);
}

static void test_no_file(void **state)
{
    (void)state;
    th_ingest_t in;
    fails(path_of("missing.csv"), HB_E_IO, "missing.csv");
    fails(dir, HB_E_IO, "folder");
    fails(file_put("empty.csv", "", 0), HB_E_DATA, "empty");
    assert_int_equal(ingest_paths(NULL, 0, &in), HB_E_USAGE);
}

static void test_several_files(void **state)
{
    (void)state;
    char *first = text_make(0, 30), *second = text_make(20, 50);
    const char *paths[] = {file_put("2.csv", second, strlen(second)),
                           file_put("1.csv", first, strlen(first))};
    th_ingest_t in;
    assert_int_equal(ingest_paths(paths, 2, &in), HB_OK);
    assert_int_equal(in.list.count, 50);
    assert_int_equal(in.report.counts[HB_QA_DUPLICATE_TIMESTAMP], 10);
    assert_int_equal(in.report.rows_read, 60);
    for (uint32_t i = 0; i < 50; i++) th_close(in.list.bars[i].open, 100 + i, 0);
    th_ingest_free(&in);
    hb_free(first);
    hb_free(second);
}

/* A file whose dates could be read either way follows one that proves an order. */
static void test_order_across_files(void **state)
{
    (void)state;
    const char *open =
        "time,open,high,low,close\n03/04/2023 9:00,1,1,1,1\n03/04/2023 9:30,1,1,1,1\n";
    const char *day =
        "time,open,high,low,close\n13/04/2023 9:00,1,1,1,1\n13/04/2023 9:30,1,1,1,1\n";
    const char *month =
        "time,open,high,low,close\n4/14/2023 9:00,1,1,1,1\n4/14/2023 9:30,1,1,1,1\n";
    const char *iso =
        "time,open,high,low,close\n2023-04-15 9:00,1,1,1,1\n2023-04-15 9:30,1,1,1,1\n";
    const char *paths[] = {file_put("open.csv", open, strlen(open)),
                           file_put("day.csv", day, strlen(day)),
                           file_put("month.csv", month, strlen(month))};
    th_ingest_t in;
    assert_int_equal(ingest_paths(paths, 2, &in), HB_OK);
    char text[32];
    hb_format_utc(in.list.bars[0].open_utc_at_ns, text);
    assert_string_equal(text, "2023-04-03T09:00:00Z");
    th_ingest_free(&in);
    ingest_paths(paths, 3, &in);
    th_fails(in, HB_E_DATA, "open.csv:2", "undecidable");
    paths[0] = file_put("iso.csv", iso, strlen(iso));
    assert_int_equal(ingest_paths(paths, 2, &in), HB_OK);
    assert_int_equal(in.list.count, 4);
    assert_non_null(strstr(in.report.notes, "files differ in their date order"));
    th_ingest_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packed),
        cmocka_unit_test(test_large_packed),
        cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_several_files),
        cmocka_unit_test(test_order_across_files),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
