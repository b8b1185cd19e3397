/* Parts of the page, shared by its files. Each takes JSON in which anything may be missing. */
#ifndef HB_LEARN_REPORT_INT_H
#define HB_LEARN_REPORT_INT_H

#include <stdbool.h>

#include "learn_report.h"

typedef enum { HB_NUM_PLAIN, HB_NUM_SIGNED } hb_num_sign_t;

/* NAN where there is no finite number. */
double hb_html_real(const json_t *value);
/* An end of an object's "ci95", NAN where there is none. */
double hb_html_end(const json_t *object, size_t end);
/* A dash where there is no finite number. */
void hb_html_real_add(hb_buf_t *out, double value, int digits, hb_num_sign_t sign);
void hb_html_num(hb_buf_t *out, const json_t *value, int digits, hb_num_sign_t sign);
/* <td> with a number in it. */
void hb_html_cell(hb_buf_t *out, const json_t *value, int digits, hb_num_sign_t sign);
/* "a to b" of an object's "ci95". */
void hb_html_interval(hb_buf_t *out, const json_t *object, int digits, hb_num_sign_t sign);

/* The drawings, each one <figure>; an input without data draws nothing. auc: a metric with mean and
 * ci95. rows_per_trial: predictions that stand for one independent trial, NAN when not known. */
void hb_svg_roc(const json_t *roc, const json_t *auc, hb_buf_t *out);
void hb_svg_reliability(const json_t *bins, double rows_per_trial, hb_buf_t *out);
void hb_svg_paths(const json_t *path_metrics, const json_t *auc, hb_buf_t *out);
void hb_svg_latency(const json_t *latency_us, hb_buf_t *out);

void hb_report_gates(const json_t *gates, hb_buf_t *out);
void hb_report_metrics(const json_t *validation, hb_buf_t *out);
void hb_report_baselines(const json_t *validation, hb_buf_t *out);
void hb_report_replay(const json_t *replay, hb_buf_t *out);
void hb_report_folds(const json_t *validation, hb_buf_t *out);
void hb_report_lineage(const json_t *validation, const json_t *replay, hb_buf_t *out);

#endif
