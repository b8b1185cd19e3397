/* Points, outcomes and whole small memories for the tests of near. */
#ifndef HB_TEST_NEAR_MAKE_H
#define HB_TEST_NEAR_MAKE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base_mem.h"
#include "near_index.h"
#include "near_kernel.h"
#include "num_dist.h"
#include "num_fn.h"
#include "th.h"

#define MINUTE_NS 60000000000LL
#define START_NS  1700000000000000000LL

/* A lifted point of n coordinates, padded to a multiple of 16. */
static inline hb_point_t make_point(const double *coords, uint32_t n)
{
    hb_point_t point = {.dim = HB_NUM_PAD(n), .finite = true};
    double sum = 1;
    for (uint32_t j = 0; j < n; j++) {
        point.z[j] = (float)coords[j];
        sum += (double)point.z[j] * point.z[j];
    }
    point.lift = (float)sqrt(sum);
    return point;
}

/* Outcome of the row whose bar is `bar` minutes after the start and whose label reads `len`
 * more. */
static inline hb_near_meta_t make_meta(int64_t bar, int64_t len)
{
    return (hb_near_meta_t){
        .start_utc_at_ns = START_NS + bar * MINUTE_NS,
        .end_utc_at_ns = START_NS + (bar + len) * MINUTE_NS,
        .bar_clock = bar,
        .outcome_atr = bar % 2 ? 0.5f : -0.5f,
        .weight = 1.0f,
        .label = bar % 2 != 0,
        .vol_bucket = (int32_t)(bar % 5),
    };
}

typedef struct {
    hb_point_t *points;
    hb_near_meta_t *meta;
    uint32_t rows, dim;
} world_t;

static inline hb_point_t make_random_point(hb_rng_t *rng, uint32_t dim)
{
    double coords[HB_STATE_DIM_MAX];
    for (uint32_t j = 0; j < dim; j++) coords[j] = hb_rng_normal(rng);
    return make_point(coords, dim);
}

/* Gaussian points, one in eight a copy of an earlier one; gaps in time; label ends that are not
 * monotone. */
static inline world_t make_world(hb_rng_t *rng, uint32_t rows, uint32_t dim)
{
    world_t world = {.rows = rows, .dim = dim};
    world.points = hb_alloc(rows, sizeof *world.points);
    world.meta = hb_alloc(rows, sizeof *world.meta);
    int64_t bar = 0;
    for (uint32_t row = 0; row < rows; row++) {
        world.points[row] = make_random_point(rng, dim);
        if (row > 0 && hb_rng_below(rng, 8) == 0) {
            world.points[row] = world.points[hb_rng_below(rng, row)];
        }
        bar += hb_rng_below(rng, 20) == 0 ? (int64_t)hb_rng_below(rng, 500) : 1;
        world.meta[row] = make_meta(bar, (int64_t)hb_rng_below(rng, 40));
        world.meta[row].label = (int32_t)hb_rng_below(rng, 2);
        world.meta[row].outcome_atr = (float)hb_rng_normal(rng);
        world.meta[row].vol_bucket = (int32_t)hb_rng_below(rng, 5);
    }
    return world;
}

static inline void drop_world(world_t *world)
{
    hb_free(world->points);
    hb_free(world->meta);
    memset(world, 0, sizeof *world);
}

static inline hb_near_index_t make_index(const world_t *world, hb_near_params_t params)
{
    hb_near_index_t index;
    hb_err_t err = {0};
    if (hb_near_build(world->points, world->meta, world->rows, &params, &index, &err) != HB_OK) {
        fail_msg("build: %s", err.message);
    }
    return index;
}

static inline hb_near_t search_once(const hb_near_index_t *index, const hb_point_t *query,
                                    int64_t query_utc_at_ns)
{
    hb_near_t near;
    void *memory = hb_alloc(1, hb_near_scratch_footprint(&index->params));
    hb_near_scratch_t *scratch = hb_near_scratch_init(memory, &index->params);
    hb_near_search(index, query, query_utc_at_ns, scratch, &near);
    hb_free(memory);
    return near;
}

#endif
