/* The frame of the command line: verbs in one table, options, configuration, output, progress.
 *
 * A verb fills app->result (the JSON object of --json) and says for people what it did by app_say.
 * Exactly one JSON object goes to standard output with --json; progress and logs go to standard
 * error.
 */
#ifndef HB_APP_H
#define HB_APP_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base_status.h"
#include "conf.h"

typedef struct {
    const char *name; /* without -- */
    const char *arg;  /* what it takes, e.g. "FILE"; NULL for a switch */
    const char *help;
} app_opt_t;

#define APP_VALUES_MAX 64u

typedef struct {
    const app_opt_t *opt;
    const char *value; /* "" for a switch */
} app_value_t;

typedef struct app app_t;

typedef struct {
    const char *name;      /* "train", "near build" */
    const char *summary;   /* one line */
    const char *usage;     /* positional arguments, "" when none */
    const char *example;   /* one command that works */
    const app_opt_t *opts; /* ended by a NULL name */
    hb_status_t (*run)(app_t *app, hb_err_t *err);
} app_verb_t;

extern const app_verb_t *const app_verbs[];
extern const uint32_t app_verb_count;

struct app {
    const app_verb_t *verb;
    hb_conf_t *conf;
    json_t *result;
    app_value_t values[APP_VALUES_MAX];
    uint32_t value_count;
    const char *args[16]; /* positional */
    uint32_t arg_count;
    bool json, quiet, progress, dry_run, color;
    uint32_t threads;
    bool seed_given;
    uint64_t seed;
    int64_t started_mono_at_ns;
};

/* Value of an option: NULL when not given; the idx-th one for repeated options. */
const char *app_opt(const app_t *app, const char *name);
const char *app_opt_at(const app_t *app, const char *name, uint32_t idx);
uint32_t app_opt_count(const app_t *app, const char *name);
bool app_flag(const app_t *app, const char *name);
/* A required option. error: HB_E_USAGE with the verb's example. */
HB_CHECKED hb_status_t app_need(const app_t *app, const char *name, const char **out,
                                hb_err_t *err);
HB_CHECKED hb_status_t app_opt_int(const app_t *app, const char *name, int64_t lo, int64_t hi,
                                   int64_t fallback, int64_t *out, hb_err_t *err);
HB_CHECKED hb_status_t app_opt_real(const app_t *app, const char *name, double lo, double hi,
                                    double fallback, double *out, hb_err_t *err);

/* A line for people on standard output; silent with --json or --quiet. */
void app_say(const app_t *app, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Puts a value into the result; keeps a reference of its own. */
void app_set(app_t *app, const char *key, json_t *value);
double app_seconds(const app_t *app); /* since the program started */

/* Progress on standard error: rate and remaining time; nothing when not wanted. Thread-safe. */
typedef struct {
    const app_t *app;
    const char *what;
    int64_t began_mono_at_ns;
    _Atomic int64_t shown_mono_at_ns;
} app_progress_t;
app_progress_t app_progress_begin(const app_t *app, const char *what);
void app_progress_show(app_progress_t *progress, uint64_t done, uint64_t total);
void app_progress_end(app_progress_t *progress);

#endif
