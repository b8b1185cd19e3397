/* NumPy files of the single-stage verbs: .npy (C order, float32, float64, unsigned and signed
 * bytes, int64) read as double, and .npz archives of named float64 arrays (libzip). */
#ifndef HB_APP_NPY_H
#define HB_APP_NPY_H

#include <stddef.h>
#include <stdint.h>

#include "base_status.h"

typedef struct {
    double *data;        /* [rows * cols], C order; gives: hb_free */
    uint32_t rows, cols; /* a vector has cols = 1 */
    uint32_t dims;       /* 1 or 2 */
} app_matrix_t;

/* error: HB_E_DATA naming the file for anything that is not such an array, for NaN where
 * !nan_allowed. */
HB_CHECKED hb_status_t app_npy_read(const char *path, int nan_allowed, app_matrix_t *out,
                                    hb_err_t *err);
void app_matrix_free(app_matrix_t *matrix);

/* type: "<f4", "<f8" or "<i8"; data in that type; cols 0 makes a vector. */
HB_CHECKED hb_status_t app_npy_write(const char *path, const char *type, const void *data,
                                     uint32_t rows, uint32_t cols, hb_err_t *err);

typedef struct {
    const char *name;
    const double *data;
    uint32_t rows, cols; /* cols 0: a vector */
} app_npz_entry_t;
HB_CHECKED hb_status_t app_npz_write(const char *path, const app_npz_entry_t *entries,
                                     uint32_t count, hb_err_t *err);
/* One array of an archive as double. */
HB_CHECKED hb_status_t app_npz_read(const char *path, const char *name, app_matrix_t *out,
                                    hb_err_t *err);

#endif
