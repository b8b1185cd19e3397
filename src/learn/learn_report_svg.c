/* Drawings of the report. Plain SVG text; colours come from the page's CSS variables. A point that has no
 * number is left out, never drawn at 0. */
#include <math.h>

#include "base_assert.h"
#include "learn_report_int.h"

enum { SIDE = 320, LEFT = 48, TOP = 14, PLOT = 256 };

typedef struct {
    double lo, hi, step;
    int digits; /* after the point, in tick labels */
} axis_t;

/* From lo to hi, widened to whole steps of 1, 2 or 5 times a power of ten; about four of them. */
static axis_t axis_make(double lo, double hi)
{
    const double raw = fmax(hi - lo, 1e-6) / 4;
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

void hb_svg_roc(const json_t *roc, const json_t *auc, hb_buf_t *out)
{
    size_t i;
    json_t *point;
    const axis_t unit = {0, 1, 0.25, 2};
    if (json_array_size(roc) < 2) return;
    open_plot(out, &unit, "ROC curve", "false-positive rate", "true-positive rate");
    hb_buf_addf(out, "<polyline class=\"curve\" points=\"");
    json_array_foreach(roc, i, point)
    {
        const double x = hb_html_real(json_array_get(point, 0));
        const double y = hb_html_real(json_array_get(point, 1));
        if (isnan(x) || isnan(y)) continue;
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

static bin_t bin_read(const json_t *bin, double rows_per_trial)
{
    bin_t out = {.p = hb_html_real(get(bin, "p")),
                 .y = hb_html_real(get(bin, "y")),
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
    if (hi < lo) return (axis_t){0, 1, 0.25, 2};
    const double margin = fmax(0.01, (hi - lo) * 0.04);
    return axis_make(fmax(0, lo - margin), fmin(1, hi + margin));
}

static bool draw_bin(const axis_t *axis, const bin_t *bin, hb_buf_t *out)
{
    const double x = at_x(axis, bin->p);
    const bool outside = fabs(bin->y - bin->p) > bin->half;
    if (!isnan(bin->half)) {
        hb_buf_addf(out, "<line class=\"band\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
                    x, at_y(axis, bin->p - bin->half), x, at_y(axis, bin->p + bin->half));
    }
    hb_buf_addf(out,
                "<circle class=\"dot%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>predicted %.4f, "
                "observed %.4f, ",
                outside ? " out" : "", x, at_y(axis, bin->y), bin->p, bin->y);
    hb_html_real_add(out, bin->rows, 0, HB_NUM_PLAIN);
    hb_buf_addf(out, " predictions</title></circle>");
    return outside;
}

void hb_svg_reliability(const json_t *bins, double rows_per_trial, hb_buf_t *out)
{
    size_t i, outside = 0, banded = 0;
    json_t *one;
    if (json_array_size(bins) == 0) return;
    const axis_t axis = reliability_axis(bins, rows_per_trial);
    open_plot(out, &axis, "Reliability diagram", "predicted probability", "observed share");
    json_array_foreach(bins, i, one)
    {
        const bin_t bin = bin_read(one, rows_per_trial);
        if (isnan(bin.p) || isnan(bin.y)) continue;
        banded += !isnan(bin.half);
        outside += draw_bin(&axis, &bin, out);
    }
    hb_buf_addf(out,
                "</svg><figcaption><b>Reliability</b> in %zu bins of equal size; both axes run "
                "from %.*f to %.*f. ",
                json_array_size(bins), axis.digits, axis.lo, axis.digits, axis.hi);
    if (banded > 0) {
        hb_buf_addf(out,
                    "A calibrated model has 95 %% of its dots on the grey bars; here %zu of %zu "
                    "lie outside (red). ",
                    outside, banded);
        hb_buf_addf(out, rows_per_trial >= 1
                             ? "The bars take %.0f predictions as one trial: one bar is predicted "
                               "on each path and labels overlap."
                             : "The bars take each prediction as one trial, %s",
                    rows_per_trial >= 1 ? rows_per_trial : 1);
    }
    hb_buf_addf(out, "</figcaption></figure>");
}
