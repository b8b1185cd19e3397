/* Single-producer single-consumer ring of fixed-size records in the caller's memory.
 * thread: one thread pushes, one pops; the counters are C11 atomics with acquire/release order. */
#ifndef HB_BASE_RING_H
#define HB_BASE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    _Alignas(64) _Atomic uint64_t head; /* written by the producer only */
    _Alignas(64) _Atomic uint64_t tail; /* written by the consumer only */
    _Alignas(64) uint8_t *slots;
    size_t record_bytes;
    uint64_t mask; /* capacity - 1 */
} hb_ring_t;

/* pre: capacity is a power of two >= 2; slots holds capacity * record_bytes. */
void hb_ring_init(hb_ring_t *ring, void *slots, size_t record_bytes, uint64_t capacity);
bool hb_ring_push(hb_ring_t *ring, const void *record); /* false when full */
bool hb_ring_pop(hb_ring_t *ring, void *record);        /* false when empty */
uint64_t hb_ring_count(const hb_ring_t *ring);

#endif
