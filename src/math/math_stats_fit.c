/* Isotonic regression and projection onto the simplex.
 *
 * source: pool adjacent violators (Barlow et al. 1972), each block once on a stack: O(n); Duchi,
 * Shalev-Shwartz, Singer & Chandra 2008, figure 1.
 */
#include "math_stats.h"

#include <stddef.h>

#include "base_assert.h"
#include "base_mem.h"

typedef struct {
    double mean, weight;
    uint32_t count;
} block_t;

static block_t pool(block_t a, block_t b)
{
    const double weight = a.weight + b.weight;
    const uint32_t count = a.count + b.count;
    /* Rows without weight must not turn the mean into 0/0: they count equally among themselves. */
    const double mean = weight > 0.0 ? (a.weight * a.mean + b.weight * b.mean) / weight
                                     : (a.count * a.mean + b.count * b.mean) / count;
    return (block_t){mean, weight, count};
}

void hb_isotonic(const double *y, const double *w, uint32_t n, double *fit)
{
    block_t *stack = hb_alloc(n, sizeof *stack);
    size_t depth = 0;
    for (uint32_t i = 0; i < n; i++) {
        block_t block = {y[i], w ? w[i] : 1.0, 1};
        while (depth > 0 && stack[depth - 1].mean >= block.mean) {
            block = pool(stack[--depth], block);
        }
        stack[depth++] = block;
    }
    uint32_t at = 0;
    for (size_t b = 0; b < depth; b++) {
        for (uint32_t k = 0; k < stack[b].count; k++) fit[at++] = stack[b].mean;
    }
    hb_free(stack);
}

void hb_simplex_project(const double *v, uint32_t n, double *out)
{
    HB_ASSERT(n > 0);
    double *sorted = hb_alloc(n, sizeof *sorted);
    for (uint32_t i = 0; i < n; i++) sorted[i] = v[i];
    hb_sort_doubles(sorted, n);
    double sum = 0.0, shift = 0.0;
    for (uint32_t k = 1; k <= n; k++) { /* largest first */
        const double value = sorted[n - k];
        sum += value;
        const double candidate = (sum - 1.0) / k;
        if (value - candidate > 0.0) shift = candidate;
    }
    for (uint32_t i = 0; i < n; i++) out[i] = HB_MAX(v[i] - shift, 0.0);
    hb_free(sorted);
}
