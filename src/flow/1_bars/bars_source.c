/* Sources: plain, gzip or zstd files into memory. What a file is is told by its first bytes, not
 * by its name. Invariant: no more than BARS_TEXT_BYTES_MAX bytes of text are ever held, however
 * small the file that unpacks to them; a cut or damaged file is an error, never a shorter text. */
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "bars_csv_int.h"
#include "base_assert.h"
#include "base_mem.h"
#include "os_file.h"

#define GROW_FIRST_BYTES ((size_t)1 << 16)
#define INPUT_STEP_BYTES ((size_t)1 << 30) /* zlib counts in 32 bits */

typedef struct {
    char *p;
    size_t len, cap;
} grown_t;

static hb_status_t fail(hb_err_t *err, const char *path, const char *what)
{
    return hb_err_set(err, HB_E_DATA, path, "fetch or pack the file again", "%.200s: %s", path,
                      what);
}

/* Room for at least one more byte; false at the bound. */
static bool grown_reserve(grown_t *to)
{
    if (to->len < to->cap) return true;
    if (to->cap >= BARS_TEXT_BYTES_MAX) return false;
    const size_t cap = to->cap ? HB_MIN(to->cap * 2, BARS_TEXT_BYTES_MAX) : GROW_FIRST_BYTES;
    to->p = hb_grow(to->p, to->len, cap, 1);
    to->cap = cap;
    return true;
}

static hb_status_t too_large(hb_err_t *err, const char *path)
{
    return hb_err_set(err, HB_E_DATA, path, "split the file", "%.200s unpacks to more than 4 GiB",
                      path);
}

/* One or more gzip members. */
static hb_status_t gunzip_all(const char *path, char *data, size_t bytes, z_stream *stream,
                              grown_t *to, hb_err_t *err)
{
    size_t taken = 0;
    for (;;) {
        if (!grown_reserve(to)) return too_large(err, path);
        const size_t in_step = HB_MIN(bytes - taken, INPUT_STEP_BYTES);
        const size_t out_step = HB_MIN(to->cap - to->len, INPUT_STEP_BYTES);
        stream->next_in = (Bytef *)data + taken;
        stream->avail_in = (uInt)in_step;
        stream->next_out = (Bytef *)to->p + to->len;
        stream->avail_out = (uInt)out_step;
        const int code = inflate(stream, Z_NO_FLUSH);
        taken += in_step - stream->avail_in;
        to->len += out_step - stream->avail_out;
        if (code == Z_STREAM_END) {
            if (taken == bytes) return HB_OK;
            if (inflateReset(stream) != Z_OK) return fail(err, path, "zlib cannot go on");
        } else if (code == Z_BUF_ERROR || (code == Z_OK && taken == bytes && stream->avail_out)) {
            return fail(err, path, "the gzip data end too early");
        } else if (code != Z_OK) {
            return fail(err, path, "damaged gzip data");
        }
    }
}

static hb_status_t gunzip(const char *path, char *data, size_t bytes, grown_t *to, hb_err_t *err)
{
    z_stream stream = {0};
    if (inflateInit2(&stream, 15 + 16) != Z_OK) return fail(err, path, "zlib cannot start");
    const hb_status_t status = gunzip_all(path, data, bytes, &stream, to, err);
    (void)inflateEnd(&stream);
    return status;
}

static hb_status_t unzstd(const char *path, const char *data, size_t bytes, grown_t *to,
                          hb_err_t *err)
{
    hb_status_t status = HB_OK;
    ZSTD_DStream *stream = ZSTD_createDStream();
    if (!stream) return fail(err, path, "zstd cannot start");
    ZSTD_inBuffer in = {data, bytes, 0};
    size_t left = 1; /* 0 when a frame is complete */
    while (in.pos < in.size || left != 0) {
        if (!grown_reserve(to)) {
            status = too_large(err, path);
            goto out;
        }
        ZSTD_outBuffer out = {to->p, to->cap, to->len};
        const size_t in_before = in.pos;
        left = ZSTD_decompressStream(stream, &out, &in);
        const bool stuck = in.pos == in_before && out.pos == to->len;
        to->len = out.pos;
        if (ZSTD_isError(left)) {
            status = fail(err, path, "damaged zstd data");
            goto out;
        }
        if (stuck && in.pos == in.size && left != 0) {
            status = fail(err, path, "the zstd data end too early");
            goto out;
        }
    }
out:
    (void)ZSTD_freeDStream(stream);
    return status;
}

hb_status_t bars_source_read(const char *path, char **text, size_t *bytes, hb_err_t *err)
{
    char *data = NULL;
    size_t size = 0;
    HB_TRY(hb_os_read(path, BARS_TEXT_BYTES_MAX, &data, &size, err));
    const bool is_gzip = size >= 2 && memcmp(data, "\x1f\x8b", 2) == 0;
    const bool is_zstd = size >= 4 && memcmp(data, "\x28\xb5\x2f\xfd", 4) == 0;
    if (!is_gzip && !is_zstd) {
        *text = data;
        *bytes = size;
        return HB_OK;
    }
    grown_t to = {0};
    const hb_status_t status =
        is_gzip ? gunzip(path, data, size, &to, err) : unzstd(path, data, size, &to, err);
    hb_free(data);
    if (status != HB_OK) {
        hb_free(to.p);
        return status;
    }
    *text = to.p;
    *bytes = to.len;
    return HB_OK;
}
