/* What the files of the snapshot share; no other module sees it. */
#ifndef HB_BARS_SNAPSHOT_INT_H
#define HB_BARS_SNAPSHOT_INT_H

#include "bars_snapshot.h"

/* Text of snapshot.json. gives: hb_free. error: HB_E_IO for a source that cannot be read again. */
HB_CHECKED hb_status_t bars_snapshot_json(const hb_snapshot_t *snapshot, const char *const *sources,
                                          uint32_t source_count, const hb_ingest_params_t *params,
                                          const hb_ingest_report_t *report, char **out,
                                          hb_err_t *err);

#endif
