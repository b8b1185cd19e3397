/* Text: strict number parsing, a growing string buffer, and "did you mean". Locale-free. */
#ifndef HB_BASE_TEXT_H
#define HB_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whole text must be a number; no leading or trailing blanks, no hex, no locale. false otherwise.
 * Doubles are correctly rounded (strtod in the C locale); "nan" and "inf" are refused. */
bool hb_parse_double(const char *s, size_t n, double *out);
bool hb_parse_i64(const char *s, size_t n, int64_t *out);
bool hb_parse_bool(const char *s, size_t n, bool *out); /* true false yes no on off 1 0 */

/* ASCII only. */
bool hb_text_equal_nocase(const char *a, const char *b);
bool hb_text_starts(const char *s, const char *prefix);

/* The candidate with the smallest edit distance (<= max(2, len/3)), or NULL. */
const char *hb_text_did_you_mean(const char *word, const char *const *candidates, size_t count);

/* Growing buffer; always NUL-terminated. Zero-initialise, free with hb_buf_fini. */
typedef struct {
    char *p;
    size_t len, cap;
} hb_buf_t;

void hb_buf_add(hb_buf_t *buf, const char *s, size_t n);
void hb_buf_addf(hb_buf_t *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void hb_buf_fini(hb_buf_t *buf);

/* "2024-03-29T14:30:00Z" into 21 bytes; ns are cut. Proleptic Gregorian, no tables, no locale. */
void hb_format_utc(int64_t utc_at_ns, char out[32]);
/* Strict inverse for YYYY-MM-DD[THH:MM[:SS]][Z]. */
bool hb_parse_utc(const char *s, int64_t *utc_at_ns);
/* Days since 1970-01-01 of a civil date, and back (Hinnant's algorithms). */
int64_t hb_days_from_civil(int year, int month, int day);
void hb_civil_from_days(int64_t days, int *year, int *month, int *day);

#endif
