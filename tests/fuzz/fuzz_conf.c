/* Configuration texts from anywhere: YAML of each file and --set. The first byte chooses which.
 *
 * What is accepted must read back from its own YAML to the same values; what is refused must say
 * where and must have changed nothing.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_mem.h"
#include "conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const FUZZ_FILES[] = {"data", "model", "risk"};

static void fuzz_require(int holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "fuzz_conf: %s\n", what);
    abort();
}

static hb_conf_t *fuzz_open(void)
{
    hb_conf_t *conf = NULL;
    fuzz_require(hb_conf_open(&conf, NULL) == HB_OK, "the defaults are refused");
    return conf;
}

static void fuzz_yaml_equal(const hb_conf_t *a, const hb_conf_t *b, const char *what)
{
    for (size_t i = 0; i < 3; i++) {
        hb_buf_t one = {0}, two = {0};
        hb_conf_to_yaml(a, FUZZ_FILES[i], false, &one);
        hb_conf_to_yaml(b, FUZZ_FILES[i], false, &two);
        fuzz_require(one.len == two.len && memcmp(one.p, two.p, one.len) == 0, what);
        hb_buf_fini(&one);
        hb_buf_fini(&two);
    }
}

static void fuzz_reads_back(const hb_conf_t *conf)
{
    hb_conf_t *back = fuzz_open();
    for (size_t i = 0; i < 3; i++) {
        hb_buf_t text = {0};
        hb_conf_to_yaml(conf, FUZZ_FILES[i], true, &text);
        const hb_status_t status =
            hb_conf_load_text(back, FUZZ_FILES[i], "back", text.p, text.len, NULL);
        fuzz_require(status == HB_OK, "what was accepted does not read back");
        hb_buf_fini(&text);
    }
    fuzz_yaml_equal(conf, back, "what was accepted reads back differently");
    hb_conf_close(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    hb_conf_t *conf = fuzz_open(), *untouched = fuzz_open();
    hb_err_t err = {0};
    const char *text = (const char *)data + 1;
    hb_status_t status = HB_OK;
    if (data[0] % 4 == 3) {
        char *assignment = hb_alloc(size, 1);
        memcpy(assignment, text, size - 1);
        status = hb_conf_set(conf, assignment, &err);
        hb_free(assignment);
    } else {
        status = hb_conf_load_text(conf, FUZZ_FILES[data[0] % 4], "f.yaml", text, size - 1, &err);
    }
    if (status == HB_OK) {
        fuzz_reads_back(conf);
    } else {
        fuzz_require(status == HB_E_CONFIG && err.message[0] && err.where[0], "no reason given");
        fuzz_require(strchr(err.message, '\n') == NULL, "the message has several lines");
        fuzz_yaml_equal(conf, untouched, "a refused text changed a value");
    }
    hb_conf_close(conf);
    hb_conf_close(untouched);
    return 0;
}
