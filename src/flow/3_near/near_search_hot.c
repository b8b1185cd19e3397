/* Exact search: a scan in blocks through the SIMD distances, a threshold test against the worst
 * row kept, and an insertion for the few that pass.
 *
 * Invariant: no row enters the result whose label ended at or after the query's bar; the result is
 * the first k of all admissible rows under the total order (value, id), so that it does not depend
 * on block size, SIMD twin or order of insertion. Called by the engine for every bar and by the
 * fit for every row.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "near_int.h"
#include "num_dist.h"

typedef struct {
    int64_t query_utc_at_ns;
    uint32_t rows;     /* rows that started before the query */
    uint32_t resolved; /* of these, the leading ones that no label can reach over the query */
} near_window_t;

typedef struct {
    near_item_t *items;
    uint32_t count, cap;
    bool heap; /* a heap with the farthest on top; else sorted, nearest first */
} near_pool_t;

static inline bool is_nearer(near_item_t a, near_item_t b)
{
    return a.value < b.value || (a.value == b.value && a.id < b.id);
}

static inline near_item_t pool_worst(const near_pool_t *pool)
{
    if (pool->count < pool->cap) return (near_item_t){INFINITY, UINT32_MAX};
    return pool->heap ? pool->items[0] : pool->items[pool->cap - 1];
}

static void list_add(near_pool_t *pool, near_item_t item)
{
    uint32_t at = pool->count < pool->cap ? pool->count++ : pool->cap - 1;
    for (; at > 0 && is_nearer(item, pool->items[at - 1]); at--) {
        pool->items[at] = pool->items[at - 1];
    }
    pool->items[at] = item;
}

static void heap_add(near_pool_t *pool, near_item_t item)
{
    near_item_t *heap = pool->items;
    uint32_t at = 0;
    if (pool->count < pool->cap) {
        at = pool->count++;
        for (; at > 0 && is_nearer(heap[(at - 1) / 2], item); at = (at - 1) / 2) {
            heap[at] = heap[(at - 1) / 2];
        }
    } else { /* the farthest leaves: its place sinks until item is farther than both children */
        for (uint32_t child = 1; child < pool->count; child = 2 * at + 1) {
            if (child + 1 < pool->count && is_nearer(heap[child], heap[child + 1])) child++;
            if (!is_nearer(item, heap[child])) break;
            heap[at] = heap[child];
            at = child;
        }
    }
    heap[at] = item;
}

static void pool_add(near_pool_t *pool, near_item_t item)
{
    if (!is_nearer(item, pool_worst(pool))) return;
    if (pool->heap) {
        heap_add(pool, item);
    } else {
        list_add(pool, item);
    }
}

/* Rows that started before utc_at_ns; starts do not go back. */
static uint32_t rows_before(const hb_near_index_t *index, int64_t utc_at_ns)
{
    uint32_t lo = 0, hi = index->rows;
    while (lo < hi) {
        const uint32_t mid = lo + (hi - lo) / 2;
        if (index->meta[mid].start_utc_at_ns < utc_at_ns) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static near_window_t window_of(const hb_near_index_t *index, int64_t query_utc_at_ns)
{
    near_window_t window = {.query_utc_at_ns = query_utc_at_ns};
    int64_t sure_before;
    window.rows = rows_before(index, query_utc_at_ns);
    if (!__builtin_sub_overflow(query_utc_at_ns, index->label_ns_max, &sure_before)) {
        window.resolved = rows_before(index, sure_before);
    }
    return window;
}

static inline bool is_admissible(const hb_near_index_t *index, const near_window_t *window,
                                 uint32_t row)
{
    return row < window->resolved || index->meta[row].end_utc_at_ns < window->query_utc_at_ns;
}

/* Values of `rows` rows from `first`, lower is nearer. */
static void block_values(const hb_near_index_t *index, hb_metric_t metric, const hb_point_t *query,
                         uint32_t first, uint32_t rows, float *out)
{
    const float *z = index->z + (size_t)first * index->dim;
    switch (metric) {
    case HB_METRIC_L2:
        hb_num_l2_sq_rows(query->z, z, index->dim, rows, out);
        return;
    case HB_METRIC_LORENTZ:
        hb_num_lorentz_q_rows(query->z, query->lift, z, index->lift + first, index->dim, rows, out);
        return;
    case HB_METRIC_IP:
        hb_num_dot_rows(query->z, z, index->dim, rows, out);
        for (uint32_t i = 0; i < rows; i++) out[i] = -out[i];
        return;
    }
    HB_ASSERT(!"metric");
}

/* Rounding may push q of all but equal points below 0: there they are equal and the id decides. */
static inline float ranked_value(hb_metric_t metric, float value)
{
    return metric == HB_METRIC_IP || value > 0 ? value : 0.0f;
}

static void scan(const hb_near_index_t *index, hb_metric_t metric, const hb_point_t *query,
                 const near_window_t *window, float *block, near_pool_t *pool)
{
    for (uint32_t first = 0; first < window->rows; first += NEAR_BLOCK_ROWS) {
        const uint32_t rows = HB_MIN(NEAR_BLOCK_ROWS, window->rows - first);
        block_values(index, metric, query, first, rows, block);
        float worst = pool_worst(pool).value;
        for (uint32_t i = 0; i < rows; i++) {
            /* A value that overflowed or is not a number is no neighbour. */
            if (!(block[i] < worst && block[i] >= -FLT_MAX)) continue;
            if (!is_admissible(index, window, first + i)) continue;
            pool_add(pool, (near_item_t){ranked_value(metric, block[i]), first + i});
            worst = pool_worst(pool).value;
        }
    }
}

static void rerank(const hb_near_index_t *index, const hb_point_t *query, const near_pool_t *cand,
                   near_pool_t *best)
{
    for (uint32_t i = 0; i < cand->count; i++) {
        const uint32_t row = cand->items[i].id;
        const float q = hb_num_lorentz_q(query->z, query->lift, index->z + (size_t)row * index->dim,
                                         index->lift[row], index->dim);
        if (!(q >= -FLT_MAX)) continue;
        pool_add(best, (near_item_t){ranked_value(HB_METRIC_LORENTZ, q), row});
    }
}

static float distance_of(hb_metric_t metric, float value)
{
    switch (metric) {
    case HB_METRIC_L2:
        return sqrtf(value);
    case HB_METRIC_LORENTZ:
        return (float)hb_num_lorentz_dist((double)value);
    case HB_METRIC_IP:
        break;
    }
    return value;
}

void hb_near_search(const hb_near_index_t *index, const hb_point_t *query, int64_t query_utc_at_ns,
                    hb_near_scratch_t *scratch, hb_near_t *out)
{
    const hb_near_params_t *params = &index->params;
    const near_window_t window = window_of(index, query_utc_at_ns);
    memset(out, 0, sizeof *out);
    out->admissible_rows = window.resolved;
    for (uint32_t row = window.resolved; row < window.rows; row++) {
        out->admissible_rows += is_admissible(index, &window, row);
    }
    if (!query->finite) return;
    HB_ASSERT(query->dim == index->dim && params->k <= scratch->k);
    near_pool_t best = {.items = scratch->best, .cap = params->k};
    if (params->two_stage) {
        HB_ASSERT(params->k_cand <= scratch->k_cand);
        near_pool_t cand = {.items = scratch->cand, .cap = params->k_cand, .heap = true};
        scan(index, HB_METRIC_L2, query, &window, scratch->block, &cand);
        rerank(index, query, &cand, &best);
    } else {
        scan(index, params->metric, query, &window, scratch->block, &best);
    }
    out->count = best.count;
    for (uint32_t i = 0; i < best.count; i++) {
        out->ids[i] = best.items[i].id;
        out->dist[i] = distance_of(params->metric, best.items[i].value);
    }
}
