/* Small text tools of the configuration: what is shown of foreign text, UTF-8, lists of words.
 * source of the UTF-8 table: Unicode 15, table 3-7 (well-formed byte sequences).
 */
#include "conf_impl.h"

#include <string.h>

#include "base_assert.h"

/* Bytes of the well-formed sequence at p, or 0. */
static size_t sequence_bytes(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80) return 1;
    const size_t want = p[0] >= 0xc2 && p[0] <= 0xdf   ? 2
                        : p[0] >= 0xe0 && p[0] <= 0xef ? 3
                        : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
                                                       : 0;
    if (want == 0 || n < want) return 0;
    /* Narrower second bytes: no overlong forms, no surrogates, nothing above U+10FFFF. */
    const unsigned lo = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    const unsigned hi = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < lo || p[1] > hi) return 0;
    for (size_t i = 2; i < want; i++) {
        if (p[i] < 0x80 || p[i] > 0xbf) return 0;
    }
    return want;
}

bool conf_utf8_ok(const char *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        const size_t step = sequence_bytes((const unsigned char *)p + i, n - i);
        if (step == 0) return false;
        i += step;
    }
    return true;
}

void conf_show(const char *p, size_t n, char out[CONF_SHOWN_MAX])
{
    const size_t room = CONF_SHOWN_MAX - 4; /* "..." and the NUL */
    size_t len = 0, i = 0;
    while (i < n) {
        const size_t step = sequence_bytes((const unsigned char *)p + i, n - i);
        if (len + (step ? step : 1) > room) break;
        const unsigned char byte = (unsigned char)p[i];
        if (step == 0 || byte < 0x20 || byte == 0x7f) {
            out[len++] = '?';
            i++;
            continue;
        }
        memcpy(out + len, p + i, step);
        len += step;
        i += step;
    }
    if (i < n) {
        memcpy(out + len, "...", 3);
        len += 3;
    }
    out[len] = '\0';
}

bool conf_word_at(const char *words, uint32_t idx, const char **p, size_t *n)
{
    const char *at = words;
    for (;;) {
        at += strspn(at, " ");
        const size_t len = strcspn(at, " ");
        if (len == 0) return false;
        if (idx-- == 0) {
            *p = at;
            *n = len;
            return true;
        }
        at += len;
    }
}

static bool needs_quotes(const char *text)
{
    static const char *const taken[] = {"null", "true", "false", "yes", "no",
                                        "on",   "off",  "y",     "n"};
    const size_t n = strlen(text);
    double number = 0;
    if (n == 0 || hb_parse_double(text, n, &number)) return true;
    for (size_t i = 0; i < HB_COUNT(taken); i++) {
        if (hb_text_equal_nocase(text, taken[i])) return true;
    }
    /* A first letter and these bytes are plain text to every YAML reader. */
    const bool letter = (text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z');
    return !letter || strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789_./()-") != n;
}

void conf_text_add(const char *text, hb_buf_t *out)
{
    if (!needs_quotes(text)) {
        hb_buf_add(out, text, strlen(text));
        return;
    }
    hb_buf_add(out, "\"", 1);
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\') hb_buf_add(out, "\\", 1);
        hb_buf_add(out, p, 1);
    }
    hb_buf_add(out, "\"", 1);
}
