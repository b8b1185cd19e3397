/* The page of a run: one self-contained HTML file, inline SVG, no network, light and dark, prints
 * on A4. */
#ifndef HB_LEARN_REPORT_H
#define HB_LEARN_REPORT_H

#include <jansson.h>

#include "base_text.h"

/* validation: a hyperbar-validation-1 object; gates, replay: as hb_gates_eval and `replay` give
 * them, or NULL. Any key may be absent, null or of another type: it shows as a dash. Text is
 * escaped. */
void hb_report_html(const json_t *validation, const json_t *gates, const json_t *replay,
                    hb_buf_t *out);

/* Adds text with <, >, &, " and ' escaped and control characters replaced; NULL adds a dash. */
void hb_html_text(hb_buf_t *out, const char *text);

#endif
