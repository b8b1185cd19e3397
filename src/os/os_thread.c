/* Fork-join over an index range. Invariant: every chunk is handed out exactly once, by one atomic
 * counter, and all of them are done when hb_os_parallel returns. Which worker takes a chunk is left
 * to chance; callers write only what belongs to an index, so that no result shows it. */
#include "os_thread.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base_assert.h"
#include "base_mem.h"

typedef struct {
    uint64_t count, chunk, chunk_count;
    hb_range_fn fn;
    void *ctx;
    _Atomic uint64_t next;
} hb_job_t;

typedef struct {
    hb_job_t *job;
    uint32_t worker;
    pthread_t thread;
} hb_worker_t;

static void work(hb_job_t *job, uint32_t worker)
{
    for (;;) {
        uint64_t i = atomic_fetch_add_explicit(&job->next, 1, memory_order_relaxed);
        if (i >= job->chunk_count) return;
        uint64_t begin = i * job->chunk;
        job->fn(job->ctx, begin, begin + HB_MIN(job->chunk, job->count - begin), worker);
    }
}

static void *thread_main(void *arg)
{
    hb_worker_t *self = arg;
    work(self->job, self->worker);
    return NULL;
}

void hb_os_parallel(uint64_t count, uint64_t chunk, uint32_t threads, hb_range_fn fn, void *ctx)
{
    if (count == 0) return;
    hb_job_t job = {.count = count, .chunk = HB_MAX(chunk, (uint64_t)1), .fn = fn, .ctx = ctx};
    job.chunk_count = count / job.chunk + (count % job.chunk != 0);
    if (threads > job.chunk_count) threads = (uint32_t)job.chunk_count;
    if (threads <= 1) {
        work(&job, 0);
        return;
    }
    hb_worker_t *workers = hb_alloc(threads, sizeof *workers);
    /* The caller is worker 0. When no more threads can be had, those that run do all the work. */
    uint32_t started = 1;
    for (; started < threads; started++) {
        workers[started].job = &job;
        workers[started].worker = started;
        if (pthread_create(&workers[started].thread, NULL, thread_main, &workers[started]) != 0) {
            break;
        }
    }
    work(&job, 0);
    for (uint32_t i = 1; i < started; i++) (void)pthread_join(workers[i].thread, NULL);
    hb_free(workers);
}

uint32_t hb_os_cpu_count(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) {
        return (uint32_t)CPU_COUNT(&set);
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (uint32_t)online : 1;
}
