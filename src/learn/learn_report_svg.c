/* Drawings of the report. Plain SVG text; colours come from the page's CSS variables. */
#include <math.h>

#include "base_assert.h"
#include "learn_report.h"

enum { SIDE = 320, LEFT = 44, TOP = 14, PLOT = 256 };

static double unit_x(double v)
{
    return LEFT + v * PLOT;
}

static double unit_y(double v)
{
    return TOP + (1 - v) * PLOT;
}

/* Frame, grid and tick labels of a plot over the unit square. */
static void open_unit_plot(hb_buf_t *out, const char *title, const char *x_name, const char *y_name)
{
    hb_buf_addf(out,
                "<figure><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">"
                "<rect class=\"frame\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
                SIDE, SIDE, title, LEFT, TOP, PLOT, PLOT);
    for (int i = 0; i <= 4; i++) {
        const double v = i / 4.0;
        hb_buf_addf(out,
                    "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>"
                    "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>"
                    "<text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.2g</text>"
                    "<text class=\"tick\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.2g</text>",
                    unit_x(v), TOP, unit_x(v), TOP + PLOT, LEFT, unit_y(v), LEFT + PLOT, unit_y(v),
                    unit_x(v), TOP + PLOT + 15, v, LEFT - 6, unit_y(v) + 4, v);
    }
    hb_buf_addf(out,
                "<line class=\"diagonal\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>"
                "<text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>"
                "<text class=\"axis\" transform=\"translate(12 %d) rotate(-90)\" "
                "text-anchor=\"middle\">%s</text>",
                LEFT, TOP + PLOT, LEFT + PLOT, TOP, LEFT + PLOT / 2, SIDE - 16, x_name,
                TOP + PLOT / 2, y_name);
}

void hb_svg_roc(const json_t *roc, double auc, hb_buf_t *out)
{
    size_t i;
    json_t *point;
    if (json_array_size(roc) < 2) return;
    open_unit_plot(out, "ROC curve", "false-positive rate", "true-positive rate");
    hb_buf_addf(out, "<polyline class=\"curve\" points=\"");
    json_array_foreach(roc, i, point)
    {
        hb_buf_addf(out, "%.1f,%.1f ", unit_x(json_number_value(json_array_get(point, 0))),
                    unit_y(json_number_value(json_array_get(point, 1))));
    }
    hb_buf_addf(out,
                "\"/></svg><figcaption><b>ROC</b>, AUC %.4f. Averaged over the test groups of all "
                "folds; scores of different models are never ranked together. The dashed line is a "
                "coin.</figcaption></figure>",
                auc);
}

void hb_svg_reliability(const json_t *bins, hb_buf_t *out)
{
    size_t i;
    json_t *bin;
    if (json_array_size(bins) == 0) return;
    open_unit_plot(out, "Reliability diagram", "predicted probability", "observed share");
    json_array_foreach(bins, i, bin)
    {
        const double p = json_number_value(json_object_get(bin, "p"));
        const double y = json_number_value(json_object_get(bin, "y"));
        hb_buf_addf(out,
                    "<line class=\"miss\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>"
                    "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>predicted %.4f, "
                    "observed %.4f, %lld rows</title></circle>",
                    unit_x(p), unit_y(p), unit_x(p), unit_y(y), unit_x(p), unit_y(y), p, y,
                    (long long)json_integer_value(json_object_get(bin, "rows")));
    }
    hb_buf_addf(out,
                "</svg><figcaption><b>Reliability</b>. Each dot holds a tenth of the predictions; "
                "bars show how far it is from the truth. Dots far left or right mean confident "
                "predictions, dots in the middle a model that knows little.</figcaption></figure>");
}

void hb_svg_paths(const json_t *path_metrics, hb_buf_t *out)
{
    size_t i;
    json_t *path;
    const size_t count = json_array_size(path_metrics);
    if (count == 0) return;
    double lo = 0.5, hi = 0.5;
    json_array_foreach(path_metrics, i, path)
    {
        const json_t *ci = json_object_get(json_object_get(path, "roc_auc"), "ci95");
        lo = fmin(lo, json_number_value(json_array_get(ci, 0)));
        hi = fmax(hi, json_number_value(json_array_get(ci, 1)));
    }
    const double margin = fmax(0.005, (hi - lo) * 0.08);
    lo -= margin;
    hi += margin;
    const int height = 56 + 26 * (int)count;
    const double scale = 232 / (hi - lo);
    hb_buf_addf(out,
                "<figure><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"AUC of each path\">",
                SIDE, height);
    hb_buf_addf(out,
                "<line class=\"diagonal\" x1=\"%.1f\" y1=\"6\" x2=\"%.1f\" y2=\"%d\"/>"
                "<text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">0.5</text>",
                68 + (0.5 - lo) * scale, 68 + (0.5 - lo) * scale, height - 34,
                68 + (0.5 - lo) * scale, height - 20);
    json_array_foreach(path_metrics, i, path)
    {
        const json_t *auc = json_object_get(path, "roc_auc");
        const json_t *ci = json_object_get(auc, "ci95");
        const double mean = json_number_value(json_object_get(auc, "mean"));
        const double a = 68 + (json_number_value(json_array_get(ci, 0)) - lo) * scale;
        const double b = 68 + (json_number_value(json_array_get(ci, 1)) - lo) * scale;
        const int y = 20 + 26 * (int)i;
        hb_buf_addf(out,
                    "<text class=\"tick\" x=\"60\" y=\"%d\" text-anchor=\"end\">path %zu</text>"
                    "<line class=\"whisker\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>"
                    "<circle class=\"dot\" cx=\"%.1f\" cy=\"%d\" r=\"4\"/>"
                    "<text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.3f</text>",
                    y + 4, i, a, y, b, y, 68 + (mean - lo) * scale, y, 68 + (mean - lo) * scale,
                    y - 7, mean);
    }
    hb_buf_addf(out, "</svg><figcaption><b>AUC of each path</b> with its 95 %% block-bootstrap "
                     "interval.</figcaption></figure>");
}

static void time_text(hb_buf_t *out, double us)
{
    if (us < 1)
        hb_buf_addf(out, "%.0f ns", us * 1e3);
    else if (us < 1000)
        hb_buf_addf(out, "%.1f us", us);
    else
        hb_buf_addf(out, "%.2f ms", us * 1e-3);
}

static double log_position(double us, double lo, double hi)
{
    return log10(fmax(us, lo) / lo) / log10(hi / lo);
}

void hb_svg_latency(const json_t *latency_us, hb_buf_t *out)
{
    static const char *const columns[] = {"p50", "p95", "p99", "max"};
    const char *stage;
    json_t *row;
    if (!json_is_object(latency_us) || json_object_size(latency_us) == 0) return;
    const double lo = 0.01, hi = 1e5; /* 10 ns to 100 ms */
    const int height = 40 + 26 * (int)json_object_size(latency_us);
    int y = 34;
    hb_buf_addf(out,
                "<figure class=\"wide\"><svg viewBox=\"0 0 680 %d\" role=\"img\" "
                "aria-label=\"Latency of each stage\">",
                height);
    for (size_t c = 0; c < HB_COUNT(columns); c++) {
        hb_buf_addf(out, "<text class=\"axis\" x=\"%zu\" y=\"16\" text-anchor=\"end\">%s</text>",
                    400 + c * 88, columns[c]);
    }
    json_object_foreach((json_t *)(uintptr_t)latency_us, stage, row)
    {
        const double p50 = json_number_value(json_object_get(row, "p50"));
        const double p99 = json_number_value(json_object_get(row, "p99"));
        hb_buf_addf(out,
                    "<text class=\"tick\" x=\"60\" y=\"%d\" text-anchor=\"end\">%s</text>"
                    "<rect class=\"bar-light\" x=\"70\" y=\"%d\" width=\"%.1f\" height=\"12\"/>"
                    "<rect class=\"bar\" x=\"70\" y=\"%d\" width=\"%.1f\" height=\"12\"/>",
                    y + 4, stage, y - 6, 240 * log_position(p99, lo, hi), y - 6,
                    240 * log_position(p50, lo, hi));
        for (size_t c = 0; c < HB_COUNT(columns); c++) {
            hb_buf_addf(out, "<text class=\"value\" x=\"%zu\" y=\"%d\" text-anchor=\"end\">",
                        400 + c * 88, y + 4);
            time_text(out, json_number_value(json_object_get(row, columns[c])));
            hb_buf_addf(out, "</text>");
        }
        y += 26;
    }
    hb_buf_addf(
        out, "</svg><figcaption><b>Latency of one bar</b> through the engine, stage by stage, as "
             "measured in this replay. Bars are p50 (dark) and p99 (light) on a logarithmic "
             "scale.</figcaption></figure>");
}
