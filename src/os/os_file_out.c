/* A stream to a temporary sibling, published by commit. Invariant: out->file is NULL exactly when
 * no temporary of this stream stands on disk, so abort may be called at any time. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "os_file.h"
#include "os_file_int.h"

hb_status_t hb_os_out_open(hb_os_out_t *out, const char *path, hb_err_t *err)
{
    size_t n = strlen(path);
    if (n >= sizeof out->path) return hb_os_io_fail(err, "cannot write", path, ENAMETOOLONG);
    char temp[sizeof out->temp];
    int fd;
    HB_TRY(hb_os_temp_open(path, temp, sizeof temp, &fd, err));
    FILE *file = fdopen(fd, "w");
    if (!file) {
        int error_number = errno;
        (void)close(fd);
        (void)unlink(temp);
        return hb_os_io_fail(err, "cannot write", path, error_number);
    }
    out->file = file;
    memcpy(out->path, path, n + 1);
    memcpy(out->temp, temp, sizeof temp);
    return HB_OK;
}

hb_status_t hb_os_out_commit(hb_os_out_t *out, hb_err_t *err)
{
    if (!out->file) {
        return hb_err_set(err, HB_E_INTERNAL, NULL, NULL, "commit of a stream that is not open");
    }
    /* A write that failed earlier has left only the error flag; its errno is gone. */
    int error_number = ferror(out->file) ? EIO : 0;
    errno = 0;
    if (fflush(out->file) != 0) error_number = errno;
    if (error_number == 0 && fsync(fileno(out->file)) != 0) error_number = errno;
    if (fclose(out->file) != 0 && error_number == 0) error_number = errno;
    out->file = NULL;
    if (error_number != 0) {
        (void)unlink(out->temp);
        return hb_os_io_fail(err, "cannot write", out->path, error_number);
    }
    return hb_os_temp_publish(out->temp, out->path, err);
}

void hb_os_out_abort(hb_os_out_t *out)
{
    if (!out || !out->file) return;
    (void)fclose(out->file);
    (void)unlink(out->temp);
    out->file = NULL;
}
