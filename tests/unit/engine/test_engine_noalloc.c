/* The step allocates nothing: the C library's allocator is counted from outside. The counters stand
 * in the way of the sanitizers' own allocator, so the test is skipped in those builds. */
#include "engine_fixture.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#if !SANITIZED
static volatile uint64_t calls;

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t align, size_t bytes);
void __libc_free(void *p);
void *malloc(size_t bytes);
void *calloc(size_t count, size_t bytes);
void *realloc(void *old, size_t bytes);
void *aligned_alloc(size_t align, size_t bytes);
int posix_memalign(void **out, size_t align, size_t bytes);
void free(void *p);

void *malloc(size_t bytes)
{
    calls++;
    return __libc_malloc(bytes);
}
void *calloc(size_t count, size_t bytes)
{
    calls++;
    return __libc_calloc(count, bytes);
}
void *realloc(void *old, size_t bytes)
{
    calls++;
    return __libc_realloc(old, bytes);
}
void *aligned_alloc(size_t align, size_t bytes)
{
    calls++;
    return __libc_memalign(align, bytes);
}
int posix_memalign(void **out, size_t align, size_t bytes)
{
    calls++;
    *out = __libc_memalign(align, bytes);
    return *out != NULL ? 0 : 12;
}
void free(void *p)
{
    calls++;
    __libc_free(p);
}
#endif

static void test_step_does_not_allocate(void **state)
{
    (void)state;
#if SANITIZED
    print_message("skipped: the sanitizer owns the allocator\n");
    skip();
#else
    static hb_step_t step;
    fx_t *fx = fx_make(11);
    fx_start(fx, &fx->set);
    const uint64_t before_all = calls;
    assert_true(before_all > 0); /* the counter counts */
    for (uint32_t i = 0; i < FX_BARS; i++) {
        hb_bar_t bar = fx->bars[i];
        if (i % 40 == 39) bar.high = NAN;
        const uint64_t before = calls;
        fx_step(fx, &bar, &step);
        if (calls != before) fail_msg("bar %u called the allocator", i);
    }
    assert_true(fx->engine.decision_counts[HB_DECISION_PASS] > 0);
    fx_free(fx);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_step_does_not_allocate)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
