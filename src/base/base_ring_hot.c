/* Single-producer single-consumer ring. Invariant: head - tail is the number of records inside and
 * never exceeds the capacity; counters only grow (2^64 records outlast any process). The producer's
 * release store of head publishes the record's bytes; the consumer's release store of tail gives
 * the slot back. Method: Lamport's bounded queue (1983) with C11 acquire/release order. */
#include "base_ring.h"

#include <string.h>

#include "base_assert.h"

void hb_ring_init(hb_ring_t *ring, void *slots, size_t record_bytes, uint64_t capacity)
{
    HB_ASSERT(capacity >= 2 && (capacity & (capacity - 1)) == 0);
    HB_ASSERT(slots && record_bytes > 0);
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    ring->slots = slots;
    ring->record_bytes = record_bytes;
    ring->mask = capacity - 1;
}

bool hb_ring_push(hb_ring_t *ring, const void *record)
{
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    if (head - tail > ring->mask) return false;
    memcpy(ring->slots + (head & ring->mask) * ring->record_bytes, record, ring->record_bytes);
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    return true;
}

bool hb_ring_pop(hb_ring_t *ring, void *record)
{
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
    if (head == tail) return false;
    memcpy(record, ring->slots + (tail & ring->mask) * ring->record_bytes, ring->record_bytes);
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
    return true;
}

uint64_t hb_ring_count(const hb_ring_t *ring)
{
    /* Tail first: a third thread may then see too many, never a negative count. */
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
    return HB_MIN(head - tail, ring->mask + 1);
}
