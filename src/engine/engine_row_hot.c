/* The middle of the step: state > point > neighbours > row.
 *
 * Invariant: the step, training and validation all come through here, so that a row is the same
 * bits wherever it is made. Nothing but the records and the parts handed in is read.
 */
#include "engine_step.h"

void hb_engine_point(const hb_whiten_t *whiten, const hb_state_t *state, hb_point_t *point)
{
    hb_whiten_apply(whiten, state->x, point);
}

void hb_engine_neighbours(const hb_near_index_t *index, const hb_kernels_t *kernels,
                          const hb_state_t *state, const hb_point_t *point,
                          hb_near_scratch_t *scratch, hb_near_t *near, hb_row_t *row)
{
    hb_near_search(index, point, state->open_utc_at_ns, scratch, near);
    hb_row_build(kernels, index, state, hb_state_dim, point, near, row);
}

void hb_engine_row(const hb_whiten_t *whiten, const hb_near_index_t *index,
                   const hb_kernels_t *kernels, const hb_state_t *state, hb_near_scratch_t *scratch,
                   hb_point_t *point, hb_near_t *near, hb_row_t *row)
{
    hb_engine_point(whiten, state, point);
    hb_engine_neighbours(index, kernels, state, point, scratch, near, row);
}
