/* Reading and publishing single files. Invariant: the final name holds the old bytes or all the new
 * bytes, at every moment and after a crash: write to a temporary sibling, fsync, rename, fsync of
 * the folder. Descriptors are close-on-exec and opened without blocking, so that a pipe cannot hang
 * us. */
#include "os_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_assert.h"
#include "base_mem.h"
#include "os_file_int.h"

static const char *hint_for(int error_number)
{
    switch (error_number) {
    case ENOSPC:
    case EDQUOT:
        return "the disk is full: free space or choose another folder";
    case EACCES:
    case EPERM:
        return "check the permissions of the file and of its folder";
    case EROFS:
        return "the file system is read-only: choose another folder";
    case ENOENT:
        return "check that the file and its folder exist";
    case ENOTDIR:
        return "a part of the path is a file, not a folder";
    case EISDIR:
        return "give a file, not a folder";
    case EMFILE:
    case ENFILE:
        return "too many open files: raise ulimit -n";
    case EFBIG:
        return "the file size limit is reached: raise ulimit -f";
    case ENAMETOOLONG:
        return "use a shorter path";
    case EEXIST:
        return "remove it or choose another name";
    default:
        return "check the disk and the path";
    }
}

hb_status_t hb_os_io_fail(hb_err_t *err, const char *what, const char *path, int error_number)
{
    char text[128];
    const char *reason = strerror_r(error_number, text, sizeof text);
    /* The end of a long path tells more than its beginning, and the reason must stay readable. */
    size_t n = strlen(path);
    const char *shown = n > 180 ? path + n - 180 : path;
    return hb_err_set(err, HB_E_IO, path, hint_for(error_number), "%s %s%s: %s", what,
                      shown == path ? "" : "...", shown, reason);
}

/* Opens for reading; anything but a regular file is refused before a byte is read. */
static hb_status_t open_regular(const char *path, int *fd, struct stat *info, hb_err_t *err)
{
    int opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (opened < 0) return hb_os_io_fail(err, "cannot open", path, errno);
    if (fstat(opened, info) != 0) {
        int error_number = errno;
        (void)close(opened);
        return hb_os_io_fail(err, "cannot inspect", path, error_number);
    }
    if (!S_ISREG(info->st_mode)) {
        (void)close(opened);
        bool folder = S_ISDIR(info->st_mode);
        return hb_err_set(err, HB_E_IO, path, "give a regular file", "%s is %s", path,
                          folder ? "a folder" : "not a regular file");
    }
    *fd = opened;
    return HB_OK;
}

hb_status_t hb_os_map(const char *path, hb_map_t *out, hb_err_t *err)
{
    int fd;
    struct stat info;
    HB_TRY(open_regular(path, &fd, &info, err));
    hb_map_t map = {.size_bytes = (size_t)info.st_size};
    if (map.size_bytes > 0) {
        void *data = mmap(NULL, map.size_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED) {
            int error_number = errno;
            (void)close(fd);
            return hb_os_io_fail(err, "cannot map", path, error_number);
        }
        map.data = data;
        map.mapped = true;
    }
    (void)close(fd);
    *out = map;
    return HB_OK;
}

void hb_os_unmap(hb_map_t *map)
{
    if (!map) return;
    if (map->mapped) {
        void *data;
        memcpy(&data, &map->data, sizeof data);
        (void)munmap(data, map->size_bytes);
    }
    *map = (hb_map_t){0};
}

/* One read of at most n bytes; -1 with errno set on failure. */
static ssize_t read_some(int fd, char *to, size_t n)
{
    ssize_t got;
    do {
        got = read(fd, to, n);
    } while (got < 0 && errno == EINTR);
    return got;
}

hb_status_t hb_os_read(const char *path, size_t max_bytes, char **data, size_t *size_bytes,
                       hb_err_t *err)
{
    hb_status_t status = HB_OK;
    int fd;
    struct stat info;
    HB_TRY(open_regular(path, &fd, &info, err));
    /* The size is only a first guess: files in /proc say 0, and a file may grow while it is
     * read. */
    size_t len = 0;
    size_t cap = HB_MIN((size_t)info.st_size, HB_MIN(max_bytes, (size_t)1 << 40)) + 2;
    char *text = hb_alloc(cap, 1);
    for (;;) {
        ssize_t got = read_some(fd, text + len, cap - len - 1);
        if (got < 0) {
            status = hb_os_io_fail(err, "cannot read", path, errno);
            goto out;
        }
        len += (size_t)got;
        if (len > max_bytes) {
            status = hb_err_set(err, HB_E_DATA, path, "use a smaller file",
                                "%s is larger than the limit of %zu bytes", path, max_bytes);
            goto out;
        }
        if (got == 0) break;
        if (cap - len < 2) {
            text = hb_grow(text, len, cap * 2, 1);
            cap *= 2;
        }
    }
    text[len] = '\0';
    *data = text;
    *size_bytes = len;
    text = NULL;
out:
    hb_free(text);
    (void)close(fd);
    return status;
}

hb_status_t hb_os_temp_open(const char *path, char *temp, size_t cap, int *fd, hb_err_t *err)
{
    static _Atomic unsigned counter;
    struct stat info;
    /* A rename would replace a device or a folder by a file; that is never what was meant. */
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        return hb_err_set(err, HB_E_IO, path, "give the name of a regular or new file",
                          "cannot write %s: it is %s", path,
                          S_ISDIR(info.st_mode) ? "a folder" : "not a regular file");
    }
    for (int attempt = 0; attempt < 100; attempt++) {
        int n = snprintf(temp, cap, "%s.tmp.%ld.%u", path, (long)getpid(),
                         atomic_fetch_add(&counter, 1));
        if (n < 0 || (size_t)n >= cap)
            return hb_os_io_fail(err, "cannot write", path, ENAMETOOLONG);
        *fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (*fd >= 0) return HB_OK;
        /* A leftover of a crashed process with our number: take the next name. */
        if (errno != EEXIST) break;
    }
    return hb_os_io_fail(err, "cannot create a file beside", path, errno);
}

hb_status_t hb_os_parent_sync(const char *path, hb_err_t *err)
{
    char folder[4200];
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 1;
    if (n >= sizeof folder)
        return hb_os_io_fail(err, "cannot sync the folder of", path, ENAMETOOLONG);
    memcpy(folder, slash ? path : ".", n);
    if (n == 0) folder[n++] = '/';
    folder[n] = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return hb_os_io_fail(err, "cannot sync the folder", folder, errno);
    int error_number = fsync(fd) != 0 ? errno : 0;
    (void)close(fd);
    /* Some file systems cannot sync folders and say so by EINVAL; there is nothing better to do. */
    if (error_number != 0 && error_number != EINVAL) {
        return hb_os_io_fail(err, "cannot sync the folder", folder, error_number);
    }
    return HB_OK;
}

hb_status_t hb_os_temp_publish(const char *temp, const char *path, hb_err_t *err)
{
    if (rename(temp, path) != 0) {
        int error_number = errno;
        (void)unlink(temp);
        return hb_os_io_fail(err, "cannot publish", path, error_number);
    }
    return hb_os_parent_sync(path, err);
}

/* All bytes or an errno value. */
static int write_all(int fd, const uint8_t *data, size_t size_bytes)
{
    while (size_bytes > 0) {
        ssize_t put = write(fd, data, size_bytes);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return errno;
        data += put;
        size_bytes -= (size_t)put;
    }
    return 0;
}

hb_status_t hb_os_write_atomic(const char *path, const void *data, size_t size_bytes, hb_err_t *err)
{
    char temp[4200];
    int fd;
    HB_TRY(hb_os_temp_open(path, temp, sizeof temp, &fd, err));
    int error_number = write_all(fd, data, size_bytes);
    if (error_number == 0 && fsync(fd) != 0) error_number = errno;
    if (close(fd) != 0 && error_number == 0) error_number = errno;
    if (error_number != 0) {
        (void)unlink(temp);
        return hb_os_io_fail(err, "cannot write", path, error_number);
    }
    return hb_os_temp_publish(temp, path, err);
}
