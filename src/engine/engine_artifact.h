/* A verified artifact opened for use: everything fitted that turns a bar into a probability.
 * Training, validation, predict, replay and the daemon load just this. */
#ifndef HB_ENGINE_ARTIFACT_H
#define HB_ENGINE_ARTIFACT_H

#include <stdbool.h>

#include "base_status.h"
#include "model_calib.h"
#include "model_trees.h"
#include "near_index.h"
#include "near_kernel.h"
#include "state_stream.h"
#include "state_whiten.h"
#include "store_hash.h"

/* Names of the files in an artifact's folder. */
#define HB_FILE_WHITEN  "whitening.hbx"
#define HB_FILE_INDEX   "index.hbx"
#define HB_FILE_KERNELS "kernels.hbx"
#define HB_FILE_MODEL   "model.hbx"
#define HB_FILE_CALIB   "calibrator.hbx"
#define HB_FILE_SCHEMA  "schema.json"

typedef struct {
    char sha256[HB_SHA256_HEX]; /* payload hash */
    uint64_t tag;               /* first 8 bytes of it */
    bool verified;
    uint32_t bar_size_s;
    hb_whiten_t whiten;
    hb_near_index_t index;
    hb_kernels_t kernels;
    hb_trees_t trees;
    hb_calib_t calib;
    hb_conformal_t conformal;
} hb_model_set_t;

/* Verifies the manifest, then loads and cross-checks all parts (dimensions, schema hash).
 * error: HB_E_ARTIFACT naming the file. gives: hb_model_set_close. Heap: the struct is large;
 * callers hold it by hb_alloc. */
HB_CHECKED hb_status_t hb_model_set_open(const char *path, hb_model_set_t *out, hb_err_t *err);
void hb_model_set_close(hb_model_set_t *set); /* zeroed allowed */
/* The parts fit each other and this program: dimensions from state to trees, the bar's size.
 * error: HB_E_ARTIFACT with the file that does not fit in `where`. */
HB_CHECKED hb_status_t hb_model_set_check(const hb_model_set_t *set, hb_err_t *err);

/* SHA-256 of the feature schema (version, warm-up, names, ranges, order; not the bar's size):
 * stored in schema.json and checked on load. */
void hb_schema_sha256(char out[HB_SHA256_HEX]);
/* schema.json's text: same program and bar size, same bytes. gives: hb_free */
char *hb_schema_json(uint32_t bar_size_s);
/* Reads schema.json back. error: HB_E_ARTIFACT when it is not this program's schema. */
HB_CHECKED hb_status_t hb_schema_load(const char *path, uint32_t *bar_size_s, hb_err_t *err);

#endif
