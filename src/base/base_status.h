/* Status codes and error records: how every function that can fail says so.
 *
 * A cold or edge function returns hb_status_t and, when the caller hands in an hb_err_t, fills it
 * with what went wrong, where (file:line:column, key or path) and what to do. Outputs are
 * untouched on failure. The first error of a call chain wins: callers forward, they do not rewrite.
 */
#ifndef HB_BASE_STATUS_H
#define HB_BASE_STATUS_H

#include <stdarg.h>

#define HB_CHECKED __attribute__((warn_unused_result))

/* X(name, exit code of the programs, text in JSON). The order is stable: appended, never
 * changed. */
#define HB_STATUS_TABLE(X)                                                                         \
    X(HB_OK, 0, "ok")                                                                              \
    X(HB_E_REFUSED, 1, "refused")    /* a gate, check or comparison says no */                     \
    X(HB_E_USAGE, 2, "usage")        /* the command line */                                        \
    X(HB_E_CONFIG, 2, "config")      /* a configuration file or key */                             \
    X(HB_E_DATA, 3, "data")          /* input data refused */                                      \
    X(HB_E_ARTIFACT, 4, "artifact")  /* missing, altered, wrong schema or version */               \
    X(HB_E_VENUE, 5, "venue")        /* gateway or network */                                      \
    X(HB_E_BUSY, 6, "busy")          /* locked by another process */                               \
    X(HB_E_IO, 3, "io")              /* a file cannot be read or written */                        \
    X(HB_E_NUMERIC, 3, "numeric")    /* data on which a fit is undefined */                        \
    X(HB_E_INTERNAL, 70, "internal") /* our bug */

typedef enum {
#define HB_STATUS_ENUM(name, exit_code, text) name,
    HB_STATUS_TABLE(HB_STATUS_ENUM)
#undef HB_STATUS_ENUM
        HB_STATUS_COUNT
} hb_status_t;

typedef struct {
    hb_status_t status;
    char message[320]; /* what, one line, no trailing full stop */
    char where[256];   /* file:line:column, a key, or a path; may be empty */
    char hint[256];    /* what to do; may be empty */
} hb_err_t;

/* Text of a status as it stands in JSON; exit code of the programs for it. */
const char *hb_status_text(hb_status_t status);
int hb_status_exit_code(hb_status_t status);

/* Fills err (NULL allowed) unless it already holds an error, and returns status, so that `return
 * hb_err_set(err, HB_E_DATA, where, hint, "fmt", ...)` reads well. where, hint: NULL = none. */
hb_status_t hb_err_set(hb_err_t *err, hb_status_t status, const char *where, const char *hint,
                       const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Forwards a failure: returns from the enclosing function. */
#define HB_TRY(expr)                                                                               \
    do {                                                                                           \
        hb_status_t hb_try_status_ = (expr);                                                       \
        if (hb_try_status_ != HB_OK) return hb_try_status_;                                        \
    } while (0)

/* The same, through the function's `out:` label with a local `status`. */
#define HB_TRY_OUT(expr)                                                                           \
    do {                                                                                           \
        status = (expr);                                                                           \
        if (status != HB_OK) goto out;                                                             \
    } while (0)

#endif
