/* Configuration: one table for the three files data.yaml, model.yaml and risk.yaml.
 *
 * The table (conf_table.c) holds each key once: file, key, type, unit, default, bounds or choices,
 * start-up or run time, help. Parser, checks, `config show`, JSON schema, the sample files and the docs
 * page all come from it. Keys are dotted: "data.bar_size", "model.ann.K", "risk.caps.max_pos".
 * Precedence: default < file < HYPERBAR_<SECTION>__<KEY> < --set. Unknown keys are refused with
 * "did you mean", wrong types with file:line:column.
 */
#ifndef HB_CONF_H
#define HB_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "base_status.h"
#include "base_text.h"

typedef enum { HB_CONF_BOOL, HB_CONF_INT, HB_CONF_REAL, HB_CONF_TEXT, HB_CONF_CHOICE,
               HB_CONF_REALS, HB_CONF_INTS, HB_CONF_TEXTS } hb_conf_type_t;

typedef struct {
    const char *key;           /* full dotted key, first part is the file */
    hb_conf_type_t type;
    const char *unit;          /* "" when none */
    const char *default_text;  /* as it would stand in YAML; "" = unset */
    double lo, hi;             /* bounds of INT, REAL, INTS, REALS elements; lo == hi: none */
    const char *choices;       /* CHOICE: "a b c"; INT/REAL/TEXT: words allowed beside a value ("auto") */
    bool runtime;              /* may be changed while the daemon runs */
    const char *help;          /* one sentence */
} hb_conf_key_t;

extern const hb_conf_key_t hb_conf_keys[];
extern const uint32_t hb_conf_key_count;

typedef struct hb_conf hb_conf_t;

/* All defaults. gives: hb_conf_close. */
HB_CHECKED hb_status_t hb_conf_open(hb_conf_t **out, hb_err_t *err);
void hb_conf_close(hb_conf_t *conf); /* NULL allowed */
/* Reads data.yaml, model.yaml, risk.yaml of a folder; a missing file keeps defaults unless must_exist
 * is set, when a missing folder is an error. where = file:line:column. */
HB_CHECKED hb_status_t hb_conf_load_dir(hb_conf_t *conf, const char *dir, bool must_exist,
                                        hb_err_t *err);
/* Environment HYPERBAR_<SECTION>__<KEY...> with __ for each dot (case-insensitive). */
HB_CHECKED hb_status_t hb_conf_load_env(hb_conf_t *conf, hb_err_t *err);
/* "key=value"; the file name may be dropped where the rest of the key is unique
 * ("catboost.depth=8"). */
HB_CHECKED hb_status_t hb_conf_set(hb_conf_t *conf, const char *assignment, hb_err_t *err);

/* Typed access; an unknown key or wrong type is the caller's bug (asserted). */
bool hb_conf_bool(const hb_conf_t *conf, const char *key);
int64_t hb_conf_int(const hb_conf_t *conf, const char *key);
double hb_conf_real(const hb_conf_t *conf, const char *key);
const char *hb_conf_text(const hb_conf_t *conf, const char *key); /* any type: its text form */
bool hb_conf_is(const hb_conf_t *conf, const char *key, const char *word); /* text equals word */
uint32_t hb_conf_count(const hb_conf_t *conf, const char *key);            /* list length */
double hb_conf_real_at(const hb_conf_t *conf, const char *key, uint32_t idx);
const char *hb_conf_text_at(const hb_conf_t *conf, const char *key, uint32_t idx);
const char *hb_conf_source(const hb_conf_t *conf, const char *key); /* "default", "file:12", "--set" */

/* Effective values of one file ("data", "model", "risk") as YAML text, keys sorted as in the table:
 * the copy kept in artifacts; same values, same bytes. commented: with help, unit and bounds, as
 * `init` writes it. */
void hb_conf_to_yaml(const hb_conf_t *conf, const char *file, bool commented, hb_buf_t *out);
/* JSON schema of all keys, and a Markdown table for the docs. */
void hb_conf_to_schema(hb_buf_t *out);
void hb_conf_to_markdown(hb_buf_t *out);

#endif
