/* Lines, fields and numbers of a text file. Invariant: nothing is read outside [text, text +
 * bytes); a text is refused as a whole when it is binary, and no line longer than 1 MiB is ever
 * taken. */
#include <stdio.h>
#include <string.h>

#include "bars_csv_int.h"
#include "base_text.h"

#define NUMBER_BYTES_MAX 64u

void bars_where(char out[256], const char *name, uint64_t line)
{
    (void)snprintf(out, 256, "%.220s:%llu", name, (unsigned long long)line);
}

static uint64_t line_of(const char *text, const char *at)
{
    uint64_t line = 1;
    for (const char *p = text; (p = memchr(p, '\n', (size_t)(at - p))) != NULL; p++) line++;
    return line;
}

hb_status_t bars_lines_open(bars_lines_t *lines, const char *name, const char *text, size_t bytes,
                            hb_err_t *err)
{
    char where[256];
    if (bytes >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0)) {
        bars_where(where, name, 1);
        return hb_err_set(err, HB_E_DATA, where, "save the file as UTF-8", "the text is UTF-16");
    }
    const char *nul = bytes ? memchr(text, '\0', bytes) : NULL;
    if (nul) {
        bars_where(where, name, line_of(text, nul));
        return hb_err_set(err, HB_E_DATA, where, "give a CSV file (plain, .gz or .zst)",
                          "a NUL byte: this is no text file");
    }
    const size_t skip = bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    const char *start = bytes ? text + skip : text;
    const bool unix_lines = bytes && memchr(text, '\n', bytes) != NULL;
    *lines = (bars_lines_t){.p = start,
                            .end = bytes ? text + bytes : text,
                            .name = name,
                            .newline = unix_lines ? '\n' : '\r'};
    return HB_OK;
}

hb_status_t bars_lines_next(bars_lines_t *lines, bars_text_t *out, bool *more, hb_err_t *err)
{
    *more = lines->p < lines->end;
    if (!*more) return HB_OK;
    lines->line++;
    const size_t left = (size_t)(lines->end - lines->p);
    const size_t window = left < BARS_LINE_BYTES_MAX + 1 ? left : BARS_LINE_BYTES_MAX + 1;
    const char *end = memchr(lines->p, lines->newline, window);
    if (!end && window > BARS_LINE_BYTES_MAX) {
        char where[256];
        bars_where(where, lines->name, lines->line);
        return hb_err_set(err, HB_E_DATA, where, "check that this is a CSV file of bars",
                          "a line longer than 1 MiB");
    }
    const char *stop = end ? end : lines->end;
    size_t n = (size_t)(stop - lines->p);
    if (n > 0 && lines->p[n - 1] == '\r') n--;
    *out = (bars_text_t){lines->p, n};
    lines->p = end ? end + 1 : lines->end;
    return HB_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

bars_text_t bars_text_trim(bars_text_t text)
{
    while (text.n > 0 && is_blank(text.p[0])) {
        text.p++;
        text.n--;
    }
    while (text.n > 0 && is_blank(text.p[text.n - 1])) text.n--;
    return text;
}

/* A quoted field from its opening mark on: *inside gets what stands between the marks and the
 * return value points past the closing one; NULL when it never closes. */
static const char *quoted_take(const char *p, const char *end, bars_text_t *inside)
{
    const char *start = p + 1;
    for (p = start; p < end; p++) {
        if (*p != '"') continue;
        if (p + 1 < end && p[1] == '"') {
            p++;
            continue;
        }
        *inside = (bars_text_t){start, (size_t)(p - start)};
        return p + 1;
    }
    return NULL;
}

uint32_t bars_line_split(bars_text_t line, char delimiter, bars_text_t fields[BARS_FIELDS_MAX])
{
    const char *p = line.p, *end = line.p + line.n;
    for (uint32_t count = 0;;) {
        while (p < end && is_blank(*p) && *p != delimiter) p++;
        bars_text_t field = {p, 0};
        const char *stop = p;
        if (p < end && *p == '"') {
            stop = quoted_take(p, end, &field);
            if (!stop) return 0;
            while (stop < end && is_blank(*stop) && *stop != delimiter) stop++;
            if (stop < end && *stop != delimiter) return 0;
        } else {
            const char *found = p < end ? memchr(p, delimiter, (size_t)(end - p)) : NULL;
            stop = found ? found : end;
            field.n = (size_t)(stop - p);
        }
        if (count < BARS_FIELDS_MAX) fields[count] = bars_text_trim(field);
        count++;
        if (stop >= end) return count;
        p = stop + 1;
    }
}

/* Copies a number without its thousands marks, the decimal mark as a point. Groups must be
 * whole. */
static size_t number_copy(bars_text_t text, bool decimal_comma, char out[NUMBER_BYTES_MAX])
{
    const char group = decimal_comma ? '.' : ',', decimal = decimal_comma ? ',' : '.';
    size_t n = 0;
    int run = 0; /* digits since the last mark */
    bool grouped = false, fraction = false;
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (c == group) {
            if (fraction || run == 0 || run > 3 || (grouped && run != 3)) return 0;
            grouped = true;
            run = 0;
            continue;
        }
        if (n + 1 >= NUMBER_BYTES_MAX || (c == '.' && decimal_comma)) return 0;
        if (c == decimal) {
            if (fraction || (grouped && run != 3)) return 0;
            fraction = true;
        }
        if (c >= '0' && c <= '9') run++;
        out[n++] = c == decimal ? '.' : c;
    }
    return grouped && !fraction && run != 3 ? 0 : n;
}

bool bars_number_parse(bars_text_t text, bool decimal_comma, double *out)
{
    if (text.n > 0 && text.p[0] == '$') {
        text.p++;
        text.n--;
    }
    char copy[NUMBER_BYTES_MAX];
    const size_t n = number_copy(text, decimal_comma, copy);
    return n > 0 && hb_parse_double(copy, n, out);
}
