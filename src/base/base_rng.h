/* Random numbers, handed in: nothing in the project reads a global generator.
 * splitmix64 (Steele, Lea, Flood 2014) both as the generator and to derive independent streams. */
#ifndef HB_BASE_RNG_H
#define HB_BASE_RNG_H

#include <stdint.h>

typedef struct {
    uint64_t state;
} hb_rng_t;

static inline uint64_t hb_mix64(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

/* state = seed exactly, as in the golden vectors. */
static inline hb_rng_t hb_rng_init(uint64_t seed)
{
    return (hb_rng_t){seed};
}

/* An independent stream for (seed, stream): e.g. one a fold, one a tree. */
static inline hb_rng_t hb_rng_stream(uint64_t seed, uint64_t stream)
{
    return (hb_rng_t){hb_mix64(seed + 0x9e3779b97f4a7c15ULL) ^ hb_mix64(~stream)};
}

static inline uint64_t hb_rng_next(hb_rng_t *rng)
{
    rng->state += 0x9e3779b97f4a7c15ULL;
    return hb_mix64(rng->state);
}

/* Uniform in [0, 1): 53 bits. */
static inline double hb_rng_uniform(hb_rng_t *rng)
{
    return (double)(hb_rng_next(rng) >> 11) * 0x1p-53;
}

/* Uniform in [0, bound) by multiplication; pre: bound > 0. Bias < 2^-53. */
static inline uint64_t hb_rng_below(hb_rng_t *rng, uint64_t bound)
{
    return (uint64_t)(hb_rng_uniform(rng) * (double)bound);
}

#endif
