/* Configuration: one table for the three files data.yaml, model.yaml and risk.yaml.
 *
 * The table (conf_table.c) holds each key once: file, key, type, unit, default, bounds or choices,
 * start-up or run time, help. Parser, checks, `config show`, JSON schema, the sample files and the
 * docs page all come from it. Keys are dotted: "data.bar_size", "model.ann.K", "risk.caps.max_pos".
 * Precedence: default < file < HYPERBAR_<SECTION>__<KEY> < --set. Unknown keys are refused with
 * "did you mean", wrong types with file:line:column.
 */
#ifndef HB_CONF_H
#define HB_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "base_status.h"
#include "base_text.h"

/* CLOCK: "HH:MM", a time of day. */
typedef enum {
    HB_CONF_BOOL,
    HB_CONF_INT,
    HB_CONF_REAL,
    HB_CONF_TEXT,
    HB_CONF_CHOICE,
    HB_CONF_REALS,
    HB_CONF_INTS,
    HB_CONF_TEXTS,
    HB_CONF_CLOCK
} hb_conf_type_t;

typedef struct {
    const char *key; /* full dotted key, first part is the file */
    hb_conf_type_t type;
    const char *unit;         /* "" when none */
    const char *default_text; /* as it would stand in YAML; "" = unset */
    double lo, hi;            /* bounds of INT, REAL, INTS, REALS elements; lo == hi: none */
    uint32_t count;           /* elements that a list must have; 0: any */
    const char *choices; /* CHOICE: "a b c"; others: words that may stand for the value ("auto") */
    bool runtime;        /* may be changed while the daemon runs */
    const char *help;    /* one sentence */
} hb_conf_key_t;

extern const hb_conf_key_t hb_conf_keys[];
extern const uint32_t hb_conf_key_count;

typedef struct hb_conf hb_conf_t;

/* All defaults. gives: hb_conf_close. */
HB_CHECKED hb_status_t hb_conf_open(hb_conf_t **out, hb_err_t *err);
void hb_conf_close(hb_conf_t *conf); /* NULL allowed */
/* Reads data.yaml, model.yaml, risk.yaml of a folder; a missing file keeps what was set before.
 * With must_exist a missing folder, or one with none of the three, is an error. where =
 * file:line:column. On failure nothing is changed, as with all functions below. */
HB_CHECKED hb_status_t hb_conf_load_dir(hb_conf_t *conf, const char *dir, bool must_exist,
                                        hb_err_t *err);
/* The text of one file ("data", "model", "risk") from memory; name is for messages. Sections are
 * nested maps or dotted keys; one top-level key equal to the file name may hold all of it. Refused:
 * unknown or repeated keys, wrong types, values out of bounds, anchors, aliases, tags, a second
 * document, NUL bytes, text that is not UTF-8, more than 1 MiB. An empty text is fine. */
HB_CHECKED hb_status_t hb_conf_load_text(hb_conf_t *conf, const char *file, const char *name,
                                         const char *text, size_t bytes, hb_err_t *err);
/* Environment HYPERBAR_<SECTION>__<KEY...> with __ for each dot (case-insensitive). */
HB_CHECKED hb_status_t hb_conf_load_env(hb_conf_t *conf, hb_err_t *err);
/* "key=value"; the first parts of the key may be dropped where the rest is unique
 * ("catboost.depth=8", "depth=8"); a rest that is a whole key below a file name wins over longer
 * ones. Case is ignored. Lists: "[a, b]" or "a,b". An empty value unsets a text or list and is
 * refused for the rest. */
HB_CHECKED hb_status_t hb_conf_set(hb_conf_t *conf, const char *assignment, hb_err_t *err);

/* The entry of a full key, or NULL. */
const hb_conf_key_t *hb_conf_key_find(const char *key);

/* Typed access; an unknown key or wrong type is the caller's bug (asserted), and so is asking for
 * the number of a key where one of its words stands: hb_conf_is or hb_conf_has_number tells. */
bool hb_conf_has_number(const hb_conf_t *conf, const char *key);
bool hb_conf_bool(const hb_conf_t *conf, const char *key);
int64_t hb_conf_int(const hb_conf_t *conf, const char *key);
double hb_conf_real(const hb_conf_t *conf, const char *key);
const char *hb_conf_text(const hb_conf_t *conf, const char *key); /* any type: its text form */
bool hb_conf_is(const hb_conf_t *conf, const char *key, const char *word); /* text equals word */
int32_t hb_conf_clock_min(const hb_conf_t *conf, const char *key); /* minutes after midnight */
uint32_t hb_conf_count(const hb_conf_t *conf, const char *key);    /* list length; 0 for a word */
double hb_conf_real_at(const hb_conf_t *conf, const char *key, uint32_t idx);
const char *hb_conf_text_at(const hb_conf_t *conf, const char *key, uint32_t idx);
/* "default", "dir/model.yaml:12", "--set" or the name of the environment variable. */
const char *hb_conf_source(const hb_conf_t *conf, const char *key);

/* Effective values of one file ("data", "model", "risk") as YAML text, keys sorted as in the table:
 * the copy kept in artifacts; same values, same bytes. commented: with help, unit and bounds, as
 * `init` writes it. */
void hb_conf_to_yaml(const hb_conf_t *conf, const char *file, bool commented, hb_buf_t *out);
/* JSON schema of all keys, and a Markdown table for the docs. */
void hb_conf_to_schema(hb_buf_t *out);
void hb_conf_to_markdown(hb_buf_t *out);

#endif
