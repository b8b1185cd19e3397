/* Arena: memory handed out in order from one block that the caller owns, given back all at once.
 *
 * Three of them serve the engine: process (sealed after start), step (reset each bar), load (maps).
 * Invariant: used_bytes <= cap_bytes; a sealed arena hands out nothing more.
 */
#ifndef HB_BASE_ARENA_H
#define HB_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint8_t *base; /* keeps: the caller's block, 64-byte aligned */
    size_t cap_bytes;
    size_t used_bytes;
    size_t peak_bytes;
    bool sealed;
} hb_arena_t;

void hb_arena_init(hb_arena_t *arena, void *block, size_t cap_bytes);
/* count * size bytes, zeroed, 64-byte aligned; NULL when the block is too small.
 * pre: not sealed (asserted). */
void *hb_arena_take(hb_arena_t *arena, size_t count, size_t size);
void hb_arena_seal(hb_arena_t *arena);
void hb_arena_reset(hb_arena_t *arena); /* pre: not sealed */

#endif
