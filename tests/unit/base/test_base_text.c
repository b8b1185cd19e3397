/* Number parsing, buffers, suggestions. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "base_rng.h"
#include "base_text.h"
#include "th.h"

static void expect_double(const char *text)
{
    /* A copy without a NUL behind it: reading past n shows under the address sanitizer. */
    size_t n = strlen(text);
    char *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, text, n);
    double got = -1.0;
    bool parsed = hb_parse_double(exact, n, &got);
    free(exact);
    double want = strtod(text, NULL);
    if (!parsed || memcmp(&got, &want, sizeof got) != 0) {
        fail_msg("\"%s\": parsed %d, %a, want %a", text, parsed, got, want);
    }
}

static void doubles_accepted(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0",
        "-0",
        "+0.0",
        "1",
        "-1.5",
        "5.",
        ".5",
        "+.25",
        "1e3",
        "1E+3",
        "1e-3",
        "123456.75",
        "0.1",
        "4503.25",
        "9007199254740992",
        "9007199254740993",
        "9007199254740994.5",
        "1e22",
        "1e23",
        "8.98846567431158e307",
        "1.7976931348623157e308",
        "2.2250738585072014e-308",
        "2.2250738585072011e-308",
        "5e-324",
        "2e-324",
        "1e-400",
        "0e999999999999",
        "0.000e-5",
        "123456789012345678901234567890",
        "0.00000000000000000000000000000000000000012345",
        "1.00000000000000011102230246251565404236316680908203125",
        "1.00000000000000011102230246251565404236316680908203126",
        "100000000000000000000000000000000000000e-30",
        "18446744073709551616",
        "0."
        "30000000000000004440892098500626161694526672363281250000000000000000000000000000000000000",
        "7."
        "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
        "0"
        "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
        "0",
    };
    for (size_t i = 0; i < HB_COUNT(texts); i++) expect_double(texts[i]);
}

static void doubles_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",         " ",   "-",     "+",   ".",    "e5",   "1e",    "1e+",   " 1",
        "1 ",       "1\n", "0x1",   "0X1", "nan",  "NaN",  "inf",   "-inf",  "1e999",
        "-1e309",   "1,5", "1.2.3", "--1", "+-1",  "1e5.", "1e--5", "1_000", "\t1",
        "infinity", "1f",  "1e5e5", "-.",  "-.e1", "٣",
    };
    for (size_t i = 0; i < HB_COUNT(texts); i++) {
        double value = 42.0;
        if (hb_parse_double(texts[i], strlen(texts[i]), &value)) fail_msg("took \"%s\"", texts[i]);
        assert_true(value == 42.0);
    }
    double value = 42.0;
    assert_false(hb_parse_double("1\0002", 3, &value));
    assert_false(hb_parse_double(NULL, 0, &value));
    assert_true(hb_parse_double("12", 1, &value));
    assert_true(value == 1.0);
}

static void doubles_random(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(11));
    for (int i = 0; i < 60000; i++) {
        char text[80];
        uint64_t bits = hb_rng_next(&rng);
        double value;
        memcpy(&value, &bits, sizeof value);
        switch (i % 4) {
        case 0:
            if (!isfinite(value)) continue;
            (void)snprintf(text, sizeof text, "%.*e", (int)hb_rng_below(&rng, 25), value);
            if (!isfinite(strtod(text, NULL))) continue;
            break;
        case 1:
            (void)snprintf(text, sizeof text, "%.*f", (int)hb_rng_below(&rng, 12),
                           hb_rng_uniform(&rng) * 100000.0);
            break;
        case 2:
            (void)snprintf(text, sizeof text, "%llu.%llu", (unsigned long long)(bits >> 30),
                           (unsigned long long)hb_rng_below(&rng, 1000000));
            break;
        default:
            (void)snprintf(text, sizeof text, "-%llue%d", (unsigned long long)(bits >> (bits & 63)),
                           (int)hb_rng_below(&rng, 60) - 30);
            break;
        }
        expect_double(text);
    }
}

/* Random bytes from the alphabet of numbers: a text is taken exactly when strtod takes it whole and
 * it has nothing that we refuse. */
static void doubles_grammar(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(12));
    static const char alphabet[] = "0123456789..eE+-";
    for (int i = 0; i < 60000; i++) {
        char text[12];
        size_t n = 1 + hb_rng_below(&rng, 10);
        for (size_t j = 0; j < n; j++) text[j] = alphabet[hb_rng_below(&rng, sizeof alphabet - 1)];
        text[n] = '\0';
        char *end;
        double want = strtod(text, &end);
        bool taken = *end == '\0' && isfinite(want);
        double got = 0.0;
        if (hb_parse_double(text, n, &got) != taken)
            fail_msg("\"%s\": strtod says %d", text, taken);
        if (taken) assert_memory_equal(&got, &want, sizeof got);
    }
}

static void integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"+17", true, 17},
        {"007", true, 7},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"+", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.0", false, 0},
        {"0x10", false, 0},
        {"1e3", false, 0},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        int64_t value = 42;
        assert_int_equal(hb_parse_i64(cases[i].text, strlen(cases[i].text), &value), cases[i].ok);
        assert_true(value == (cases[i].ok ? cases[i].value : 42));
    }
    int64_t value = 0;
    assert_false(hb_parse_i64(NULL, 3, &value));
}

static void booleans(void **state)
{
    (void)state;
    static const char *const yes[] = {"true", "yes", "on", "1"};
    static const char *const no[] = {"false", "no", "off", "0"};
    static const char *const bad[] = {"", "tru", "truee", "TRUE", "2", "y", " true"};
    bool value = false;
    for (size_t i = 0; i < HB_COUNT(yes); i++) {
        value = false;
        assert_true(hb_parse_bool(yes[i], strlen(yes[i]), &value) && value);
    }
    for (size_t i = 0; i < HB_COUNT(no); i++) {
        value = true;
        assert_true(hb_parse_bool(no[i], strlen(no[i]), &value) && !value);
    }
    for (size_t i = 0; i < HB_COUNT(bad); i++) {
        assert_false(hb_parse_bool(bad[i], strlen(bad[i]), &value));
    }
    assert_false(hb_parse_bool(NULL, 0, &value));
}

static void comparisons(void **state)
{
    (void)state;
    assert_true(hb_text_equal_nocase("Open", "oPEN"));
    assert_true(hb_text_equal_nocase("", ""));
    assert_false(hb_text_equal_nocase("open", "opens"));
    assert_false(hb_text_equal_nocase("opens", "open"));
    assert_false(hb_text_equal_nocase("[", "{"));
    assert_true(hb_text_starts("gate.cost", "gate."));
    assert_true(hb_text_starts("gate", ""));
    assert_false(hb_text_starts("ga", "gate"));
}

static void suggestions(void **state)
{
    (void)state;
    static const char *const keys[] = {"threshold", "threads", "seed", "embargo_bars"};
    assert_string_equal(hb_text_did_you_mean("treshold", keys, 4), "threshold");
    assert_string_equal(hb_text_did_you_mean("thread", keys, 4), "threads");
    assert_string_equal(hb_text_did_you_mean("sed", keys, 4), "seed");
    assert_string_equal(hb_text_did_you_mean("seedxx", keys, 4), "seed");
    assert_string_equal(hb_text_did_you_mean("emargo_brs__", keys, 4), "embargo_bars");
    assert_null(hb_text_did_you_mean("seedxxx", keys, 4));
    assert_null(hb_text_did_you_mean("completely_else", keys, 4));
    assert_null(hb_text_did_you_mean("seed", NULL, 0));
    char long_word[200];
    memset(long_word, 'a', sizeof long_word - 1);
    long_word[sizeof long_word - 1] = '\0';
    const char *const long_keys[] = {long_word, "b"};
    assert_null(hb_text_did_you_mean(long_word, long_keys, 2));
    assert_string_equal(hb_text_did_you_mean("c", long_keys, 2), "b");
}

static void buffers(void **state)
{
    (void)state;
    hb_buf_t buf = {0};
    hb_buf_add(&buf, NULL, 0);
    assert_string_equal(buf.p, "");
    hb_buf_add(&buf, "abcdef", 3);
    hb_buf_addf(&buf, "-%d-", 7);
    assert_string_equal(buf.p, "abc-7-");
    char expected[5000] = "abc-7-";
    for (int i = 0; i < 300; i++) {
        char piece[16];
        (void)snprintf(piece, sizeof piece, "%d,", i);
        strcat(expected, piece);
        hb_buf_addf(&buf, "%d,", i);
    }
    assert_string_equal(buf.p, expected);
    assert_int_equal(buf.len, strlen(expected));
    /* One piece longer than any slack. */
    hb_buf_addf(&buf, "%5000s", "x");
    assert_int_equal(buf.len, strlen(expected) + 5000);
    assert_int_equal(buf.p[buf.len - 1], 'x');
    assert_int_equal(buf.p[buf.len], '\0');
    hb_buf_fini(&buf);
    assert_null(buf.p);
    hb_buf_fini(&buf);
    hb_buf_addf(&buf, "again");
    assert_string_equal(buf.p, "again");
    hb_buf_fini(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_accepted), cmocka_unit_test(doubles_refused),
        cmocka_unit_test(doubles_random),   cmocka_unit_test(doubles_grammar),
        cmocka_unit_test(integers),         cmocka_unit_test(booleans),
        cmocka_unit_test(comparisons),      cmocka_unit_test(suggestions),
        cmocka_unit_test(buffers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
