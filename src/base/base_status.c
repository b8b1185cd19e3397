/* Status texts, exit codes and error records. Invariant: an error record that already holds an
 * error is never rewritten, so what the user reads is the first cause and not its last
 * consequence. */
#include "base_status.h"

#include <stdio.h>
#include <string.h>

#include "base_assert.h"

const char *hb_status_text(hb_status_t status)
{
    static const char *const texts[] = {
#define HB_STATUS_TEXT(name, exit_code, text) text,
        HB_STATUS_TABLE(HB_STATUS_TEXT)
#undef HB_STATUS_TEXT
    };
    return (unsigned)status < HB_COUNT(texts) ? texts[status] : "unknown";
}

int hb_status_exit_code(hb_status_t status)
{
    static const int codes[] = {
#define HB_STATUS_CODE(name, exit_code, text) exit_code,
        HB_STATUS_TABLE(HB_STATUS_CODE)
#undef HB_STATUS_CODE
    };
    return (unsigned)status < HB_COUNT(codes) ? codes[status] : 70;
}

/* Each field is one line for logs and JSON, also when it quotes a broken file. */
static void flatten(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) *text = ' ';
    }
}

static void copy_field(char *out, size_t cap, const char *text)
{
    size_t n = 0;
    if (text) {
        n = strnlen(text, cap - 1);
        memcpy(out, text, n);
    }
    out[n] = '\0';
    flatten(out);
}

hb_status_t hb_err_set(hb_err_t *err, hb_status_t status, const char *where, const char *hint,
                       const char *fmt, ...)
{
    if (!err || err->status != HB_OK) return status;
    err->status = status;
    va_list args;
    va_start(args, fmt);
    int written = vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    if (written < 0) copy_field(err->message, sizeof err->message, fmt);
    flatten(err->message);
    copy_field(err->where, sizeof err->where, where);
    copy_field(err->hint, sizeof err->hint, hint);
    return status;
}
