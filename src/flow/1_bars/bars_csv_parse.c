/* Rows of a file. Invariant: every line that is not blank becomes one row, good or with a
 * reason; none is dropped here. Times stay as parsed until the whole file has told how its dates
 * read. */
#include <string.h>

#include "bars_csv_int.h"
#include "base_assert.h"
#include "base_mem.h"

#define ROWS_FIRST 1024u

static bool equal_nocase(bars_text_t a, bars_text_t b)
{
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++) {
        const char x = a.p[i], y = b.p[i];
        const bool same = x == y || ((x ^ y) == 0x20 && (x | 0x20) >= 'a' && (x | 0x20) <= 'z');
        if (!same) return false;
    }
    return true;
}

static bool is_absent(bars_text_t text)
{
    static const char *const words[] = {"", "-", "nan", "null", "na", "n/a", "none"};
    for (size_t i = 0; i < HB_COUNT(words); i++) {
        if (equal_nocase(text, (bars_text_t){words[i], strlen(words[i])})) return true;
    }
    return false;
}

/* A count of contracts, maybe with a suffix K, M or B. */
static bool volume_parse(bars_text_t text, bool decimal_comma, double *out)
{
    double scale = 1;
    const char last = text.n ? (char)(text.p[text.n - 1] & ~0x20) : '\0';
    if (last == 'K' || last == 'M' || last == 'B') {
        scale = last == 'K' ? 1e3 : last == 'M' ? 1e6 : 1e9;
        text.n--;
    }
    double value;
    if (!bars_number_parse(text, decimal_comma, &value)) return false;
    *out = value * scale;
    return true;
}

/* Volume, or up and down volume; a cell without a number says that the volume of this bar is
 * unknown. */
static bool row_volume(const bars_dialect_t *d, const bars_text_t *fields, bars_row_t *row)
{
    row->no_volume = !bars_dialect_has_volume(d);
    if (row->no_volume) return true;
    const bool one = d->cols[BARS_COL_VOLUME] >= 0;
    const bars_text_t first = fields[d->cols[one ? BARS_COL_VOLUME : BARS_COL_UP]];
    const bars_text_t second = one ? (bars_text_t){"0", 1} : fields[d->cols[BARS_COL_DOWN]];
    row->no_volume = is_absent(first) || is_absent(second);
    if (row->no_volume) return true;
    double up, down;
    if (!volume_parse(first, d->decimal_comma, &up)) return false;
    if (!volume_parse(second, d->decimal_comma, &down)) return false;
    row->volume = up < 0 || down < 0 ? -1 : up + down;
    return row->volume < 1e300;
}

static bool row_fill(const bars_dialect_t *d, const bars_text_t *fields, uint32_t count,
                     bars_row_t *row)
{
    if (count == 0 || count < d->fields_used) return false;
    uint32_t used = HB_MIN(count, BARS_FIELDS_MAX);
    while (used > d->fields && fields[used - 1].n == 0) used--;
    if (used > d->fields) return false;
    if (!bars_dialect_when(d, fields, &row->when)) return false;
    double *const prices[] = {&row->open, &row->high, &row->low, &row->close};
    for (int i = 0; i < 4; i++) {
        const bars_text_t field = fields[d->cols[BARS_COL_OPEN + i]];
        if (!bars_number_parse(field, d->decimal_comma, prices[i])) return false;
    }
    return row_volume(d, fields, row);
}

static bars_row_t *row_add(bars_file_t *file)
{
    if (file->row_count == file->row_cap) {
        const size_t cap = file->row_cap ? file->row_cap * 2 : ROWS_FIRST;
        file->rows = hb_grow(file->rows, file->row_count, cap, sizeof *file->rows);
        file->row_cap = cap;
    }
    bars_row_t *row = &file->rows[file->row_count++];
    *row = (bars_row_t){.reason = HB_QA_COUNT};
    return row;
}

static void line_take(bars_file_t *file, bars_text_t line, uint64_t number)
{
    const bars_dialect_t *d = &file->dialect;
    bars_text_t fields[BARS_FIELDS_MAX];
    bars_row_t *row = row_add(file);
    row->line = number;
    row->text = line.p;
    row->text_bytes = (uint32_t)line.n;
    if (d->header && equal_nocase(bars_text_trim(line), bars_text_trim(d->header_text))) {
        row->reason = HB_QA_REPEATED_HEADER;
        return;
    }
    const uint32_t count = bars_line_split(line, d->delimiter, fields);
    if (!row_fill(d, fields, count, row)) row->reason = HB_QA_UNPARSABLE;
}

hb_status_t bars_file_parse(bars_file_t *file, hb_err_t *err)
{
    bars_lines_t lines;
    bars_text_t line;
    bool more = false;
    HB_TRY(bars_dialect_find(file->name, file->text, file->bytes, &file->dialect, err));
    HB_TRY(bars_lines_open(&lines, file->name, file->text, file->bytes, err));
    /* Without a header no line is a preamble: what stands before the first good row is refused. */
    const uint64_t skip = file->dialect.header ? file->dialect.header_line : 0;
    for (;;) {
        HB_TRY(bars_lines_next(&lines, &line, &more, err));
        if (!more) break;
        if (lines.line > skip && bars_text_trim(line).n > 0) line_take(file, line, lines.line);
    }
    if (file->row_count == 0) {
        char where[256];
        bars_where(where, file->name, file->dialect.header_line);
        return hb_err_set(err, HB_E_DATA, where, "give a file with bars",
                          "a header but no row after it");
    }
    if (file->row_count >= UINT32_MAX) {
        return hb_err_set(err, HB_E_DATA, file->name, "split the file", "too many rows");
    }
    return HB_OK;
}
