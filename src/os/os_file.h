/* Files: the only module that opens, maps, syncs and renames.
 *
 * Nothing half written ever stands under its final name: files and folders are made under a
 * temporary name beside the target, synced, renamed, and the parent folder is synced.
 */
#ifndef HB_OS_FILE_H
#define HB_OS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base_status.h"

typedef struct {
    const uint8_t *data; /* NULL when size is 0 */
    size_t size_bytes;
    bool mapped;
} hb_map_t;

/* Maps a regular file read-only. error: HB_E_IO (missing, a folder, not regular, unreadable). */
HB_CHECKED hb_status_t hb_os_map(const char *path, hb_map_t *out, hb_err_t *err);
void hb_os_unmap(hb_map_t *map); /* zeroed and NULL allowed */

/* Whole file into heap memory (hb_free), NUL-terminated beyond size. error: HB_E_IO as map;
 * HB_E_DATA when longer than max_bytes. */
HB_CHECKED hb_status_t hb_os_read(const char *path, size_t max_bytes, char **data,
                                  size_t *size_bytes, hb_err_t *err);

/* Atomic publish of one file: temp name, write, fsync, rename, fsync of the folder. A folder,
 * device or pipe under the final name is refused: the rename would replace it. */
HB_CHECKED hb_status_t hb_os_write_atomic(const char *path, const void *data, size_t size_bytes,
                                          hb_err_t *err);

/* A stream to a temporary sibling of path; commit publishes it, abort removes it. */
typedef struct {
    FILE *file;
    char path[4096];
    char temp[4128];
} hb_os_out_t;
HB_CHECKED hb_status_t hb_os_out_open(hb_os_out_t *out, const char *path, hb_err_t *err);
HB_CHECKED hb_status_t hb_os_out_commit(hb_os_out_t *out, hb_err_t *err); /* checks ferror too */
void hb_os_out_abort(hb_os_out_t *out); /* no-op after commit and on zeroed */

/* Folders. make: with parents. publish: fsync of every file, then rename of temp over a final
 * name that must not exist yet (HB_E_IO when it does). remove: recursive, for temporaries that
 * we made. */
HB_CHECKED hb_status_t hb_os_dir_make(const char *path, hb_err_t *err);
HB_CHECKED hb_status_t hb_os_dir_publish(const char *temp, const char *path, hb_err_t *err);
void hb_os_dir_remove(const char *path);
bool hb_os_exists(const char *path);
bool hb_os_is_dir(const char *path);
/* Names (not paths) in a folder, sorted, without . and ..; recursive gives relative file paths,
 * through links to folders too (a loop of links is HB_E_IO).
 * gives: each name and the array by hb_free. */
HB_CHECKED hb_status_t hb_os_dir_list(const char *path, bool recursive, char ***names,
                                      size_t *count, hb_err_t *err);
void hb_os_names_free(char **names, size_t count);

/* "dir/name" into out; HB_E_IO when too long. */
HB_CHECKED hb_status_t hb_os_join(char *out, size_t cap, const char *dir, const char *name,
                                  hb_err_t *err);

#endif
