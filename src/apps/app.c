/* Parsing of the command line, help, output and errors. One table of verbs drives all of it. */
#include "app.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base_assert.h"
#include "base_text.h"
#include "os_clock.h"
#include "os_info.h"

const char *app_opt_at(const app_t *app, const char *name, uint32_t idx)
{
    for (uint32_t i = 0; i < app->value_count; i++) {
        if (strcmp(app->values[i].opt->name, name) == 0 && idx-- == 0) return app->values[i].value;
    }
    return NULL;
}

const char *app_opt(const app_t *app, const char *name)
{
    const uint32_t count = app_opt_count(app, name);
    return count ? app_opt_at(app, name, count - 1) : NULL; /* the last one wins */
}

uint32_t app_opt_count(const app_t *app, const char *name)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < app->value_count; i++) {
        count += strcmp(app->values[i].opt->name, name) == 0;
    }
    return count;
}

bool app_flag(const app_t *app, const char *name)
{
    return app_opt_count(app, name) > 0;
}

hb_status_t app_need(const app_t *app, const char *name, const char **out, hb_err_t *err)
{
    const char *value = app_opt(app, name);
    if (!value) {
        return hb_err_set(err, HB_E_USAGE, app->verb->name, app->verb->example, "--%s is missing",
                          name);
    }
    *out = value;
    return HB_OK;
}

hb_status_t app_opt_real(const app_t *app, const char *name, double lo, double hi, double fallback,
                         double *out, hb_err_t *err)
{
    const char *text = app_opt(app, name);
    double value = fallback;
    if (text && (!hb_parse_double(text, strlen(text), &value) || value < lo || value > hi)) {
        return hb_err_set(err, HB_E_USAGE, app->verb->name, app->verb->example,
                          "--%s must be a number in [%g, %g], not '%.60s'", name, lo, hi, text);
    }
    *out = value;
    return HB_OK;
}

hb_status_t app_opt_int(const app_t *app, const char *name, int64_t lo, int64_t hi,
                        int64_t fallback, int64_t *out, hb_err_t *err)
{
    const char *text = app_opt(app, name);
    int64_t value = fallback;
    if (text && (!hb_parse_i64(text, strlen(text), &value) || value < lo || value > hi)) {
        return hb_err_set(err, HB_E_USAGE, app->verb->name, app->verb->example,
                          "--%s must be a whole number in [%lld, %lld], not '%.60s'", name,
                          (long long)lo, (long long)hi, text);
    }
    *out = value;
    return HB_OK;
}

void app_say(const app_t *app, const char *fmt, ...)
{
    if (app->json || app->quiet) return;
    va_list args;
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    putchar('\n');
}

void app_set(app_t *app, const char *key, json_t *value)
{
    json_object_set_new(app->result, key, value);
}

static int64_t now_ns(void)
{
    const hb_clock_t clock = hb_os_clock_real();
    return clock.mono_ns(clock.ctx);
}

double app_seconds(const app_t *app)
{
    return (double)(now_ns() - app->started_mono_at_ns) * 1e-9;
}

app_progress_t app_progress_begin(const app_t *app, const char *what)
{
    return (app_progress_t){.app = app, .what = what, .began_mono_at_ns = now_ns()};
}

void app_progress_show(app_progress_t *progress, uint64_t done, uint64_t total)
{
    if (!progress->app->progress || done == 0 || total == 0) return;
    const int64_t now = now_ns();
    int64_t shown = atomic_load_explicit(&progress->shown_mono_at_ns, memory_order_relaxed);
    if (done < total && now - shown < 200000000) return;
    /* Whoever wins the exchange prints; the others' news is as good as old. */
    if (!atomic_compare_exchange_strong_explicit(&progress->shown_mono_at_ns, &shown, now,
                                                 memory_order_relaxed, memory_order_relaxed)) {
        return;
    }
    const double seconds = (double)(now - progress->began_mono_at_ns) * 1e-9;
    const double rate = (double)done / fmax(seconds, 1e-9);
    const char *lead = hb_os_is_terminal(STDERR_FILENO) ? "\r\033[K" : "";
    const char *tail = hb_os_is_terminal(STDERR_FILENO) ? "" : "\n";
    fprintf(stderr, "%s%s %llu/%llu  %.1f/s  %.0f s left%s", lead, progress->what,
            (unsigned long long)done, (unsigned long long)total, rate,
            (double)(total - done) / rate, tail);
}

void app_progress_end(app_progress_t *progress)
{
    if (progress->app->progress && progress->shown_mono_at_ns != 0 &&
        hb_os_is_terminal(STDERR_FILENO)) {
        fputs("\r\033[K", stderr);
    }
}
