/* Status, assertion, heap and arena. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base_arena.h"
#include "base_assert.h"
#include "base_mem.h"
#include "base_status.h"
#include "th.h"

/* Wait status of fn run in a child with its messages thrown away. */
static int in_child(void (*fn)(void))
{
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (!freopen("/dev/null", "w", stderr)) _exit(99);
        (void)signal(SIGABRT, SIG_DFL);
        fn();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void status_table(void **state)
{
    (void)state;
    assert_string_equal(hb_status_text(HB_OK), "ok");
    assert_string_equal(hb_status_text(HB_E_INTERNAL), "internal");
    assert_string_equal(hb_status_text((hb_status_t)99), "unknown");
    static const int codes[HB_STATUS_COUNT] = {0, 1, 2, 2, 3, 4, 5, 6, 3, 3, 70};
    for (int i = 0; i < HB_STATUS_COUNT; i++) {
        assert_int_equal(hb_status_exit_code((hb_status_t)i), codes[i]);
    }
    assert_int_equal(hb_status_exit_code((hb_status_t)99), 70);
}

static void error_first_wins(void **state)
{
    (void)state;
    hb_err_t err = {0};
    assert_int_equal(hb_err_set(&err, HB_E_DATA, "a.csv:3", NULL, "bad %d\nfield", 7), HB_E_DATA);
    assert_int_equal(err.status, HB_E_DATA);
    assert_string_equal(err.message, "bad 7 field");
    assert_string_equal(err.where, "a.csv:3");
    assert_string_equal(err.hint, "");
    assert_int_equal(hb_err_set(&err, HB_E_IO, "b", "h", "second"), HB_E_IO);
    assert_int_equal(err.status, HB_E_DATA);
    assert_string_equal(err.message, "bad 7 field");
    assert_int_equal(hb_err_set(NULL, HB_E_IO, NULL, NULL, "nobody listens"), HB_E_IO);
}

static void error_fields_are_bounded(void **state)
{
    (void)state;
    char text[1000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    text[5] = '\t';
    hb_err_t err = {0};
    hb_err_set(&err, HB_E_IO, text, text, "%s", text);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    assert_int_equal(strlen(err.where), sizeof err.where - 1);
    assert_int_equal(strlen(err.hint), sizeof err.hint - 1);
    assert_int_equal(err.where[5], ' ');
}

static hb_status_t try_it(hb_status_t given)
{
    HB_TRY(given);
    return HB_E_BUSY;
}

static hb_status_t try_out(hb_status_t given, int *cleaned)
{
    hb_status_t status = HB_OK;
    HB_TRY_OUT(given);
    status = HB_E_BUSY;
out:
    (*cleaned)++;
    return status;
}

static void try_macros(void **state)
{
    (void)state;
    int cleaned = 0;
    assert_int_equal(try_it(HB_E_DATA), HB_E_DATA);
    assert_int_equal(try_it(HB_OK), HB_E_BUSY);
    assert_int_equal(try_out(HB_E_DATA, &cleaned), HB_E_DATA);
    assert_int_equal(try_out(HB_OK, &cleaned), HB_E_BUSY);
    assert_int_equal(cleaned, 2);
}

static void fail_assert(void)
{
    HB_ASSERT(1 + 1 == 3);
}

static void assertion_aborts(void **state)
{
    (void)state;
    int status = in_child(fail_assert);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void heap(void **state)
{
    (void)state;
    uint8_t *p = hb_alloc(100, 3);
    assert_int_equal((uintptr_t)p % 64, 0);
    for (int i = 0; i < 300; i++) assert_int_equal(p[i], 0);
    for (int i = 0; i < 300; i++) p[i] = (uint8_t)i;
    p = hb_grow(p, 100, 1000, 3);
    assert_int_equal((uintptr_t)p % 64, 0);
    for (int i = 0; i < 300; i++) assert_int_equal(p[i], (uint8_t)i);
    p = hb_grow(p, 1000, 10, 3);
    for (int i = 0; i < 30; i++) assert_int_equal(p[i], i);
    hb_free(p);
    p = hb_alloc(0, 8);
    assert_int_equal(p[0], 0);
    hb_free(p);
    p = hb_grow(NULL, 0, 4, 4);
    memset(p, 1, 16);
    hb_free(p);
    hb_free(NULL);
    char *s = hb_strdup("abc");
    assert_string_equal(s, "abc");
    hb_free(s);
    size_t product = 0;
    assert_true(hb_mul_overflows(SIZE_MAX, 2, &product));
    assert_false(hb_mul_overflows(6, 7, &product));
    assert_int_equal(product, 42);
}

static void alloc_too_much(void)
{
    hb_free(hb_alloc(SIZE_MAX / 2, 3));
}

static void grow_too_much(void)
{
    hb_free(hb_grow(NULL, 0, PTRDIFF_MAX, 1));
}

static void heap_overflow_exits(void **state)
{
    (void)state;
    int status = in_child(alloc_too_much);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 70);
    status = in_child(grow_too_much);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 70);
}

static void arena_takes(void **state)
{
    (void)state;
    static _Alignas(64) uint8_t block[300];
    memset(block, 0xff, sizeof block);
    hb_arena_t arena;
    hb_arena_init(&arena, block, sizeof block);
    uint8_t *a = hb_arena_take(&arena, 3, 5);
    uint8_t *b = hb_arena_take(&arena, 1, 64);
    assert_ptr_equal(a, block);
    assert_ptr_equal(b, block + 64);
    for (int i = 0; i < 15; i++) assert_int_equal(a[i], 0);
    assert_int_equal(arena.used_bytes, 128);
    assert_null(hb_arena_take(&arena, 1, 173));
    assert_null(hb_arena_take(&arena, SIZE_MAX, 2));
    assert_non_null(hb_arena_take(&arena, 0, 8));
    assert_int_equal(arena.used_bytes, 128);
    assert_ptr_equal(hb_arena_take(&arena, 1, 172), block + 128);
    assert_int_equal(arena.used_bytes, 300);
    assert_null(hb_arena_take(&arena, 1, 1));
    hb_arena_reset(&arena);
    assert_int_equal(arena.used_bytes, 0);
    assert_int_equal(arena.peak_bytes, 300);
    hb_arena_take(&arena, 1, 1);
    assert_int_equal(arena.peak_bytes, 300);
    hb_arena_init(&arena, NULL, 0);
    assert_null(hb_arena_take(&arena, 1, 1));
}

static _Alignas(64) uint8_t child_block[128];

static void take_from_sealed(void)
{
    hb_arena_t arena;
    hb_arena_init(&arena, child_block, sizeof child_block);
    hb_arena_seal(&arena);
    hb_arena_take(&arena, 1, 1);
}

static void reset_sealed(void)
{
    hb_arena_t arena;
    hb_arena_init(&arena, child_block, sizeof child_block);
    hb_arena_seal(&arena);
    hb_arena_reset(&arena);
}

static void init_misaligned(void)
{
    hb_arena_t arena;
    hb_arena_init(&arena, child_block + 1, 64);
}

static void arena_refuses(void **state)
{
    (void)state;
    void (*const bugs[])(void) = {take_from_sealed, reset_sealed, init_misaligned};
    for (size_t i = 0; i < HB_COUNT(bugs); i++) {
        int status = in_child(bugs[i]);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_table),
        cmocka_unit_test(error_first_wins),
        cmocka_unit_test(error_fields_are_bounded),
        cmocka_unit_test(try_macros),
        cmocka_unit_test(assertion_aborts),
        cmocka_unit_test(heap),
        cmocka_unit_test(heap_overflow_exits),
        cmocka_unit_test(arena_takes),
        cmocka_unit_test(arena_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
