/* Reliability and ROC curves. Like the metrics, the ROC never ranks scores of different models
 * together. */
#include "learn_curves.h"

#include "base_mem.h"
#include "math_stats.h"

json_t *hb_curve_reliability(const hb_cell_t *cells, uint32_t count, uint32_t bins)
{
    uint32_t n = 0;
    for (uint32_t c = 0; c < count; c++) n += cells[c].count;
    double *p = hb_alloc(n, sizeof *p);
    uint8_t *y = hb_alloc(n, 1);
    uint32_t *order = hb_alloc(n, sizeof *order);
    uint32_t at = 0;
    for (uint32_t c = 0; c < count; c++) {
        for (uint32_t i = 0; i < cells[c].count; i++) {
            p[at] = cells[c].p[i];
            y[at++] = cells[c].y[i];
        }
    }
    hb_argsort(p, n, order);
    json_t *out = json_array();
    for (uint32_t b = 0; b < bins; b++) {
        const uint32_t begin = (uint32_t)((uint64_t)b * n / bins);
        const uint32_t end = (uint32_t)((uint64_t)(b + 1) * n / bins);
        if (begin == end) continue;
        double p_sum = 0, y_sum = 0;
        for (uint32_t i = begin; i < end; i++) {
            p_sum += p[order[i]];
            y_sum += y[order[i]];
        }
        const double rows = end - begin;
        json_array_append_new(out, json_pack("{s:f,s:f,s:i}", "p", p_sum / rows, "y", y_sum / rows,
                                             "rows", (int)(end - begin)));
    }
    hb_free(p);
    hb_free(y);
    hb_free(order);
    return out;
}

/* True-positive rate of one cell at each grid point, by linear interpolation along its ROC. */
static void add_cell_roc(const hb_cell_t *cell, uint32_t points, double weight, double *tpr)
{
    uint32_t *order = hb_alloc(cell->count, sizeof *order);
    hb_argsort(cell->p_raw, cell->count, order);
    uint32_t up = 0;
    for (uint32_t i = 0; i < cell->count; i++) up += cell->y[i];
    const double up_all = up, down_all = cell->count - up;
    double fp = 0, tp = 0;
    uint32_t grid = 0, i = cell->count;
    while (i > 0 && grid < points) {
        /* One tie group, from the highest score down. */
        double fp_next = fp, tp_next = tp;
        const double score = cell->p_raw[order[i - 1]];
        while (i > 0 && cell->p_raw[order[i - 1]] == score) {
            i--;
            if (cell->y[order[i]]) {
                tp_next++;
            } else {
                fp_next++;
            }
        }
        while (grid < points) {
            const double want = (double)grid / (points - 1) * down_all;
            if (want > fp_next || (want == fp_next && i > 0)) break;
            const double share = fp_next > fp ? (want - fp) / (fp_next - fp) : 1.0;
            tpr[grid++] += weight * (tp + share * (tp_next - tp)) / up_all;
        }
        fp = fp_next;
        tp = tp_next;
    }
    for (; grid < points; grid++) tpr[grid] += weight;
    hb_free(order);
}

json_t *hb_curve_roc(const hb_cell_t *cells, uint32_t count, uint32_t points)
{
    double *tpr = hb_alloc(points, sizeof *tpr);
    double rows = 0;
    for (uint32_t c = 0; c < count; c++) {
        uint32_t up = 0;
        for (uint32_t i = 0; i < cells[c].count; i++) up += cells[c].y[i];
        if (up == 0 || up == cells[c].count) continue;
        add_cell_roc(&cells[c], points, cells[c].count, tpr);
        rows += cells[c].count;
    }
    json_t *out = json_array();
    for (uint32_t i = 0; i < points && rows > 0; i++) {
        json_array_append_new(out, json_pack("[f,f]", (double)i / (points - 1), tpr[i] / rows));
    }
    hb_free(tpr);
    return out;
}
