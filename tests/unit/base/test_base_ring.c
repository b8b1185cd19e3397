/* Histogram, ring and random streams. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base_assert.h"
#include "base_hist.h"
#include "base_ring.h"
#include "base_rng.h"
#include "th.h"

/* Wait status of fn run in a child with its messages thrown away. */
static int in_child(void (*fn)(void))
{
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (!freopen("/dev/null", "w", stderr)) _exit(99);
        (void)signal(SIGABRT, SIG_DFL);
        fn();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void hist_error_bound(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    static uint64_t values[COUNT];
    static hb_hist_t hist;
    uint64_t seed = th_seed(7);
    hb_rng_t rng = hb_rng_init(seed);
    hb_hist_reset(&hist);
    assert_int_equal(hb_hist_quantile_ns(&hist, 0.5), 0);
    uint64_t sum = 0;
    for (int i = 0; i < COUNT; i++) {
        values[i] = hb_rng_next(&rng) >> (20 + hb_rng_below(&rng, 44));
        sum += values[i];
        hb_hist_record(&hist, values[i]);
    }
    assert_int_equal(hist.count, COUNT);
    assert_int_equal(hist.sum_ns, sum);
    qsort(values, COUNT, sizeof values[0], by_value);
    assert_int_equal(hist.max_ns, values[COUNT - 1]);
    for (int i = 1; i <= 1000; i++) {
        /* 5000 * i / 1000 is a whole rank. */
        uint64_t exact = values[i * 5 - 1];
        uint64_t got = hb_hist_quantile_ns(&hist, (double)i / 1000.0);
        /* i / 1000 may round up and ask for the next rank. */
        uint64_t next = values[HB_MIN(i * 5, COUNT - 1)];
        assert_true(got >= exact);
        assert_true(got <= next + next / 32);
    }
    assert_int_equal(hb_hist_quantile_ns(&hist, 1.0), values[COUNT - 1]);
    assert_int_equal(hb_hist_quantile_ns(&hist, 7.0), values[COUNT - 1]);
    assert_true(hb_hist_quantile_ns(&hist, -1.0) >= values[0]);
    hb_hist_reset(&hist);
    assert_int_equal(hist.count, 0);
}

static void hist_edges(void **state)
{
    (void)state;
    static hb_hist_t hist;
    static const uint64_t values[] = {0,         1, 31, 32, 33, 63, 64, 65, 127, UINT64_MAX / 2,
                                      UINT64_MAX};
    for (size_t i = 0; i < HB_COUNT(values); i++) {
        hb_hist_reset(&hist);
        hb_hist_record(&hist, values[i]);
        assert_int_equal(hb_hist_quantile_ns(&hist, 0.0), values[i]);
    }
    hb_hist_record(&hist, UINT64_MAX);
    assert_true(hist.sum_ns == UINT64_MAX);
    hb_hist_reset(&hist);
    hist.buckets[3] = UINT32_MAX;
    hist.count = UINT32_MAX;
    hb_hist_record(&hist, 3);
    assert_true(hist.buckets[3] == UINT32_MAX);
    assert_int_equal(hb_hist_quantile_ns(&hist, 1.0), 3);
    /* Small values are exact. */
    hb_hist_reset(&hist);
    for (uint64_t v = 0; v < 32; v++) hb_hist_record(&hist, v);
    assert_int_equal(hb_hist_quantile_ns(&hist, 0.5), 15);
}

typedef struct {
    uint64_t number;
    uint64_t check;
    uint8_t tail[9];
} record_t;

static void ring_is_fifo(void **state)
{
    (void)state;
    record_t slots[4], record = {0};
    hb_ring_t ring;
    hb_ring_init(&ring, slots, sizeof record, 4);
    assert_false(hb_ring_pop(&ring, &record));
    uint64_t in = 0, out = 0;
    for (int round = 0; round < 10; round++) {
        while (record.number = in, hb_ring_push(&ring, &record)) in++;
        assert_int_equal(in - out, 4);
        assert_int_equal(hb_ring_count(&ring), 4);
        for (int i = 0; i < 3; i++) {
            assert_true(hb_ring_pop(&ring, &record));
            assert_int_equal(record.number, out++);
        }
        assert_int_equal(hb_ring_count(&ring), 1);
    }
}

static void ring_of_three(void)
{
    record_t slots[4];
    hb_ring_t ring;
    hb_ring_init(&ring, slots, sizeof slots[0], 3);
}

static void ring_refuses(void **state)
{
    (void)state;
    int status = in_child(ring_of_three);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

#define SENT 200000u

static void *produce(void *arg)
{
    hb_ring_t *ring = arg;
    record_t record = {0};
    for (uint64_t i = 0; i < SENT; i++) {
        record.number = i;
        record.check = hb_mix64(i);
        record.tail[8] = (uint8_t)i;
        while (!hb_ring_push(ring, &record)) sched_yield();
    }
    return NULL;
}

static void ring_two_threads(void **state)
{
    (void)state;
    static record_t slots[64];
    hb_ring_t ring;
    hb_ring_init(&ring, slots, sizeof slots[0], 64);
    pthread_t producer;
    assert_int_equal(pthread_create(&producer, NULL, produce, &ring), 0);
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < SENT; i++) {
        record_t record;
        while (!hb_ring_pop(&ring, &record)) sched_yield();
        wrong += record.number != i || record.check != hb_mix64(i) || record.tail[8] != (uint8_t)i;
    }
    assert_int_equal(pthread_join(producer, NULL), 0);
    assert_int_equal(wrong, 0);
    assert_int_equal(hb_ring_count(&ring), 0);
}

static void rng_streams(void **state)
{
    (void)state;
    /* The first outputs of splitmix64 for seed 0, from its published reference code. */
    hb_rng_t rng = hb_rng_init(0);
    assert_true(hb_rng_next(&rng) == UINT64_C(0xe220a8397b1dcdaf));
    assert_true(hb_rng_next(&rng) == UINT64_C(0x6e789e6aa1b965f4));
    hb_rng_t a = hb_rng_stream(5, 0);
    hb_rng_t b = hb_rng_stream(5, 1);
    assert_true(hb_rng_next(&a) != hb_rng_next(&b));
    for (int i = 0; i < 1000; i++) {
        double u = hb_rng_uniform(&rng);
        assert_true(u >= 0.0 && u < 1.0);
        assert_true(hb_rng_below(&rng, 7) < 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hist_error_bound), cmocka_unit_test(hist_edges),
        cmocka_unit_test(ring_is_fifo),     cmocka_unit_test(ring_refuses),
        cmocka_unit_test(ring_two_threads), cmocka_unit_test(rng_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
