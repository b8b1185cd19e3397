/* Metrics on one vector of scores, each row counted once. Invariant: a NaN score or an empty
 * vector gives NaN, never a number that could pass a gate.
 * source: sklearn's definitions; Kumar et al. 2019 (debiased ECE); Spiegelhalter 1986; DeLong et
 * al. 1988 by the midranks of Sun & Xu 2014. */
#include "learn_metrics.h"

#include <stdbool.h>

#include "base_mem.h"
#include "learn_metrics_int.h"
#include "math_stats.h"

const char *hb_metric_name(hb_metric_id_t id)
{
    static const char *const names[] = {"accuracy", "f1", "roc_auc", "log_loss", "brier", "ece"};
    return (unsigned)id < HB_COUNT(names) ? names[id] : "unknown";
}

static bool is_undefined(const double *score, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (isnan(score[i])) return true;
    }
    return n == 0;
}

static uint32_t count_up(const uint8_t *y, uint32_t n)
{
    uint32_t up = 0;
    for (uint32_t i = 0; i < n; i++) up += y[i] != 0;
    return up;
}

double hb_auc(const double *score, const uint8_t *y, uint32_t n)
{
    const double up = count_up(y, n), down = n - up;
    if (is_undefined(score, n) || up == 0 || down == 0) return NAN;
    uint32_t *order = hb_alloc(n, sizeof *order);
    hb_argsort(score, n, order);
    double won = 0, down_below = 0;
    for (uint32_t i = 0; i < n;) {
        double tie_up = 0, tie_down = 0;
        const double value = score[order[i]];
        for (; i < n && score[order[i]] == value; i++) {
            if (y[order[i]]) {
                tie_up++;
            } else {
                tie_down++;
            }
        }
        won += tie_up * (down_below + 0.5 * tie_down);
        down_below += tie_down;
    }
    hb_free(order);
    return won / (up * down);
}

double hb_accuracy(const double *p, const uint8_t *y, uint32_t n)
{
    if (is_undefined(p, n)) return NAN;
    uint32_t right = 0;
    for (uint32_t i = 0; i < n; i++) right += (p[i] >= 0.5) == (y[i] != 0);
    return (double)right / n;
}

double hb_f1(const double *p, const uint8_t *y, uint32_t n)
{
    if (is_undefined(p, n)) return NAN;
    double hit = 0, called = 0;
    for (uint32_t i = 0; i < n; i++) {
        called += p[i] >= 0.5;
        hit += p[i] >= 0.5 && y[i];
    }
    const double sum = called + count_up(y, n);
    return sum > 0 ? 2.0 * hit / sum : 0.0;
}

double hb_log_loss(const double *p, const uint8_t *y, uint32_t n)
{
    if (is_undefined(p, n)) return NAN;
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) sum += hb_loss_of(p[i], y[i]);
    return sum / n;
}

double hb_brier(const double *p, const uint8_t *y, uint32_t n)
{
    if (is_undefined(p, n)) return NAN;
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double gap = p[i] - (y[i] != 0);
        sum += gap * gap;
    }
    return sum / n;
}

double hb_ece_width(const double *p, const uint8_t *y, uint32_t n, uint32_t bins)
{
    HB_ASSERT(bins > 0);
    if (is_undefined(p, n)) return NAN;
    double *gap = hb_alloc(bins, sizeof *gap); /* sum of y - p in the bin */
    for (uint32_t i = 0; i < n; i++) {
        const double at = floor(p[i] * bins);
        gap[(uint32_t)HB_CLAMP(at, 0.0, bins - 1.0)] += (y[i] != 0) - p[i];
    }
    double sum = 0;
    for (uint32_t b = 0; b < bins; b++) sum += fabs(gap[b]);
    hb_free(gap);
    return sum / n;
}

typedef struct {
    double rows, p_mean, y_mean;
} mass_bin_t;

/* gives: bins by hb_free; a bin is empty when n < bins. */
static mass_bin_t *mass_bins(const double *p, const uint8_t *y, uint32_t n, uint32_t bins)
{
    mass_bin_t *out = hb_alloc(bins, sizeof *out);
    uint32_t *order = hb_alloc(n, sizeof *order);
    hb_argsort(p, n, order);
    for (uint32_t b = 0; b < bins; b++) {
        const uint32_t begin = hb_mass_bin_begin(b, n, bins);
        const uint32_t end = hb_mass_bin_begin(b + 1, n, bins);
        if (begin == end) continue;
        double p_sum = 0, y_sum = 0;
        for (uint32_t i = begin; i < end; i++) {
            p_sum += p[order[i]];
            y_sum += y[order[i]] != 0;
        }
        const double rows = end - begin;
        out[b] = (mass_bin_t){.rows = rows, .p_mean = p_sum / rows, .y_mean = y_sum / rows};
    }
    hb_free(order);
    return out;
}

double hb_ece_mass(const double *p, const uint8_t *y, uint32_t n, uint32_t bins)
{
    HB_ASSERT(bins > 0);
    if (is_undefined(p, n)) return NAN;
    mass_bin_t *bin = mass_bins(p, y, n, bins);
    double sum = 0;
    for (uint32_t b = 0; b < bins; b++) sum += bin[b].rows * fabs(bin[b].y_mean - bin[b].p_mean);
    hb_free(bin);
    return sum / n;
}

double hb_ece_sq_debiased(const double *p, const uint8_t *y, uint32_t n, uint32_t bins)
{
    HB_ASSERT(bins > 0);
    if (is_undefined(p, n)) return NAN;
    mass_bin_t *bin = mass_bins(p, y, n, bins);
    double sum = 0;
    for (uint32_t b = 0; b < bins; b++) {
        const double gap = bin[b].y_mean - bin[b].p_mean;
        /* One row shows no spread of its own: its y_mean is 0 or 1 and the correction is 0. */
        const double spread = bin[b].y_mean * (1.0 - bin[b].y_mean) / fmax(bin[b].rows - 1.0, 1.0);
        sum += bin[b].rows * (gap * gap - spread);
    }
    hb_free(bin);
    return sum / n;
}

double hb_spiegelhalter_z(const double *p, const uint8_t *y, uint32_t n)
{
    if (is_undefined(p, n)) return NAN;
    double sum = 0, variance = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double slope = 1.0 - 2.0 * p[i];
        sum += ((y[i] != 0) - p[i]) * slope;
        variance += slope * slope * p[i] * (1.0 - p[i]);
    }
    return variance > 0 ? sum / sqrt(variance) : NAN;
}

/* Midranks (from 1) of the rows of one class, or of all rows with wanted = 2, into rank[row]. */
static void midranks(const double *score, const uint8_t *y, uint32_t n, const uint32_t *order,
                     int wanted, double *rank)
{
    double below = 0;
    for (uint32_t i = 0; i < n;) {
        uint32_t end = i;
        double tied = 0;
        for (; end < n && score[order[end]] == score[order[i]]; end++) {
            tied += wanted == 2 || (y[order[end]] != 0) == wanted;
        }
        for (; i < end; i++) {
            if (wanted == 2 || (y[order[i]] != 0) == wanted) {
                rank[order[i]] = below + 0.5 * (tied + 1.0);
            }
        }
        below += tied;
    }
}

/* Variance (n - 1) of the placements (all - own)/others of one class; their mean by the way. */
static double placement_variance(const double *all, const double *own, const uint8_t *y, uint32_t n,
                                 int wanted, double *mean)
{
    const double up = count_up(y, n);
    const double rows = wanted ? up : n - up, others = n - rows;
    double sum = 0, sum_sq = 0;
    for (uint32_t i = 0; i < n; i++) {
        if ((y[i] != 0) == wanted) sum += (all[i] - own[i]) / others;
    }
    *mean = sum / rows;
    for (uint32_t i = 0; i < n; i++) {
        if ((y[i] != 0) != wanted) continue;
        const double gap = (all[i] - own[i]) / others - *mean;
        sum_sq += gap * gap;
    }
    return rows > 1 ? sum_sq / (rows - 1.0) : NAN;
}

static void delong_intervals(double smaller_class, hb_delong_t *out)
{
    static const double z = 1.959963984540054; /* Phi^-1(0.975) */
    const double se = sqrt(out->var);
    out->wald_lo = out->auc - z * se;
    out->wald_hi = out->auc + z * se;
    if (out->auc > 0 && out->auc < 1) {
        const double logit = hb_log(out->auc / (1.0 - out->auc));
        const double half = z * se / (out->auc * (1.0 - out->auc));
        out->logit_lo = 1.0 / (1.0 + hb_exp(half - logit));
        out->logit_hi = 1.0 / (1.0 + hb_exp(-half - logit));
    } else if (isfinite(out->var)) {
        const double bound = hb_pow(0.025, 1.0 / smaller_class);
        out->logit_lo = out->auc == 1 ? bound : 0.0;
        out->logit_hi = out->auc == 1 ? 1.0 : 1.0 - bound;
    }
}

void hb_delong(const double *score, const uint8_t *y, uint32_t n, hb_delong_t *out)
{
    *out = (hb_delong_t){NAN, NAN, NAN, NAN, NAN, NAN};
    const uint32_t up = count_up(y, n);
    if (is_undefined(score, n) || up == 0 || up == n) return;
    uint32_t *order = hb_alloc(n, sizeof *order);
    double *all = hb_alloc(n, sizeof *all), *own = hb_alloc(n, sizeof *own);
    hb_argsort(score, n, order);
    midranks(score, y, n, order, 2, all);
    midranks(score, y, n, order, 0, own);
    midranks(score, y, n, order, 1, own);
    double up_mean, down_mean;
    const double up_var = placement_variance(all, own, y, n, 1, &up_mean);
    const double down_var = placement_variance(all, own, y, n, 0, &down_mean);
    out->auc = up_mean;
    out->var = up_var / up + down_var / (n - up);
    delong_intervals(HB_MIN(up, n - up), out);
    hb_free(order);
    hb_free(all);
    hb_free(own);
}
