/* Snapshots: bars stored once under the hash of what they are. Invariant: the id covers
 * everything that later stages take from a snapshot (bar size, tick size, calendar version,
 * every byte of every bar); a snapshot is opened only when its files are those of its manifest
 * and its id is that of its bars. */
#include "bars_snapshot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bars_snapshot_int.h"
#include "base_mem.h"
#include "os_file.h"
#include "store_artifact.h"

#define KIND      "bars"
#define VERSION   1u
#define BARS_NAME "bars.hbx"
#define JSON_NAME "snapshot.json"

typedef struct {
    double tick_size;
    uint32_t bar_size_s;
    uint32_t zero;
    char calendar[32];
    char calendar_version[32];
    char id[72];
} meta_t;
_Static_assert(sizeof(meta_t) == 152, "stored as it stands in memory");

static void id_make(const hb_bars_t *bars, const char *calendar_version, char out[HB_SHA256_HEX])
{
    char version[32] = {0};
    hb_sha256_t sha;
    (void)snprintf(version, sizeof version, "%s", calendar_version);
    hb_sha256_init(&sha);
    hb_sha256_add(&sha, &bars->bar_size_s, sizeof bars->bar_size_s);
    hb_sha256_add(&sha, &bars->tick_size, sizeof bars->tick_size);
    hb_sha256_add(&sha, version, sizeof version);
    hb_sha256_add(&sha, bars->bars, bars->count * sizeof *bars->bars);
    hb_sha256_hex(&sha, out);
}

void hb_snapshot_make(hb_bar_list_t *list, const hb_ingest_params_t *params,
                      const hb_ingest_report_t *report, const char *calendar_version,
                      hb_snapshot_t *out)
{
    *out = (hb_snapshot_t){.bars = {.bars = list->bars,
                                    .count = list->count,
                                    .bar_size_s = report->bar_size_s,
                                    .tick_size = params->tick_size},
                           .owned = list->bars};
    (void)snprintf(out->calendar, sizeof out->calendar, "%s", params->calendar);
    (void)snprintf(out->calendar_version, sizeof out->calendar_version, "%s", calendar_version);
    id_make(&out->bars, out->calendar_version, out->id);
    *list = (hb_bar_list_t){0};
}

/* ---- save ---- */

static hb_status_t bars_write(const hb_snapshot_t *snapshot, const char *path, hb_err_t *err)
{
    meta_t meta = {.tick_size = snapshot->bars.tick_size, .bar_size_s = snapshot->bars.bar_size_s};
    memcpy(meta.calendar, snapshot->calendar, sizeof meta.calendar);
    memcpy(meta.calendar_version, snapshot->calendar_version, sizeof meta.calendar_version);
    memcpy(meta.id, snapshot->id, sizeof snapshot->id);
    const hb_section_t sections[] = {
        {"meta", &meta, sizeof meta},
        {"bars", snapshot->bars.bars, snapshot->bars.count * sizeof(hb_bar_t)},
    };
    return hb_store_write(path, KIND, VERSION, sections, 2, err);
}

/* The folder exists: fine when it holds these very bars. */
static hb_status_t same_check(const hb_snapshot_t *snapshot, const char *dir, hb_err_t *err)
{
    hb_snapshot_t there;
    hb_err_t ignored = {0};
    const bool opens = hb_snapshot_open(dir, &there, &ignored) == HB_OK;
    const bool same = opens && strcmp(there.id, snapshot->id) == 0;
    if (opens) hb_snapshot_close(&there);
    if (same) return HB_OK;
    return hb_err_set(err, HB_E_IO, dir, "name another folder; snapshots are never overwritten",
                      opens ? "the folder holds another snapshot"
                            : "the folder exists and is no snapshot");
}

hb_status_t hb_snapshot_save(const hb_snapshot_t *snapshot, const char *dir,
                             const char *const *sources, uint32_t source_count,
                             const hb_ingest_params_t *params, const hb_ingest_report_t *report,
                             hb_err_t *err)
{
    if (snapshot->bars.count == 0) {
        return hb_err_set(err, HB_E_DATA, dir, "ingest bars first", "a snapshot without bars");
    }
    if (hb_os_exists(dir)) return same_check(snapshot, dir, err);
    hb_status_t status = HB_OK;
    hb_artifact_out_t *out = hb_alloc(1, sizeof *out);
    char *json = NULL;
    char path[4200], payload[HB_SHA256_HEX];
    HB_TRY_OUT(hb_artifact_begin(out, dir, err));
    HB_TRY_OUT(hb_artifact_path(out, BARS_NAME, path, err));
    HB_TRY_OUT(bars_write(snapshot, path, err));
    HB_TRY_OUT(bars_snapshot_json(snapshot, sources, source_count, params, report, &json, err));
    HB_TRY_OUT(hb_artifact_path(out, JSON_NAME, path, err));
    HB_TRY_OUT(hb_os_write_atomic(path, json, strlen(json), err));
    HB_TRY_OUT(hb_artifact_commit(out, payload, err));
out:
    hb_artifact_abort(out);
    hb_free(out);
    hb_free(json);
    return status;
}

/* ---- open ---- */

static hb_status_t refuse(const char *path, const char *what, hb_err_t *err)
{
    return hb_err_set(err, HB_E_ARTIFACT, path, "ingest the bars again", "%s", what);
}

static bool is_text(const char *text, size_t cap)
{
    return memchr(text, '\0', cap) != NULL;
}

/* Stages downstream rely on this; a snapshot from elsewhere may be anything. */
static bool bars_check(const hb_bars_t *bars)
{
    for (uint32_t i = 0; i < bars->count; i++) {
        if (!hb_bar_check(&bars->bars[i])) return false;
        if (i && bars->bars[i].open_utc_at_ns <= bars->bars[i - 1].open_utc_at_ns) return false;
    }
    return true;
}

static hb_status_t content_take(const char *path, hb_snapshot_t *made, hb_err_t *err)
{
    const void *meta_data = NULL, *bars_data = NULL;
    uint64_t count = 0;
    HB_TRY(hb_store_section_exact(&made->store, "meta", sizeof(meta_t), 1, &meta_data, err));
    HB_TRY(hb_store_section(&made->store, "bars", sizeof(hb_bar_t), &bars_data, &count, err));
    const meta_t *meta = meta_data;
    const bool texts = is_text(meta->calendar, sizeof meta->calendar) &&
                       is_text(meta->calendar_version, sizeof meta->calendar_version) &&
                       is_text(meta->id, HB_SHA256_HEX);
    if (!texts || meta->bar_size_s == 0 || !(meta->tick_size >= 0) || !isfinite(meta->tick_size)) {
        return refuse(path, "the snapshot's header is damaged", err);
    }
    if (count == 0 || count > UINT32_MAX) return refuse(path, "a snapshot without bars", err);
    made->bars = (hb_bars_t){bars_data, (uint32_t)count, meta->bar_size_s, meta->tick_size};
    memcpy(made->calendar, meta->calendar, sizeof made->calendar);
    memcpy(made->calendar_version, meta->calendar_version, sizeof made->calendar_version);
    id_make(&made->bars, made->calendar_version, made->id);
    if (strcmp(made->id, meta->id) != 0) return refuse(path, "the snapshot's id does not fit", err);
    if (!bars_check(&made->bars)) return refuse(path, "the snapshot holds bars that are none", err);
    return HB_OK;
}

hb_status_t hb_snapshot_open(const char *dir, hb_snapshot_t *out, hb_err_t *err)
{
    hb_snapshot_t made = {0};
    char path[4200], payload[HB_SHA256_HEX];
    HB_TRY(hb_artifact_verify(dir, payload, err));
    HB_TRY(hb_os_join(path, sizeof path, dir, BARS_NAME, err));
    HB_TRY(hb_store_open(path, KIND, VERSION, &made.store, err));
    const hb_status_t status = content_take(path, &made, err);
    if (status != HB_OK) {
        hb_store_close(&made.store);
        return status;
    }
    *out = made;
    return HB_OK;
}

void hb_snapshot_close(hb_snapshot_t *snapshot)
{
    hb_free(snapshot->owned);
    hb_store_close(&snapshot->store);
    *snapshot = (hb_snapshot_t){0};
}
