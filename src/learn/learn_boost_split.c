/* The best border of every feature at one level of an oblivious tree: histograms and Cosine scores.
 *
 * A border of a feature cuts every leaf at once. Its score is sum(a S) / sqrt(sum(a^2 W)) over both
 * sides of all leaves, with S the sum of gradients, W the sum of weights and a = S / (W + l2). A
 * border that cuts no leaf in two is no candidate: it would only repeat what the tree knows.
 *
 * Features are independent and run in parallel. All sums are exact (see learn_boost_int.h), so a
 * level may take a leaf's histogram from its parent's and its sibling's, or from its rows: the bits
 * are the same. Levels with many rows a leaf keep histograms and add up only the smaller child;
 * deeper ones, where a histogram is larger than the leaf, do not. Score noise is drawn per feature
 * from its own stream: a sum of eight uniforms of unit variance where CatBoost draws a normal, at a
 * tenth of the cost. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base_assert.h"
#include "learn_boost_int.h"
#include "os_thread.h"

#define PAIRS_MAX 128u /* borders are scored two at a time */

typedef double pair_t __attribute__((vector_size(16)));
typedef union {
    pair_t pair[PAIRS_MAX];
    double one[2 * PAIRS_MAX];
} series_t; /* one number a border */

typedef struct {
    series_t num, den;                     /* sums over leaves */
    int32_t cuts[HB_BOOST_BINS_MAX + 1];   /* change in the number of leaves that a border cuts */
    uint8_t barred[HB_BOOST_BINS_MAX + 1]; /* would leave a leaf with too few rows */
    hb_boost_cell_t left[2 * PAIRS_MAX];   /* of the present leaf, left of each border */
    hb_boost_cell_t hist[HB_BOOST_BINS_MAX + 1];
} scratch_t;

static void hist_add(const hb_boost_grow_t *grow, const uint8_t *column, uint32_t leaf,
                     hb_boost_cell_t *hist, uint32_t bins)
{
    memset(hist, 0, bins * sizeof *hist);
    const uint32_t *row = grow->row + grow->begin[leaf];
    const hb_boost_cell_t *cell = grow->cell + grow->begin[leaf];
    const uint32_t count = grow->count[leaf];
    for (uint32_t i = 0; i < count; i++) hist[column[row[i]]] += cell[i];
}

/* Histograms of the two children of leaf `left`, whose own lies in its place: the smaller from its
 * rows, the larger as the rest. small: scratch. */
static void hist_divide(const hb_boost_grow_t *grow, const uint8_t *column, uint32_t left,
                        hb_boost_cell_t *feature_hist, uint32_t bins, hb_boost_cell_t *small)
{
    const uint32_t right = left + (1u << (grow->level - 1));
    hb_boost_cell_t *left_hist = feature_hist + (uint64_t)left * bins;
    hb_boost_cell_t *right_hist = feature_hist + (uint64_t)right * bins;
    if (grow->count[left] + grow->count[right] == 0) return; /* nobody looks at an empty leaf */
    if (grow->count[right] <= grow->count[left]) {
        hist_add(grow, column, right, right_hist, bins);
        for (uint32_t b = 0; b < bins; b++) left_hist[b] -= right_hist[b];
        return;
    }
    hist_add(grow, column, left, small, bins);
    for (uint32_t b = 0; b < bins; b++) {
        right_hist[b] = left_hist[b] - small[b];
        left_hist[b] = small[b];
    }
}

/* Brings the stored histograms of a feature up to the present level. */
static void hist_update(hb_boost_grow_t *grow, uint32_t feature, const uint8_t *column,
                        hb_boost_cell_t *feature_hist, uint32_t bins, hb_boost_cell_t *small)
{
    const uint32_t leaves = 1u << grow->level;
    if (grow->level > 0 && grow->hist_level[feature] == grow->level) {
        for (uint32_t k = 0; k < leaves / 2; k++) {
            hist_divide(grow, column, k, feature_hist, bins, small);
        }
    } else {
        for (uint32_t k = 0; k < leaves; k++) {
            hist_add(grow, column, k, feature_hist + (uint64_t)k * bins, bins);
        }
    }
    grow->hist_level[feature] = grow->level + 1;
}

/* Sums left of each border, from both ends at once because each end waits for its own last sum.
 * *lo, *hi: the borders [lo, hi) have rows on both sides. */
static void leaf_sums(const hb_boost_cell_t *hist, uint32_t borders, hb_boost_cell_t total,
                      hb_boost_cell_t *left, uint32_t *lo, uint32_t *hi)
{
    hb_boost_cell_t up = {0, 0}, down = {0, 0};
    for (uint32_t b = 0; b < (borders + 1) / 2; b++) {
        up += hist[b];
        down += hist[borders - b];
        left[b] = up;
        left[borders - 1 - b] = total - down;
    }
    uint32_t first = 0, last = borders;
    while (first < borders && !(left[first][1] > 0)) first++;
    while (last > first && !(left[last - 1][1] < total[1])) last--;
    *lo = first;
    *hi = last;
}

static void leaf_bars(scratch_t *s, double weight_min, double total, uint32_t lo, uint32_t hi)
{
    s->cuts[lo]++;
    s->cuts[hi]--;
    for (uint32_t b = lo; b < hi && s->left[b][1] < weight_min; b++) s->barred[b] = 1;
    for (uint32_t b = hi; b > lo && total - s->left[b - 1][1] < weight_min; b--) {
        s->barred[b - 1] = 1;
    }
}

/* Borders [2 first, 2 last), which leave all of the leaf's rows on one side. */
static void leaf_score_whole(scratch_t *s, hb_boost_cell_t total, double l2, uint32_t first,
                             uint32_t last)
{
    const double a = total[0] / (total[1] + l2);
    const pair_t num = {a * total[0], a * total[0]};
    const pair_t den = {a * a * total[1], a * a * total[1]};
    for (uint32_t k = first; k < last; k++) {
        s->num.pair[k] += num;
        s->den.pair[k] += den;
    }
}

/* Adds one leaf's share of every border's score. Both sides share one division. */
static void leaf_score(const hb_boost_grow_t *grow, const hb_boost_cell_t *hist, uint32_t borders,
                       hb_boost_cell_t total, scratch_t *s)
{
    uint32_t lo, hi;
    leaf_sums(hist, borders, total, s->left, &lo, &hi);
    leaf_bars(s, grow->weight_min, total[1], lo, hi);
    const uint32_t first = lo / 2, last = HB_MAX((hi + 1) / 2, first);
    const pair_t l2 = {grow->l2, grow->l2}, one = {1, 1};
    const pair_t slope = {total[0], total[0]}, weight = {total[1], total[1]};
    leaf_score_whole(s, total, grow->l2, 0, first);
    for (uint32_t k = first; k < last; k++) {
        const hb_boost_cell_t even = s->left[2 * k], odd = s->left[2 * k + 1];
        const pair_t sl = {even[0], odd[0]}, wl = {even[1], odd[1]};
        const pair_t sr = slope - sl, wr = weight - wl;
        const pair_t dl = wl + l2, dr = wr + l2, share = one / (dl * dr);
        const pair_t al = sl * dr * share, ar = sr * dl * share;
        s->num.pair[k] += al * sl + ar * sr;
        s->den.pair[k] += al * al * wl + ar * ar * wr;
    }
    leaf_score_whole(s, total, grow->l2, last, (borders + 1) / 2);
}

static double cosine(double num, double den)
{
    return num / sqrt(1e-100 + den);
}

/* Zero mean, unit variance: eight 16-bit uniforms out of two words. */
static double noise_draw(hb_rng_t *rng, double unit)
{
    const uint64_t low = 0x0000ffff0000ffffULL;
    const uint64_t a = hb_rng_next(rng), b = hb_rng_next(rng);
    const uint64_t sums = (a & low) + (a >> 16 & low) + (b & low) + (b >> 16 & low);
    return ((double)((sums & 0xffffffffu) + (sums >> 32)) - 8 * 32767.5) * unit;
}

static hb_boost_best_t border_choose(const hb_boost_grow_t *grow, const scratch_t *s,
                                     uint32_t feature, uint32_t borders)
{
    const double *num = s->num.one, *den = s->den.one;
    const double unit = grow->noise * sqrt(12.0 / (8.0 * (0x1p32 - 1)));
    hb_rng_t rng = hb_rng_stream(grow->noise_seed, feature);
    hb_boost_best_t best = {0};
    double best_noisy = -INFINITY;
    int32_t cuts = 0;
    for (uint32_t b = 0; b < borders; b++) {
        cuts += s->cuts[b];
        if (cuts == 0 || s->barred[b]) continue;
        const double score = cosine(num[b], den[b]);
        const double noisy = unit > 0 ? score + noise_draw(&rng, unit) : score;
        if (noisy > best_noisy) {
            best_noisy = noisy;
            best = (hb_boost_best_t){score, b, true};
        }
    }
    return best;
}

static void feature_search(hb_boost_grow_t *grow, uint32_t feature)
{
    const uint32_t borders = grow->borders->first[feature + 1] - grow->borders->first[feature];
    const uint32_t bins = borders + 1;
    const uint8_t *column = grow->rows->bins + (uint64_t)feature * grow->rows->rows;
    const bool stored = grow->level < grow->hist_levels;
    hb_boost_cell_t *feature_hist = stored ? grow->hist + grow->hist_first[feature] : NULL;
    scratch_t s;
    memset(&s, 0, offsetof(scratch_t, hist)); /* the odd border after the last is read, not used */
    if (stored) hist_update(grow, feature, column, feature_hist, bins, s.hist);
    for (uint32_t k = 0; k < 1u << grow->level; k++) {
        if (!(grow->total[k][1] > 0)) continue;
        hb_boost_cell_t *hist = stored ? feature_hist + (uint64_t)k * bins : s.hist;
        if (!stored) hist_add(grow, column, k, hist, bins);
        leaf_score(grow, hist, borders, grow->total[k], &s);
    }
    grow->best[feature] = border_choose(grow, &s, feature, borders);
}

static void search_range(void *ctx, uint64_t begin, uint64_t end, uint32_t worker)
{
    (void)worker;
    hb_boost_grow_t *grow = ctx;
    for (uint64_t i = begin; i < end; i++) {
        const uint32_t feature = grow->feature[i];
        grow->best[feature].found = false;
        if (grow->tried[feature]) feature_search(grow, feature);
    }
}

void hb_boost_split_search(hb_boost_grow_t *grow)
{
    hb_os_parallel(grow->feature_count, 1, grow->params->threads, search_range, grow);
}

double hb_boost_split_base(const hb_boost_grow_t *grow)
{
    double num = 0, den = 0;
    for (uint32_t k = 0; k < 1u << grow->level; k++) {
        const double a = grow->total[k][0] / (grow->total[k][1] + grow->l2);
        num += a * grow->total[k][0];
        den += a * a * grow->total[k][1];
    }
    return cosine(num, den);
}
