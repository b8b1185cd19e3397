/* Arena over the caller's block. Invariant: used_bytes <= cap_bytes and used_bytes is a multiple of
 * 64 or equal to cap_bytes, so that everything handed out is 64-byte aligned. */
#include "base_arena.h"

#include <string.h>

#include "base_assert.h"

#define ALIGN_BYTES 64u

void hb_arena_init(hb_arena_t *arena, void *block, size_t cap_bytes)
{
    HB_ASSERT(((uintptr_t)block & (ALIGN_BYTES - 1)) == 0);
    *arena = (hb_arena_t){.base = block, .cap_bytes = cap_bytes};
}

void *hb_arena_take(hb_arena_t *arena, size_t count, size_t size)
{
    HB_ASSERT(!arena->sealed);
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
    size_t left = arena->cap_bytes - arena->used_bytes;
    if (!arena->base || bytes > left) return NULL;
    void *p = arena->base + arena->used_bytes;
    /* The tail of the block may be shorter than the padding; it is then simply used up. */
    size_t padding = (ALIGN_BYTES - bytes % ALIGN_BYTES) % ALIGN_BYTES;
    arena->used_bytes += bytes + HB_MIN(padding, left - bytes);
    arena->peak_bytes = HB_MAX(arena->peak_bytes, arena->used_bytes);
    if (bytes) memset(p, 0, bytes);
    return p;
}

void hb_arena_seal(hb_arena_t *arena)
{
    arena->sealed = true;
}

void hb_arena_reset(hb_arena_t *arena)
{
    HB_ASSERT(!arena->sealed);
    arena->used_bytes = 0;
}
