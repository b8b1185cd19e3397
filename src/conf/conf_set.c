/* Values from the command line and the environment: names resolved, text split, each assignment
 * checked.
 *
 * Invariant: a name means one key or is refused; it never picks among several.
 */
#include "conf_impl.h"

#include <stdio.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"

#define ENV_PREFIX "HYPERBAR_"

/* The C library's list of "NAME=value"; ISO C has no way to walk it. */
extern char **environ;

/* ---- names ---- */

static bool ends_with_part(const char *key, const char *part)
{
    const size_t n = strlen(key), m = strlen(part);
    return n > m && key[n - m - 1] == '.' && hb_text_equal_nocase(key + n - m, part);
}

static const char *below_file(const char *key)
{
    return strchr(key, '.') + 1;
}

static hb_status_t refuse_ambiguous(const char *name, const char *where, hb_err_t *err)
{
    hb_buf_t list = {0};
    for (uint32_t i = 0; i < hb_conf_key_count; i++) {
        if (!ends_with_part(hb_conf_keys[i].key, name)) continue;
        hb_buf_addf(&list, "%s%s", list.len ? ", " : "", hb_conf_keys[i].key);
    }
    char hint[256];
    snprintf(hint, sizeof hint, "write one of %.230s", list.p);
    hb_err_set(err, HB_E_CONFIG, where, hint, "the key \"%s\" is ambiguous", name);
    hb_buf_fini(&list);
    return HB_E_CONFIG;
}

static hb_status_t refuse_unknown(const char *name, const char *where, hb_err_t *err)
{
    /* Whole keys, keys below the file name and last parts: what one may have meant to write. */
    const size_t cap = 3 * (size_t)hb_conf_key_count;
    const char **candidates = hb_alloc(cap, sizeof *candidates);
    for (uint32_t i = 0; i < hb_conf_key_count; i++) {
        const char *key = hb_conf_keys[i].key;
        candidates[3 * i] = key;
        candidates[3 * i + 1] = below_file(key);
        candidates[3 * i + 2] = strrchr(key, '.') + 1;
    }
    const char *meant = hb_text_did_you_mean(name, candidates, cap);
    if (!meant) {
        /* The environment writes in capitals. */
        char small[CONF_SHOWN_MAX];
        snprintf(small, sizeof small, "%s", name);
        for (char *p = small; *p; p++) *p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
        meant = hb_text_did_you_mean(small, candidates, cap);
    }
    char hint[256];
    if (meant) {
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", meant);
    } else {
        snprintf(hint, sizeof hint, "config show lists all keys");
    }
    hb_free(candidates);
    return hb_err_set(err, HB_E_CONFIG, where, hint, "unknown key \"%s\"", name);
}

/* Last part of a key below a section, or the name of a section in it, when key lies below path. */
static bool child_of(const char *key, const char *path, char out[CONF_NAME_MAX])
{
    const size_t n = strlen(path);
    if (strncmp(key, path, n) != 0 || key[n] != '.') return false;
    const char *child = key + n + 1;
    snprintf(out, CONF_NAME_MAX, "%.*s", (int)strcspn(child, "."), child);
    return true;
}

/* A section or key of another file, or deeper in this one, that has just this name. */
static bool hint_elsewhere(const char *name, char *out, size_t cap)
{
    for (uint32_t i = 0; i < hb_conf_key_count; i++) {
        const char *key = hb_conf_keys[i].key, *at = key;
        while ((at = strchr(at, '.'))) {
            const size_t n = strcspn(++at, ".");
            if (strlen(name) != n || strncmp(at, name, n) != 0) continue;
            snprintf(out, cap, "did you mean %.*s, in %.*s.yaml?", (int)(at + n - below_file(key)),
                     below_file(key), (int)strcspn(key, "."), key);
            return true;
        }
    }
    return false;
}

void conf_key_hint(const char *path, const char *name, char *out, size_t cap)
{
    char(*children)[CONF_NAME_MAX] = hb_alloc(hb_conf_key_count, sizeof *children);
    const char **candidates = hb_alloc(hb_conf_key_count, sizeof *candidates);
    size_t count = 0;
    for (uint32_t i = 0; i < hb_conf_key_count; i++) {
        if (!child_of(hb_conf_keys[i].key, path, children[count])) continue;
        /* Keys of one section stand together: a name can only repeat the one before it. */
        if (count && strcmp(children[count - 1], children[count]) == 0) continue;
        candidates[count] = children[count];
        count++;
    }
    const char *meant = hb_text_did_you_mean(name, candidates, count);
    if (meant) {
        snprintf(out, cap, "did you mean \"%s\"?", meant);
    } else if (!hint_elsewhere(name, out, cap)) {
        snprintf(out, cap, "config show lists all keys");
    }
    hb_free(candidates);
    hb_free(children);
}

/* A last part such as catboost (a seed) that is a section's name elsewhere means neither. */
static hb_status_t refuse_section(const char *name, uint32_t key_idx, const char *where,
                                  hb_err_t *err)
{
    char hint[256];
    snprintf(hint, sizeof hint, "write one of its keys, or %s", hb_conf_keys[key_idx].key);
    return hb_err_set(err, HB_E_CONFIG, where, hint, "\"%s\" is a section", name);
}

static bool is_section_name(const char *name)
{
    const size_t n = strlen(name);
    for (uint32_t i = 0; i < hb_conf_key_count; i++) {
        for (const char *at = strchr(hb_conf_keys[i].key, '.'); at; at = strchr(at + 1, '.')) {
            char part[CONF_NAME_MAX];
            snprintf(part, sizeof part, "%.*s", (int)n, at + 1);
            if (at[1 + strlen(part)] == '.' && hb_text_equal_nocase(part, name)) return true;
        }
    }
    return false;
}

hb_status_t conf_key_resolve(const char *name, size_t bytes, const char *where, uint32_t *key_idx,
                             hb_err_t *err)
{
    char shown[CONF_SHOWN_MAX], word[CONF_NAME_MAX];
    conf_show(name, bytes, shown);
    if (bytes == 0 || bytes >= sizeof word) return refuse_unknown(shown, where, err);
    memcpy(word, name, bytes);
    word[bytes] = '\0';
    uint32_t found = 0, last = 0;
    for (uint32_t i = 0; i < hb_conf_key_count; i++) {
        const char *key = hb_conf_keys[i].key;
        if (hb_text_equal_nocase(key, word) || hb_text_equal_nocase(below_file(key), word)) {
            *key_idx = i;
            return HB_OK;
        }
        if (ends_with_part(key, word)) {
            found++;
            last = i;
        }
    }
    if (found == 0) return refuse_unknown(shown, where, err);
    if (found > 1) return refuse_ambiguous(word, where, err);
    if (is_section_name(word)) return refuse_section(word, last, where, err);
    *key_idx = last;
    return HB_OK;
}

/* ---- values ---- */

static conf_scalar_t trimmed(const char *p, size_t n)
{
    while (n && (*p == ' ' || *p == '\t')) p++, n--;
    while (n && (p[n - 1] == ' ' || p[n - 1] == '\t')) n--;
    /* Quotes around a whole value are the user's, who fears the shell or YAML. */
    const bool quoted = n >= 2 && (*p == '"' || *p == '\'') && p[n - 1] == *p;
    return quoted ? (conf_scalar_t){p + 1, n - 2, true} : (conf_scalar_t){p, n, false};
}

/* Bytes of the next element: up to a comma that does not stand in quotes. */
static size_t element_bytes(const char *p, const char *end)
{
    char quote = 0;
    const char *at = p;
    for (; at < end && (quote || *at != ','); at++) {
        if (quote) {
            if (*at == quote) quote = 0;
        } else if (*at == '"' || *at == '\'') {
            quote = *at;
        }
    }
    return (size_t)(at - p);
}

static void split_list(conf_scalar_t whole, conf_raw_t *raw)
{
    const char *p = whole.p, *end = whole.p + whole.n;
    raw->list = true;
    if (whole.n >= 2 && *p == '[' && end[-1] == ']') p++, end--;
    if (trimmed(p, (size_t)(end - p)).n == 0) return;
    uint32_t cap = 0;
    for (;;) {
        const size_t n = element_bytes(p, end);
        if (raw->count == cap) {
            cap = cap ? 2 * cap : 16;
            raw->items = hb_grow(raw->items, raw->count, cap, sizeof *raw->items);
        }
        raw->items[raw->count++] = trimmed(p, n);
        p += n;
        if (p == end || raw->count > CONF_ITEMS_MAX) return;
        p++;
    }
}

hb_status_t conf_assign(hb_conf_t *conf, uint32_t key_idx, const char *value, const char *source,
                        hb_err_t *err)
{
    const hb_conf_key_t *key = &hb_conf_keys[key_idx];
    const bool wants_list =
        key->type == HB_CONF_REALS || key->type == HB_CONF_INTS || key->type == HB_CONF_TEXTS;
    conf_scalar_t whole = trimmed(value, strlen(value));
    conf_raw_t raw = {0};
    conf_value_t made = {0};
    if (whole.n == 0 && !whole.quoted) {
        raw.null = true;
    } else if (wants_list && !conf_word_known(key, &whole)) {
        split_list(whole, &raw);
    } else {
        raw.items = hb_grow(NULL, 0, 1, sizeof *raw.items);
        raw.items[0] = whole;
        /* On a command line "8" in quotes is still a number. */
        if (key->type != HB_CONF_TEXT) raw.items[0].quoted = false;
        raw.count = 1;
    }
    const hb_status_t status = conf_value_make(key, &raw, source, &made, err);
    if (status == HB_OK) conf_value_put(conf, key_idx, &made, source);
    hb_free(raw.items);
    return status;
}

hb_status_t hb_conf_set(hb_conf_t *conf, const char *assignment, hb_err_t *err)
{
    const char *sign = strchr(assignment, '=');
    uint32_t idx = 0;
    if (!sign) {
        char shown[CONF_SHOWN_MAX];
        conf_show(assignment, strlen(assignment), shown);
        return hb_err_set(err, HB_E_CONFIG, "--set", "write KEY=VALUE, as in catboost.depth=8",
                          "\"%s\" is not an assignment", shown);
    }
    const conf_scalar_t name = trimmed(assignment, (size_t)(sign - assignment));
    HB_TRY(conf_key_resolve(name.p, name.n, "--set", &idx, err));
    return conf_assign(conf, idx, sign + 1, "--set", err);
}

/* ---- environment ---- */

/* HYPERBAR_MODEL__ANN__K: true for a variable that is meant for a key. Others, such as
 * HYPERBAR_CPU, have no double underscore. name gets the dotted key. */
static bool env_name(const char *entry, size_t bytes, char name[CONF_NAME_MAX])
{
    size_t len = 0;
    bool dotted = false;
    for (size_t i = strlen(ENV_PREFIX); i < bytes && len + 1 < CONF_NAME_MAX; i++) {
        const bool dot = entry[i] == '_' && i + 1 < bytes && entry[i + 1] == '_';
        name[len++] = dot ? '.' : entry[i];
        if (!dot) continue;
        dotted = true;
        i++;
    }
    name[len] = '\0';
    return dotted;
}

static hb_status_t env_load_one(hb_conf_t *conf, const char *entry, hb_err_t *err)
{
    const char *sign = strchr(entry, '=');
    char name[CONF_NAME_MAX], source[CONF_NAME_MAX];
    uint32_t idx = 0;
    if (!sign || !hb_text_starts(entry, ENV_PREFIX)) return HB_OK;
    if (!env_name(entry, (size_t)(sign - entry), name)) return HB_OK;
    snprintf(source, sizeof source, "%.*s", (int)HB_MIN(sign - entry, CONF_NAME_MAX - 1), entry);
    HB_TRY(conf_key_resolve(name, strlen(name), source, &idx, err));
    const char *before = conf->values[idx].source;
    /* Sources that are files hold a colon. */
    const bool by_env = hb_text_starts(before, ENV_PREFIX) && !strchr(before, ':');
    if (by_env && strcmp(before, source) != 0) {
        return hb_err_set(err, HB_E_CONFIG, source, "unset one of them",
                          "%s is set twice, also by %s", hb_conf_keys[idx].key, before);
    }
    return conf_assign(conf, idx, sign + 1, source, err);
}

hb_status_t hb_conf_load_env(hb_conf_t *conf, hb_err_t *err)
{
    hb_conf_t *copy = conf_copy(conf);
    for (char **entry = environ; entry && *entry; entry++) {
        const hb_status_t status = env_load_one(copy, *entry, err);
        if (status == HB_OK) continue;
        hb_conf_close(copy);
        return status;
    }
    conf_take(conf, copy);
    return HB_OK;
}
