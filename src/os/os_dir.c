/* Folders: make, list, publish, remove. Invariant of publish: every file and folder below the
 * temporary is on disk before the final name appears, and an existing final name is never
 * touched. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_assert.h"
#include "base_mem.h"
#include "os_file.h"
#include "os_file_int.h"

#define PATH_BYTES 4096
/* A loop of symbolic links ends here, with an error. */
#define DEPTH_MAX 32

typedef struct {
    char **names;
    size_t count, cap;
    bool recursive;
} hb_listing_t;

bool hb_os_exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

bool hb_os_is_dir(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

hb_status_t hb_os_join(char *out, size_t cap, const char *dir, const char *name, hb_err_t *err)
{
    size_t dir_len = strlen(dir);
    size_t name_len = strlen(name);
    bool slash = dir_len > 0 && dir[dir_len - 1] != '/';
    if (dir_len >= cap || name_len >= cap - dir_len || name_len + slash >= cap - dir_len) {
        return hb_os_io_fail(err, "cannot use", name, ENAMETOOLONG);
    }
    memmove(out, dir, dir_len);
    if (slash) out[dir_len] = '/';
    memcpy(out + dir_len + slash, name, name_len + 1);
    return HB_OK;
}

hb_status_t hb_os_dir_make(const char *path, hb_err_t *err)
{
    char part[PATH_BYTES];
    size_t n = strlen(path);
    if (n == 0) return hb_os_io_fail(err, "cannot make a folder with an empty name", path, ENOENT);
    if (n >= sizeof part) return hb_os_io_fail(err, "cannot make the folder", path, ENAMETOOLONG);
    memcpy(part, path, n + 1);
    for (size_t i = 1; i <= n; i++) {
        if (part[i] != '/' && part[i] != '\0') continue;
        part[i] = '\0';
        int error_number = mkdir(part, 0777) != 0 ? errno : 0;
        if (error_number != 0 && !hb_os_is_dir(part)) {
            return hb_os_io_fail(err, "cannot make the folder", part, error_number);
        }
        if (i < n) part[i] = '/';
    }
    return HB_OK;
}

static void listing_add(hb_listing_t *listing, const char *name)
{
    if (listing->count == listing->cap) {
        size_t cap = HB_MAX((size_t)16, listing->cap * 2);
        listing->names = hb_grow(listing->names, listing->count, cap, sizeof *listing->names);
        listing->cap = cap;
    }
    listing->names[listing->count++] = hb_strdup(name);
}

static hb_status_t list_into(hb_listing_t *listing, const char *path, const char *relative,
                             int depth, hb_err_t *err);

/* One entry: a folder is entered in a recursive listing, everything else is listed. */
static hb_status_t list_entry(hb_listing_t *listing, const char *path, const char *relative,
                              const char *name, int depth, hb_err_t *err)
{
    char full[PATH_BYTES], below[PATH_BYTES];
    HB_TRY(hb_os_join(full, sizeof full, path, name, err));
    HB_TRY(hb_os_join(below, sizeof below, relative, name, err));
    if (listing->recursive && hb_os_is_dir(full)) {
        return list_into(listing, full, below, depth + 1, err);
    }
    listing_add(listing, below);
    return HB_OK;
}

static hb_status_t list_into(hb_listing_t *listing, const char *path, const char *relative,
                             int depth, hb_err_t *err)
{
    hb_status_t status = HB_OK;
    if (depth > DEPTH_MAX) return hb_os_io_fail(err, "too many folders inside", path, ELOOP);
    DIR *folder = opendir(path);
    if (!folder) return hb_os_io_fail(err, "cannot list the folder", path, errno);
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry) break;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        HB_TRY_OUT(list_entry(listing, path, relative, entry->d_name, depth, err));
    }
    if (errno != 0) status = hb_os_io_fail(err, "cannot list the folder", path, errno);
out:
    (void)closedir(folder);
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

hb_status_t hb_os_dir_list(const char *path, bool recursive, char ***names, size_t *count,
                           hb_err_t *err)
{
    hb_listing_t listing = {.recursive = recursive};
    hb_status_t status = list_into(&listing, path, "", 0, err);
    if (status != HB_OK) {
        hb_os_names_free(listing.names, listing.count);
        return status;
    }
    if (listing.count > 1) qsort(listing.names, listing.count, sizeof *listing.names, by_name);
    *names = listing.names;
    *count = listing.count;
    return HB_OK;
}

void hb_os_names_free(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++) hb_free(names[i]);
    hb_free(names);
}

/* nftw has no context: the first errno of a walk travels back as its result. */
static int sync_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)type;
    (void)ftw;
    if (!S_ISREG(info->st_mode) && !S_ISDIR(info->st_mode)) return 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    int error_number = fsync(fd) != 0 ? errno : 0;
    (void)close(fd);
    return error_number == EINVAL ? 0 : error_number;
}

static int rename_new(const char *temp, const char *path)
{
    if (renameat2(AT_FDCWD, temp, AT_FDCWD, path, RENAME_NOREPLACE) == 0) return 0;
    if (errno != ENOSYS && errno != EINVAL) return errno;
    /* Old kernels and some network file systems: a look and a plain rename. What is
     * left is a small race, in which only an empty folder could be replaced. */
    if (hb_os_exists(path)) return EEXIST;
    return rename(temp, path) == 0 ? 0 : errno;
}

hb_status_t hb_os_dir_publish(const char *temp, const char *path, hb_err_t *err)
{
    if (!hb_os_is_dir(temp)) return hb_os_io_fail(err, "cannot publish the folder", temp, ENOENT);
    int error_number = nftw(temp, sync_one, 16, FTW_DEPTH | FTW_PHYS);
    if (error_number != 0) {
        return hb_os_io_fail(err, "cannot sync the folder", temp,
                             error_number < 0 ? errno : error_number);
    }
    error_number = rename_new(temp, path);
    if (error_number != 0) return hb_os_io_fail(err, "cannot publish", path, error_number);
    return hb_os_parent_sync(path, err);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info;
    (void)type;
    (void)ftw;
    (void)remove(path);
    return 0;
}

void hb_os_dir_remove(const char *path)
{
    if (path[strspn(path, "/.")] == '\0') return;
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
