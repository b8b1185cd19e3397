/* YAML text to checked values, through libfyaml's events.
 *
 * Events and not a document tree: a file is read in one pass with a bound on its depth, nothing is
 * expanded (anchors, aliases and tags are refused where they stand), and each refusal has the
 * position of the token that caused it. libfyaml's own diagnostics are collected and turned into
 * one line.
 */
#include "conf_yaml.h"

#include <stdio.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"

#define DEPTH_MAX 8

static hb_status_t read_mapping(conf_reader_t *reader, const char *path);

/* ---- refusals ---- */

void conf_yaml_where(const char *name, int line, int column, char out[256])
{
    const size_t n = strlen(name), room = 200;
    const char *tail = n > room ? name + n - room : name;
    snprintf(out, 256, "%s%s:%d:%d", n > room ? "..." : "", tail, line, column);
}

static void where_now(const conf_reader_t *reader, char out[256])
{
    conf_yaml_where(reader->name, reader->mark.line + 1, reader->mark.column + 1, out);
}

static hb_status_t refuse(conf_reader_t *reader, const char *message, const char *hint)
{
    char where[256];
    where_now(reader, where);
    return hb_err_set(reader->err, HB_E_CONFIG, where, hint, "%s", message);
}

/* libfyaml's first error; later ones follow from it. */
static hb_status_t refuse_syntax(conf_reader_t *reader)
{
    void *at = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(reader->diag, &at);
    if (!error) return refuse(reader, "not valid YAML", NULL);
    char shown[CONF_SHOWN_MAX], where[256];
    conf_show(error->msg, strlen(error->msg), shown);
    conf_yaml_where(reader->name, HB_MAX(error->line, 1), HB_MAX(error->column, 1), where);
    return hb_err_set(reader->err, HB_E_CONFIG, where,
                      "indent with blanks, write key: value, close quotes and brackets",
                      "not valid YAML: %s", shown);
}

/* ---- events ---- */

/* Gives the next event, or NULL with an error. The caller frees it. */
static struct fy_event *next(conf_reader_t *reader, hb_status_t *status)
{
    struct fy_event *event = fy_parser_parse(reader->parser);
    if (!event) *status = refuse_syntax(reader);
    return event;
}

static void mark_set(conf_reader_t *reader, struct fy_token *token)
{
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    if (mark) reader->mark = *mark;
}

/* Moves the mark to the event and refuses what the configuration does not use. */
static hb_status_t event_check(conf_reader_t *reader, const struct fy_event *event)
{
    static const char hint[] = "write the value itself where it is wanted";
    struct fy_token *anchor = NULL, *tag = NULL;
    switch (event->type) {
    case FYET_SCALAR:
        mark_set(reader, event->scalar.value);
        anchor = event->scalar.anchor;
        tag = event->scalar.tag;
        break;
    case FYET_MAPPING_START:
        mark_set(reader, event->mapping_start.mapping_start);
        anchor = event->mapping_start.anchor;
        tag = event->mapping_start.tag;
        break;
    case FYET_SEQUENCE_START:
        mark_set(reader, event->sequence_start.sequence_start);
        anchor = event->sequence_start.anchor;
        tag = event->sequence_start.tag;
        break;
    case FYET_ALIAS:
        mark_set(reader, event->alias.anchor);
        return refuse(reader, "aliases are not used in configuration files", hint);
    default:
        break;
    }
    mark_set(reader, anchor);
    if (anchor) return refuse(reader, "anchors are not used in configuration files", hint);
    mark_set(reader, tag);
    if (tag) return refuse(reader, "tags are not used in configuration files", hint);
    return HB_OK;
}

/* Text of a scalar; copy: caller frees with hb_free. */
static char *scalar_copy(const struct fy_event *event, conf_scalar_t *out)
{
    size_t n = 0;
    const char *p = event->scalar.value ? fy_token_get_text(event->scalar.value, &n) : NULL;
    const enum fy_scalar_style style =
        event->scalar.value ? fy_token_scalar_style(event->scalar.value) : FYSS_PLAIN;
    char *copy = hb_alloc((p ? n : 0) + 1, 1);
    if (p) memcpy(copy, p, n);
    *out = (conf_scalar_t){copy, p ? n : 0, style != FYSS_PLAIN};
    return copy;
}

static bool is_null(const conf_scalar_t *in)
{
    if (in->quoted) return false;
    return in->n == 0 || strcmp(in->p, "~") == 0 || hb_text_equal_nocase(in->p, "null");
}

/* ---- names ---- */

/* A path is full: "model.ann". */
static bool is_section(const char *path)
{
    const size_t n = strlen(path);
    for (uint32_t i = 0; i < hb_conf_key_count; i++) {
        if (strncmp(hb_conf_keys[i].key, path, n) == 0 && hb_conf_keys[i].key[n] == '.')
            return true;
    }
    return false;
}

static hb_status_t seen_add(conf_reader_t *reader, const char *path)
{
    for (uint32_t i = 0; i < reader->seen_count; i++) {
        if (strcmp(reader->seen[i], path) != 0) continue;
        char message[CONF_NAME_MAX + 32];
        snprintf(message, sizeof message, "%s stands here for the second time", path);
        return refuse(reader, message, "keep one of the two");
    }
    if (reader->seen_count == CONF_SEEN_MAX) return refuse(reader, "too many keys", NULL);
    reader->seen[reader->seen_count++] = hb_strdup(path);
    return HB_OK;
}

static hb_status_t refuse_unknown(conf_reader_t *reader, const char *path,
                                  const conf_scalar_t *name)
{
    char shown[CONF_SHOWN_MAX], hint[256], message[CONF_SHOWN_MAX + CONF_NAME_MAX + 32];
    conf_show(name->p, name->n, shown);
    conf_key_hint(path, shown, hint, sizeof hint);
    snprintf(message, sizeof message, "unknown key \"%s\" in %s", shown, path);
    return refuse(reader, message, hint);
}

/* path + "." + name into out; false when it cannot be a key. */
static bool path_join(const char *path, const conf_scalar_t *name, char out[CONF_NAME_MAX])
{
    const size_t n = strlen(path);
    if (name->n == 0 || n + 1 + name->n >= CONF_NAME_MAX) return false;
    if (memchr(name->p, '\0', name->n)) return false;
    snprintf(out, CONF_NAME_MAX, "%s.%s", path, name->p);
    return true;
}

/* ---- values ---- */

static hb_status_t put(conf_reader_t *reader, const hb_conf_key_t *key, const conf_raw_t *raw,
                       int line)
{
    char where[256], source[256];
    conf_value_t made = {0};
    where_now(reader, where);
    HB_TRY(conf_value_make(key, raw, where, &made, reader->err));
    snprintf(source, sizeof source, "%.230s:%d", reader->name, line);
    conf_value_put(reader->conf, (uint32_t)(key - hb_conf_keys), &made, source);
    return HB_OK;
}

static hb_status_t read_scalar(conf_reader_t *reader, const hb_conf_key_t *key,
                               const struct fy_event *event, const char *path)
{
    conf_scalar_t scalar;
    char *copy = scalar_copy(event, &scalar);
    hb_status_t status = HB_OK;
    const bool null = is_null(&scalar);
    if (key) {
        const conf_raw_t raw = {.items = &scalar, .count = null ? 0 : 1, .null = null};
        status = put(reader, key, &raw, reader->mark.line + 1);
    } else if (!null) {
        char message[CONF_NAME_MAX + 32];
        snprintf(message, sizeof message, "%s is a section, not a value", path);
        status = refuse(reader, message, "put its keys below it, indented");
    }
    hb_free(copy);
    return status;
}

/* Elements up to the end of the list. */
static hb_status_t read_elements(conf_reader_t *reader, conf_raw_t *raw)
{
    uint32_t cap = 0;
    for (;;) {
        hb_status_t status = HB_OK;
        struct fy_event *event = next(reader, &status);
        if (!event) return status;
        const enum fy_event_type type = event->type;
        status = event_check(reader, event);
        if (status == HB_OK && type == FYET_SCALAR) {
            if (raw->count == cap) {
                cap = cap ? 2 * cap : 16;
                raw->items = hb_grow(raw->items, raw->count, cap, sizeof *raw->items);
            }
            (void)scalar_copy(event, &raw->items[raw->count++]);
        } else if (status == HB_OK && type != FYET_SEQUENCE_END) {
            status = refuse(reader, "an element of a list must be a plain value", NULL);
        }
        fy_parser_event_free(reader->parser, event);
        if (status != HB_OK || type == FYET_SEQUENCE_END) return status;
        if (raw->count > CONF_ITEMS_MAX) return refuse(reader, "the list is too long", NULL);
    }
}

static hb_status_t read_list(conf_reader_t *reader, const hb_conf_key_t *key, const char *path)
{
    conf_raw_t raw = {.list = true};
    const struct fy_mark start = reader->mark;
    hb_status_t status = HB_OK;
    if (!key) {
        char message[CONF_NAME_MAX + 48];
        snprintf(message, sizeof message, "%s is a section, not a list", path);
        return refuse(reader, message, "put its keys below it, indented");
    }
    status = read_elements(reader, &raw);
    if (status == HB_OK) {
        reader->mark = start;
        status = put(reader, key, &raw, start.line + 1);
    }
    for (uint32_t i = 0; i < raw.count; i++) {
        /* Copies made by scalar_copy; the reader owns them. */
        hb_free((void *)(uintptr_t)raw.items[i].p);
    }
    hb_free(raw.items);
    return status;
}

static hb_status_t read_value(conf_reader_t *reader, const char *path)
{
    const hb_conf_key_t *key = hb_conf_key_find(path);
    hb_status_t status = HB_OK;
    struct fy_event *event = next(reader, &status);
    if (!event) return status;
    const enum fy_event_type type = event->type;
    status = event_check(reader, event);
    if (status == HB_OK && type == FYET_SCALAR) status = read_scalar(reader, key, event, path);
    fy_parser_event_free(reader->parser, event);
    if (status != HB_OK || type == FYET_SCALAR) return status;
    if (type == FYET_SEQUENCE_START) return read_list(reader, key, path);
    if (!key) return read_mapping(reader, path);
    char message[CONF_NAME_MAX + 48];
    snprintf(message, sizeof message, "%s is a value, not a section", path);
    return refuse(reader, message, "write its value behind the colon");
}

/* The key equal to the file name that may hold all of the file. */
static hb_status_t read_wrapper(conf_reader_t *reader)
{
    if (reader->top_keys != 1) {
        return refuse(reader, "the file's own name stands beside other keys",
                      "put all keys below it, or none");
    }
    reader->wrapped = true;
    return read_value(reader, reader->file);
}

static hb_status_t read_pair(conf_reader_t *reader, const char *path, const conf_scalar_t *name)
{
    char full[CONF_NAME_MAX];
    const bool top = reader->depth == 1;
    if (top) reader->top_keys++;
    if (top && reader->wrapped) {
        return refuse(reader, "a key stands beside the file's own name",
                      "put all keys below it, or none");
    }
    if (top && name->n == strlen(reader->file) && memcmp(name->p, reader->file, name->n) == 0)
        return read_wrapper(reader);
    if (!path_join(path, name, full)) return refuse_unknown(reader, path, name);
    if (!hb_conf_key_find(full) && !is_section(full)) return refuse_unknown(reader, path, name);
    HB_TRY(seen_add(reader, full));
    return read_value(reader, full);
}

static hb_status_t read_mapping(conf_reader_t *reader, const char *path)
{
    if (reader->depth == DEPTH_MAX) return refuse(reader, "nested too deep", NULL);
    reader->depth++;
    for (;;) {
        hb_status_t status = HB_OK;
        struct fy_event *event = next(reader, &status);
        if (!event) return status;
        const enum fy_event_type type = event->type;
        conf_scalar_t name = {0};
        char *copy = NULL;
        status = event_check(reader, event);
        if (status == HB_OK && type == FYET_SCALAR) {
            copy = scalar_copy(event, &name);
        } else if (status == HB_OK && type != FYET_MAPPING_END) {
            status = refuse(reader, "a key must be a plain word", NULL);
        }
        fy_parser_event_free(reader->parser, event);
        if (copy) status = read_pair(reader, path, &name);
        hb_free(copy);
        if (status != HB_OK) return status;
        if (type == FYET_MAPPING_END) break;
    }
    reader->depth--;
    return HB_OK;
}

/* ---- the stream ---- */

static hb_status_t read_root(conf_reader_t *reader, const struct fy_event *event)
{
    conf_scalar_t scalar;
    HB_TRY(event_check(reader, event));
    if (event->type == FYET_SCALAR) {
        char *copy = scalar_copy(event, &scalar);
        const bool null = is_null(&scalar);
        hb_free(copy);
        if (null) return HB_OK;
    }
    return refuse(reader, "the file must hold keys, not a bare value or list",
                  "write key: value, one a line");
}

hb_status_t conf_yaml_read(conf_reader_t *reader)
{
    uint32_t documents = 0;
    for (;;) {
        hb_status_t status = HB_OK;
        struct fy_event *event = next(reader, &status);
        if (!event) return status;
        const enum fy_event_type type = event->type;
        if (type == FYET_DOCUMENT_START && ++documents > 1) {
            mark_set(reader, event->document_start.document_start);
            status = refuse(reader, "a second document in one file", "remove the line ---");
        } else if (type == FYET_SCALAR || type == FYET_SEQUENCE_START || type == FYET_ALIAS) {
            status = read_root(reader, event);
        } else if (type == FYET_MAPPING_START) {
            status = event_check(reader, event);
        }
        fy_parser_event_free(reader->parser, event);
        if (status == HB_OK && type == FYET_MAPPING_START) {
            status = read_mapping(reader, reader->file);
        }
        if (status != HB_OK || type == FYET_STREAM_END) return status;
    }
}
