/* A snapshot: the canonical bars stored once, content-addressed, with a manifest of where they
 * came from. Folder: bars.hbx (container, kind "bars"), snapshot.json (sources with their
 * SHA-256, options, counts, QA), manifest.json (the hashes of both, as in every artifact).
 * snapshot_id = SHA-256 over bar size, tick size, calendar version and the bars' bytes. */
#ifndef HB_BARS_SNAPSHOT_H
#define HB_BARS_SNAPSHOT_H

#include "bars_csv.h"
#include "store_file.h"
#include "store_hash.h"

typedef struct {
    hb_bars_t bars;
    char id[HB_SHA256_HEX];
    char calendar[32];
    char calendar_version[32];
    void *owned; /* bars when ingested; NULL when mapped */
    hb_store_t store;
} hb_snapshot_t;

/* Takes ownership of list->bars. */
void hb_snapshot_make(hb_bar_list_t *list, const hb_ingest_params_t *params,
                      const hb_ingest_report_t *report, const char *calendar_version,
                      hb_snapshot_t *out);
/* Publishes the folder (must not exist, or hold the same id: then nothing is done). */
HB_CHECKED hb_status_t hb_snapshot_save(const hb_snapshot_t *snapshot, const char *dir,
                                        const char *const *sources, uint32_t source_count,
                                        const hb_ingest_params_t *params,
                                        const hb_ingest_report_t *report, hb_err_t *err);
/* Maps and verifies the id. error: HB_E_DATA / HB_E_ARTIFACT naming the file. */
HB_CHECKED hb_status_t hb_snapshot_open(const char *dir, hb_snapshot_t *out, hb_err_t *err);
void hb_snapshot_close(hb_snapshot_t *snapshot);

#endif
