/* Borders and bins. Called once a fit, features in parallel.
 *
 * Borders are CatBoost's GreedyLogSum: the range of sorted values with the best score is cut again
 * and again at the edge of its median's run of equal values, the score of a cut being ln l + ln r -
 * ln n. Ties are broken as CatBoost's queue breaks them (push sifts up; pop moves the hole down
 * along larger children and sifts up), because other orders give other borders. A feature with NaN
 * spends one border on -FLT_MAX: bin 0 is then NaN alone (nan_mode Min). A constant or empty
 * feature has no border. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base_mem.h"
#include "learn_boost_int.h"
#include "num_fn.h"
#include "os_thread.h"

/* Values [lo, hi) and the best place to cut them; cut == lo when there is none. */
typedef struct {
    double score;
    uint32_t lo, hi, cut;
} range_t;

typedef struct {
    range_t *items;
    uint32_t count;
} queue_t;

/* First position in [lo, hi) whose value is at least (after: greater than) x. */
static uint32_t edge_find(const float *sorted, uint32_t lo, uint32_t hi, float x, bool after)
{
    while (lo < hi) {
        const uint32_t mid = lo + (hi - lo) / 2;
        if (sorted[mid] < x || (after && sorted[mid] == x))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static double cut_score(uint32_t lo, uint32_t hi, uint32_t cut)
{
    if (cut == lo || cut == hi) return -INFINITY;
    return hb_log(cut - lo + 1e-8) + hb_log(hi - cut + 1e-8) - hb_log(hi - lo + 1e-8);
}

static range_t range_make(const float *sorted, uint32_t lo, uint32_t hi)
{
    const uint32_t mid = lo + (hi - lo) / 2;
    const uint32_t left = edge_find(sorted, lo, mid, sorted[mid], false);
    const uint32_t right = edge_find(sorted, mid, hi, sorted[mid], true);
    const double left_score = cut_score(lo, hi, left), right_score = cut_score(lo, hi, right);
    if (left_score >= right_score) return (range_t){left_score, lo, hi, left};
    return (range_t){right_score, lo, hi, right};
}

static void sift_up(queue_t *queue, uint32_t at)
{
    const range_t moved = queue->items[at];
    while (at > 0 && queue->items[(at - 1) / 2].score < moved.score) {
        queue->items[at] = queue->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    queue->items[at] = moved;
}

static void queue_push(queue_t *queue, range_t range)
{
    queue->items[queue->count++] = range;
    sift_up(queue, queue->count - 1);
}

/* pre: not empty. */
static range_t queue_pop(queue_t *queue)
{
    const range_t top = queue->items[0];
    const uint32_t last = queue->count - 1;
    uint32_t hole = 0;
    for (uint32_t child = 1; child <= last; child = 2 * hole + 1) {
        if (child < last && queue->items[child].score < queue->items[child + 1].score) child++;
        queue->items[hole] = queue->items[child];
        hole = child;
    }
    if (hole < last) {
        queue->items[hole] = queue->items[last];
        sift_up(queue, hole);
    }
    queue->count = last;
    return top;
}

/* Sorts few values and drops equals: the ranges of the queue lie in no order. */
static uint32_t borders_order(float *border, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        const float moved = border[i];
        uint32_t at = kept;
        while (at > 0 && border[at - 1] > moved) at--;
        if (at > 0 && border[at - 1] == moved) continue;
        memmove(&border[at + 1], &border[at], (kept - at) * sizeof *border);
        border[at] = moved;
        kept++;
    }
    return kept;
}

uint32_t hb_boost_borders_find(const float *sorted, uint32_t count, uint32_t most, float *border)
{
    range_t items[HB_BOOST_BINS_MAX + 1];
    queue_t queue = {items, 0};
    if (count == 0 || most == 0) return 0;
    queue_push(&queue, range_make(sorted, 0, count));
    while (queue.count <= most && isfinite(queue.items[0].score)) {
        const range_t range = queue_pop(&queue);
        queue_push(&queue, range_make(sorted, range.lo, range.cut));
        queue_push(&queue, range_make(sorted, range.cut, range.hi));
    }
    uint32_t found = 0;
    for (uint32_t i = 0; i < queue.count; i++) {
        const uint32_t lo = queue.items[i].lo;
        if (lo == 0) continue;
        const float middle = 0.5f * sorted[lo - 1] + 0.5f * sorted[lo];
        border[found++] = middle == 0 ? 0 : middle; /* no -0 */
    }
    return borders_order(border, found);
}

/* Ascending order of float bits as unsigned numbers; back by key_float. */
static uint32_t float_key(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}

static float key_float(uint32_t key)
{
    const uint32_t bits = key >> 31 ? key & 0x7fffffffu : ~key;
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* Radix sort by bytes; four passes end where they began. */
static void keys_sort(uint32_t *keys, uint32_t *scratch, uint32_t count)
{
    for (uint32_t shift = 0; shift < 32; shift += 8) {
        uint32_t place[257] = {0};
        for (uint32_t i = 0; i < count; i++) place[(keys[i] >> shift & 255u) + 1]++;
        for (uint32_t b = 0; b < 256; b++) place[b + 1] += place[b];
        for (uint32_t i = 0; i < count; i++) {
            scratch[place[keys[i] >> shift & 255u]++] = keys[i];
        }
        uint32_t *swap = keys;
        keys = scratch;
        scratch = swap;
    }
}

typedef struct {
    const hb_boost_data_t *data;
    uint32_t most;
    float (*border)[HB_BOOST_BINS_MAX]; /* [feature_count] */
    uint32_t *count;                    /* [feature_count] */
} borders_job_t;

static void feature_borders(const borders_job_t *job, uint32_t feature)
{
    const hb_boost_data_t *data = job->data;
    uint32_t *keys = hb_alloc((size_t)data->rows * 2, sizeof *keys);
    float *sorted = hb_alloc(data->rows, sizeof *sorted);
    uint32_t count = 0;
    for (uint32_t i = 0; i < data->rows; i++) {
        const float v = data->x[(size_t)i * data->feature_count + feature];
        if (!isnan(v)) keys[count++] = float_key(v + 0.0f); /* -0 and 0 are one value */
    }
    keys_sort(keys, keys + data->rows, count);
    for (uint32_t i = 0; i < count; i++) sorted[i] = key_float(keys[i]);
    float *border = job->border[feature];
    uint32_t found = 0;
    if (count > 0 && count < data->rows) border[found++] = -FLT_MAX;
    found += hb_boost_borders_find(sorted, count, job->most - found, border + found);
    job->count[feature] = borders_order(border, found);
    hb_free(sorted);
    hb_free(keys);
}

static void borders_range(void *ctx, uint64_t begin, uint64_t end, uint32_t worker)
{
    (void)worker;
    for (uint64_t f = begin; f < end; f++) feature_borders(ctx, (uint32_t)f);
}

void hb_boost_borders_make(const hb_boost_data_t *data, const hb_boost_params_t *params,
                           hb_boost_borders_t *out)
{
    const uint32_t features = data->feature_count;
    borders_job_t job = {.data = data, .most = params->border_count};
    job.border = hb_alloc(features, sizeof *job.border);
    job.count = hb_alloc(features, sizeof *job.count);
    hb_os_parallel(features, 1, params->threads, borders_range, &job);
    out->feature_count = features;
    out->first = hb_alloc((size_t)features + 1, sizeof *out->first);
    for (uint32_t f = 0; f < features; f++) out->first[f + 1] = out->first[f] + job.count[f];
    out->border = hb_alloc(out->first[features], sizeof *out->border);
    for (uint32_t f = 0; f < features; f++) {
        memcpy(out->border + out->first[f], job.border[f], job.count[f] * sizeof *out->border);
    }
    hb_free(job.border);
    hb_free(job.count);
}

void hb_boost_borders_free(hb_boost_borders_t *borders)
{
    hb_free(borders->first);
    hb_free(borders->border);
    *borders = (hb_boost_borders_t){0};
}

typedef struct {
    const hb_boost_data_t *data;
    const hb_boost_borders_t *borders;
    uint8_t *bins;
} bins_job_t;

/* NaN is below every border. */
static void bins_range(void *ctx, uint64_t begin, uint64_t end, uint32_t worker)
{
    (void)worker;
    const bins_job_t *job = ctx;
    const hb_boost_data_t *data = job->data;
    for (uint64_t f = begin; f < end; f++) {
        const float *border = job->borders->border + job->borders->first[f];
        const uint32_t count = job->borders->first[f + 1] - job->borders->first[f];
        uint8_t *column = job->bins + f * data->rows;
        for (uint32_t i = 0; i < data->rows; i++) {
            const float v = data->x[(size_t)i * data->feature_count + f];
            column[i] = isnan(v) ? 0 : (uint8_t)edge_find(border, 0, count, v, false);
        }
    }
}

void hb_boost_bins_make(const hb_boost_data_t *data, const hb_boost_borders_t *borders,
                        uint32_t threads, uint8_t *bins)
{
    bins_job_t job = {data, borders, bins};
    hb_os_parallel(data->feature_count, 1, threads, bins_range, &job);
}
