/* Fork-join, clocks and machine facts. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base_assert.h"
#include "base_mem.h"
#include "base_rng.h"
#include "os_clock.h"
#include "os_info.h"
#include "os_thread.h"
#include "th.h"

typedef struct {
    uint64_t *values;
    uint64_t count, chunk;
    uint32_t threads;
    _Atomic uint64_t bad_calls;
    _Atomic int busy[64]; /* by worker: two calls at once would share scratch memory */
} job_t;

static void square(void *ctx, uint64_t begin, uint64_t end, uint32_t worker)
{
    job_t *job = ctx;
    bool bad = worker >= HB_MAX(job->threads, 1u) || begin >= end || end > job->count ||
               end - begin > HB_MAX(job->chunk, (uint64_t)1);
    if (worker < 64) {
        bad = bad || atomic_fetch_add(&job->busy[worker], 1) != 0;
        for (uint64_t i = begin; i < end; i++) job->values[i] += hb_mix64(i);
        atomic_fetch_sub(&job->busy[worker], 1);
    }
    if (bad) atomic_fetch_add(&job->bad_calls, 1);
}

static void each_index_once(void **state)
{
    (void)state;
    static const uint64_t counts[] = {0, 1, 2, 63, 64, 1000};
    static const uint64_t chunks[] = {0, 1, 7, 64, 5000};
    static const uint32_t threads[] = {0, 1, 2, 3, 16};
    for (size_t i = 0; i < HB_COUNT(counts) * HB_COUNT(chunks) * HB_COUNT(threads); i++) {
        job_t job = {
            .count = counts[i % 6], .chunk = chunks[i / 6 % 5], .threads = threads[i / 30]};
        job.values = hb_alloc(job.count, sizeof *job.values);
        hb_os_parallel(job.count, job.chunk, job.threads, square, &job);
        assert_int_equal(job.bad_calls, 0);
        for (uint64_t k = 0; k < job.count; k++) assert_true(job.values[k] == hb_mix64(k));
        hb_free(job.values);
    }
}

static void wide_range(void *ctx, uint64_t begin, uint64_t end, uint32_t worker)
{
    (void)worker;
    atomic_fetch_add((_Atomic uint64_t *)ctx, end - begin);
}

static void counts_near_the_limit(void **state)
{
    (void)state;
    _Atomic uint64_t total = 0;
    hb_os_parallel(UINT64_MAX, UINT64_MAX / 3, 4, wide_range, &total);
    assert_true(total == UINT64_MAX);
    total = 0;
    hb_os_parallel(UINT64_MAX, UINT64_MAX / 2, 1, wide_range, &total);
    assert_true(total == UINT64_MAX);
}

/* No stack of this size can be had, so that no thread starts: the caller does all the work. */
static void without_threads(void **state)
{
    (void)state;
    pthread_attr_t old, wide;
    assert_int_equal(pthread_getattr_default_np(&old), 0);
    assert_int_equal(pthread_getattr_default_np(&wide), 0);
    assert_int_equal(pthread_attr_setstacksize(&wide, (size_t)1 << 47), 0);
    assert_int_equal(pthread_setattr_default_np(&wide), 0);
    job_t job = {.count = 100, .chunk = 3, .threads = 4};
    job.values = hb_alloc(job.count, sizeof *job.values);
    hb_os_parallel(job.count, job.chunk, job.threads, square, &job);
    assert_int_equal(pthread_setattr_default_np(&old), 0);
    assert_int_equal(job.bad_calls, 0);
    for (uint64_t k = 0; k < job.count; k++) assert_true(job.values[k] == hb_mix64(k));
    hb_free(job.values);
    (void)pthread_attr_destroy(&old);
    (void)pthread_attr_destroy(&wide);
}

static void clocks(void **state)
{
    (void)state;
    hb_clock_t clock = hb_os_clock_real();
    int64_t last = clock.mono_ns(clock.ctx);
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock.mono_ns(clock.ctx);
        assert_true(now >= last);
        last = now;
    }
    /* After 2020-01-01 and inside 64 bits. */
    assert_true(clock.utc_ns(clock.ctx) > INT64_C(1577836800) * 1000000000);
}

static void facts(void **state)
{
    (void)state;
    hb_os_info_t info;
    memset(&info, 0xff, sizeof info);
    hb_os_info(&info);
    assert_true(strnlen(info.host, sizeof info.host) < sizeof info.host);
    assert_true(info.os[0] != '\0' && strnlen(info.os, sizeof info.os) < sizeof info.os);
    assert_true(info.cpu[0] != '\0' && strnlen(info.cpu, sizeof info.cpu) < sizeof info.cpu);
    assert_null(strpbrk(info.os, "\"\n"));
    assert_true(info.cpu_count >= 1);
    assert_int_equal(info.cpu_count, hb_os_cpu_count());
    assert_true(info.memory_bytes > 1 << 20);
    assert_true(hb_os_memory_peak_bytes() > 1 << 16);
    assert_true(hb_os_free_disk_bytes("/no/such/folder") == 0);
    assert_int_equal(setenv("HYPERBAR_TEST_PROBE", "v", 1), 0);
    assert_string_equal(hb_os_env("HYPERBAR_TEST_PROBE"), "v");
    assert_int_equal(unsetenv("HYPERBAR_TEST_PROBE"), 0);
    assert_null(hb_os_env("HYPERBAR_TEST_PROBE"));
    int fd = open("/dev/null", O_RDONLY);
    assert_true(fd >= 0);
    assert_false(hb_os_is_terminal(fd));
    (void)close(fd);
}

static void disk_space(void **state)
{
    (void)state;
    char root[256];
    th_temp_make(root);
    uint64_t free_bytes = hb_os_free_disk_bytes(root);
    th_temp_remove(root);
    assert_true(free_bytes > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_index_once),
        cmocka_unit_test(without_threads),
        cmocka_unit_test(counts_near_the_limit),
        cmocka_unit_test(clocks),
        cmocka_unit_test(facts),
        cmocka_unit_test(disk_space),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
