/* Files: what is read is whole, what is published is whole, and nothing half written stays. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_assert.h"
#include "base_mem.h"
#include "os_file.h"
#include "os_file_int.h"
#include "th.h"

static char root[256];

static const char *at(const char *name)
{
    static char paths[8][512];
    static unsigned turn;
    char *path = paths[turn++ % HB_COUNT(paths)];
    (void)snprintf(path, sizeof paths[0], "%s/%s", root, name);
    return path;
}

static int setup(void **state)
{
    (void)state;
    th_temp_make(root);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    th_temp_remove(root);
    return 0;
}

static void expect_content(const char *path, const char *want)
{
    char *data = NULL;
    size_t size = 0;
    hb_err_t err = {0};
    if (hb_os_read(path, SIZE_MAX, &data, &size, &err) != HB_OK) fail_msg("%s", err.message);
    assert_int_equal(size, strlen(want));
    assert_memory_equal(data, want, size + 1);
    hb_free(data);
}

static size_t entry_count(void)
{
    char **names = NULL;
    size_t count = 0;
    assert_int_equal(hb_os_dir_list(root, false, &names, &count, NULL), HB_OK);
    hb_os_names_free(names, count);
    return count;
}

static void expect_io(hb_status_t status, const hb_err_t *err, const char *part)
{
    assert_int_equal(status, HB_E_IO);
    assert_int_equal(err->status, HB_E_IO);
    if (!strstr(err->message, part)) fail_msg("\"%s\" has no \"%s\"", err->message, part);
    assert_true(err->hint[0] != '\0');
    assert_true(err->where[0] != '\0');
}

static void write_and_read(void **state)
{
    (void)state;
    hb_err_t err = {0};
    assert_int_equal(hb_os_write_atomic(at("a"), "first", 5, &err), HB_OK);
    expect_content(at("a"), "first");
    assert_int_equal(hb_os_write_atomic(at("a"), "second one", 10, &err), HB_OK);
    expect_content(at("a"), "second one");
    assert_int_equal(hb_os_write_atomic(at("a"), NULL, 0, &err), HB_OK);
    expect_content(at("a"), "");
    assert_int_equal(entry_count(), 1);
    assert_int_equal(err.status, HB_OK);
}

static void write_relative(void **state)
{
    (void)state;
    char before[1024];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(root), 0);
    hb_status_t status = hb_os_write_atomic("plain_name", "x", 1, NULL);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(status, HB_OK);
    expect_content(at("plain_name"), "x");
}

static void read_limits(void **state)
{
    (void)state;
    hb_err_t err = {0};
    char *data = NULL;
    size_t size = 77;
    assert_int_equal(hb_os_write_atomic(at("a"), "12345", 5, NULL), HB_OK);
    assert_int_equal(hb_os_read(at("a"), 5, &data, &size, &err), HB_OK);
    hb_free(data);
    data = NULL;
    size = 77;
    assert_int_equal(hb_os_read(at("a"), 4, &data, &size, &err), HB_E_DATA);
    assert_null(data);
    assert_int_equal(size, 77);
    /* The kernel says size 0 for this one. */
    assert_int_equal(hb_os_read("/proc/self/status", 1 << 20, &data, &size, NULL), HB_OK);
    assert_true(size > 100 && strlen(data) == size);
    hb_free(data);
}

static void read_refuses(void **state)
{
    (void)state;
    char *data = NULL;
    size_t size = 0;
    hb_map_t map = {0};
    assert_int_equal(mkfifo(at("pipe"), 0600), 0);
    static const struct {
        const char *name, *part;
    } cases[] = {{"none", "No such file"}, {".", "a folder"}, {"pipe", "not a regular file"}};
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        hb_err_t err = {0};
        expect_io(hb_os_read(at(cases[i].name), 100, &data, &size, &err), &err, cases[i].part);
        err = (hb_err_t){0};
        expect_io(hb_os_map(at(cases[i].name), &map, &err), &err, cases[i].part);
    }
    assert_null(data);
    assert_null(map.data);
    hb_err_t err = {0};
    assert_int_equal(hb_os_write_atomic(at("a"), "x", 1, NULL), HB_OK);
    expect_io(hb_os_read(at("a/b"), 100, &data, &size, &err), &err, "Not a directory");
}

static void map_file(void **state)
{
    (void)state;
    hb_map_t map = {0};
    hb_os_unmap(&map);
    hb_os_unmap(NULL);
    assert_int_equal(hb_os_write_atomic(at("a"), "mapped", 6, NULL), HB_OK);
    assert_int_equal(hb_os_map(at("a"), &map, NULL), HB_OK);
    assert_int_equal(map.size_bytes, 6);
    assert_memory_equal(map.data, "mapped", 6);
    /* The old bytes stay mapped while the name gets new ones. */
    assert_int_equal(hb_os_write_atomic(at("a"), "others", 6, NULL), HB_OK);
    assert_memory_equal(map.data, "mapped", 6);
    hb_os_unmap(&map);
    assert_null(map.data);
    assert_int_equal(hb_os_write_atomic(at("a"), "", 0, NULL), HB_OK);
    assert_int_equal(hb_os_map(at("a"), &map, NULL), HB_OK);
    assert_int_equal(map.size_bytes, 0);
    assert_null(map.data);
    hb_os_unmap(&map);
}

static void write_refuses(void **state)
{
    (void)state;
    hb_err_t err = {0};
    expect_io(hb_os_write_atomic(at("none/a"), "x", 1, &err), &err, "No such file");
    err = (hb_err_t){0};
    expect_io(hb_os_write_atomic(root, "x", 1, &err), &err, "a folder");
    err = (hb_err_t){0};
    expect_io(hb_os_write_atomic("/dev/full", "x", 1, &err), &err, "not a regular file");
    struct stat info;
    assert_int_equal(stat("/dev/full", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
    char *name = hb_alloc(5001, 1);
    memset(name, 'n', 5000);
    err = (hb_err_t){0};
    expect_io(hb_os_write_atomic(name, "x", 1, &err), &err, "too long");
    hb_os_out_t *out = hb_alloc(1, sizeof *out);
    err = (hb_err_t){0};
    expect_io(hb_os_out_open(out, name, &err), &err, "too long");
    name[300] = '\0';
    err = (hb_err_t){0};
    expect_io(hb_os_write_atomic(at(name), "x", 1, &err), &err, "too long");
    err = (hb_err_t){0};
    expect_io(hb_os_out_open(out, at("none/a"), &err), &err, "No such file");
    hb_os_out_abort(out);
    hb_free(out);
    hb_free(name);
    assert_int_equal(entry_count(), 0);
}

/* A temporary of a crashed process with our pid and number must not stop us. */
static void leftover_is_stepped_over(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "a.tmp.%ld.%d", (long)getpid(), i);
        int fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL, 0600);
        assert_true(fd >= 0);
        (void)close(fd);
    }
    assert_int_equal(hb_os_write_atomic(at("a"), "x", 1, NULL), HB_OK);
    expect_content(at("a"), "x");
    assert_int_equal(entry_count(), 61);
}

static void stream_commit(void **state)
{
    (void)state;
    static hb_os_out_t out;
    assert_int_equal(hb_os_out_open(&out, at("a"), NULL), HB_OK);
    (void)fprintf(out.file, "%d lines\n", 3);
    assert_false(hb_os_exists(at("a")));
    assert_int_equal(hb_os_out_commit(&out, NULL), HB_OK);
    expect_content(at("a"), "3 lines\n");
    hb_os_out_abort(&out);
    expect_content(at("a"), "3 lines\n");
    hb_err_t err = {0};
    assert_int_equal(hb_os_out_commit(&out, &err), HB_E_INTERNAL);
    assert_int_equal(entry_count(), 1);
}

static void stream_abort(void **state)
{
    (void)state;
    static hb_os_out_t out;
    hb_os_out_abort(&out);
    hb_os_out_abort(NULL);
    assert_int_equal(hb_os_write_atomic(at("a"), "old", 3, NULL), HB_OK);
    assert_int_equal(hb_os_out_open(&out, at("a"), NULL), HB_OK);
    (void)fprintf(out.file, "new");
    hb_os_out_abort(&out);
    expect_content(at("a"), "old");
    assert_int_equal(entry_count(), 1);
}

/* The folder disappears between open and commit. */
static void stream_loses_folder(void **state)
{
    (void)state;
    static hb_os_out_t out;
    assert_int_equal(mkdir(at("d"), 0700), 0);
    assert_int_equal(hb_os_out_open(&out, at("d/a"), NULL), HB_OK);
    hb_os_dir_remove(at("d"));
    hb_err_t err = {0};
    expect_io(hb_os_out_commit(&out, &err), &err, "No such file");
    assert_null(out.file);
}

enum { FULL_ATOMIC = 1, FULL_STREAM_LATE, FULL_STREAM_EARLY, FULL_STREAM_LAST };

static hb_status_t write_too_much(int how, hb_err_t *err)
{
    static char block[1 << 16];
    static hb_os_out_t out;
    if (how == FULL_ATOMIC) return hb_os_write_atomic(at("a"), block, sizeof block, err);
    hb_status_t status = hb_os_out_open(&out, at("a"), err);
    if (status != HB_OK) return status;
    (void)fwrite(block, 1, how == FULL_STREAM_LATE ? 2000 : sizeof block, out.file);
    /* The last write fits into the buffer again, but the stream has failed for good. */
    if (how == FULL_STREAM_LAST) (void)fwrite(block, 1, 10, out.file);
    status = hb_os_out_commit(&out, err);
    return out.file ? HB_E_INTERNAL : status;
}

/* The file size limit of the process plays the full disk. */
static void full_disk_keeps_the_old_file(void **state)
{
    (void)state;
    assert_int_equal(hb_os_write_atomic(at("a"), "old", 3, NULL), HB_OK);
    for (int how = FULL_ATOMIC; how <= FULL_STREAM_LAST; how++) {
        struct rlimit old, low;
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
        low = old;
        low.rlim_cur = 1000;
        void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
        (void)fflush(NULL);
        int limited = setrlimit(RLIMIT_FSIZE, &low);
        hb_err_t err = {0};
        hb_status_t status = write_too_much(how, &err);
        (void)setrlimit(RLIMIT_FSIZE, &old);
        (void)signal(SIGXFSZ, handler);
        assert_int_equal(limited, 0);
        expect_io(status, &err, "cannot write");
        expect_content(at("a"), "old");
        assert_int_equal(entry_count(), 1);
    }
}

/* The final name becomes a folder between open and commit: the rename fails. */
static void publish_over_a_folder(void **state)
{
    (void)state;
    static hb_os_out_t out;
    assert_int_equal(hb_os_out_open(&out, at("a"), NULL), HB_OK);
    assert_int_equal(mkdir(at("a"), 0700), 0);
    hb_err_t err = {0};
    expect_io(hb_os_out_commit(&out, &err), &err, "cannot publish");
    assert_int_equal(entry_count(), 1);
}

static void system_calls_fail(void **state)
{
    (void)state;
    char *data = NULL;
    size_t size = 0;
    hb_err_t err = {0};
    /* A regular file that opens and cannot be read at offset 0. */
    expect_io(hb_os_read("/proc/self/mem", 100, &data, &size, &err), &err, "cannot read");
    assert_null(data);
    assert_int_equal(hb_os_write_atomic(at("a"), "x", 1, NULL), HB_OK);
    struct rlimit old, low;
    assert_int_equal(getrlimit(RLIMIT_AS, &old), 0);
    low = old;
    low.rlim_cur = 4096;
    hb_map_t map = {0};
    err = (hb_err_t){0};
    int limited = setrlimit(RLIMIT_AS, &low);
    hb_status_t status = hb_os_map(at("a"), &map, &err);
    (void)setrlimit(RLIMIT_AS, &old);
    assert_int_equal(limited, 0);
    expect_io(status, &err, "cannot map");
    assert_null(map.data);
}

static void every_error_has_a_hint(void **state)
{
    (void)state;
    static const struct {
        int error_number;
        const char *part;
    } cases[] = {
        {ENOSPC, "disk is full"},  {EDQUOT, "disk is full"}, {EACCES, "permissions"},
        {EPERM, "permissions"},    {EROFS, "read-only"},     {ENOENT, "exist"},
        {ENOTDIR, "not a folder"}, {EISDIR, "not a folder"}, {EMFILE, "ulimit -n"},
        {ENFILE, "ulimit -n"},     {EFBIG, "ulimit -f"},     {ENAMETOOLONG, "shorter"},
        {EEXIST, "another name"},  {EIO, "check the disk"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        hb_err_t err = {0};
        int number = cases[i].error_number;
        expect_io(hb_os_io_fail(&err, "cannot write", "some/path", number), &err, strerror(number));
        assert_non_null(strstr(err.hint, cases[i].part));
        assert_string_equal(err.where, "some/path");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(write_and_read, setup, teardown),
        cmocka_unit_test_setup_teardown(write_relative, setup, teardown),
        cmocka_unit_test_setup_teardown(read_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(read_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(map_file, setup, teardown),
        cmocka_unit_test_setup_teardown(write_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(leftover_is_stepped_over, setup, teardown),
        cmocka_unit_test_setup_teardown(stream_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(stream_abort, setup, teardown),
        cmocka_unit_test_setup_teardown(stream_loses_folder, setup, teardown),
        cmocka_unit_test_setup_teardown(full_disk_keeps_the_old_file, setup, teardown),
        cmocka_unit_test_setup_teardown(publish_over_a_folder, setup, teardown),
        cmocka_unit_test_setup_teardown(system_calls_fail, setup, teardown),
        cmocka_unit_test(every_error_has_a_hint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
