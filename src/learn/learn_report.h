/* The page of a run: one self-contained HTML file, inline SVG, no network, light and dark, prints well. */
#ifndef HB_LEARN_REPORT_H
#define HB_LEARN_REPORT_H

#include <jansson.h>

#include "base_text.h"

/* validation: a hyperbar-validation-1 object; gates, replay: as hb_gates_eval and `replay` give them, or
 * NULL. Text from the objects is escaped. */
void hb_report_html(const json_t *validation, const json_t *gates, const json_t *replay,
                    hb_buf_t *out);

/* Adds text with <, >, &, " and ' escaped. */
void hb_html_text(hb_buf_t *out, const char *text);

/* The drawings, each one <figure> with an inline <svg>; an absent input draws nothing. */
void hb_svg_roc(const json_t *roc, double auc, hb_buf_t *out);
void hb_svg_reliability(const json_t *bins, hb_buf_t *out);
void hb_svg_paths(const json_t *path_metrics, hb_buf_t *out);
void hb_svg_latency(const json_t *latency_us, hb_buf_t *out);

#endif
