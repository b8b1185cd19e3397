/* Growing text buffer and "did you mean". Invariant: once something was added, p[len] == '\0' and
 * len < cap. Edit distance: Levenshtein, one row at a time. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "base_text.h"

#define WORD_MAX 64u

/* Room for n more characters and the closing NUL. */
static void reserve(hb_buf_t *buf, size_t n)
{
    size_t need = buf->len + n + 1;
    HB_ASSERT(need > n);
    if (need <= buf->cap) return;
    size_t cap = HB_MAX(need, buf->cap < 32 ? (size_t)64 : buf->cap * 2);
    buf->p = hb_grow(buf->p, buf->p ? buf->len : 0, cap, 1);
    buf->cap = cap;
    buf->p[buf->len] = '\0';
}

void hb_buf_add(hb_buf_t *buf, const char *s, size_t n)
{
    reserve(buf, n);
    if (n) memcpy(buf->p + buf->len, s, n);
    buf->len += n;
    buf->p[buf->len] = '\0';
}

void hb_buf_addf(hb_buf_t *buf, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    reserve(buf, 64);
    int n = vsnprintf(buf->p + buf->len, buf->cap - buf->len, fmt, args);
    va_end(args);
    HB_ASSERT(n >= 0);
    if ((size_t)n >= buf->cap - buf->len) {
        reserve(buf, (size_t)n);
        (void)vsnprintf(buf->p + buf->len, buf->cap - buf->len, fmt, again);
    }
    va_end(again);
    buf->len += (size_t)n;
}

void hb_buf_fini(hb_buf_t *buf)
{
    hb_free(buf->p);
    *buf = (hb_buf_t){0};
}

static size_t edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t row[WORD_MAX + 1];
    for (size_t j = 0; j <= b_len; j++) row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t above = row[j];
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            size_t insert = HB_MIN(above, row[j - 1]) + 1;
            row[j] = HB_MIN(change, insert);
            diagonal = above;
        }
    }
    return row[b_len];
}

const char *hb_text_did_you_mean(const char *word, const char *const *candidates, size_t count)
{
    size_t len = strnlen(word, WORD_MAX + 1);
    if (len > WORD_MAX) return NULL;
    size_t limit = HB_MAX((size_t)2, len / 3);
    const char *best = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t candidate_len = strnlen(candidates[i], WORD_MAX + 1);
        if (candidate_len > WORD_MAX) continue;
        size_t distance = edit_distance(word, len, candidates[i], candidate_len);
        /* Each hit lowers the limit, so that a later one must be strictly nearer. */
        if (distance < limit + !best) {
            best = candidates[i];
            limit = distance;
        }
    }
    return best;
}
