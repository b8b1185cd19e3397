/* hyperbar gates: hold a validation report (and an artifact) against the thresholds. Exit code 1 =
 * no. */
#include <stdio.h>
#include <string.h>

#include "app_data.h"
#include "app_report.h"
#include "learn_gates.h"
#include "os_file.h"
#include "store_artifact.h"
#include "verb_table.h"

static const app_opt_t opts[] = {
    {"report", "FILE", "validation.json of a validate run, or the folder that holds it"},
    {"artifact", "DIR", "artifact to verify; its own validation.json is taken without --report"},
    {"replay", "FILE", "JSON of a replay run, for the latency gate"},
    {NULL, NULL, NULL},
};

void app_gates_say(const app_t *app, const json_t *verdict)
{
    size_t i;
    json_t *gate;
    app_say(app, "%-18s %-6s %10s %10s  %s", "gate", "", "value", "threshold", "why");
    json_array_foreach(json_object_get(verdict, "gates"), i, gate)
    {
        const bool passed = json_is_true(json_object_get(gate, "passed"));
        const bool blocking = json_is_true(json_object_get(gate, "blocking"));
        const char *word = passed ? "pass" : blocking ? "FAIL" : "note";
        const char *color = !app->color ? ""
                            : passed    ? "\033[32m"
                            : blocking  ? "\033[31m"
                                        : "\033[33m";
        app_say(app, "%-18s %s%-6s%s %10.4f %10.4f  %s",
                json_string_value(json_object_get(gate, "name")), color, word,
                app->color ? "\033[0m" : "", json_number_value(json_object_get(gate, "value")),
                json_number_value(json_object_get(gate, "threshold")),
                json_string_value(json_object_get(gate, "why")));
    }
    app_say(app, "%s",
            json_is_true(json_object_get(verdict, "passed"))
                ? "gates: passed"
                : "gates: NOT passed; nothing that failed here should trade");
}

static hb_status_t read_report(const char *path, json_t **out, hb_err_t *err)
{
    char inside[4300];
    if (hb_os_is_dir(path)) {
        HB_TRY(hb_os_join(inside, sizeof inside, path, "validation.json", err));
        path = inside;
    }
    return app_json_read(path, out, err);
}

static hb_status_t run(app_t *app, hb_err_t *err)
{
    const char *path = app_opt(app, "report"), *artifact = app_opt(app, "artifact");
    json_t *report = NULL, *replay = NULL, *verdict = NULL, *metadata = NULL;
    hb_status_t status;
    char sha[HB_SHA256_HEX];
    if (!path) path = artifact;
    if (!path) return app_need(app, "report", &path, err);
    if (artifact) HB_TRY(hb_artifact_verify(artifact, sha, err));
    if (artifact) {
        char file[4300];
        HB_TRY(hb_os_join(file, sizeof file, artifact, "metadata.json", err));
        HB_TRY(app_json_read(file, &metadata, err));
    }
    HB_TRY_OUT(read_report(path, &report, err));
    if (app_opt(app, "replay")) HB_TRY_OUT(app_json_read(app_opt(app, "replay"), &replay, err));
    const char *replayed = json_string_value(json_object_get(replay, "artifact_sha256"));
    if (artifact && replay && (!replayed || strcmp(replayed, sha) != 0)) {
        status = hb_err_set(err, HB_E_DATA, app_opt(app, "replay"), "replay this artifact",
                            "the replay was made with another artifact");
        goto out;
    }
    HB_TRY_OUT(hb_gates_eval(app->conf, report, json_object_get(replay, "latency_us"), metadata,
                             &verdict, err));
    json_object_update(app->result, verdict);
    app_gates_say(app, verdict);
    if (!json_is_true(json_object_get(verdict, "passed"))) status = HB_E_REFUSED;
out:
    json_decref(report);
    json_decref(replay);
    json_decref(verdict);
    json_decref(metadata);
    return status;
}

const app_verb_t verb_gates = {
    "gates", "hold a validation against the thresholds; exit code 1 = no",
    "",      "hyperbar gates --report out/v1 --artifact art/v1",
    opts,    run};
