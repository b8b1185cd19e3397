/* Dispatch: which SIMD twin runs. All twins give the same bits; the choice is speed only.
 *
 * Reductions over one vector pair have one specified order: 16 partial sums by fused multiply-add,
 * lane l taking elements l, l+16, ..., then folded by halves (8, 4, 2, 1). The scalar twin does
 * just that with fmaf, so the choice of twin never shows in an artifact.
 */
#ifndef HB_NUM_CPU_H
#define HB_NUM_CPU_H

#include "base_status.h"

typedef enum { HB_CPU_SCALAR, HB_CPU_AVX2, HB_CPU_AVX512, HB_CPU_COUNT } hb_cpu_t;

/* Best twin that CPU and OS support (cpuid and xgetbv). */
hb_cpu_t hb_num_cpu_best(void);
/* Sets the twin for the process, once at start, before any thread. name: NULL or "" = best; else
 * scalar, avx2, avx512 (the value of HYPERBAR_CPU). error: HB_E_CONFIG when unknown or
 * unsupported. */
HB_CHECKED hb_status_t hb_num_init(const char *name, hb_err_t *err);
hb_cpu_t hb_num_cpu(void); /* the twin in use */
const char *hb_num_cpu_name(hb_cpu_t cpu);

#endif
