/* The calibrator and the conformal thresholds on disk. Invariant: what hb_calib_load hands out
 * obeys every rule that hb_calib_apply and hb_conformal_set rely on: knots in order, thresholds
 * that are numbers. The same check stands before a save.
 *
 * File kind "calib", version 1: section "meta" (meta_t), for isotonic also "knot_x" and "knot_y".
 */
#include "model_calib.h"

#include <math.h>
#include <string.h>

#include "base_mem.h"
#include "store_file.h"

#define KIND    "calib"
#define VERSION 1u

typedef struct {
    uint32_t method, knot_count, rows_fitted, reserved;
    double platt_a, platt_b;
    hb_conformal_t conformal;
} meta_t;

static hb_status_t fault(const char *path, hb_status_t code, hb_err_t *err, const char *what)
{
    return hb_err_set(err, code, path,
                      code == HB_E_ARTIFACT ? "train the model again"
                                            : "this is a fault of the fit",
                      "the calibrator is not usable: %s", what);
}

/* NULL when the knots are in order, else what is wrong. */
static const char *knots_fault(const hb_calib_t *calib)
{
    if (calib->knot_count == 0 || calib->knot_count > HB_CALIB_KNOTS_MAX) {
        return "an isotonic fit needs 1 to 4096 knots";
    }
    if (calib->rows_fitted == 0) return "an isotonic fit needs rows";
    for (uint32_t i = 0; i < calib->knot_count; i++) {
        const double x = calib->knot_x[i], y = calib->knot_y[i];
        if (!isfinite(x) || !(y >= 0 && y <= 1)) return "a knot is not a number in its range";
        if (i > 0 && !(calib->knot_x[i - 1] < x)) return "the knots do not ascend";
        if (i > 0 && !(calib->knot_y[i - 1] <= y)) return "the calibrated values descend";
    }
    return NULL;
}

static const char *calib_fault(const hb_calib_t *calib)
{
    if (calib->reserved != 0) return "a reserved field is not 0";
    if (!isfinite(calib->platt_a) || !isfinite(calib->platt_b)) {
        return "a Platt coefficient is not finite";
    }
    if (calib->method == HB_CALIB_ISOTONIC) return knots_fault(calib);
    if (calib->method != HB_CALIB_NONE && calib->method != HB_CALIB_PLATT) {
        return "the method is not none, isotonic or Platt";
    }
    return calib->knot_count == 0 ? NULL : "knots without an isotonic fit";
}

static const char *conformal_fault(const hb_conformal_t *conformal)
{
    if (!(conformal->alpha > 0 && conformal->alpha < 1)) return "alpha is outside (0, 1)";
    for (int c = 0; c < 2; c++) {
        if (!(conformal->threshold[c] >= 0)) return "a conformal threshold is not a score";
        const double coverage = conformal->coverage[c];
        if (conformal->rows_class[c] > 0 && !(coverage >= 0 && coverage <= 1)) {
            return "a coverage is outside [0, 1]";
        }
    }
    return NULL;
}

static hb_status_t check(const hb_calib_t *calib, const hb_conformal_t *conformal, const char *path,
                         hb_status_t code, hb_err_t *err)
{
    const char *what = calib_fault(calib);
    if (!what) what = conformal_fault(conformal);
    return what ? fault(path, code, err, what) : HB_OK;
}

hb_status_t hb_calib_save(const hb_calib_t *calib, const hb_conformal_t *conformal,
                          const char *path, hb_err_t *err)
{
    HB_TRY(check(calib, conformal, path, HB_E_INTERNAL, err));
    const meta_t meta = {calib->method,  calib->knot_count, calib->rows_fitted, 0,
                         calib->platt_a, calib->platt_b,    *conformal};
    const uint64_t knot_bytes = calib->knot_count * sizeof(double);
    const hb_section_t sections[] = {
        {"meta", &meta, sizeof meta},
        {"knot_x", calib->knot_x, knot_bytes},
        {"knot_y", calib->knot_y, knot_bytes},
    };
    return hb_store_write(path, KIND, VERSION, sections, calib->knot_count > 0 ? 3 : 1, err);
}

static hb_status_t knots_read(const hb_store_t *store, hb_calib_t *calib, hb_err_t *err)
{
    if (calib->knot_count > HB_CALIB_KNOTS_MAX) {
        return fault(store->path, HB_E_ARTIFACT, err, "more than 4096 knots");
    }
    if (store->section_count != (calib->knot_count > 0 ? 3u : 1u)) {
        return fault(store->path, HB_E_ARTIFACT, err, "sections and knots do not agree");
    }
    if (calib->knot_count == 0) return HB_OK;
    const void *x, *y;
    HB_TRY(hb_store_section_exact(store, "knot_x", sizeof(double), calib->knot_count, &x, err));
    HB_TRY(hb_store_section_exact(store, "knot_y", sizeof(double), calib->knot_count, &y, err));
    memcpy(calib->knot_x, x, calib->knot_count * sizeof(double));
    memcpy(calib->knot_y, y, calib->knot_count * sizeof(double));
    return HB_OK;
}

static hb_status_t parts_read(const hb_store_t *store, hb_calib_t *calib, hb_conformal_t *conformal,
                              hb_err_t *err)
{
    const void *data;
    HB_TRY(hb_store_section_exact(store, "meta", sizeof(meta_t), 1, &data, err));
    meta_t meta;
    memcpy(&meta, data, sizeof meta);
    calib->method = meta.method;
    calib->knot_count = meta.knot_count;
    calib->rows_fitted = meta.rows_fitted;
    calib->reserved = meta.reserved;
    calib->platt_a = meta.platt_a;
    calib->platt_b = meta.platt_b;
    *conformal = meta.conformal;
    HB_TRY(knots_read(store, calib, err));
    return check(calib, conformal, store->path, HB_E_ARTIFACT, err);
}

hb_status_t hb_calib_load(const char *path, hb_calib_t *calib, hb_conformal_t *conformal,
                          hb_err_t *err)
{
    hb_store_t store = {0};
    hb_status_t status;
    hb_conformal_t read_conformal;
    hb_calib_t *read_calib = hb_alloc(1, sizeof *read_calib);
    HB_TRY_OUT(hb_store_open(path, KIND, VERSION, &store, err));
    HB_TRY_OUT(parts_read(&store, read_calib, &read_conformal, err));
    *calib = *read_calib;
    *conformal = read_conformal;
out:
    hb_store_close(&store);
    hb_free(read_calib);
    return status;
}
