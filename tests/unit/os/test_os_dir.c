/* Folders: made with parents, listed in order, published whole and never over an existing name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_assert.h"
#include "base_mem.h"
#include "os_file.h"
#include "th.h"

static char root[256];

static const char *at(const char *name)
{
    static char paths[8][512];
    static unsigned turn;
    char *path = paths[turn++ % HB_COUNT(paths)];
    (void)snprintf(path, sizeof paths[0], "%s/%s", root, name);
    return path;
}

static int setup(void **state)
{
    (void)state;
    th_temp_make(root);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    th_temp_remove(root);
    return 0;
}

static void put(const char *name)
{
    assert_int_equal(hb_os_write_atomic(at(name), name, strlen(name), NULL), HB_OK);
}

static void expect_names(const char *folder, bool recursive, const char *want)
{
    char **names = NULL;
    size_t count = 0;
    char got[512] = "";
    hb_err_t err = {0};
    if (hb_os_dir_list(folder, recursive, &names, &count, &err) != HB_OK) {
        fail_msg("%s", err.message);
    }
    for (size_t i = 0; i < count; i++) {
        strcat(got, names[i]);
        strcat(got, " ");
    }
    hb_os_names_free(names, count);
    assert_string_equal(got, want);
}

static void make(void **state)
{
    (void)state;
    hb_err_t err = {0};
    assert_int_equal(hb_os_dir_make(at("a/b//c/"), &err), HB_OK);
    assert_true(hb_os_is_dir(at("a/b/c")));
    assert_int_equal(hb_os_dir_make(at("a/b/c"), &err), HB_OK);
    assert_int_equal(hb_os_dir_make("/", &err), HB_OK);
    put("file");
    assert_int_equal(hb_os_dir_make(at("file"), &err), HB_E_IO);
    assert_non_null(strstr(err.message, "File exists"));
    err = (hb_err_t){0};
    assert_int_equal(hb_os_dir_make(at("file/x"), &err), HB_E_IO);
    err = (hb_err_t){0};
    assert_int_equal(hb_os_dir_make("", &err), HB_E_IO);
    char *name = hb_alloc(6000, 1);
    memset(name, 'n', 5999);
    err = (hb_err_t){0};
    assert_int_equal(hb_os_dir_make(name, &err), HB_E_IO);
    assert_non_null(strstr(err.message, "too long"));
    hb_free(name);
}

static void existence(void **state)
{
    (void)state;
    put("file");
    assert_int_equal(symlink("nowhere", at("dangling")), 0);
    assert_true(hb_os_exists(at("file")));
    assert_true(hb_os_exists(at("dangling")));
    assert_false(hb_os_exists(at("none")));
    assert_false(hb_os_is_dir(at("file")));
    assert_false(hb_os_is_dir(at("none")));
    assert_true(hb_os_is_dir(root));
}

static void list(void **state)
{
    (void)state;
    expect_names(root, false, "");
    assert_int_equal(hb_os_dir_make(at("b/deep"), NULL), HB_OK);
    for (int i = 0; i < 20; i++) {
        char name[8];
        (void)snprintf(name, sizeof name, "f%02d", (i * 7) % 20);
        put(name);
    }
    put("b/deep/x");
    put("b/y");
    put("a");
    assert_int_equal(hb_os_dir_make(at("empty"), NULL), HB_OK);
    expect_names(root, false,
                 "a b empty f00 f01 f02 f03 f04 f05 f06 f07 f08 f09 f10 f11 f12 f13 f14 f15 f16 "
                 "f17 f18 f19 ");
    expect_names(at("b"), true, "deep/x y ");
    expect_names(at("b"), false, "deep y ");
    assert_int_equal(symlink(at("b"), at("empty/link")), 0);
    expect_names(at("empty"), true, "link/deep/x link/y ");
}

static void list_refuses(void **state)
{
    (void)state;
    char **names = NULL;
    size_t count = 7;
    hb_err_t err = {0};
    assert_int_equal(hb_os_dir_list(at("none"), false, &names, &count, &err), HB_E_IO);
    put("file");
    assert_int_equal(hb_os_dir_list(at("file"), false, &names, &count, NULL), HB_E_IO);
    assert_int_equal(symlink(".", at("loop")), 0);
    assert_int_equal(hb_os_dir_list(root, true, &names, &count, NULL), HB_E_IO);
    assert_null(names);
    assert_int_equal(count, 7);
    expect_names(root, false, "file loop ");
}

static void publish(void **state)
{
    (void)state;
    hb_err_t err = {0};
    assert_int_equal(hb_os_dir_make(at("new.tmp/sub"), NULL), HB_OK);
    put("new.tmp/one");
    put("new.tmp/sub/two");
    assert_int_equal(symlink("nowhere", at("new.tmp/link")), 0);
    assert_int_equal(hb_os_dir_publish(at("new.tmp"), at("new"), &err), HB_OK);
    assert_false(hb_os_exists(at("new.tmp")));
    expect_names(at("new"), true, "link one sub/two ");
}

static void publish_never_replaces(void **state)
{
    (void)state;
    assert_int_equal(hb_os_dir_make(at("temp"), NULL), HB_OK);
    put("temp/fresh");
    assert_int_equal(hb_os_dir_make(at("empty"), NULL), HB_OK);
    put("file");
    static const char *const finals[] = {"empty", "file", "none/x"};
    for (size_t i = 0; i < HB_COUNT(finals); i++) {
        hb_err_t err = {0};
        assert_int_equal(hb_os_dir_publish(at("temp"), at(finals[i]), &err), HB_E_IO);
        assert_non_null(strstr(err.message, i < 2 ? "File exists" : "No such file"));
        assert_true(err.hint[0] != '\0');
    }
    expect_names(at("temp"), true, "fresh ");
    expect_names(at("empty"), true, "");
    hb_err_t err = {0};
    assert_int_equal(hb_os_dir_publish(at("gone"), at("x"), &err), HB_E_IO);
    assert_int_equal(hb_os_dir_publish(at("file"), at("x"), &err), HB_E_IO);
    assert_false(hb_os_exists(at("x")));
}

static void remove_stays_inside(void **state)
{
    (void)state;
    assert_int_equal(hb_os_dir_make(at("t/a/b"), NULL), HB_OK);
    assert_int_equal(hb_os_dir_make(at("keep"), NULL), HB_OK);
    put("t/a/x");
    put("keep/me");
    assert_int_equal(symlink(at("keep"), at("t/link")), 0);
    hb_os_dir_remove(at("t"));
    assert_false(hb_os_exists(at("t")));
    assert_true(hb_os_exists(at("keep/me")));
    hb_os_dir_remove(at("none"));
    hb_os_dir_remove("");
    hb_os_dir_remove("/");
    hb_os_dir_remove("..");
    assert_true(hb_os_exists(at("keep/me")));
}

static void join(void **state)
{
    (void)state;
    char out[10] = "before";
    hb_err_t err = {0};
    assert_int_equal(hb_os_join(out, sizeof out, "dir", "name", &err), HB_OK);
    assert_string_equal(out, "dir/name");
    assert_int_equal(hb_os_join(out, sizeof out, "dir/", "name", &err), HB_OK);
    assert_string_equal(out, "dir/name");
    assert_int_equal(hb_os_join(out, sizeof out, "", "name", &err), HB_OK);
    assert_string_equal(out, "name");
    assert_int_equal(hb_os_join(out, sizeof out, "dirr", "name", &err), HB_OK);
    assert_string_equal(out, "dirr/name");
    static const char *const dirs[] = {"dirrr", "dirdirdirdir", "dirdirdi/"};
    for (size_t i = 0; i < HB_COUNT(dirs); i++) {
        err = (hb_err_t){0};
        assert_int_equal(hb_os_join(out, sizeof out, dirs[i], "name", &err), HB_E_IO);
        assert_string_equal(out, "dirr/name");
    }
    assert_int_equal(hb_os_join(out, sizeof out, "", "0123456789", NULL), HB_E_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(make, setup, teardown),
        cmocka_unit_test_setup_teardown(existence, setup, teardown),
        cmocka_unit_test_setup_teardown(list, setup, teardown),
        cmocka_unit_test_setup_teardown(list_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(publish, setup, teardown),
        cmocka_unit_test_setup_teardown(publish_never_replaces, setup, teardown),
        cmocka_unit_test_setup_teardown(remove_stays_inside, setup, teardown),
        cmocka_unit_test(join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
