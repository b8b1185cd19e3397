/* Indicators of fixed memory and O(1) work a bar. Private to state.
 *
 * Windows are rings that are summed afresh every bar: a running add-and-subtract sum would drift
 * and make the value depend on how long the stream has run.
 */
#ifndef HB_STATE_IND_H
#define HB_STATE_IND_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base_assert.h"

#define HB_IND_RING_MAX 96u

/* The last `size` values; zero-initialise, then set size. */
typedef struct {
    double values[HB_IND_RING_MAX];
    uint32_t size, count, at; /* count <= size; at: slot written next */
} hb_ind_ring_t;

static inline void hb_ind_push(hb_ind_ring_t *ring, double value)
{
    ring->values[ring->at] = value;
    ring->at = ring->at + 1 == ring->size ? 0 : ring->at + 1;
    if (ring->count < ring->size) ring->count++;
}

/* Value pushed `back` pushes ago (0 = last); the oldest when there are fewer. pre: count > 0. */
static inline double hb_ind_back(const hb_ind_ring_t *ring, uint32_t back)
{
    const uint32_t steps = HB_MIN(back, ring->count - 1) + 1;
    return ring->values[ring->at >= steps ? ring->at - steps : ring->at + ring->size - steps];
}

static inline double hb_ind_mean(const hb_ind_ring_t *ring)
{
    double sum = 0.0;
    for (uint32_t i = 0; i < ring->count; i++) sum += ring->values[i];
    return sum / ring->count;
}

/* Mean of |value - center|. */
static inline double hb_ind_mean_abs(const hb_ind_ring_t *ring, double center)
{
    double sum = 0.0;
    for (uint32_t i = 0; i < ring->count; i++) sum += fabs(ring->values[i] - center);
    return sum / ring->count;
}

/* Mean of (value - center)^2. */
static inline double hb_ind_mean_sq(const hb_ind_ring_t *ring, double center)
{
    double sum = 0.0;
    for (uint32_t i = 0; i < ring->count; i++) {
        sum += (ring->values[i] - center) * (ring->values[i] - center);
    }
    return sum / ring->count;
}

static inline double hb_ind_max(const hb_ind_ring_t *ring)
{
    double top = ring->values[0];
    for (uint32_t i = 1; i < ring->count; i++) top = HB_MAX(top, ring->values[i]);
    return top;
}

static inline double hb_ind_min(const hb_ind_ring_t *ring)
{
    double bottom = ring->values[0];
    for (uint32_t i = 1; i < ring->count; i++) bottom = HB_MIN(bottom, ring->values[i]);
    return bottom;
}

static inline void hb_ind_scale(hb_ind_ring_t *ring, double factor)
{
    for (uint32_t i = 0; i < ring->count; i++) ring->values[i] *= factor;
}

static inline void hb_ind_shift(hb_ind_ring_t *ring, double step)
{
    for (uint32_t i = 0; i < ring->count; i++) ring->values[i] += step;
}

/* Exponential mean: the first value seeds it. */
static inline void hb_ind_ema(double *mean, double value, double weight, bool first)
{
    *mean = first ? value : *mean + weight * (value - *mean);
}

#endif
