/* The gates: a validation report held against thresholds from configuration. Pure: report in,
 * verdict out. */
#ifndef HB_LEARN_GATES_H
#define HB_LEARN_GATES_H

#include <jansson.h>

#include "base_status.h"
#include "conf.h"

/* report: a hyperbar-validation-1 object; latency: {"total":{"p95":us}} of a replay, or NULL (then
 * the latency gate judges the search latency of the report); artifact_verified: -1 unknown, 0 no, 1
 * yes. Result: {"passed":bool,"gates":[{"name","value","threshold","passed","blocking","why"}]};
 * passed says that every blocking gate passed; a gate whose value is missing fails. gives:
 * json_decref. error: HB_E_DATA when the report is no validation report. */
HB_CHECKED hb_status_t hb_gates_eval(const hb_conf_t *conf, const json_t *report,
                                     const json_t *latency, int artifact_verified, json_t **out,
                                     hb_err_t *err);

#endif
