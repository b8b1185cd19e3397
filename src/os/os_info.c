/* What this process runs on. Invariant: every field is NUL-terminated text; what the system does
 * not tell stands as "unknown", because metadata must never be the reason that a run fails. */
#include "os_info.h"

#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "os_thread.h"

/* Text after `key` and `separator` on the first line that starts with key, without quotes. */
static void read_field(const char *path, const char *key, char separator, char *out, size_t cap)
{
    (void)snprintf(out, cap, "unknown");
    FILE *file = fopen(path, "re");
    if (!file) return;
    char line[512];
    while (fgets(line, sizeof line, file)) {
        const char *value = strchr(line, separator);
        if (!value || strncmp(line, key, strlen(key)) != 0) continue;
        value++;
        value += strspn(value, " \t\"");
        int n = (int)strcspn(value, "\"\n");
        (void)snprintf(out, cap, "%.*s", n, value);
        break;
    }
    (void)fclose(file);
}

void hb_os_info(hb_os_info_t *out)
{
    memset(out, 0, sizeof *out);
    if (gethostname(out->host, sizeof out->host - 1) != 0) {
        (void)snprintf(out->host, sizeof out->host, "unknown");
    }
    read_field("/etc/os-release", "PRETTY_NAME", '=', out->os, sizeof out->os);
    read_field("/proc/cpuinfo", "model name", ':', out->cpu, sizeof out->cpu);
    out->cpu_count = hb_os_cpu_count();
    long pages = sysconf(_SC_PHYS_PAGES);
    long page_bytes = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page_bytes > 0) out->memory_bytes = (uint64_t)pages * (uint64_t)page_bytes;
}

const char *hb_os_env(const char *name)
{
    return getenv(name);
}

bool hb_os_is_terminal(int fd)
{
    return isatty(fd) == 1;
}

uint64_t hb_os_memory_peak_bytes(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
    return (uint64_t)usage.ru_maxrss * 1024u;
}

uint64_t hb_os_free_disk_bytes(const char *path)
{
    struct statvfs info;
    if (statvfs(path, &info) != 0) return 0;
    return (uint64_t)info.f_bavail * info.f_frsize;
}

const char *hb_os_libc_version(void)
{
    return gnu_get_libc_version();
}
