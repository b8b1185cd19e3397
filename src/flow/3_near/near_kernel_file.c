/* The kernels as a file: kind "kernels", sections schema (names of the neighbourhood features) and
 * kernels.
 *
 * Invariant: nothing out of range is written or read, so that the data plane need not check a
 * parameter; an artifact made with other row features is refused, not misread.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base_text.h"
#include "near_kernel.h"
#include "store_file.h"

#define KERNELS_KIND    "kernels"
#define KERNELS_VERSION 1u
#define SIMPLEX_SLACK   1e-6

static bool is_positive(double v)
{
    return isfinite(v) && v > 0;
}

static bool is_row_value(double v)
{
    return fabs(v) <= (double)FLT_MAX;
}

static const char *scale_fault(const hb_kernels_t *kernels)
{
    if (!is_positive(kernels->rq_alpha)) return "rq_alpha";
    if (!is_positive(kernels->rq_ell)) return "rq_ell";
    if (!is_positive(kernels->period_bars)) return "period_bars";
    if (!is_positive(kernels->periodic_ell)) return "periodic_ell";
    if (!is_positive(kernels->lp_se_ell)) return "lp_se_ell";
    if (!is_positive(kernels->lp_periodic_ell)) return "lp_periodic_ell";
    if (!is_positive(kernels->kth_dist_median)) return "kth_dist_median";
    if (!is_row_value(kernels->kth_dist_limit)) return "kth_dist_limit";
    return NULL;
}

/* Name of the first field out of range, or NULL. */
static const char *field_fault(const hb_kernels_t *kernels)
{
    const char *fault = scale_fault(kernels);
    double sum = 0;
    if (fault) return fault;
    for (uint32_t m = 0; m < HB_KERNEL_COUNT; m++) {
        if (!(kernels->mkl_weights[m] >= 0)) return "mkl_weights";
        sum += kernels->mkl_weights[m];
    }
    if (!(fabs(sum - 1.0) <= SIMPLEX_SLACK)) return "mkl_weights";
    if (kernels->bandwidth > HB_BANDWIDTH_SAMPLE) return "bandwidth";
    if (kernels->tau_phase > 1) return "tau_phase";
    if (!(kernels->base_prob >= 0 && kernels->base_prob <= 1)) return "base_prob";
    for (uint32_t j = 0; j < HB_ROW_DIM_MAX; j++) {
        const double lo = kernels->winsor_lo[j], hi = kernels->winsor_hi[j];
        if (!is_row_value(lo) || !is_row_value(hi) || lo > hi) return "winsor limits";
    }
    return kernels->reserved == 0 ? NULL : "reserved";
}

/* Names of the neighbourhood features, one a line. */
static void schema_text(hb_buf_t *buf)
{
    for (uint32_t j = 0; j < hb_row_near_dim; j++) {
        hb_buf_addf(buf, "%s\n", hb_row_near_schema[j].name);
    }
}

hb_status_t hb_kernels_save(const hb_kernels_t *kernels, const char *path, hb_err_t *err)
{
    const char *fault = field_fault(kernels);
    if (fault) {
        return hb_err_set(err, HB_E_NUMERIC, fault, "check model.kernels and the training rows",
                          "the kernels' %s is out of range", fault);
    }
    hb_buf_t schema = {0};
    schema_text(&schema);
    const hb_section_t sections[] = {
        {"schema", schema.p, schema.len},
        {"kernels", kernels, sizeof *kernels},
    };
    const hb_status_t status = hb_store_write(path, KERNELS_KIND, KERNELS_VERSION, sections,
                                              sizeof sections / sizeof sections[0], err);
    hb_buf_fini(&schema);
    return status;
}

static hb_status_t check_schema(const hb_store_t *store, hb_err_t *err)
{
    const void *data;
    uint64_t bytes;
    HB_TRY(hb_store_section(store, "schema", 1, &data, &bytes, err));
    hb_buf_t schema = {0};
    schema_text(&schema);
    const bool same = bytes == schema.len && memcmp(data, schema.p, schema.len) == 0;
    hb_buf_fini(&schema);
    if (same) return HB_OK;
    return hb_err_set(err, HB_E_ARTIFACT, store->path, "train the artifact again with this version",
                      "the kernels were fitted to other row features than this version makes");
}

static hb_status_t read_kernels(const hb_store_t *store, hb_kernels_t *out, hb_err_t *err)
{
    const void *data;
    HB_TRY(check_schema(store, err));
    HB_TRY(hb_store_section_exact(store, "kernels", sizeof *out, 1, &data, err));
    const char *fault = field_fault(data);
    if (fault) {
        return hb_err_set(err, HB_E_ARTIFACT, store->path,
                          "train the artifact again with this version",
                          "the kernels' %s is out of range", fault);
    }
    memcpy(out, data, sizeof *out);
    return HB_OK;
}

hb_status_t hb_kernels_load(const char *path, hb_kernels_t *out, hb_err_t *err)
{
    hb_store_t store;
    HB_TRY(hb_store_open(path, KERNELS_KIND, KERNELS_VERSION, &store, err));
    const hb_status_t status = read_kernels(&store, out, err);
    hb_store_close(&store);
    return status;
}
