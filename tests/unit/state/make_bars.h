/* Random but valid 5-minute bars for the state tests. */
#ifndef HB_TEST_MAKE_BARS_H
#define HB_TEST_MAKE_BARS_H

#include "base_mem.h"
#include "num_fn.h"
#include "rec_bar.h"
#include "state_stream.h"

/* A geometric walk with changing volatility; each bar opens at the last close. */
static inline hb_bar_t *make_bars(uint64_t seed, uint32_t count)
{
    hb_bar_t *bars = hb_alloc(count, sizeof *bars);
    hb_rng_t rng = hb_rng_init(seed);
    double price = 4000.0, vol = 0.001;
    for (uint32_t i = 0; i < count; i++) {
        vol = 0.0002 + 0.97 * (vol - 0.0002) + 0.0001 * hb_rng_uniform(&rng);
        const double open = price, close = open * hb_exp(vol * hb_rng_normal(&rng));
        const double top = open > close ? open : close, bottom = open < close ? open : close;
        bars[i] = (hb_bar_t){.open_utc_at_ns = (int64_t)i * 300 * 1000000000,
                             .open = open,
                             .close = close,
                             .high = top * (1.0 + vol * hb_rng_uniform(&rng)),
                             .low = bottom * (1.0 - vol * hb_rng_uniform(&rng)),
                             .volume = (double)hb_rng_below(&rng, 5000),
                             .session_day = 19000 + (int32_t)(i / 276),
                             .session_min = (int32_t)(i % 276) * 5,
                             .session_len_min = 1380};
        price = close;
    }
    return bars;
}

/* States of a fresh stream; free with hb_free. */
static inline hb_state_t *run_bars(const hb_bar_t *bars, uint32_t count)
{
    hb_state_t *states = hb_alloc(count, sizeof *states);
    void *memory = hb_alloc(1, hb_state_footprint());
    hb_state_stream_t *stream = hb_state_init(memory, 300);
    for (uint32_t i = 0; i < count; i++) hb_state_update(stream, &bars[i], &states[i]);
    hb_free(memory);
    return states;
}

static inline int column_of(const char *name)
{
    for (uint32_t i = 0; i < hb_state_dim; i++) {
        if (strcmp(hb_state_schema[i].name, name) == 0) return (int)i;
    }
    fail_msg("no feature %s", name);
    return -1;
}

#endif
