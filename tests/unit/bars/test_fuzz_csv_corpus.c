/* Replays the seeds of the CSV fuzz target as an ordinary test, whole and cut short. */
#include "../../fuzz/fuzz_csv.c"

#include "os_file.h"
#include "th.h"

static void test_corpus(void **state)
{
    (void)state;
    const char *folder = HB_SOURCE_DIR "/tests/fuzz/corpus/csv";
    char **names = NULL;
    size_t count = 0;
    hb_err_t err = {0};
    assert_int_equal(hb_os_dir_list(folder, false, &names, &count, &err), HB_OK);
    assert_true(count >= 10);
    for (size_t i = 0; i < count; i++) {
        char path[1024], *data = NULL;
        size_t bytes = 0;
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        assert_int_equal(hb_os_read(path, 1 << 20, &data, &bytes, &err), HB_OK);
        for (size_t cut = bytes; cut > 0; cut -= cut / 8 + 1) {
            /* A copy of the exact size, so that a byte read beyond it is found. */
            uint8_t *copy = hb_alloc(cut, 1);
            memcpy(copy, data, cut);
            assert_int_equal(LLVMFuzzerTestOneInput(copy, cut), 0);
            hb_free(copy);
        }
        hb_free(data);
    }
    hb_os_names_free(names, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_corpus)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
