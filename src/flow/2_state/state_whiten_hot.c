/* Applies a fitted whitening to one state: the data plane's way from features to a hyperboloid
 * point.
 *
 * Invariant: a point is finite only when every kept feature was finite; clipping never hides an
 * infinity. The lift is taken from the rounded float coordinates, so lift and z belong together.
 */
#include "state_whiten.h"

#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "math_linalg.h"
#include "num_dist.h"

void hb_whiten_apply(const hb_whiten_t *whiten, const double *x, hb_point_t *out)
{
    double centred[HB_STATE_DIM_MAX], z[HB_STATE_DIM_MAX], norm_sq = 0.0;
    bool finite = true;
    for (uint32_t k = 0; k < whiten->kept_dim; k++) {
        const double raw = x[whiten->kept[k]];
        finite = finite && isfinite(raw);
        const double cut = HB_CLAMP(raw, whiten->winsor_lo[k], whiten->winsor_hi[k]);
        centred[k] = cut / whiten->mad[k] - whiten->location[k];
    }
    hb_mat_vec(whiten->root, whiten->out_dim, whiten->kept_dim, centred, z);
    const double shrink = 1.0 / sqrt(whiten->temperature);
    for (uint32_t i = 0; i < whiten->out_dim; i++) {
        z[i] *= shrink;
        norm_sq += z[i] * z[i];
    }
    const double norm = sqrt(norm_sq);
    const double cap = norm > whiten->norm_cap ? whiten->norm_cap / norm : 1.0;
    memset(out, 0, sizeof *out);
    double lift_sq = 1.0;
    for (uint32_t i = 0; i < whiten->out_dim; i++) {
        out->z[i] = (float)(z[i] * cap);
        lift_sq += (double)out->z[i] * (double)out->z[i];
    }
    out->lift = (float)sqrt(lift_sq);
    out->dim = HB_NUM_PAD(whiten->out_dim);
    out->finite = finite && isfinite(norm) && isfinite(out->lift);
    if (!out->finite) { /* no half-valid numbers for a caller that forgets to look */
        memset(out->z, 0, sizeof out->z);
        out->lift = 1.0f;
    }
}
