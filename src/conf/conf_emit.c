/* The configuration as text: YAML of the effective values, JSON schema, Markdown table.
 *
 * Invariant: the bytes depend on the values alone, in the order of the table, so that the copy in
 * an artifact can be hashed; the sample files are the commented form of the defaults.
 */
#include "conf_impl.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_assert.h"

#define WRAP_COLUMNS 100

/* ---- YAML ---- */

/* Words of text on comment lines, wrapped. */
static void comment_add(const char *text, int indent, hb_buf_t *out)
{
    const char *p = NULL;
    size_t n = 0;
    int column = 0;
    for (uint32_t i = 0; conf_word_at(text, i, &p, &n); i++) {
        if (column && column + 1 + (int)n > WRAP_COLUMNS) {
            hb_buf_add(out, "\n", 1);
            column = 0;
        }
        if (column == 0) {
            hb_buf_addf(out, "%*s#", indent, "");
            column = indent + 1;
        }
        hb_buf_addf(out, " %.*s", (int)n, p);
        column += 1 + (int)n;
    }
    hb_buf_add(out, "\n", 1);
}

static void key_comment_add(const hb_conf_key_t *key, int indent, hb_buf_t *out)
{
    hb_buf_t text = {0};
    hb_buf_addf(&text, "%s [", key->help);
    conf_want_add(key, &text);
    if (key->unit[0]) hb_buf_addf(&text, "; %s", key->unit);
    hb_buf_addf(&text, key->runtime ? "; may change at run time]" : "]");
    comment_add(text.p, indent, out);
    hb_buf_fini(&text);
}

/* Bytes of the sections that two keys share, the dot included. */
static size_t shared_bytes(const char *a, const char *b)
{
    size_t shared = 0;
    for (size_t i = 0; a[i] && a[i] == b[i]; i++) {
        if (a[i] == '.') shared = i + 1;
    }
    return shared;
}

static int depth_of(const char *key, size_t bytes)
{
    int depth = -1; /* the file's own part is no section */
    for (size_t i = 0; i < bytes; i++) depth += key[i] == '.';
    return depth;
}

/* Lines of the sections of key that the one before it did not stand in. */
static void sections_add(const char *key, const char *before, bool commented, hb_buf_t *out)
{
    size_t at = shared_bytes(key, before);
    const char *dot = strchr(key + at, '.');
    /* A blank line where a section begins or ends. */
    const bool turns = dot || strchr(before + at, '.');
    if (turns && commented && out->len) hb_buf_add(out, "\n", 1);
    for (; dot; dot = strchr(key + at, '.')) {
        const int n = (int)(dot - key - (ptrdiff_t)at);
        hb_buf_addf(out, "%*s%.*s:\n", 2 * depth_of(key, at), "", n, key + at);
        at = (size_t)(dot - key) + 1;
    }
}

static void value_add(const hb_conf_key_t *key, const conf_value_t *value, hb_buf_t *out)
{
    if (key->type == HB_CONF_TEXT || key->type == HB_CONF_CLOCK) {
        conf_text_add(value->text, out);
    } else {
        hb_buf_addf(out, "%s", value->text);
    }
}

void hb_conf_to_yaml(const hb_conf_t *conf, const char *file, bool commented, hb_buf_t *out)
{
    hb_buf_t text = {0};
    char root[CONF_NAME_MAX];
    snprintf(root, sizeof root, "%s.", file);
    const char *before = root;
    for (uint32_t i = 0; i < hb_conf_key_count; i++) {
        const hb_conf_key_t *key = &hb_conf_keys[i];
        if (!hb_text_starts(key->key, root)) continue;
        const char *last = strrchr(key->key, '.') + 1;
        const int indent = 2 * depth_of(key->key, (size_t)(last - key->key));
        sections_add(key->key, before, commented, &text);
        if (commented) key_comment_add(key, indent, &text);
        hb_buf_addf(&text, "%*s%s: ", indent, "", last);
        value_add(key, &conf->values[i], &text);
        hb_buf_add(&text, "\n", 1);
        before = key->key;
    }
    HB_ASSERT(text.len); /* an unknown file name */
    if (commented) {
        hb_buf_addf(out,
                    "# %s.yaml: every key with its meaning, bounds and default. A key left out has "
                    "its default.\n\n",
                    file);
    }
    hb_buf_add(out, text.p, text.len);
    hb_buf_fini(&text);
}

/* ---- JSON schema ---- */

static json_t *words_json(const char *words)
{
    json_t *list = json_array();
    const char *p = NULL;
    size_t n = 0;
    for (uint32_t i = 0; conf_word_at(words, i, &p, &n); i++) {
        json_array_append_new(list, json_stringn(p, n));
    }
    return list;
}

static json_t *number_json(const hb_conf_key_t *key, const char *type)
{
    json_t *out = json_pack("{s:s}", "type", type);
    if (key->lo != key->hi) {
        const bool whole = strcmp(type, "integer") == 0;
        json_object_set_new(out, "minimum",
                            whole ? json_integer((json_int_t)key->lo) : json_real(key->lo));
        json_object_set_new(out, "maximum",
                            whole ? json_integer((json_int_t)key->hi) : json_real(key->hi));
    }
    return out;
}

static json_t *list_json(const hb_conf_key_t *key, json_t *items)
{
    json_t *out = json_pack("{s:s, s:o}", "type", "array", "items", items);
    if (key->count) {
        json_object_set_new(out, "minItems", json_integer(key->count));
        json_object_set_new(out, "maxItems", json_integer(key->count));
    }
    return out;
}

static json_t *type_json(const hb_conf_key_t *key)
{
    switch (key->type) {
    case HB_CONF_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case HB_CONF_INT:
        return number_json(key, "integer");
    case HB_CONF_REAL:
        return number_json(key, "number");
    case HB_CONF_CHOICE:
        return json_pack("{s:o}", "enum", words_json(key->choices));
    case HB_CONF_REALS:
        return list_json(key, number_json(key, "number"));
    case HB_CONF_INTS:
        return list_json(key, number_json(key, "integer"));
    case HB_CONF_TEXTS:
        return list_json(key, json_pack("{s:s}", "type", "string"));
    case HB_CONF_CLOCK:
        return json_pack("{s:s, s:s}", "type", "string", "pattern",
                         "^([01]?[0-9]|2[0-3]):[0-5][0-9]$");
    default:
        return json_pack("{s:s}", "type", "string");
    }
}

static json_t *key_json(const hb_conf_key_t *key)
{
    json_t *type = type_json(key);
    json_t *out = type;
    if (key->type != HB_CONF_CHOICE && key->choices[0]) {
        json_t *word = json_pack("{s:o}", "enum", words_json(key->choices));
        out = json_pack("{s:[o, o]}", "anyOf", type, word);
    }
    json_object_set_new(out, "description", json_string(key->help));
    json_object_set_new(out, "x-default", json_string(key->default_text));
    if (key->unit[0]) json_object_set_new(out, "x-unit", json_string(key->unit));
    json_object_set_new(out, "x-runtime", json_boolean(key->runtime));
    return out;
}

/* The object that holds the keys of a section, made when it is not there. */
static json_t *section_json(json_t *parent, const char *name, size_t n)
{
    char key[CONF_NAME_MAX];
    snprintf(key, sizeof key, "%.*s", (int)n, name);
    json_t *properties = json_object_get(parent, "properties");
    json_t *section = json_object_get(properties, key);
    if (section) return section;
    section =
        json_pack("{s:s, s:b, s:{}}", "type", "object", "additionalProperties", 0, "properties");
    json_object_set_new(properties, key, section);
    return section;
}

void hb_conf_to_schema(hb_buf_t *out)
{
    json_t *root =
        json_pack("{s:s, s:s, s:s, s:b, s:{}}", "$schema",
                  "https://json-schema.org/draft/2020-12/schema", "title", "hyperbar configuration",
                  "type", "object", "additionalProperties", 0, "properties");
    HB_ASSERT(root);
    for (uint32_t i = 0; i < hb_conf_key_count; i++) {
        json_t *section = root;
        const char *at = hb_conf_keys[i].key;
        for (const char *dot; (dot = strchr(at, '.')); at = dot + 1) {
            section = section_json(section, at, (size_t)(dot - at));
        }
        json_object_set_new(json_object_get(section, "properties"), at, key_json(&hb_conf_keys[i]));
    }
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    HB_ASSERT(text);
    hb_buf_addf(out, "%s\n", text);
    free(text); /* jansson's */
    json_decref(root);
}

/* ---- Markdown ---- */

void hb_conf_to_markdown(hb_buf_t *out)
{
    size_t file_bytes = 0;
    for (uint32_t i = 0; i < hb_conf_key_count; i++) {
        const hb_conf_key_t *key = &hb_conf_keys[i];
        const size_t n = strcspn(key->key, ".");
        if (i == 0 || n != file_bytes || strncmp(key->key, key[-1].key, n) != 0) {
            hb_buf_addf(out, "%s## %.*s.yaml\n\n", i ? "\n" : "", (int)n, key->key);
            hb_buf_addf(out, "| key | default | value | unit | run time | meaning |\n"
                             "|---|---|---|---|---|---|\n");
        }
        file_bytes = n;
        hb_buf_addf(out, "| `%s` | %s%s%s | ", key->key + n + 1, key->default_text[0] ? "`" : "",
                    key->default_text, key->default_text[0] ? "`" : "");
        conf_want_add(key, out);
        hb_buf_addf(out, " | %s | %s | %s |\n", key->unit, key->runtime ? "yes" : "no", key->help);
    }
}
