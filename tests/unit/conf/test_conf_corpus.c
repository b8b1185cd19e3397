/* The corpus of the configuration's fuzz target, replayed: each input goes through the target's
 * checks, which abort when one fails. Inputs of every kind must be among them. */
#include "../../fuzz/fuzz_conf.c"

#include "os_file.h"
#include "th.h"

static void replay(void **state)
{
    (void)state;
    char dir[1024], path[2048];
    char **names = NULL;
    size_t count = 0;
    uint32_t kinds[4] = {0};
    hb_err_t err = {0};
    snprintf(dir, sizeof dir, "%s/tests/fuzz/corpus/conf", HB_SOURCE_DIR);
    if (hb_os_dir_list(dir, false, &names, &count, &err) != HB_OK) fail_msg("%s", err.message);
    for (size_t i = 0; i < count; i++) {
        char *data = NULL;
        size_t bytes = 0;
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        assert_int_equal(hb_os_read(path, 2u << 20, &data, &bytes, NULL), HB_OK);
        if (bytes) kinds[(uint8_t)data[0] % 4]++;
        assert_int_equal(LLVMFuzzerTestOneInput((const uint8_t *)data, bytes), 0);
        hb_free(data);
    }
    for (size_t k = 0; k < 4; k++) assert_true(kinds[k] > 0);
    hb_os_names_free(names, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(replay)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
