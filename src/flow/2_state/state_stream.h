/* The state stream: one bar in, one state out, O(1) a bar, no allocation. Batch and live call just
 * this.
 *
 * Features are scale-free and causal; raw price levels never enter. Windows are fixed rings; a
 * contract roll (HB_BAR_ROLL) rescales the kept prices by new open / old close, so that the roll is
 * no return. Not ready until HB_STATE_WARMUP_BARS bars have been seen.
 */
#ifndef HB_STATE_STREAM_H
#define HB_STATE_STREAM_H

#include <stddef.h>

#include "rec_bar.h"
#include "rec_state.h"

#define HB_STATE_WARMUP_BARS 300u

/* One line a feature: name, what it is, expected range (clip). */
typedef struct {
    const char *name;
    const char *what;
    double lo, hi; /* clip applied at the source; also the schema's range */
} hb_state_feature_t;

extern const hb_state_feature_t hb_state_schema[];
extern const uint32_t hb_state_dim; /* <= HB_STATE_DIM_MAX */

typedef struct hb_state_stream hb_state_stream_t; /* opaque; memory is the caller's */

size_t hb_state_footprint(void);
/* In the caller's 64-byte aligned memory of hb_state_footprint() bytes.
 * bar_size_s: seconds of one bar. */
hb_state_stream_t *hb_state_init(void *memory, uint32_t bar_size_s);
/* Takes one bar that passes hb_bar_check, strictly later than the last. hot: cannot fail. */
void hb_state_update(hb_state_stream_t *stream, const hb_bar_t *bar, hb_state_t *out);

#endif
