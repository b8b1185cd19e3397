/* .npy and .npz. The header is a Python dict literal of three known keys; anything else is refused.
 * source: numpy.lib.format, versions 1.0 and 2.0. */
#include "app_npy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base_mem.h"
#include "base_text.h"
#include "os_file.h"

typedef struct {
    char type[4]; /* "<f8" */
    uint32_t rows, cols, dims;
    size_t data_at, item_bytes;
} header_t;

static hb_status_t bad(hb_err_t *err, const char *path, const char *why)
{
    return hb_err_set(err, HB_E_DATA, path,
                      "save it with numpy.save as a C-order float array of 1 or 2 dimensions", "%s",
                      why);
}

/* Text after 'key': in the header's dict. */
static const char *dict_value(const char *dict, const char *key)
{
    char quoted[32];
    snprintf(quoted, sizeof quoted, "'%s':", key);
    const char *at = strstr(dict, quoted);
    if (!at) return NULL;
    at += strlen(quoted);
    while (*at == ' ') at++;
    return at;
}

static int parse_shape(const char *text, header_t *header)
{
    uint64_t dims[2] = {0, 1};
    uint32_t count = 0;
    if (!text || *text++ != '(') return 0;
    while (*text && *text != ')') {
        char *end;
        if (count == 2) return 0;
        dims[count++] = strtoull(text, &end, 10);
        if (end == text) return 0;
        text = end;
        while (*text == ',' || *text == ' ') text++;
    }
    if (count == 0 || dims[0] > UINT32_MAX || dims[1] > UINT32_MAX) return 0;
    header->rows = (uint32_t)dims[0];
    header->cols = (uint32_t)dims[1];
    header->dims = count;
    return 1;
}

static size_t item_bytes(const char *type)
{
    if (strcmp(type, "<f8") == 0 || strcmp(type, "<i8") == 0) return 8;
    if (strcmp(type, "<f4") == 0 || strcmp(type, "<i4") == 0) return 4;
    if (strcmp(type, "|u1") == 0 || strcmp(type, "|i1") == 0 || strcmp(type, "|b1") == 0) return 1;
    return 0;
}

static hb_status_t parse_header(const char *bytes, size_t size, const char *path, header_t *out,
                                hb_err_t *err)
{
    if (size < 12 || memcmp(bytes, "\x93NUMPY", 6) != 0)
        return bad(err, path, "this is no .npy file");
    const unsigned char *u = (const unsigned char *)bytes;
    size_t length = u[8] | (size_t)u[9] << 8, at = 10;
    if (u[6] >= 2) {
        length |= (size_t)u[10] << 16 | (size_t)u[11] << 24;
        at = 12;
    }
    if (u[6] > 2 || length > 65536 || at + length > size)
        return bad(err, path, "the .npy header is broken");
    char *dict = hb_alloc(length + 1, 1);
    memcpy(dict, bytes + at, length);
    const char *type = dict_value(dict, "descr"), *order = dict_value(dict, "fortran_order");
    const int shape_good = parse_shape(dict_value(dict, "shape"), out);
    const int order_good = order && strncmp(order, "False", 5) == 0;
    memset(out->type, 0, sizeof out->type);
    if (type && type[0] == '\'' && strlen(type) > 4 && type[4] == '\'')
        memcpy(out->type, type + 1, 3);
    hb_free(dict);
    out->data_at = at + length;
    out->item_bytes = item_bytes(out->type);
    if (!order_good) return bad(err, path, "the array is in Fortran order");
    if (!shape_good) return bad(err, path, "the array has no shape of 1 or 2 dimensions");
    if (!out->item_bytes)
        return bad(err, path, "the array is not of float32, float64, int or byte type");
    return HB_OK;
}

static double item(const char *at, const char *type)
{
    if (type[1] == 'f' && type[2] == '8') {
        double v;
        memcpy(&v, at, 8);
        return v;
    }
    if (type[1] == 'f') {
        float v;
        memcpy(&v, at, 4);
        return v;
    }
    if (type[1] == 'i' && type[2] == '8') {
        int64_t v;
        memcpy(&v, at, 8);
        return (double)v;
    }
    if (type[1] == 'i' && type[2] == '4') {
        int32_t v;
        memcpy(&v, at, 4);
        return v;
    }
    if (type[1] == 'i') {
        int8_t v;
        memcpy(&v, at, 1);
        return v;
    }
    return *(const unsigned char *)at;
}

static hb_status_t parse_npy(const char *bytes, size_t size, const char *path, int nan_allowed,
                             app_matrix_t *out, hb_err_t *err)
{
    header_t header = {0};
    HB_TRY(parse_header(bytes, size, path, &header, err));
    size_t count, needed;
    if (hb_mul_overflows(header.rows, header.cols, &count) ||
        hb_mul_overflows(count, header.item_bytes, &needed) || needed != size - header.data_at) {
        return bad(err, path, "the file's length does not fit its shape");
    }
    double *data = hb_alloc(count, sizeof *data);
    for (size_t i = 0; i < count; i++) {
        data[i] = item(bytes + header.data_at + i * header.item_bytes, header.type);
        if (!nan_allowed && !isfinite(data[i])) {
            hb_free(data);
            return hb_err_set(err, HB_E_DATA, path, "remove or fill such rows",
                              "row %zu holds a value that is not finite",
                              i / (header.cols ? header.cols : 1));
        }
    }
    *out = (app_matrix_t){data, header.rows, header.cols, header.dims};
    return HB_OK;
}

hb_status_t app_npy_read(const char *path, int nan_allowed, app_matrix_t *out, hb_err_t *err)
{
    char *bytes = NULL;
    size_t size = 0;
    HB_TRY(hb_os_read(path, (size_t)8 << 30, &bytes, &size, err));
    const hb_status_t status = parse_npy(bytes, size, path, nan_allowed, out, err);
    hb_free(bytes);
    return status;
}

void app_matrix_free(app_matrix_t *matrix)
{
    hb_free(matrix->data);
    memset(matrix, 0, sizeof *matrix);
}

/* The 64-aligned version 1.0 header. */
static void make_header(const char *type, uint32_t rows, uint32_t cols, hb_buf_t *out)
{
    char dict[128];
    int n = cols
                ? snprintf(dict, sizeof dict,
                           "{'descr': '%s', 'fortran_order': False, 'shape': (%u, %u), }", type,
                           rows, cols)
                : snprintf(dict, sizeof dict,
                           "{'descr': '%s', 'fortran_order': False, 'shape': (%u,), }", type, rows);
    const int padded = (n + 1 + 10 + 63) / 64 * 64 - 10;
    const char lead[10] = {(char)0x93,         'N', 'U', 'M', 'P', 'Y', 1, 0, (char)(padded & 255),
                           (char)(padded >> 8)};
    hb_buf_add(out, lead, 10);
    hb_buf_add(out, dict, (size_t)n);
    for (; n < padded - 1; n++) hb_buf_add(out, " ", 1);
    hb_buf_add(out, "\n", 1);
}

static size_t npy_bytes(const char *type, uint32_t rows, uint32_t cols)
{
    return (size_t)rows * (cols ? cols : 1) * item_bytes(type);
}

hb_status_t app_npy_write(const char *path, const char *type, const void *data, uint32_t rows,
                          uint32_t cols, hb_err_t *err)
{
    hb_buf_t text = {0};
    make_header(type, rows, cols, &text);
    hb_buf_add(&text, data, npy_bytes(type, rows, cols));
    const hb_status_t status = hb_os_write_atomic(path, text.p, text.len, err);
    hb_buf_fini(&text);
    return status;
}

static int add_entry(zip_t *zip, const app_npz_entry_t *entry)
{
    char name[64];
    hb_buf_t text = {0};
    snprintf(name, sizeof name, "%s.npy", entry->name);
    make_header("<f8", entry->rows, entry->cols, &text);
    hb_buf_add(&text, (const char *)entry->data, npy_bytes("<f8", entry->rows, entry->cols));
    void *copy = malloc(text.len); /* libzip frees it */
    if (copy) memcpy(copy, text.p, text.len);
    zip_source_t *source = copy ? zip_source_buffer(zip, copy, text.len, 1) : NULL;
    hb_buf_fini(&text);
    const zip_int64_t at = source ? zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8) : -1;
    if (at < 0) return -1;
    zip_file_set_mtime(zip, (zip_uint64_t)at, 315532800, 0); /* 1980: same arrays, same bytes */
    return zip_set_file_compression(zip, (zip_uint64_t)at, ZIP_CM_STORE, 0);
}

hb_status_t app_npz_write(const char *path, const app_npz_entry_t *entries, uint32_t count,
                          hb_err_t *err)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *memory = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_source_keep(memory);
    zip_t *zip = zip_open_from_source(memory, ZIP_TRUNCATE, &error);
    int good = zip != NULL;
    for (uint32_t i = 0; i < count && good; i++) good = add_entry(zip, &entries[i]) == 0;
    if (zip && (!good || zip_close(zip) != 0)) {
        zip_discard(zip);
        good = 0;
    }
    hb_status_t status =
        good ? HB_OK : hb_err_set(err, HB_E_INTERNAL, path, NULL, "the archive could not be made");
    zip_stat_t stat;
    if (good && zip_source_stat(memory, &stat) == 0 && zip_source_open(memory) == 0) {
        char *bytes = hb_alloc(stat.size, 1);
        zip_source_read(memory, bytes, stat.size);
        zip_source_close(memory);
        status = hb_os_write_atomic(path, bytes, stat.size, err);
        hb_free(bytes);
    }
    zip_source_free(memory);
    zip_error_fini(&error);
    return status;
}

hb_status_t app_npz_read(const char *path, const char *name, app_matrix_t *out, hb_err_t *err)
{
    char entry[64];
    int code = 0;
    zip_t *zip = zip_open(path, ZIP_RDONLY, &code);
    if (!zip) return hb_err_set(err, HB_E_DATA, path, NULL, "this is no .npz archive");
    snprintf(entry, sizeof entry, "%s.npy", name);
    zip_stat_t stat;
    zip_file_t *file = zip_fopen(zip, entry, 0);
    hb_status_t status = HB_E_DATA;
    if (file && zip_stat(zip, entry, 0, &stat) == 0 && stat.size < ((zip_uint64_t)1 << 32)) {
        char *bytes = hb_alloc(stat.size, 1);
        const zip_int64_t got = zip_fread(file, bytes, stat.size);
        status = got == (zip_int64_t)stat.size ? parse_npy(bytes, stat.size, path, 1, out, err)
                                               : bad(err, path, "the archive is cut short");
        hb_free(bytes);
    } else {
        status = hb_err_set(err, HB_E_DATA, path, "make it with: hyperbar whiten fit",
                            "the archive has no array %s", name);
    }
    if (file) zip_fclose(file);
    zip_discard(zip);
    return status;
}
