/* Property: bars written in any dialect read back to the same bars; and whatever bytes come in, the
 * ingest ends with bars or with one clear error. The seed is printed; HYPERBAR_TEST_SEED repeats
 * it. */
#include <stdio.h>
#include <string.h>

#include "bars_calendar.h"
#include "bars_synth.h"
#include "base_mem.h"
#include "base_rng.h"
#include "base_text.h"
#include "th.h"

#define NS   INT64_C(1000000000)
#define BARS 1500

typedef enum {
    WHEN_ISO,
    WHEN_ISO_OFFSET,
    WHEN_COMPACT,
    WHEN_DMY,
    WHEN_MDY,
    WHEN_MIXED_DMY,
    WHEN_NAMED,
    WHEN_EPOCH_S,
    WHEN_EPOCH_MS,
    WHEN_EPOCH_NS,
    WHEN_TWO_COLUMNS,
    WHEN_AM_PM,
    WHEN_COUNT
} when_t;

typedef struct {
    char delimiter;
    bool decimal_comma, quotes, crlf, bom, reversed, close_stamp, volume, header, extra;
    when_t when;
    const char *zone;
    int header_case;
} dialect_t;

static bool flip(hb_rng_t *rng)
{
    return hb_rng_below(rng, 2) == 1;
}

static dialect_t dialect_draw(hb_rng_t *rng)
{
    static const char *const zones[] = {"UTC",          "America/New_York", "Asia/Jerusalem",
                                        "Asia/Kolkata", "Australia/Sydney", "America/Los_Angeles"};
    static const char delimiters[] = ",;\t|";
    dialect_t d = {.delimiter = delimiters[hb_rng_below(rng, 4)],
                   .quotes = flip(rng),
                   .crlf = flip(rng),
                   .bom = flip(rng),
                   .reversed = flip(rng),
                   .close_stamp = flip(rng),
                   .volume = flip(rng),
                   .extra = flip(rng)};
    d.when = (when_t)hb_rng_below(rng, WHEN_COUNT);
    d.zone = zones[hb_rng_below(rng, 6)];
    d.header_case = (int)hb_rng_below(rng, 3);
    d.decimal_comma = (d.delimiter == ';' || d.delimiter == '\t') && flip(rng);
    d.extra = d.extra && d.when != WHEN_TWO_COLUMNS;
    d.header = d.extra || d.when == WHEN_TWO_COLUMNS || hb_rng_below(rng, 4) != 0;
    return d;
}

static void date_text(const dialect_t *d, int64_t utc_s, int64_t local_s, char out[80])
{
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int y, mo, da;
    hb_civil_from_days(local_s / 86400, &y, &mo, &da);
    const int s = (int)(local_s % 86400), h = s / 3600, mi = s / 60 % 60;
    const int east = (int)(local_s - utc_s) / 60, abs_east = east < 0 ? -east : east;
    switch (d->when) {
    case WHEN_ISO_OFFSET:
        sprintf(out, "%04d-%02d-%02dT%02d:%02d:00%c%02d:%02d", y, mo, da, h, mi,
                east < 0 ? '-' : '+', abs_east / 60, abs_east % 60);
        break;
    case WHEN_COMPACT:
        sprintf(out, "%04d%02d%02d  %02d:%02d:00", y, mo, da, h, mi);
        break;
    case WHEN_DMY:
        sprintf(out, "%02d/%02d/%04d %02d:%02d", da, mo, y, h, mi);
        break;
    case WHEN_MDY:
        sprintf(out, "%d/%d/%04d %d:%02d", mo, da, y, h, mi);
        break;
    case WHEN_MIXED_DMY:
        sprintf(out, da > 12 ? "%02d.%02d.%04d %02d:%02d:00" : "%d.%d.%04d %d:%02d", da, mo, y, h,
                mi);
        break;
    case WHEN_NAMED:
        sprintf(out, "%d-%s-%04d %02d:%02d", da, months[mo - 1], y, h, mi);
        break;
    case WHEN_EPOCH_S:
        sprintf(out, "%lld", (long long)utc_s);
        break;
    case WHEN_EPOCH_MS:
        sprintf(out, "%lld000", (long long)utc_s);
        break;
    case WHEN_EPOCH_NS:
        sprintf(out, "%lld000000000", (long long)utc_s);
        break;
    case WHEN_TWO_COLUMNS:
        sprintf(out, "%04d.%02d.%02d%c%02d%02d", y, mo, da, d->delimiter, h, mi);
        break;
    case WHEN_AM_PM:
        sprintf(out, "%04d-%02d-%02d %d:%02d %s", y, mo, da, h % 12 ? h % 12 : 12, mi,
                h < 12 ? "AM" : "PM");
        break;
    default:
        sprintf(out, "%04d-%02d-%02d %02d:%02d:00", y, mo, da, h, mi);
    }
}

static void number_put(hb_buf_t *buf, const dialect_t *d, double value)
{
    char text[40];
    sprintf(text, "%.2f", value);
    char *point = strchr(text, '.');
    if (d->decimal_comma) *point = ',';
    if (d->quotes && !d->decimal_comma && point - text > 3 && point - text < 7) {
        const int lead = (int)(point - text) - 3;
        hb_buf_addf(buf, "%c\"%.*s,%s\"", d->delimiter, lead, text, text + lead);
    } else {
        hb_buf_addf(buf, "%c%s", d->delimiter, text);
    }
}

static void header_put(hb_buf_t *buf, const dialect_t *d)
{
    static const char *const names[3][6] = {
        {"timestamp", "open", "high", "low", "close", "volume"},
        {"Date/Time", "Open", "High", "Low", "Close/Last", "Vol."},
        {"<DT>", "O", "H", "L", "C", "V"}};
    const char *const *name = names[d->header_case];
    if (!d->header) return;
    if (d->when == WHEN_TWO_COLUMNS) {
        hb_buf_addf(buf, "Date%cTIME", d->delimiter);
    } else {
        hb_buf_addf(buf, "%s", name[0]);
    }
    if (d->extra) hb_buf_addf(buf, "%cCandle high", d->delimiter);
    for (int i = 1; i < (d->volume ? 6 : 5); i++) hb_buf_addf(buf, "%c%s", d->delimiter, name[i]);
    if (d->extra) hb_buf_addf(buf, "%chigh%cVolume MA", d->delimiter, d->delimiter);
    hb_buf_addf(buf, "%s", d->crlf ? "\r\n" : "\n");
}

static char *text_write(const dialect_t *d, const hb_bar_list_t *list, uint32_t size_s)
{
    hb_buf_t buf = {0};
    hb_zone_t *zone = NULL;
    hb_err_t err = {0};
    assert_int_equal(hb_zone_open(d->zone, &zone, &err), HB_OK);
    if (d->bom) hb_buf_addf(&buf, "\xef\xbb\xbf");
    header_put(&buf, d);
    for (uint32_t k = 0; k < list->count; k++) {
        const hb_bar_t *bar = &list->bars[d->reversed ? list->count - 1 - k : k];
        char when[80];
        const int64_t utc_s = bar->open_utc_at_ns / NS + (d->close_stamp ? size_s : 0);
        date_text(d, utc_s, utc_s + hb_zone_offset_s(zone, utc_s), when);
        const bool quote = d->quotes && d->when != WHEN_TWO_COLUMNS;
        hb_buf_addf(&buf, quote ? "\"%s\"" : "%s", when);
        if (d->extra) hb_buf_addf(&buf, "%cNaN", d->delimiter);
        number_put(&buf, d, bar->open);
        number_put(&buf, d, bar->high);
        number_put(&buf, d, bar->low);
        number_put(&buf, d, bar->close);
        if (d->volume) hb_buf_addf(&buf, "%c%.0f", d->delimiter, bar->volume);
        if (d->extra) hb_buf_addf(&buf, "%c1%c", d->delimiter, d->delimiter);
        hb_buf_addf(&buf, "%s", d->crlf ? "\r\n" : "\n");
    }
    hb_zone_close(zone);
    return buf.p;
}

static void same_bars(const hb_bar_list_t *want, const hb_bar_list_t *got, bool volume)
{
    assert_int_equal(got->count, want->count);
    for (uint32_t i = 0; i < want->count; i++) {
        hb_bar_t bar = got->bars[i];
        if (!volume) {
            assert_int_equal(bar.flags & HB_BAR_NO_VOLUME, HB_BAR_NO_VOLUME);
            bar.flags &= ~(uint32_t)HB_BAR_NO_VOLUME;
            bar.volume = want->bars[i].volume;
        }
        assert_memory_equal(&bar, &want->bars[i], sizeof bar);
    }
}

static void test_round_trip(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {900, 1800, 3600};
    hb_rng_t rng = hb_rng_init(th_seed(20240601));
    for (int round = 0; round < 60; round++) {
        hb_synth_params_t synth = hb_synth_params_default();
        synth.bars = BARS;
        synth.bar_size_s = sizes[hb_rng_below(&rng, 3)];
        synth.seed = hb_rng_next(&rng);
        synth.start_utc_at_ns = (INT64_C(1451606400) + (int64_t)hb_rng_below(&rng, 300000000)) * NS;
        hb_bar_list_t list = {0}, back = {0};
        hb_ingest_report_t report;
        hb_err_t err = {0};
        assert_int_equal(hb_synth_make(&synth, &list, &err), HB_OK);
        const dialect_t d = dialect_draw(&rng);
        char *text = text_write(&d, &list, synth.bar_size_s);
        hb_ingest_params_t params = hb_ingest_params_default();
        snprintf(params.timezone, sizeof params.timezone, "%s", d.zone);
        params.stamp_close = d.close_stamp;
        params.rolls_detect = false;
        const hb_status_t status =
            hb_ingest_text("t.csv", text, strlen(text), &params, NULL, &back, &report, &err);
        if (status != HB_OK || back.count != list.count) {
            fail_msg("round %d, delimiter '%c', time %d, zone %s: %s %s, %u bars\n%.300s", round,
                     d.delimiter, (int)d.when, d.zone, err.message, err.where, back.count, text);
        }
        assert_int_equal(report.reversed, d.reversed);
        assert_int_equal(report.delimiter, d.delimiter);
        same_bars(&list, &back, d.volume);
        hb_free(text);
        hb_free(list.bars);
        hb_free(back.bars);
    }
}

static void garbage_take(const char *text, size_t bytes)
{
    hb_ingest_params_t params = hb_ingest_params_default();
    hb_bar_list_t list = {0};
    hb_ingest_report_t report = {0};
    hb_err_t err = {0};
    const hb_status_t status =
        hb_ingest_text("t.csv", text, bytes, &params, NULL, &list, &report, &err);
    if (status == HB_OK) {
        for (uint32_t i = 0; i < list.count; i++) assert_true(hb_bar_check(&list.bars[i]));
    } else {
        assert_true(err.message[0] && err.where[0] && err.hint[0]);
        assert_null(list.bars);
    }
    hb_free(list.bars);
}

static void test_garbage(void **state)
{
    (void)state;
    static const char alphabet[] = "0123456789,,,,;\t\n\n\r\"./:- TZ+eENaopenhighlowclosedtime";
    hb_rng_t rng = hb_rng_init(th_seed(7));
    for (int round = 0; round < 300; round++) {
        const size_t bytes = hb_rng_below(&rng, 600) + 1;
        char *text = hb_alloc(bytes, 1);
        for (size_t i = 0; i < bytes; i++) {
            text[i] = round % 3 ? alphabet[hb_rng_below(&rng, sizeof alphabet - 1)]
                                : (char)hb_rng_below(&rng, 256);
        }
        garbage_take(text, bytes);
        hb_free(text);
    }
}

/* A good file with a few bytes changed: the likeliest kind of damage. */
static void test_damage(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(11));
    hb_synth_params_t synth = hb_synth_params_default();
    hb_bar_list_t list = {0};
    hb_err_t err = {0};
    synth.bars = 60;
    assert_int_equal(hb_synth_make(&synth, &list, &err), HB_OK);
    for (int round = 0; round < 150; round++) {
        const dialect_t d = dialect_draw(&rng);
        char *text = text_write(&d, &list, synth.bar_size_s);
        const size_t bytes = strlen(text) - hb_rng_below(&rng, strlen(text) / 2);
        char *copy = hb_alloc(bytes, 1);
        memcpy(copy, text, bytes);
        for (int k = 0; k < 5; k++) {
            const size_t at = hb_rng_below(&rng, bytes);
            copy[at] = flip(&rng) ? copy[hb_rng_below(&rng, bytes)] : (char)hb_rng_below(&rng, 256);
        }
        garbage_take(copy, bytes);
        hb_free(copy);
        hb_free(text);
    }
    hb_free(list.bars);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
