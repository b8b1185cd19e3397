/* A fork-join over rows or folds. The result never depends on the thread count: each index is
 * computed alone and writes only what belongs to it. */
#ifndef HB_OS_THREAD_H
#define HB_OS_THREAD_H

#include <stdint.h>

/* Calls fn(ctx, begin, end, worker) for chunks of [0, count) on `threads` threads (1 = inline).
 * worker in [0, threads) for per-thread scratch. Chunks are handed out dynamically. */
typedef void (*hb_range_fn)(void *ctx, uint64_t begin, uint64_t end, uint32_t worker);
void hb_os_parallel(uint64_t count, uint64_t chunk, uint32_t threads, hb_range_fn fn, void *ctx);

uint32_t hb_os_cpu_count(void);

#endif
