/* Strict number parsing and small text helpers. Invariant: a text is a number only as a whole;
 * outputs are untouched on failure. Method for doubles: Clinger's exact fast path (1990), a
 * mantissa below 2^53 scaled by a power of ten up to 10^22, which is one correctly rounded
 * operation; everything else goes to strtod, whose rounding in the C locale is exact. */
#include "base_text.h"

#include <stdlib.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"

#define STACK_TEXT_BYTES 128

typedef struct {
    uint64_t mantissa; /* the first 19 digits at most */
    int64_t exponent;  /* of ten; saturated far beyond the range of doubles */
    bool negative;
    bool exact; /* mantissa holds every digit */
} hb_decimal_t;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes digits from s[*at]; each one after the point lowers the exponent. Returns how many. */
static size_t scan_digits(const char *s, size_t n, size_t *at, bool fraction, hb_decimal_t *out)
{
    size_t begin = *at;
    for (; *at < n && is_digit(s[*at]); (*at)++) {
        if (out->mantissa < UINT64_C(1000000000000000000)) {
            out->mantissa = out->mantissa * 10 + (uint64_t)(s[*at] - '0');
            out->exponent -= fraction;
        } else {
            out->exact = out->exact && s[*at] == '0';
            out->exponent += !fraction;
        }
    }
    return *at - begin;
}

static bool scan_exponent(const char *s, size_t n, size_t *at, hb_decimal_t *out)
{
    (*at)++;
    bool negative = *at < n && s[*at] == '-';
    if (*at < n && (s[*at] == '-' || s[*at] == '+')) (*at)++;
    if (*at >= n || !is_digit(s[*at])) return false;
    int64_t exponent = 0;
    for (; *at < n && is_digit(s[*at]); (*at)++) {
        if (exponent < 1000000) exponent = exponent * 10 + (s[*at] - '0');
    }
    out->exponent += negative ? -exponent : exponent;
    return true;
}

static bool scan_decimal(const char *s, size_t n, hb_decimal_t *out)
{
    *out = (hb_decimal_t){.exact = true};
    size_t at = 0;
    if (n > 0 && (s[0] == '-' || s[0] == '+')) {
        out->negative = s[0] == '-';
        at = 1;
    }
    size_t digits = scan_digits(s, n, &at, false, out);
    if (at < n && s[at] == '.') {
        at++;
        digits += scan_digits(s, n, &at, true, out);
    }
    if (digits == 0) return false;
    if (at < n && (s[at] == 'e' || s[at] == 'E')) {
        if (!scan_exponent(s, n, &at, out)) return false;
    }
    return at == n;
}

static bool parse_slow(const char *s, size_t n, double *out)
{
    char stack_text[STACK_TEXT_BYTES];
    char *text = n < sizeof stack_text ? stack_text : hb_alloc(n + 1, 1);
    memcpy(text, s, n);
    text[n] = '\0';
    char *end = NULL;
    double value = strtod(text, &end);
    bool whole = end == text + n;
    if (text != stack_text) hb_free(text);
    /* The grammar has been checked, so an infinity here is a magnitude that no double holds. */
    if (!whole || !(value <= 0x1.fffffffffffffp1023 && value >= -0x1.fffffffffffffp1023))
        return false;
    *out = value;
    return true;
}

bool hb_parse_double(const char *s, size_t n, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    hb_decimal_t decimal;
    if (!s || !scan_decimal(s, n, &decimal)) return false;
    bool small = decimal.exact && decimal.mantissa <= (UINT64_C(1) << 53);
    if (!small || decimal.exponent > 22 || decimal.exponent < -22) return parse_slow(s, n, out);
    double value = (double)decimal.mantissa;
    if (decimal.exponent < 0) {
        value /= powers[-decimal.exponent];
    } else {
        value *= powers[decimal.exponent];
    }
    *out = decimal.negative ? -value : value;
    return true;
}

bool hb_parse_i64(const char *s, size_t n, int64_t *out)
{
    if (!s || n == 0) return false;
    bool negative = s[0] == '-';
    size_t at = (s[0] == '-' || s[0] == '+') ? 1 : 0;
    if (at == n) return false;
    /* Accumulated below zero, because INT64_MIN has no positive counterpart. */
    int64_t value = 0;
    for (; at < n; at++) {
        if (!is_digit(s[at])) return false;
        if (__builtin_mul_overflow(value, (int64_t)10, &value)) return false;
        if (__builtin_sub_overflow(value, (int64_t)(s[at] - '0'), &value)) return false;
    }
    if (!negative && value == INT64_MIN) return false;
    *out = negative ? value : -value;
    return true;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool hb_parse_bool(const char *s, size_t n, bool *out)
{
    static const struct {
        const char *text;
        bool value;
    } words[] = {{"true", true}, {"false", false}, {"yes", true}, {"no", false},
                 {"on", true},   {"off", false},   {"1", true},   {"0", false}};
    if (!s) return false;
    for (size_t i = 0; i < HB_COUNT(words); i++) {
        if (strlen(words[i].text) == n && memcmp(words[i].text, s, n) == 0) {
            *out = words[i].value;
            return true;
        }
    }
    return false;
}

bool hb_text_equal_nocase(const char *a, const char *b)
{
    for (; *a && lower(*a) == lower(*b); a++, b++) {
    }
    return lower(*a) == lower(*b);
}

bool hb_text_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}
