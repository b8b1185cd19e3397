/* What this process runs on: for metadata and the doctor. */
#ifndef HB_OS_INFO_H
#define HB_OS_INFO_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    char host[128];
    char os[128];  /* e.g. "Debian GNU/Linux 12 (bookworm)" */
    char cpu[128]; /* model name */
    uint32_t cpu_count;
    uint64_t memory_bytes;
} hb_os_info_t;

void hb_os_info(hb_os_info_t *out);
const char *hb_os_libc_version(void);    /* e.g. "2.36" */
const char *hb_os_env(const char *name); /* getenv; NULL when unset */
bool hb_os_is_terminal(int fd);
uint64_t hb_os_memory_peak_bytes(void);
uint64_t hb_os_free_disk_bytes(const char *path); /* 0 when unknown */

#endif
