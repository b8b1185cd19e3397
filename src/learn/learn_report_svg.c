/* Drawings of the report. Plain SVG text; colours come from the page's CSS variables. A point that
 * has no number is left out, never drawn at 0. */
#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "learn_report_int.h"

enum { SIDE = 320, LEFT = 48, TOP = 14, PLOT = 256 };

typedef struct {
    double lo, hi, step;
    int digits; /* after the point, in tick labels */
} axis_t;

/* From lo to hi, widened to whole steps of 1, 2 or 5 times a power of ten. */
static axis_t axis_make(double lo, double hi)
{
    const double raw = fmax(hi - lo, 1e-6) / 7;
    const double power = pow(10, floor(log10(raw)));
    const double lead = raw / power;
    const double step = power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
    return (axis_t){
        .lo = floor(lo / step + 1e-9) * step,
        .hi = ceil(hi / step - 1e-9) * step,
        .step = step,
        .digits = (int)fmax(0, -floor(log10(step) + 1e-9)),
    };
}

static int axis_ticks(const axis_t *axis)
{
    return (int)lround((axis->hi - axis->lo) / axis->step);
}

static double share(const axis_t *axis, double v)
{
    return fmin(1, fmax(0, (v - axis->lo) / (axis->hi - axis->lo)));
}

static double at_x(const axis_t *axis, double v)
{
    return LEFT + share(axis, v) * PLOT;
}

static double at_y(const axis_t *axis, double v)
{
    return TOP + (1 - share(axis, v)) * PLOT;
}

static const json_t *get(const json_t *object, const char *key)
{
    return json_object_get(object, key);
}

/* Frame, grid, diagonal and tick labels of a square plot; both axes are the same. */
static void open_plot(hb_buf_t *out, const axis_t *axis, const char *title, const char *x_name,
                      const char *y_name)
{
    hb_buf_addf(out,
                "<figure><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">"
                "<rect class=\"frame\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
                SIDE, SIDE, title, LEFT, TOP, PLOT, PLOT);
    for (int i = 0; i <= axis_ticks(axis); i++) {
        const double v = axis->lo + i * axis->step;
        const double x = at_x(axis, v), y = at_y(axis, v);
        hb_buf_addf(out,
                    "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>"
                    "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>"
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.*f</text>"
                    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.*f</text>",
                    x, TOP, x, TOP + PLOT, LEFT, y, LEFT + PLOT, y, x, TOP + PLOT + 15,
                    axis->digits, v, LEFT - 5, y + 4, axis->digits, v);
    }
    hb_buf_addf(out,
                "<line class=\"diagonal\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>"
                "<text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>"
                "<text class=\"axis\" transform=\"translate(11 %d) rotate(-90)\" "
                "text-anchor=\"middle\">%s</text>",
                LEFT, TOP + PLOT, LEFT + PLOT, TOP, LEFT + PLOT / 2, SIDE - 14, x_name,
                TOP + PLOT / 2, y_name);
}

static bool roc_point(const json_t *point, double *x, double *y)
{
    *x = hb_html_real(json_array_get(point, 0));
    *y = hb_html_real(json_array_get(point, 1));
    return !isnan(*x) && !isnan(*y);
}

void hb_svg_roc(const json_t *roc, const json_t *auc, hb_buf_t *out)
{
    size_t i, drawn = 0;
    json_t *point;
    double x, y;
    const axis_t unit = {0, 1, 0.25, 2};
    json_array_foreach(roc, i, point) drawn += roc_point(point, &x, &y);
    if (drawn < 2) return;
    open_plot(out, &unit, "ROC curve", "false-positive rate", "true-positive rate");
    hb_buf_addf(out, "<polyline class=\"curve\" points=\"");
    json_array_foreach(roc, i, point)
    {
        if (roc_point(point, &x, &y))
            hb_buf_addf(out, "%.1f,%.1f ", at_x(&unit, x), at_y(&unit, y));
    }
    hb_buf_addf(out, "\"/></svg><figcaption><b>ROC</b>, AUC ");
    hb_html_num(out, get(auc, "mean"), 4, HB_NUM_PLAIN);
    hb_buf_addf(out, ". Averaged over the test groups of all folds; scores of different models are "
                     "never ranked together. The dashed line is a coin.</figcaption></figure>");
}

typedef struct {
    double p, y;
    double half; /* half width of the 95 % band of a calibrated bin, NAN when not known */
    double rows;
} bin_t;

static double probability(const json_t *value)
{
    const double v = hb_html_real(value);
    return v >= 0 && v <= 1 ? v : NAN;
}

static bin_t bin_read(const json_t *bin, double rows_per_trial)
{
    bin_t out = {.p = probability(get(bin, "p")),
                 .y = probability(get(bin, "y")),
                 .rows = hb_html_real(get(bin, "rows"))};
    const double trials = out.rows / (rows_per_trial >= 1 ? rows_per_trial : 1);
    out.half = trials > 0 ? 1.96 * sqrt(fmax(0, out.p * (1 - out.p)) / trials) : NAN;
    return out;
}

/* The part of the unit square that holds dots and bands: most models say 0.4 to 0.6 and no more. */
static axis_t reliability_axis(const json_t *bins, double rows_per_trial)
{
    size_t i;
    json_t *one;
    double lo = 1, hi = 0;
    json_array_foreach(bins, i, one)
    {
        const bin_t bin = bin_read(one, rows_per_trial);
        if (isnan(bin.p) || isnan(bin.y)) continue;
        lo = fmin(lo, fmin(bin.y, bin.p - (isnan(bin.half) ? 0 : bin.half)));
        hi = fmax(hi, fmax(bin.y, bin.p + (isnan(bin.half) ? 0 : bin.half)));
    }
    const double margin = fmax(0.01, (hi - lo) * 0.04);
    return axis_make(fmax(0, lo - margin), fmin(1, hi + margin));
}

static bool is_outside(const bin_t *bin)
{
    return fabs(bin->y - bin->p) > bin->half; /* not when the band is NAN */
}

static void draw_band(const axis_t *axis, const bin_t *bin, hb_buf_t *out)
{
    const double x = at_x(axis, bin->p);
    if (isnan(bin->half)) return;
    hb_buf_addf(out, "<line class=\"band\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", x,
                at_y(axis, bin->p - bin->half), x, at_y(axis, bin->p + bin->half));
}

static void draw_dot(const axis_t *axis, const bin_t *bin, hb_buf_t *out)
{
    hb_buf_addf(out,
                "<circle class=\"dot%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>predicted %.4f, "
                "observed %.4f, ",
                is_outside(bin) ? " out" : "", at_x(axis, bin->p), at_y(axis, bin->y), bin->p,
                bin->y);
    hb_html_real_add(out, bin->rows, 0, HB_NUM_PLAIN);
    hb_buf_addf(out, " predictions</title></circle>");
}

/* Bands lie below all dots: those of crowded bins overlap. */
static void draw_bins(const axis_t *axis, const json_t *bins, double rows_per_trial, hb_buf_t *out)
{
    size_t i;
    json_t *one;
    for (int dots = 0; dots <= 1; dots++) {
        json_array_foreach(bins, i, one)
        {
            const bin_t bin = bin_read(one, rows_per_trial);
            if (isnan(bin.p) || isnan(bin.y)) continue;
            if (dots)
                draw_dot(axis, &bin, out);
            else
                draw_band(axis, &bin, out);
        }
    }
}

void hb_svg_reliability(const json_t *bins, double rows_per_trial, hb_buf_t *out)
{
    size_t i, dots = 0, outside = 0, banded = 0;
    json_t *one;
    json_array_foreach(bins, i, one)
    {
        const bin_t bin = bin_read(one, rows_per_trial);
        if (isnan(bin.p) || isnan(bin.y)) continue;
        dots++;
        banded += !isnan(bin.half);
        outside += is_outside(&bin);
    }
    if (dots == 0) return;
    const axis_t axis = reliability_axis(bins, rows_per_trial);
    open_plot(out, &axis, "Reliability diagram", "predicted probability", "observed share");
    draw_bins(&axis, bins, rows_per_trial, out);
    hb_buf_addf(out,
                "</svg><figcaption><b>Reliability</b> in %zu bins of equal size; both axes run "
                "from %.*f to %.*f. ",
                dots, axis.digits, axis.lo, axis.digits, axis.hi);
    if (banded > 0) {
        hb_buf_addf(
            out,
            "A calibrated model has 95&nbsp;%% of its dots on the grey bars; here %zu of %zu "
            "lie outside (red). ",
            outside, banded);
        if (rows_per_trial > 1)
            hb_buf_addf(out,
                        "The bars count %.0f predictions as one trial: each row is predicted once "
                        "a path, and labels overlap.",
                        rows_per_trial);
        else
            hb_buf_addf(out, "The bars count each prediction as one trial.");
    }
    hb_buf_addf(out, "</figcaption></figure>");
}

enum { PATHS_LEFT = 52, PATHS_WIDE = 212, VALUE_AT = 316 };

static double path_x(const axis_t *axis, double v)
{
    return PATHS_LEFT + share(axis, v) * PATHS_WIDE;
}

/* 0.5 is always in sight: the distance from it is what the figure is about. */
static void widen(const json_t *auc, double *lo, double *hi)
{
    const double all[] = {hb_html_end(auc, 0), hb_html_end(auc, 1), hb_html_real(get(auc, "mean"))};
    for (size_t i = 0; i < HB_COUNT(all); i++) {
        if (!(all[i] >= 0 && all[i] <= 1)) continue;
        *lo = fmin(*lo, all[i]);
        *hi = fmax(*hi, all[i]);
    }
}

static void draw_path(const axis_t *axis, const json_t *auc, double y, hb_buf_t *out)
{
    const double mean = hb_html_real(get(auc, "mean"));
    const double lo = hb_html_end(auc, 0), hi = hb_html_end(auc, 1);
    if (!isnan(lo) && !isnan(hi)) {
        const double a = path_x(axis, lo), b = path_x(axis, hi);
        hb_buf_addf(out, "<path class=\"whisker\" d=\"M%.1f %.1fH%.1fM%.1f %.1fv6M%.1f %.1fv6\"/>",
                    a, y, b, a, y - 3, b, y - 3);
    }
    if (!isnan(mean)) {
        hb_buf_addf(out, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>",
                    path_x(axis, mean), y);
    }
    hb_buf_addf(out, "<text class=\"value\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", VALUE_AT,
                y + 4);
    hb_html_real_add(out, mean, 4, HB_NUM_PLAIN);
    hb_buf_addf(out, "</text>");
}

static void draw_path_axis(const axis_t *axis, double bottom, hb_buf_t *out)
{
    for (int i = 0; i <= axis_ticks(axis); i++) {
        const double v = axis->lo + i * axis->step, x = path_x(axis, v);
        hb_buf_addf(out,
                    "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\"/>"
                    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.*f</text>",
                    x, TOP, x, bottom, x, bottom + 15, axis->digits, v);
    }
    const double coin = path_x(axis, 0.5);
    hb_buf_addf(out, "<line class=\"diagonal\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\"/>",
                coin, TOP, coin, bottom);
    hb_buf_addf(out, "<text class=\"axis\" x=\"%d\" y=\"%.1f\" text-anchor=\"middle\">AUC</text>",
                PATHS_LEFT + PATHS_WIDE / 2, bottom + 32);
}

void hb_svg_paths(const json_t *path_metrics, const json_t *auc, hb_buf_t *out)
{
    size_t i;
    json_t *path;
    const size_t count = json_array_size(path_metrics);
    if (count == 0) return;
    double lo = 0.5, hi = 0.5;
    widen(auc, &lo, &hi);
    json_array_foreach(path_metrics, i, path) widen(get(path, "roc_auc"), &lo, &hi);
    const axis_t axis = axis_make(lo - fmax(0.005, (hi - lo) * 0.03), hi);
    /* As tall as its neighbours, or taller when there are many paths. */
    const double pitch = fmax(14, fmin(36, (double)PLOT / (double)(count + 1)));
    const double bottom = TOP + pitch * (double)(count + 1);
    hb_buf_addf(out,
                "<figure><svg viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"AUC of each "
                "path\">",
                SIDE, bottom + 40);
    draw_path_axis(&axis, bottom, out);
    json_array_foreach(path_metrics, i, path)
    {
        const double y = TOP + pitch * ((double)i + 0.5);
        hb_buf_addf(out, "<text x=\"44\" y=\"%.1f\" text-anchor=\"end\">path %zu</text>", y + 4, i);
        draw_path(&axis, get(path, "roc_auc"), y, out);
    }
    hb_buf_addf(out, "<text class=\"value\" x=\"44\" y=\"%.1f\" text-anchor=\"end\">all</text>",
                bottom - pitch / 2 + 4);
    draw_path(&axis, auc, bottom - pitch / 2, out);
    hb_buf_addf(out,
                "</svg><figcaption><b>AUC of each path</b> with its 95&nbsp;%% block-bootstrap "
                "interval; the dashed line is a coin. Paths share rows and folds: they are "
                "no independent tries.</figcaption></figure>");
}

/* Decades that hold every p50 and p99. */
static axis_t latency_axis(const json_t *latency_us)
{
    static const char *const drawn[] = {"p50", "p99"};
    const char *stage;
    json_t *row;
    double lo = INFINITY, hi = -INFINITY;
    json_object_foreach((json_t *)(uintptr_t)latency_us, stage, row)
    {
        for (size_t c = 0; c < HB_COUNT(drawn); c++) {
            const double us = hb_html_real(get(row, drawn[c]));
            if (!(us > 0)) continue;
            lo = fmin(lo, floor(log10(us)));
            hi = fmax(hi, ceil(log10(us)));
        }
    }
    if (!(hi >= lo)) lo = hi = 0;
    return (axis_t){lo, fmax(hi, lo + 1), 1, 0};
}

static void latency_bar(const axis_t *axis, const json_t *row, hb_buf_t *out)
{
    static const char *const keys[] = {"p99", "p50"}, *const classes[] = {"bar-light", "bar"};
    hb_buf_addf(out, "<td class=\"bars\"><svg viewBox=\"0 0 100 14\" preserveAspectRatio=\"none\" "
                     "aria-hidden=\"true\">");
    for (size_t k = 0; k < HB_COUNT(keys); k++) {
        const double us = hb_html_real(get(row, keys[k]));
        if (!(us > 0)) continue;
        hb_buf_addf(out, "<rect class=\"%s\" y=\"1\" width=\"%.1f\" height=\"12\"/>", classes[k],
                    100 * share(axis, log10(us)));
    }
    for (int i = 0; i <= axis_ticks(axis); i++) {
        const double x = 100 * share(axis, axis->lo + i);
        hb_buf_addf(out,
                    "<line class=\"grid\" x1=\"%.1f\" y1=\"0\" x2=\"%.1f\" y2=\"14\" "
                    "vector-effect=\"non-scaling-stroke\"/>",
                    x, x);
    }
    hb_buf_addf(out, "</svg></td>");
}

void hb_svg_latency(const json_t *latency_us, hb_buf_t *out)
{
    static const char *const columns[] = {"p50", "p95", "p99", "max"};
    const char *stage;
    json_t *row;
    if (!json_is_object(latency_us) || json_object_size(latency_us) == 0) return;
    const axis_t axis = latency_axis(latency_us);
    hb_buf_addf(out, "<figure class=\"wide\"><table><tr><th>stage</th><th></th>");
    for (size_t c = 0; c < HB_COUNT(columns); c++) {
        hb_buf_addf(out, "<th>%s, &micro;s</th>", columns[c]);
    }
    hb_buf_addf(out, "</tr>");
    json_object_foreach((json_t *)(uintptr_t)latency_us, stage, row)
    {
        hb_buf_addf(out, "<tr%s><td>", strcmp(stage, "total") == 0 ? " class=\"sum\"" : "");
        hb_html_text(out, stage);
        hb_buf_addf(out, "</td>");
        latency_bar(&axis, row, out);
        for (size_t c = 0; c < HB_COUNT(columns); c++) {
            hb_html_cell(out, get(row, columns[c]), 2, HB_NUM_PLAIN);
        }
        hb_buf_addf(out, "</tr>");
    }
    hb_buf_addf(out,
                "</table><figcaption><b>Latency of one bar</b> through the engine, stage by stage, "
                "as measured in this replay on its machine. Bars are p50 (dark) and p99 (light) "
                "from %g to %g &micro;s; each line is a factor of 10.</figcaption></figure>",
                pow(10, axis.lo), pow(10, axis.hi));
}
