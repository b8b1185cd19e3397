/* hyperbar synth: seeded synthetic bars as CSV. */
#include <stdio.h>
#include <string.h>

#include "app_data.h"
#include "bars_synth.h"
#include "base_mem.h"
#include "os_file.h"
#include "verb_table.h"

static const app_opt_t opts[] = {
    {"bars", "N", "how many bars (default 20000)"},
    {"bar-size", "SIZE", "1m 5m 15m 30m 60m (default 5m)"},
    {"signal", "X", "strength of the planted dependence, 0..2; 0 is a random walk (default 0)"},
    {"out", "F.csv", "where the bars go"},
    {NULL, NULL, NULL},
};

static hb_status_t read_params(app_t *app, hb_synth_params_t *params, hb_err_t *err)
{
    int64_t bars = 0;
    *params = hb_synth_params_default();
    HB_TRY(app_opt_int(app, "bars", 10, 20000000, 20000, &bars, err));
    HB_TRY(app_opt_real(app, "signal", 0, 2, 0, &params->signal, err));
    params->bars = (uint32_t)bars;
    params->seed =
        app->seed_given ? app->seed : (uint64_t)hb_conf_int(app->conf, "model.seeds.global");
    const char *size = app_opt(app, "bar-size");
    static const struct {
        const char *text;
        uint32_t seconds;
    } sizes[] = {{"1m", 60}, {"5m", 300}, {"15m", 900}, {"30m", 1800}, {"60m", 3600}};
    for (size_t i = 0; size && i < sizeof sizes / sizeof sizes[0]; i++) {
        if (strcmp(size, sizes[i].text) == 0) {
            params->bar_size_s = sizes[i].seconds;
            return HB_OK;
        }
    }
    if (!size) return HB_OK;
    return hb_err_set(err, HB_E_USAGE, "synth", app->verb->example,
                      "--bar-size must be 1m, 5m, 15m, 30m or 60m, not '%.40s'", size);
}

static hb_status_t run(app_t *app, hb_err_t *err)
{
    hb_synth_params_t params;
    const char *path = NULL;
    HB_TRY(read_params(app, &params, err));
    HB_TRY(app_need(app, "out", &path, err));
    hb_bar_list_t list = {0};
    HB_TRY(hb_synth_make(&params, &list, err));
    hb_os_out_t out = {0};
    hb_status_t status = HB_OK;
    char sha[HB_SHA256_HEX] = "";
    if (!app->dry_run) {
        HB_TRY_OUT(hb_os_out_open(&out, path, err));
        HB_TRY_OUT(hb_bars_write_csv(&list, params.tick_size, out.file, err));
        HB_TRY_OUT(hb_os_out_commit(&out, err));
        HB_TRY_OUT(hb_sha256_of_file(path, sha, err));
    }
    app_set(app, "bars", json_integer(list.count));
    app_set(app, "seed", json_integer((json_int_t)params.seed));
    app_set(app, "signal", json_real(params.signal));
    app_set(app, "sha256", json_string(sha));
    app_say(app, "%u bars of %u s, signal %g, seed %llu: %s", list.count, params.bar_size_s,
            params.signal, (unsigned long long)params.seed, path);
out:
    hb_os_out_abort(&out);
    hb_free(list.bars);
    return status;
}

const app_verb_t verb_synth = {
    "synth", "seeded synthetic bars with a planted signal",
    "",      "hyperbar synth --bars 20000 --signal 1 --seed 7 --out bars.csv",
    opts,    run};
