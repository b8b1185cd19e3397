/* Artifacts: made, verified, and refused by name for each way in which a folder can be wrong. */
#include "store_artifact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base_assert.h"
#include "base_mem.h"
#include "base_text.h"
#include "os_file.h"
#include "store_impl.h"
#include "th.h"

static void put(const char *path, const char *text)
{
    assert_int_equal(hb_os_write_atomic(path, text, strlen(text), NULL), HB_OK);
}

static void add(const hb_artifact_out_t *out, const char *name, const char *text)
{
    char path[4200];
    hb_err_t err = {0};
    if (hb_artifact_path(out, name, path, &err) != HB_OK) fail_msg("%s", err.message);
    put(path, text);
}

/* An artifact of four files under dir/name. */
static void make(const char *dir, const char *name, const char *metadata, char sha[HB_SHA256_HEX])
{
    char path[512];
    hb_err_t err = {0};
    hb_artifact_out_t *out = hb_alloc(1, sizeof *out);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    if (hb_artifact_begin(out, path, &err) != HB_OK) fail_msg("%s", err.message);
    assert_false(hb_os_exists(path));
    add(out, "model.hbx", "trees");
    add(out, "config/model.yaml", "ann:\n  K: 3\n");
    add(out, "metadata.json", metadata);
    add(out, "a b.txt", "");
    if (hb_artifact_commit(out, sha, &err) != HB_OK) fail_msg("%s", err.message);
    assert_false(hb_os_exists(out->temp));
    hb_artifact_abort(out);
    hb_free(out);
}

static void made_and_verified(void **state)
{
    (void)state;
    char dir[256], path[512], one[HB_SHA256_HEX], two[HB_SHA256_HEX], back[HB_SHA256_HEX];
    char sum[HB_SHA256_HEX];
    hb_buf_t lines = {0};
    hb_err_t err = {0};
    th_temp_make(dir);
    make(dir, "v1", "{\"at\":1}", one);
    make(dir, "deep/er/v2", "{\"at\":2222}", two);
    /* What changes with time and host does not change the hash. */
    assert_string_equal(one, two);
    snprintf(path, sizeof path, "%s/v1", dir);
    if (hb_artifact_verify(path, back, &err) != HB_OK) fail_msg("%s: %s", err.where, err.message);
    assert_string_equal(back, one);
    snprintf(path, sizeof path, "%s/v1/", dir);
    assert_int_equal(hb_artifact_verify(path, back, NULL), HB_OK);
    /* As sha256sum writes the lines, sorted by name. */
    hb_sha256_of("", 0, sum);
    hb_buf_addf(&lines, "%s  a b.txt\n", sum);
    hb_sha256_of("ann:\n  K: 3\n", 12, sum);
    hb_buf_addf(&lines, "%s  config/model.yaml\n", sum);
    hb_sha256_of("trees", 5, sum);
    hb_buf_addf(&lines, "%s  model.hbx\n", sum);
    hb_sha256_of(lines.p, lines.len, sum);
    hb_buf_fini(&lines);
    assert_string_equal(one, sum);
    th_temp_remove(dir);
}

static void payload_rule(void **state)
{
    (void)state;
    static const char *const in[] = {"model.hbx", "config/model.yaml", "schema.json",
                                     "html",      "sub/metadata.json", "x.htm"};
    static const char *const not_in[] = {"metadata.json", "metrics.json",     "validation.json",
                                         "report.html",   "report/fold1.csv", "report.json",
                                         "card.md",       "sub/x.html"};
    for (size_t i = 0; i < HB_COUNT(in); i++) assert_true(hb_artifact_is_payload(in[i]));
    for (size_t i = 0; i < HB_COUNT(not_in); i++) assert_false(hb_artifact_is_payload(not_in[i]));
}

/* An artifact, one change to it, and the words of the refusal. */
typedef struct {
    const char *file;  /* below the artifact */
    const char *text;  /* new content; NULL: removed */
    const char *where; /* end of where */
    const char *message;
} damage_t;

static void damage_is_named(void **state)
{
    (void)state;
    static const damage_t damages[] = {
        {"model.hbx", "treez", "/v/model.hbx", "model.hbx is altered"},
        {"model.hbx", "trees!", "/v/model.hbx", "model.hbx is altered"},
        {"model.hbx", "", "/v/model.hbx", "model.hbx is altered"},
        {"metadata.json", "{\"at\":2}", "/v/metadata.json", "metadata.json is altered"},
        {"a b.txt", "x", "/v/a b.txt", "a b.txt is altered"},
        {"model.hbx", NULL, "/v/model.hbx", "model.hbx is missing"},
        {"config/model.yaml", NULL, "/v/config/model.yaml", "model.yaml is missing"},
        {"a b.txt", NULL, "/v/a b.txt", "is missing"},
        {"extra", "x", "/v/extra", "extra does not stand in the manifest"},
        {"zzz", "x", "/v/zzz", "zzz does not stand in the manifest"},
        {"config/manifest.json", "{}", "/v/config/manifest.json", "does not stand"},
        {"manifest.json", NULL, "/v/manifest.json", "manifest.json is missing"},
        {"manifest.json", "", "/v/manifest.json", "not JSON"},
        {"manifest.json", "{}", "/v/manifest.json", "not of the format"},
        {"manifest.json", "[1]", "/v/manifest.json", "not of the format"},
    };
    for (size_t i = 0; i < HB_COUNT(damages); i++) {
        char dir[256], path[1024], sha[HB_SHA256_HEX];
        hb_err_t err = {0};
        th_temp_make(dir);
        make(dir, "v", "{\"at\":1}", sha);
        snprintf(path, sizeof path, "%s/v/%s", dir, damages[i].file);
        if (damages[i].text) {
            put(path, damages[i].text);
        } else {
            assert_int_equal(remove(path), 0);
        }
        snprintf(path, sizeof path, "%s/v", dir);
        snprintf(sha, sizeof sha, "untouched");
        assert_int_equal(hb_artifact_verify(path, sha, &err), HB_E_ARTIFACT);
        assert_string_equal(sha, "untouched");
        const size_t n = strlen(err.where), m = strlen(damages[i].where);
        if (n < m || strcmp(err.where + n - m, damages[i].where) != 0 ||
            !strstr(err.message, damages[i].message)) {
            fail_msg("%zu: %s | %s", i, err.where, err.message);
        }
        th_temp_remove(dir);
    }
}

/* Links, folders and pipes where files should be. */
static void odd_entries_are_named(void **state)
{
    (void)state;
    char dir[256], path[512], other[512], sha[HB_SHA256_HEX];
    hb_err_t err = {0};
    th_temp_make(dir);
    make(dir, "v", "{}", sha);
    snprintf(path, sizeof path, "%s/v/model.hbx", dir);
    snprintf(other, sizeof other, "%s/copy", dir);
    put(other, "trees");
    assert_int_equal(remove(path), 0);
    assert_int_equal(symlink(other, path), 0);
    snprintf(other, sizeof other, "%s/v", dir);
    assert_int_equal(hb_artifact_verify(other, sha, &err), HB_E_ARTIFACT);
    assert_non_null(strstr(err.message, "model.hbx is a symbolic link"));
    /* The whole folder may be reached by a link: "stable" and "candidate" are such names. */
    assert_int_equal(remove(path), 0);
    put(path, "trees");
    snprintf(path, sizeof path, "%s/stable", dir);
    assert_int_equal(symlink(other, path), 0);
    err = (hb_err_t){0};
    if (hb_artifact_verify(path, sha, &err) != HB_OK) fail_msg("%s %s", err.where, err.message);

    /* A sub-folder that is a link to a good copy outside. */
    char from[512];
    snprintf(from, sizeof from, "%s/v/config", dir);
    snprintf(path, sizeof path, "%s/outside", dir);
    assert_int_equal(rename(from, path), 0);
    assert_int_equal(symlink(path, from), 0);
    err = (hb_err_t){0};
    assert_int_equal(hb_artifact_verify(other, sha, &err), HB_E_ARTIFACT);
    assert_non_null(strstr(err.message, "config/model.yaml is a symbolic link"));
    assert_int_equal(remove(from), 0);
    assert_int_equal(rename(path, from), 0);
    assert_int_equal(hb_artifact_verify(other, sha, NULL), HB_OK);

    /* A link that leads nowhere, a loop of links, and a manifest that is a link. */
    snprintf(path, sizeof path, "%s/v/loop", dir);
    assert_int_equal(symlink(".", path), 0);
    err = (hb_err_t){0};
    assert_int_equal(hb_artifact_verify(other, sha, &err), HB_E_ARTIFACT);
    assert_true(err.message[0]);
    assert_int_equal(remove(path), 0);
    assert_int_equal(symlink("nowhere", path), 0);
    err = (hb_err_t){0};
    assert_int_equal(hb_artifact_verify(other, sha, &err), HB_E_ARTIFACT);
    assert_non_null(strstr(err.message, "loop does not stand in the manifest"));
    assert_int_equal(remove(path), 0);
    snprintf(path, sizeof path, "%s/v/manifest.json", dir);
    snprintf(from, sizeof from, "%s/manifest.json", dir);
    assert_int_equal(rename(path, from), 0);
    assert_int_equal(symlink(from, path), 0);
    err = (hb_err_t){0};
    assert_int_equal(hb_artifact_verify(other, sha, &err), HB_E_ARTIFACT);
    assert_non_null(strstr(err.message, "manifest.json is missing or a symbolic link"));
    assert_int_equal(remove(path), 0);
    assert_int_equal(hb_os_dir_make(path, NULL), HB_OK);
    assert_int_equal(hb_artifact_verify(other, sha, NULL), HB_E_ARTIFACT);
    assert_int_equal(hb_artifact_verify(from, sha, NULL), HB_E_ARTIFACT);
    th_temp_remove(dir);
    assert_int_equal(hb_artifact_verify(other, sha, NULL), HB_E_ARTIFACT);
}

static void manifest_has_one_text(void **state)
{
    (void)state;
    static const char sha[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    static const char format[] = "{\n  \"files\": {%s},\n  \"format\": \"hyperbar-artifact-1\",\n"
                                 "  \"payload_sha256\": \"%s\"\n}\n";
    static const char *const bad_files[] = {
        "\"/etc/passwd\": {\"bytes\": 0, \"sha256\": \"S\"}",
        "\"../x\": {\"bytes\": 0, \"sha256\": \"S\"}",
        "\"a/../x\": {\"bytes\": 0, \"sha256\": \"S\"}",
        "\"a/..\": {\"bytes\": 0, \"sha256\": \"S\"}",
        "\".\": {\"bytes\": 0, \"sha256\": \"S\"}",
        "\"a//b\": {\"bytes\": 0, \"sha256\": \"S\"}",
        "\"a/\": {\"bytes\": 0, \"sha256\": \"S\"}",
        "\"\": {\"bytes\": 0, \"sha256\": \"S\"}",
        "\"a\\\\b\": {\"bytes\": 0, \"sha256\": \"S\"}",
        "\"a\\u0001\": {\"bytes\": 0, \"sha256\": \"S\"}",
        "\"\xc3\xa9\": {\"bytes\": 0, \"sha256\": \"S\"}",
        "\"manifest.json\": {\"bytes\": 0, \"sha256\": \"S\"}",
        "\"a\": {\"bytes\": -1, \"sha256\": \"S\"}",
        "\"a\": {\"bytes\": 1.5, \"sha256\": \"S\"}",
        "\"a\": {\"bytes\": 0, \"sha256\": \"ABC\"}",
        "\"a\": {\"bytes\": 0, \"sha256\": 5}",
        "\"a\": {\"bytes\": 0}",
        "\"a\": {\"sha256\": \"S\"}",
        "\"a\": 5",
        "\"a\": {\"bytes\": 0, \"sha256\": \"S\"}", /* good values, not the one text */
        "\"a\": {\"bytes\": 0, \"sha256\": \"S\", \"x\": 1}",
        "\"a\": {\"bytes\": 0, \"bytes\": 0, \"sha256\": \"S\"}",
    };
    for (size_t i = 0; i < HB_COUNT(bad_files); i++) {
        char text[1024];
        hb_buf_t entry = {0};
        for (const char *p = bad_files[i]; *p; p++) {
            if (*p == 'S') {
                hb_buf_addf(&entry, "%s", sha);
            } else {
                hb_buf_add(&entry, p, 1);
            }
        }
        snprintf(text, sizeof text, format, entry.p, sha);
        hb_buf_fini(&entry);
        store_manifest_t manifest = {.count = 7};
        hb_err_t err = {0};
        if (store_manifest_parse(text, strlen(text), "p", &manifest, &err) != HB_E_ARTIFACT) {
            fail_msg("taken: %s", text);
        }
        assert_true(err.message[0] && manifest.count == 7);
    }
    char text[1024];
    store_manifest_t manifest = {0};
    snprintf(text, sizeof text, format, "", sha);
    assert_int_equal(store_manifest_parse(text, strlen(text), "p", &manifest, NULL), HB_OK);
    assert_int_equal(manifest.count, 0);
    store_manifest_fini(&manifest);
    snprintf(text, sizeof text, format, "", "12");
    assert_int_equal(store_manifest_parse(text, strlen(text), "p", &manifest, NULL), HB_E_ARTIFACT);
    static const char *const roots[] = {
        "{\"format\": \"hyperbar-artifact-1\"}",
        "{\"format\": \"hyperbar-artifact-2\", \"files\": {}}",
        "{\"format\": \"hyperbar-artifact-1\", \"files\": []}",
        "{\"format\": 1}",
        "5",
    };
    for (size_t i = 0; i < HB_COUNT(roots); i++) {
        assert_int_equal(store_manifest_parse(roots[i], strlen(roots[i]), "p", &manifest, NULL),
                         HB_E_ARTIFACT);
    }
}

static void making_refuses(void **state)
{
    (void)state;
    static const char *const names[] = {"",  "/x", "../x",  "a/../b",        "a//b", "a/",
                                        ".", "..", "a/./b", "manifest.json", "a\nb", "a\\b"};
    char dir[256], path[512], inside[4200] = "untouched", sha[HB_SHA256_HEX] = "untouched";
    char longer[5000];
    hb_err_t err = {0};
    hb_artifact_out_t *out = hb_alloc(1, sizeof *out);
    th_temp_make(dir);
    assert_int_equal(hb_artifact_begin(out, dir, &err), HB_E_IO);
    assert_non_null(strstr(err.message, "exists already"));
    assert_int_equal(hb_artifact_begin(out, "", NULL), HB_E_IO);
    assert_int_equal(hb_artifact_begin(out, "///", NULL), HB_E_IO);
    memset(longer, 'a', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(hb_artifact_begin(out, longer, NULL), HB_E_IO);
    snprintf(path, sizeof path, "%s/file", dir);
    put(path, "");
    snprintf(path, sizeof path, "%s/file/v", dir);
    assert_int_equal(hb_artifact_begin(out, path, NULL), HB_E_IO);
    assert_false(out->open);

    snprintf(path, sizeof path, "%s/v//", dir);
    assert_int_equal(hb_artifact_begin(out, path, NULL), HB_OK);
    for (size_t i = 0; i < HB_COUNT(names); i++) {
        if (hb_artifact_path(out, names[i], inside, NULL) != HB_E_IO) fail_msg("%s", names[i]);
    }
    longer[300] = '\0';
    assert_int_equal(hb_artifact_path(out, longer, inside, NULL), HB_E_IO);
    assert_string_equal(inside, "untouched");
    add(out, "f", "x");
    assert_int_equal(hb_artifact_path(out, "f/g", inside, NULL), HB_E_IO);

    /* Someone else publishes the name first: nothing of ours gets there, and abort cleans up. */
    snprintf(path, sizeof path, "%s/v", dir);
    assert_int_equal(hb_os_dir_make(path, NULL), HB_OK);
    assert_int_equal(hb_artifact_commit(out, sha, NULL), HB_E_IO);
    assert_string_equal(sha, "untouched");
    assert_true(out->open && hb_os_is_dir(out->temp));
    hb_artifact_abort(out);
    hb_artifact_abort(out);
    assert_false(hb_os_exists(out->temp));

    /* A link among the files is no artifact. */
    snprintf(path, sizeof path, "%s/w", dir);
    assert_int_equal(hb_artifact_begin(out, path, NULL), HB_OK);
    assert_int_equal(hb_artifact_path(out, "link", inside, NULL), HB_OK);
    assert_int_equal(symlink("/dev/null", inside), 0);
    assert_int_equal(hb_artifact_commit(out, sha, NULL), HB_E_ARTIFACT);
    hb_artifact_abort(out);
    assert_false(hb_os_exists(path));
    hb_free(out);
    th_temp_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_and_verified),     cmocka_unit_test(payload_rule),
        cmocka_unit_test(damage_is_named),       cmocka_unit_test(odd_entries_are_named),
        cmocka_unit_test(manifest_has_one_text), cmocka_unit_test(making_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
