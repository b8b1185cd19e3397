/* What the files of this module share; no other module sees it. */
#ifndef HB_OS_FILE_INT_H
#define HB_OS_FILE_INT_H

#include <stddef.h>

#include "base_status.h"

/* HB_E_IO for `what` ("cannot open ...") with path, the text of error_number and a hint. */
hb_status_t hb_os_io_fail(hb_err_t *err, const char *what, const char *path, int error_number);
/* Opens a new file named <path>.tmp.<pid>.<n> for writing; gives: its descriptor and name. */
hb_status_t hb_os_temp_open(const char *path, char *temp, size_t cap, int *fd, hb_err_t *err);
/* Renames a synced temporary over path and syncs the folder; removes the temporary on failure. */
hb_status_t hb_os_temp_publish(const char *temp, const char *path, hb_err_t *err);
/* Makes a rename in the folder of path durable. */
hb_status_t hb_os_parent_sync(const char *path, hb_err_t *err);

#endif
