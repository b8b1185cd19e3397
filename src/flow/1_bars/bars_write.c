/* Bars as CSV: ISO times in UTC with bar-open stamps. Invariant: what is written reads back to
 * the same bars: prices carry the tick's decimals, or as many digits as a double needs when no
 * tick is known. */
#include <math.h>
#include <stdlib.h>

#include "bars_csv_int.h"
#include "bars_synth.h"
#include "base_text.h"

#define DECIMALS_MAX 10

/* Decimals that write every multiple of the tick exactly; -1 when no small number does. */
static int decimals_of(double tick)
{
    double scaled = tick;
    for (int decimals = 0; tick > 0 && decimals <= DECIMALS_MAX; decimals++, scaled *= 10) {
        if (fabs(scaled - floor(scaled + 0.5)) <= 1e-9 * scaled) return decimals;
    }
    return -1;
}

/* The shortest text that reads back to the same double, in fixed notation of `decimals` if that
 * does. */
static void number_put(FILE *out, double value, int decimals)
{
    char text[64];
    double back = 0;
    if (decimals >= 0) {
        const int n = snprintf(text, sizeof text, "%.*f", decimals, value);
        if (n > 0 && n < (int)sizeof text && hb_parse_double(text, (size_t)n, &back) &&
            back == value) {
            (void)fputs(text, out);
            return;
        }
    }
    for (int digits = 6; digits <= 17; digits++) {
        const int n = snprintf(text, sizeof text, "%.*g", digits, value);
        if (n > 0 && hb_parse_double(text, (size_t)n, &back) && back == value) break;
    }
    (void)fputs(text, out);
}

static void time_put(FILE *out, int64_t utc_at_ns)
{
    char text[32];
    hb_format_utc(utc_at_ns, text);
    const long rest_ns =
        (long)(utc_at_ns - bars_floor_div(utc_at_ns, BARS_NS_PER_S) * BARS_NS_PER_S);
    if (rest_ns == 0) {
        (void)fputs(text, out);
    } else {
        (void)fprintf(out, "%.19s.%09ldZ", text, rest_ns);
    }
}

hb_status_t hb_bars_write_csv(const hb_bar_list_t *list, double tick_size, FILE *out, hb_err_t *err)
{
    const int decimals = decimals_of(tick_size);
    (void)fputs("timestamp,open,high,low,close,volume\n", out);
    for (uint32_t i = 0; i < list->count && !ferror(out); i++) {
        const hb_bar_t *bar = &list->bars[i];
        const double prices[] = {bar->open, bar->high, bar->low, bar->close};
        time_put(out, bar->open_utc_at_ns);
        for (int k = 0; k < 4; k++) {
            (void)fputc(',', out);
            number_put(out, prices[k], decimals);
        }
        (void)fputc(',', out);
        if (!(bar->flags & HB_BAR_NO_VOLUME)) number_put(out, bar->volume, 0);
        (void)fputc('\n', out);
    }
    if (fflush(out) != 0 || ferror(out)) {
        return hb_err_set(err, HB_E_IO, NULL, "check the disk", "the bars could not be written");
    }
    return HB_OK;
}
