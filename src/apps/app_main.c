/* hyperbar: research and operations. Finds the verb, reads options and configuration, runs it, and
 * tells the outcome in one line or one JSON object. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "base_text.h"
#include "hb_build.h"
#include "num_cpu.h"
#include "os_clock.h"
#include "os_file.h"
#include "os_info.h"
#include "os_thread.h"

static const app_opt_t common_opts[] = {
    {"config", "DIR", "folder of data.yaml, model.yaml, risk.yaml (default config/ when present)"},
    {"set", "KEY=VALUE", "override one key, e.g. catboost.depth=6; repeatable"},
    {"json", NULL, "print one JSON object on standard output"},
    {"seed", "N", "seed of everything random (default: seeds.* of the configuration)"},
    {"threads", "N", "threads; the result never depends on it (default: all cores)"},
    {"quiet", NULL, "print nothing but errors"},
    {"progress", NULL, "show progress also when standard error is no terminal"},
    {"dry-run", NULL, "check everything, write nothing"},
    {"help", NULL, "this text"},
    {NULL, NULL, NULL},
};

static void print_opts(FILE *out, const app_opt_t *opts)
{
    for (; opts && opts->name; opts++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", opts->name, opts->arg ? " " : "",
                 opts->arg ? opts->arg : "");
        fprintf(out, "  %-26s %s\n", left, opts->help);
    }
}

static void print_verb_help(FILE *out, const app_verb_t *verb)
{
    fprintf(out, "hyperbar %s: %s\n\nusage: hyperbar %s [options] %s\n\n", verb->name,
            verb->summary, verb->name, verb->usage);
    print_opts(out, verb->opts);
    fputs("\nfor every verb:\n", out);
    print_opts(out, common_opts);
    fprintf(out, "\nexample:\n  %s\n", verb->example);
}

static void print_help(FILE *out)
{
    fputs("hyperbar learns from futures bars, finds the past states most like the present one, and "
          "lets a\n"
          "decision through only by a risk gate.\n\nverbs:\n",
          out);
    for (uint32_t i = 0; i < app_verb_count; i++) {
        fprintf(out, "  %-14s %s\n", app_verbs[i]->name, app_verbs[i]->summary);
    }
    fputs("\nstart with:  hyperbar demo\nhelp:        hyperbar VERB --help\n", out);
    fputs(
        "exit codes:  0 done, 1 a gate or check says no, 2 usage or configuration, 3 input data,\n"
        "             4 artifact, 5 venue or network, 6 busy, 70 internal\n",
        out);
}

/* The verb named by argv[1] or by argv[1] and argv[2]; *used = how many words it took. */
static const app_verb_t *find_verb(int argc, char **argv, int *used)
{
    for (uint32_t i = 0; i < app_verb_count; i++) {
        const char *name = app_verbs[i]->name;
        const char *space = strchr(name, ' ');
        if (!space && strcmp(name, argv[1]) == 0) {
            *used = 1;
            return app_verbs[i];
        }
        if (space && argc > 2 && strlen(argv[1]) == (size_t)(space - name) &&
            strncmp(name, argv[1], (size_t)(space - name)) == 0 &&
            strcmp(space + 1, argv[2]) == 0) {
            *used = 2;
            return app_verbs[i];
        }
    }
    return NULL;
}

static const app_opt_t *find_opt(const app_verb_t *verb, const char *name, size_t n)
{
    const app_opt_t *const lists[] = {verb->opts, common_opts};
    for (size_t l = 0; l < 2; l++) {
        for (const app_opt_t *opt = lists[l]; opt && opt->name; opt++) {
            if (strlen(opt->name) == n && memcmp(opt->name, name, n) == 0) return opt;
        }
    }
    return NULL;
}

static hb_status_t unknown_option(const app_verb_t *verb, const char *word, hb_err_t *err)
{
    const char *names[64];
    size_t count = 0;
    const app_opt_t *const lists[] = {verb->opts, common_opts};
    for (size_t l = 0; l < 2; l++) {
        for (const app_opt_t *o = lists[l]; o && o->name && count < 64; o++)
            names[count++] = o->name;
    }
    char hint[160];
    const char *near = hb_text_did_you_mean(word + 2, names, count);
    snprintf(hint, sizeof hint, near ? "did you mean --%s?" : "hyperbar %s --help",
             near ? near : verb->name);
    return hb_err_set(err, HB_E_USAGE, verb->name, hint, "unknown option %.80s", word);
}

static hb_status_t parse_option(app_t *app, int argc, char **argv, int *at, hb_err_t *err)
{
    const char *word = argv[*at] + 2;
    const char *equals = strchr(word, '=');
    const size_t n = equals ? (size_t)(equals - word) : strlen(word);
    const app_opt_t *opt = find_opt(app->verb, word, n);
    if (!opt) return unknown_option(app->verb, argv[*at], err);
    if (app->value_count == APP_VALUES_MAX) {
        return hb_err_set(err, HB_E_USAGE, app->verb->name, NULL, "too many options");
    }
    const char *value = "";
    if (!opt->arg && equals) {
        return hb_err_set(err, HB_E_USAGE, app->verb->name, NULL, "--%s takes no value", opt->name);
    }
    if (opt->arg) {
        if (!equals && *at + 1 >= argc) {
            return hb_err_set(err, HB_E_USAGE, app->verb->name, app->verb->example, "--%s needs %s",
                              opt->name, opt->arg);
        }
        value = equals ? equals + 1 : argv[++*at];
    }
    app->values[app->value_count++] = (app_value_t){opt, value};
    /* --source A B C: the words that follow are more of the same. */
    while (opt->arg && strcmp(opt->arg, "FILE...") == 0 && *at + 1 < argc &&
           argv[*at + 1][0] != '-' && app->value_count < APP_VALUES_MAX) {
        app->values[app->value_count++] = (app_value_t){opt, argv[++*at]};
    }
    return HB_OK;
}

static hb_status_t parse_words(app_t *app, int argc, char **argv, int at, hb_err_t *err)
{
    /* A program that asks for JSON gets its error as JSON, wherever the mistake stands. */
    for (int i = at; i < argc; i++) app->json = app->json || strcmp(argv[i], "--json") == 0;
    for (int i = at; i < argc; i++) {
        json_t *text = json_string(argv[i]);
        if (!text) {
            return hb_err_set(err, HB_E_USAGE, app->verb->name, "name files in UTF-8",
                              "argument %d is not valid UTF-8", i);
        }
        json_decref(text);
    }
    for (; at < argc; at++) {
        if (strncmp(argv[at], "--", 2) == 0 && argv[at][2]) {
            HB_TRY(parse_option(app, argc, argv, &at, err));
        } else if (app->arg_count < 16) {
            app->args[app->arg_count++] = argv[at];
        }
    }
    if (app->arg_count > 0 && app->verb->usage[0] == 0) {
        return hb_err_set(err, HB_E_USAGE, app->verb->name, app->verb->example,
                          "unexpected argument '%.80s'", app->args[0]);
    }
    return HB_OK;
}

static hb_status_t read_conf(app_t *app, hb_err_t *err)
{
    HB_TRY(hb_conf_open(&app->conf, err));
    const char *dir = app_opt(app, "config");
    if (dir) {
        HB_TRY(hb_conf_load_dir(app->conf, dir, true, err));
    } else if (hb_os_is_dir("config")) {
        HB_TRY(hb_conf_load_dir(app->conf, "config", false, err));
    }
    HB_TRY(hb_conf_load_env(app->conf, err));
    for (uint32_t i = 0; i < app_opt_count(app, "set"); i++) {
        HB_TRY(hb_conf_set(app->conf, app_opt_at(app, "set", i), err));
    }
    return HB_OK;
}

/* --seed reaches every seed of the configuration, so that it stands in the artifact's copy. */
static hb_status_t apply_seed(app_t *app, hb_err_t *err)
{
    if (!app_opt(app, "seed")) return HB_OK;
    int64_t seed = 0;
    HB_TRY(app_opt_int(app, "seed", 0, INT64_MAX, 42, &seed, err));
    app->seed_given = true;
    app->seed = (uint64_t)seed;
    static const char *const keys[] = {"model.seeds.global", "model.seeds.cv",
                                       "model.seeds.catboost", "model.catboost.random_seed"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char assignment[128];
        snprintf(assignment, sizeof assignment, "%s=%lld", keys[i], (long long)seed);
        HB_TRY(hb_conf_set(app->conf, assignment, err));
    }
    return HB_OK;
}

static hb_status_t prepare(app_t *app, int argc, char **argv, int at, hb_err_t *err)
{
    const hb_status_t status = parse_words(app, argc, argv, at, err);
    app->quiet = app_flag(app, "quiet");
    app->dry_run = app_flag(app, "dry-run");
    app->progress = app_flag(app, "progress") || (hb_os_is_terminal(STDERR_FILENO) && !app->quiet);
    app->color = hb_os_is_terminal(STDOUT_FILENO) && !hb_os_env("NO_COLOR");
    HB_TRY(status);
    int64_t threads = 0;
    HB_TRY(app_opt_int(app, "threads", 1, 1024, hb_os_cpu_count(), &threads, err));
    app->threads = (uint32_t)threads;
    HB_TRY(hb_num_init(hb_os_env("HYPERBAR_CPU"), err));
    HB_TRY(read_conf(app, err));
    return apply_seed(app, err);
}

static void print_error(const app_t *app, const hb_err_t *err)
{
    fprintf(stderr, "hyperbar: %s%s%s%s%s\n", err->where, err->where[0] ? ": " : "", err->message,
            err->hint[0] ? "; " : "", err->hint);
    if (!app->json) return;
    json_t *out = json_pack("{s:{s:s,s:s,s:s,s:s}}", "error", "status", hb_status_text(err->status),
                            "message", err->message, "where", err->where, "hint", err->hint);
    if (!out) { /* text that is not UTF-8 */
        out = json_pack("{s:{s:s,s:s}}", "error", "status", hb_status_text(err->status), "message",
                        "the message on standard error is not UTF-8");
    }
    json_dumpf(out, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(out);
}

static int finish(app_t *app, hb_status_t status, const hb_err_t *err)
{
    /* A refusal (a gate that says no) still has its result to show. */
    const bool has_result = json_object_size(app->result) > 0;
    if (app->json && (status == HB_OK || (status == HB_E_REFUSED && has_result))) {
        json_dumpf(app->result, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
        putchar('\n');
    } else if (status != HB_OK && err->message[0]) {
        print_error(app, err);
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("hyperbar: standard output cannot be written\n", stderr);
        return hb_status_exit_code(HB_E_IO);
    }
    return hb_status_exit_code(status);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(argc < 2 ? stderr : stdout);
        return argc < 2 ? hb_status_exit_code(HB_E_USAGE) : 0;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        printf("hyperbar %s (%.12s%s)\n", HB_VERSION, HB_GIT_SHA, HB_GIT_DIRTY ? ", modified" : "");
        return 0;
    }
    app_t app = {0};
    const hb_clock_t clock = hb_os_clock_real();
    app.started_mono_at_ns = clock.mono_ns(clock.ctx);
    int used = 0;
    app.verb = find_verb(argc, argv, &used);
    if (!app.verb) {
        const char *names[64];
        for (uint32_t i = 0; i < app_verb_count && i < 64; i++) names[i] = app_verbs[i]->name;
        const char *near = hb_text_did_you_mean(argv[1], names, app_verb_count);
        fprintf(stderr, "hyperbar: unknown verb '%.80s'; %s%s\n", argv[1],
                near ? "did you mean: hyperbar " : "see: hyperbar --help", near ? near : "");
        return hb_status_exit_code(HB_E_USAGE);
    }
    for (int i = 1 + used; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_verb_help(stdout, app.verb);
            return 0;
        }
    }
    app.result = json_object();
    hb_err_t err = {0};
    hb_status_t status = prepare(&app, argc, argv, 1 + used, &err);
    if (status == HB_OK) status = app.verb->run(&app, &err);
    const int code = finish(&app, status, &err);
    hb_conf_close(app.conf);
    json_decref(app.result);
    return code;
}
