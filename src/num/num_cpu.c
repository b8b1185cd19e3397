/* Which twin runs. Invariant: a twin is in use only when the CPU has its instructions and the
 * operating system saves its registers (XCR0); otherwise the request is refused, never bent. */
#include "num_cpu.h"

#include <cpuid.h>
#include <stdint.h>
#include <string.h>

#include "base_assert.h"
#include "num_dist_int.h"

#define XCR0_AVX    0x06u /* xmm and ymm state */
#define XCR0_AVX512 0xe6u /* and opmask, zmm 0-15 upper halves, zmm 16-31 */

static const char *const names[HB_CPU_COUNT] = {
    [HB_CPU_SCALAR] = "scalar",
    [HB_CPU_AVX2] = "avx2",
    [HB_CPU_AVX512] = "avx512",
};

/* Registers that the operating system saves; 0 when it does not say (no OSXSAVE). */
static uint32_t saved_state(void)
{
    uint32_t eax, ebx, ecx, edx;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_OSXSAVE)) return 0;
    __asm__("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
    return eax;
}

hb_cpu_t hb_num_cpu_best(void)
{
    uint32_t state = saved_state();
    __builtin_cpu_init();
    if ((state & XCR0_AVX) != XCR0_AVX || !__builtin_cpu_supports("avx2") ||
        !__builtin_cpu_supports("fma")) {
        return HB_CPU_SCALAR;
    }
    if ((state & XCR0_AVX512) != XCR0_AVX512 || !__builtin_cpu_supports("avx512f") ||
        !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512vl")) {
        return HB_CPU_AVX2;
    }
    return HB_CPU_AVX512;
}

hb_status_t hb_num_init(const char *name, hb_err_t *err)
{
    hb_cpu_t best = hb_num_cpu_best();
    hb_cpu_t chosen = best;
    if (name && name[0]) {
        uint32_t i = 0;
        while (i < HB_CPU_COUNT && strcmp(name, names[i]) != 0) i++;
        if (i == HB_CPU_COUNT) {
            return hb_err_set(err, HB_E_CONFIG, "HYPERBAR_CPU", "use scalar, avx2 or avx512",
                              "unknown instruction set \"%.40s\"", name);
        }
        chosen = (hb_cpu_t)i;
    }
    /* The list is in rising order and each twin's CPU has all that the earlier ones need. */
    if (chosen > best) {
        return hb_err_set(err, HB_E_CONFIG, "HYPERBAR_CPU", "leave it unset for the best one",
                          "this machine cannot run %s; its best is %s", names[chosen], names[best]);
    }
    hb_num_dist_use(chosen);
    return HB_OK;
}

hb_cpu_t hb_num_cpu(void)
{
    return hb_num_dist_used();
}

const char *hb_num_cpu_name(hb_cpu_t cpu)
{
    return (unsigned)cpu < HB_CPU_COUNT ? names[cpu] : "unknown";
}
