/* SHA-256 against the published vectors of FIPS 180-4, in one piece and in many. */
#include "store_hash.h"

#include <stdio.h>
#include <string.h>

#include "os_file.h"
#include "th.h"

static const char ABC[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char EMPTY[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char MILLION[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

static void published(void **state)
{
    (void)state;
    char hex[HB_SHA256_HEX];
    hb_sha256_of("abc", 3, hex);
    assert_string_equal(hex, ABC);
    hb_sha256_of(NULL, 0, hex);
    assert_string_equal(hex, EMPTY);
    hb_sha256_t sha;
    char as[1000];
    memset(as, 'a', sizeof as);
    hb_sha256_init(&sha);
    for (int i = 0; i < 1000; i++) {
        hb_sha256_add(&sha, as, (size_t)i % 7);
        hb_sha256_add(&sha, as, sizeof as - (size_t)i % 7);
    }
    hb_sha256_hex(&sha, hex);
    assert_string_equal(hex, MILLION);
}

static void of_files(void **state)
{
    (void)state;
    char dir[256], path[512], hex[HB_SHA256_HEX] = "untouched";
    hb_err_t err = {0};
    th_temp_make(dir);
    snprintf(path, sizeof path, "%s/abc", dir);
    assert_int_equal(hb_sha256_of_file(path, hex, &err), HB_E_IO);
    assert_string_equal(hex, "untouched");
    assert_string_equal(err.where, path);
    assert_int_equal(hb_os_write_atomic(path, "abc", 3, NULL), HB_OK);
    assert_int_equal(hb_sha256_of_file(path, hex, NULL), HB_OK);
    assert_string_equal(hex, ABC);
    assert_int_equal(hb_os_write_atomic(path, "", 0, NULL), HB_OK);
    assert_int_equal(hb_sha256_of_file(path, hex, NULL), HB_OK);
    assert_string_equal(hex, EMPTY);
    assert_int_not_equal(hb_sha256_of_file(dir, hex, NULL), HB_OK);
    th_temp_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(published), cmocka_unit_test(of_files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
