/* The gates: a validation report held against thresholds from configuration. Pure: report in,
 * verdict out. */
#ifndef HB_LEARN_GATES_H
#define HB_LEARN_GATES_H

#include <jansson.h>

#include "base_status.h"
#include "conf.h"

/* report: a hyperbar-validation-1 object. latency: latency_us of a replay, or NULL (then the
 * latency gate judges the search latency of the report). artifact: metadata.json of an artifact
 * whose bytes the caller has verified, or NULL; its snapshot and configuration must be the
 * report's. Result:
 * {"passed":bool,"gates":[{"name","value","threshold","passed","blocking","why"}]}; passed says
 * that every blocking gate passed; a gate whose value is missing fails. gives: json_decref. error:
 * HB_E_DATA when the report is no validation report; HB_E_CONFIG for an unknown gate name. */
HB_CHECKED hb_status_t hb_gates_eval(const hb_conf_t *conf, const json_t *report,
                                     const json_t *latency, const json_t *artifact, json_t **out,
                                     hb_err_t *err);

#endif
