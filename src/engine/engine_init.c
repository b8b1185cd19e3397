/* Setting up an engine: checks, then memory from the caller's arena.
 * Invariant: after hb_engine_init nothing of the engine allocates; the model set outlives it. */
#include <string.h>

#include "base_assert.h"
#include "engine_step.h"

#define ALIGN_BYTES 64u

static const char *const stage_names[HB_STAGE_COUNT] = {
#define STAGE_TEXT(name, text) [HB_STAGE_##name] = text,
    HB_STAGE_TABLE(STAGE_TEXT)
#undef STAGE_TEXT
};

const char *hb_stage_name(hb_stage_t stage)
{
    return (unsigned)stage < HB_STAGE_COUNT ? stage_names[stage] : "invalid";
}

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
}

size_t hb_engine_footprint(const hb_model_set_t *set)
{
    return aligned(hb_state_footprint()) + aligned(hb_near_scratch_footprint(&set->index.params));
}

hb_status_t hb_engine_init(hb_engine_t *engine, hb_arena_t *arena, const hb_model_set_t *set,
                           const hb_gate_limits_t *limits, const hb_clock_t *clock, hb_err_t *err)
{
    HB_ASSERT(clock->mono_ns != NULL);
    HB_TRY(hb_gate_limits_check(limits, err));
    HB_TRY(hb_model_set_check(set, err));
    const size_t need = hb_engine_footprint(set);
    if (arena->sealed || arena->cap_bytes - arena->used_bytes < need) {
        return hb_err_set(err, HB_E_INTERNAL, "engine",
                          "give the arena hb_engine_footprint() bytes",
                          "the engine needs %zu bytes, the arena has %zu", need,
                          arena->sealed ? (size_t)0 : arena->cap_bytes - arena->used_bytes);
    }
    void *stream = hb_arena_take(arena, 1, hb_state_footprint());
    void *scratch = hb_arena_take(arena, 1, hb_near_scratch_footprint(&set->index.params));
    HB_ASSERT(stream != NULL && scratch != NULL);

    memset(engine, 0, sizeof *engine);
    engine->set = set;
    engine->stream = hb_state_init(stream, set->bar_size_s);
    engine->scratch = hb_near_scratch_init(scratch, &set->index.params);
    engine->limits = *limits;
    engine->clock = *clock;
    return HB_OK;
}
