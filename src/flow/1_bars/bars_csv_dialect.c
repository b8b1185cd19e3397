/* Dialect of a file: delimiter, columns, decimal mark. Decided before a row is read, from the
 * header where there is one, else from the first row. Invariant: the first column with a
 * matching name wins and names match as a whole, so that "Candle high" is no "high"; what is
 * missing is named in the error. */
#include <stdio.h>
#include <string.h>

#include "bars_csv_int.h"
#include "base_assert.h"
#include "base_text.h"

#define HEADER_SEARCH_LINES  20u
#define DECIMAL_SEARCH_LINES 1000u
#define NAME_BYTES_MAX       24u

static const char delimiters[] = {';', '\t', ',', '|'};

/* Names without case, blanks and marks. */
static const struct {
    const char *name;
    bars_col_t col;
} aliases[] = {
    /* clang-format off */
    {"timestamp", BARS_COL_STAMP}, {"datetime", BARS_COL_STAMP}, {"dt", BARS_COL_STAMP},
    {"dateandtime", BARS_COL_STAMP}, {"ts", BARS_COL_STAMP}, {"tsevent", BARS_COL_STAMP},
    {"opentime", BARS_COL_STAMP}, {"bartime", BARS_COL_STAMP}, {"starttime", BARS_COL_STAMP},
    {"windowstart", BARS_COL_STAMP}, {"localtime", BARS_COL_STAMP}, {"gmttime", BARS_COL_STAMP},
    {"utctime", BARS_COL_STAMP}, {"unix", BARS_COL_STAMP}, {"unixtime", BARS_COL_STAMP},
    {"unixtimestamp", BARS_COL_STAMP}, {"epoch", BARS_COL_STAMP}, {"utc", BARS_COL_STAMP},
    {"gmt", BARS_COL_STAMP}, {"date", BARS_COL_DATE}, {"day", BARS_COL_DATE},
    {"tradedate", BARS_COL_DATE}, {"time", BARS_COL_TIME}, {"timeofday", BARS_COL_TIME},
    {"open", BARS_COL_OPEN}, {"o", BARS_COL_OPEN}, {"openprice", BARS_COL_OPEN},
    {"high", BARS_COL_HIGH}, {"h", BARS_COL_HIGH}, {"highprice", BARS_COL_HIGH},
    {"low", BARS_COL_LOW}, {"l", BARS_COL_LOW}, {"lowprice", BARS_COL_LOW},
    {"close", BARS_COL_CLOSE}, {"c", BARS_COL_CLOSE}, {"closelast", BARS_COL_CLOSE},
    {"last", BARS_COL_CLOSE}, {"latest", BARS_COL_CLOSE}, {"closeprice", BARS_COL_CLOSE},
    {"lastprice", BARS_COL_CLOSE}, {"price", BARS_COL_CLOSE}, {"volume", BARS_COL_VOLUME},
    {"vol", BARS_COL_VOLUME}, {"v", BARS_COL_VOLUME}, {"totalvolume", BARS_COL_VOLUME},
    {"up", BARS_COL_UP}, {"upvolume", BARS_COL_UP}, {"upvol", BARS_COL_UP},
    {"down", BARS_COL_DOWN}, {"downvolume", BARS_COL_DOWN}, {"downvol", BARS_COL_DOWN},
    {"dn", BARS_COL_DOWN},
    /* clang-format on */
};

/* Letters and digits of a name in lower case; false when it is too long to be one of ours. */
static bool name_fold(bars_text_t text, char out[NAME_BYTES_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        const char lower = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        if ((lower < 'a' || lower > 'z') && (lower < '0' || lower > '9')) continue;
        if (n + 1 >= NAME_BYTES_MAX) return false;
        out[n++] = lower;
    }
    out[n] = '\0';
    return n > 0;
}

/* Cuts utc or gmt off the end of a longer name. */
static bool name_cut_utc(char name[NAME_BYTES_MAX])
{
    const size_t n = strlen(name);
    if (n < 3) return false;
    if (strcmp(name + n - 3, "utc") != 0 && strcmp(name + n - 3, "gmt") != 0) return false;
    if (n > 3) name[n - 3] = '\0';
    return true;
}

static void name_match(bars_text_t field, uint32_t index, bars_dialect_t *out)
{
    char name[NAME_BYTES_MAX];
    if (!name_fold(field, name)) return;
    const bool utc = name_cut_utc(name);
    for (size_t i = 0; i < HB_COUNT(aliases); i++) {
        if (strcmp(aliases[i].name, name) != 0) continue;
        if (utc && aliases[i].col > BARS_COL_TIME) return;
        if (out->cols[aliases[i].col] >= 0) return;
        out->cols[aliases[i].col] = (int32_t)index;
        out->says_utc = out->says_utc || utc;
        return;
    }
}

static void cols_clear(bars_dialect_t *out)
{
    for (int i = 0; i < BARS_COL_COUNT; i++) out->cols[i] = -1;
}

static uint32_t used_of(const bars_text_t *fields, uint32_t count)
{
    uint32_t used = HB_MIN(count, BARS_FIELDS_MAX);
    while (used > 0 && fields[used - 1].n == 0) used--;
    return used;
}

static bool cols_complete(const bars_dialect_t *d)
{
    const bool time =
        d->cols[BARS_COL_STAMP] >= 0 || d->cols[BARS_COL_DATE] >= 0 || d->cols[BARS_COL_TIME] >= 0;
    return time && d->cols[BARS_COL_OPEN] >= 0 && d->cols[BARS_COL_HIGH] >= 0 &&
           d->cols[BARS_COL_LOW] >= 0 && d->cols[BARS_COL_CLOSE] >= 0;
}

static bool header_try(bars_text_t line, uint64_t number, char delimiter, bars_dialect_t *out)
{
    bars_text_t fields[BARS_FIELDS_MAX];
    *out = (bars_dialect_t){
        .delimiter = delimiter, .header = true, .header_line = number, .header_text = line};
    cols_clear(out);
    out->fields = bars_line_split(line, delimiter, fields);
    out->fields_used = used_of(fields, out->fields);
    for (uint32_t i = 0; i < out->fields_used; i++) name_match(fields[i], i, out);
    return cols_complete(out);
}

/* No header: time or date and time, then open, high, low, close and maybe volume. */
static bool bare_try(bars_text_t line, uint64_t number, char delimiter, bars_dialect_t *out)
{
    bars_text_t fields[BARS_FIELDS_MAX];
    bars_when_t when;
    *out = (bars_dialect_t){.delimiter = delimiter, .header_line = number};
    cols_clear(out);
    out->fields = bars_line_split(line, delimiter, fields);
    out->fields_used = used_of(fields, out->fields);
    if (out->fields_used < 5 || !bars_when_parse(fields[0], &when)) return false;
    const bool two = out->fields_used > 5 && when.kind == BARS_WHEN_DATE && !when.has_time &&
                     bars_when_parse_time(fields[1], &when) &&
                     memchr(fields[1].p, ':', fields[1].n) != NULL;
    int32_t at = 0;
    out->cols[two ? BARS_COL_DATE : BARS_COL_STAMP] = at++;
    if (two) out->cols[BARS_COL_TIME] = at++;
    const bool comma = delimiter == ';' || delimiter == '\t';
    for (int col = BARS_COL_OPEN; col <= BARS_COL_CLOSE; col++) {
        double price;
        const bars_text_t field = fields[at];
        if (!bars_number_parse(field, false, &price) &&
            !(comma && bars_number_parse(field, true, &price))) {
            return false;
        }
        out->cols[col] = at++;
        if ((uint32_t)at >= out->fields_used && col < BARS_COL_CLOSE) return false;
    }
    if ((uint32_t)at < out->fields_used) out->cols[BARS_COL_VOLUME] = at;
    return true;
}

static bool dialect_try(bars_text_t line, uint64_t number, bars_dialect_t *out)
{
    for (size_t i = 0; i < sizeof delimiters; i++) {
        if (header_try(line, number, delimiters[i], out)) return true;
    }
    for (size_t i = 0; i < sizeof delimiters; i++) {
        if (bare_try(line, number, delimiters[i], out)) return true;
    }
    return false;
}

/* Names what the most header-like reading of the first line lacks. */
static hb_status_t missing_fail(const char *name, bars_text_t line, uint64_t number, hb_err_t *err)
{
    static const char *const names[] = {"open", "high", "low", "close"};
    bars_dialect_t best = {0};
    int best_found = -1;
    for (size_t i = 0; i < sizeof delimiters; i++) {
        bars_dialect_t d;
        int found = 0;
        (void)header_try(line, number, delimiters[i], &d);
        for (int col = 0; col < BARS_COL_COUNT; col++) found += d.cols[col] >= 0;
        if (found > best_found) {
            best_found = found;
            best = d;
        }
    }
    char missing[64] = "", where[256];
    const bool time = best.cols[BARS_COL_STAMP] >= 0 || best.cols[BARS_COL_DATE] >= 0 ||
                      best.cols[BARS_COL_TIME] >= 0;
    if (!time) (void)snprintf(missing, sizeof missing, " time");
    for (int i = 0; i < 4; i++) {
        if (best.cols[BARS_COL_OPEN + i] >= 0) continue;
        const size_t n = strlen(missing);
        (void)snprintf(missing + n, sizeof missing - n, "%s %s", n ? "," : "", names[i]);
    }
    bars_where(where, name, number);
    return hb_err_set(err, HB_E_DATA, where,
                      "give a header such as timestamp,open,high,low,close,volume",
                      "no column for:%s", missing);
}

/* In a file delimited by ; or tab a comma in a price is the decimal mark, unless points are
 * there that say otherwise. */
static hb_status_t decimal_find(bars_lines_t lines, bars_dialect_t *d, hb_err_t *err)
{
    if (d->delimiter != ';' && d->delimiter != '\t') return HB_OK;
    uint32_t commas = 0, points = 0;
    for (uint32_t row = 0; row < DECIMAL_SEARCH_LINES; row++) {
        bars_text_t line, fields[BARS_FIELDS_MAX];
        bool more = false;
        HB_TRY(bars_lines_next(&lines, &line, &more, err));
        if (!more) break;
        const uint32_t count = HB_MIN(bars_line_split(line, d->delimiter, fields), BARS_FIELDS_MAX);
        for (int col = BARS_COL_OPEN; col <= BARS_COL_CLOSE; col++) {
            if ((uint32_t)d->cols[col] >= count) continue;
            const bars_text_t field = fields[d->cols[col]];
            const char *comma = field.n ? memrchr(field.p, ',', field.n) : NULL;
            const char *point = field.n ? memrchr(field.p, '.', field.n) : NULL;
            commas += comma && (!point || comma > point);
            points += point && (!comma || point > comma);
        }
    }
    d->decimal_comma = commas > points;
    return HB_OK;
}

/* The names alone do not tell whether "timestamp" beside "date" is a time of day, or whether "time"
 * beside "date" is complete: the first row does. */
static void time_cols_settle(const bars_text_t *fields, uint32_t count, bars_dialect_t *d)
{
    int32_t *stamp = &d->cols[BARS_COL_STAMP], *date = &d->cols[BARS_COL_DATE];
    int32_t *time = &d->cols[BARS_COL_TIME];
    bars_when_t when;
    if (*stamp >= 0 && *date >= 0 && (uint32_t)*stamp < count && *time < 0 &&
        !bars_when_parse(fields[*stamp], &when) && bars_when_parse_time(fields[*stamp], &when)) {
        *time = *stamp;
        *stamp = -1;
    }
    if (*stamp < 0 && *time >= 0 && (uint32_t)*time < count &&
        bars_when_parse(fields[*time], &when)) {
        *stamp = *time;
    }
    if (*stamp < 0 && (*date < 0 || *time < 0)) *stamp = *date >= 0 ? *date : *time;
    if (*stamp >= 0) *date = *time = -1;
}

static hb_status_t header_finish(bars_lines_t lines, bars_dialect_t *d, hb_err_t *err)
{
    bars_text_t line, fields[BARS_FIELDS_MAX];
    bars_lines_t ahead = lines;
    bool more = true;
    uint32_t count = 0;
    while (more) {
        HB_TRY(bars_lines_next(&ahead, &line, &more, err));
        if (!more || bars_text_trim(line).n == 0) continue;
        count = HB_MIN(bars_line_split(line, d->delimiter, fields), BARS_FIELDS_MAX);
        break;
    }
    time_cols_settle(fields, count, d);
    return decimal_find(lines, d, err);
}

hb_status_t bars_dialect_find(const char *name, const char *text, size_t bytes, bars_dialect_t *out,
                              hb_err_t *err)
{
    bars_lines_t lines;
    HB_TRY(bars_lines_open(&lines, name, text, bytes, err));
    bars_text_t first = {0};
    uint64_t first_number = 0;
    for (uint32_t tried = 0; tried < HEADER_SEARCH_LINES;) {
        bars_text_t line;
        bool more = false;
        const bars_lines_t before = lines;
        HB_TRY(bars_lines_next(&lines, &line, &more, err));
        if (!more) break;
        if (bars_text_trim(line).n == 0) continue;
        tried++;
        if (first_number == 0) {
            first = line;
            first_number = lines.line;
        }
        bars_dialect_t found;
        if (!dialect_try(line, lines.line, &found)) continue;
        HB_TRY(header_finish(found.header ? lines : before, &found, err));
        *out = found;
        return HB_OK;
    }
    if (first_number == 0) {
        return hb_err_set(err, HB_E_DATA, name, "give a CSV file with bars", "%.200s is empty",
                          name);
    }
    return missing_fail(name, first, first_number, err);
}

bool bars_dialect_when(const bars_dialect_t *dialect, const bars_text_t *fields, bars_when_t *out)
{
    if (dialect->cols[BARS_COL_STAMP] >= 0) {
        return bars_when_parse(fields[dialect->cols[BARS_COL_STAMP]], out);
    }
    bars_when_t date, time;
    if (!bars_when_parse(fields[dialect->cols[BARS_COL_DATE]], &date)) return false;
    if (!bars_when_parse_time(fields[dialect->cols[BARS_COL_TIME]], &time)) return false;
    if (date.kind != BARS_WHEN_DATE) return false;
    date.second_of_day = time.second_of_day;
    date.ns = time.ns;
    date.has_time = true;
    date.has_offset = time.has_offset;
    date.offset_s = time.offset_s;
    *out = date;
    return true;
}

bool bars_dialect_has_volume(const bars_dialect_t *dialect)
{
    return dialect->cols[BARS_COL_VOLUME] >= 0 ||
           (dialect->cols[BARS_COL_UP] >= 0 && dialect->cols[BARS_COL_DOWN] >= 0);
}
