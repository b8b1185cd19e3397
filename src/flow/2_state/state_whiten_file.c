/* The whitening on disk: kind "whiten", version 1.
 *
 * Sections: dims u32[4] (state, kept, out, 0), kept u32[kept], winsor_lo, winsor_hi, mad, location
 * f64[kept], root f64[out*kept], scalars f64[3] (temperature, norm cap, rho). The checksum catches
 * a changed byte; the checks here catch a file that was written wrong.
 */
#include "state_whiten.h"

#include <math.h>
#include <string.h>

#include "base_assert.h"

#define KIND    "whiten"
#define VERSION 1u

hb_status_t hb_whiten_save(const hb_whiten_t *whiten, const char *path, hb_err_t *err)
{
    const uint32_t dims[4] = {whiten->state_dim, whiten->kept_dim, whiten->out_dim, 0};
    const double scalars[3] = {whiten->temperature, whiten->norm_cap, whiten->rho};
    const uint64_t kept = whiten->kept_dim, column_bytes = kept * sizeof(double);
    const hb_section_t sections[] = {
        {"dims", dims, sizeof dims},
        {"kept", whiten->kept, kept * sizeof whiten->kept[0]},
        {"winsor_lo", whiten->winsor_lo, column_bytes},
        {"winsor_hi", whiten->winsor_hi, column_bytes},
        {"mad", whiten->mad, column_bytes},
        {"location", whiten->location, column_bytes},
        {"root", whiten->root, whiten->out_dim * column_bytes},
        {"scalars", scalars, sizeof scalars},
    };
    return hb_store_write(path, KIND, VERSION, sections, HB_COUNT(sections), err);
}

static hb_status_t bad(const char *path, const char *what, hb_err_t *err)
{
    return hb_err_set(err, HB_E_ARTIFACT, path, "train the artifact again",
                      "the whitening has a bad %s", what);
}

static hb_status_t copy_doubles(const hb_store_t *store, const char *name, uint64_t count,
                                double *out, hb_err_t *err)
{
    const void *data = NULL;
    HB_TRY(hb_store_section_exact(store, name, sizeof *out, count, &data, err));
    memcpy(out, data, count * sizeof *out);
    for (uint64_t i = 0; i < count; i++) {
        if (!isfinite(out[i])) return bad(store->path, name, err);
    }
    return HB_OK;
}

static hb_status_t read_dims(const hb_store_t *store, hb_whiten_t *made, hb_err_t *err)
{
    const void *data = NULL;
    uint32_t dims[4];
    HB_TRY(hb_store_section_exact(store, "dims", sizeof dims[0], 4, &data, err));
    memcpy(dims, data, sizeof dims);
    if (dims[0] == 0 || dims[0] > HB_STATE_DIM_MAX || dims[1] == 0 || dims[1] > dims[0] ||
        dims[2] == 0 || dims[2] > dims[1] || dims[3] != 0) {
        return bad(store->path, "dims", err);
    }
    made->state_dim = dims[0];
    made->kept_dim = dims[1];
    made->out_dim = dims[2];
    HB_TRY(hb_store_section_exact(store, "kept", sizeof made->kept[0], made->kept_dim, &data, err));
    memcpy(made->kept, data, made->kept_dim * sizeof made->kept[0]);
    for (uint32_t k = 0; k < made->kept_dim; k++) {
        const bool ascending = k == 0 || made->kept[k] > made->kept[k - 1];
        if (!ascending || made->kept[k] >= made->state_dim) return bad(store->path, "kept", err);
    }
    return HB_OK;
}

static hb_status_t read_all(const hb_store_t *store, hb_whiten_t *made, hb_err_t *err)
{
    double scalars[3];
    HB_TRY(read_dims(store, made, err));
    const uint64_t kept = made->kept_dim;
    HB_TRY(copy_doubles(store, "winsor_lo", kept, made->winsor_lo, err));
    HB_TRY(copy_doubles(store, "winsor_hi", kept, made->winsor_hi, err));
    HB_TRY(copy_doubles(store, "mad", kept, made->mad, err));
    HB_TRY(copy_doubles(store, "location", kept, made->location, err));
    HB_TRY(copy_doubles(store, "root", made->out_dim * kept, made->root, err));
    HB_TRY(copy_doubles(store, "scalars", 3, scalars, err));
    for (uint32_t k = 0; k < made->kept_dim; k++) {
        if (made->winsor_lo[k] > made->winsor_hi[k]) return bad(store->path, "winsor_hi", err);
        if (!(made->mad[k] > 0.0)) return bad(store->path, "mad", err);
    }
    if (!(scalars[0] > 0.0)) return bad(store->path, "temperature", err);
    if (!(scalars[1] > 0.0)) return bad(store->path, "norm cap", err);
    if (!(scalars[2] > 0.0 && scalars[2] <= 1.0)) return bad(store->path, "rho", err);
    made->temperature = scalars[0];
    made->norm_cap = scalars[1];
    made->rho = scalars[2];
    return HB_OK;
}

hb_status_t hb_whiten_load(const char *path, hb_whiten_t *out, hb_err_t *err)
{
    hb_store_t store;
    hb_whiten_t made = {0};
    HB_TRY(hb_store_open(path, KIND, VERSION, &store, err));
    const hb_status_t status = read_all(&store, &made, err);
    hb_store_close(&store);
    if (status == HB_OK) *out = made;
    return status;
}
