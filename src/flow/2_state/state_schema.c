/* The schema of the state vector: names, meanings and clip ranges from state_features.h. */
#include "state_features.h"
#include "state_stream.h"

const hb_state_feature_t hb_state_schema[] = {
#define HB_STATE_LINE(index, name, lo, hi, what) {name, what, lo, hi},
    HB_STATE_FEATURES(HB_STATE_LINE)
#undef HB_STATE_LINE
};

const uint32_t hb_state_dim = HB_X_COUNT;

_Static_assert(HB_X_COUNT <= HB_STATE_DIM_MAX, "the state vector is full");
