/* Shared by the files of src/conf; no one else includes it. */
#ifndef HB_CONF_IMPL_H
#define HB_CONF_IMPL_H

#include "conf.h"

#define CONF_ITEMS_MAX 4096u /* elements of a list */
#define CONF_TEXT_MAX  4096u /* bytes of one value */
#define CONF_NAME_MAX  128u  /* bytes of a dotted key */

/* A value as it was written, before its key says what it must be. */
typedef struct {
    const char *p;
    size_t n;
    bool quoted;
} conf_scalar_t;

typedef struct {
    conf_scalar_t *items;
    uint32_t count;
    bool list; /* written as a list */
    bool null; /* nothing, ~ or null: count is 0 */
} conf_raw_t;

/* A checked value. text is canonical: same value, same text. */
typedef struct {
    char *text;
    char *source;
    bool word; /* one of the key's words stands for the value */
    bool truth;
    int64_t whole;   /* INT; CLOCK: minutes */
    double number;   /* INT and REAL */
    uint32_t count;  /* lists */
    double *numbers; /* INTS, REALS */
    char **items;    /* text form of the elements of any list */
} conf_value_t;

struct hb_conf {
    conf_value_t *values; /* [hb_conf_key_count] */
};

/* Checks raw against its key. out is overwritten, not freed. error: HB_E_CONFIG at `where`. */
HB_CHECKED hb_status_t conf_value_make(const hb_conf_key_t *key, const conf_raw_t *raw,
                                       const char *where, conf_value_t *out, hb_err_t *err);
/* One of the words that may stand for the value, whatever its case. */
bool conf_word_known(const hb_conf_key_t *key, const conf_scalar_t *in);
void conf_value_fini(conf_value_t *value);
/* Takes over value as the value of a key and notes where it came from. */
void conf_value_put(hb_conf_t *conf, uint32_t key_idx, conf_value_t *value, const char *source);

/* Shortest decimal form that reads back to the same bits. */
void conf_number_text(double number, char out[32]);
/* What a key wants, in words: "an integer from 1 to 16 or auto". */
void conf_want_add(const hb_conf_key_t *key, hb_buf_t *out);

/* A key from the text of --set or the environment. error: HB_E_CONFIG, unknown or ambiguous. */
HB_CHECKED hb_status_t conf_key_resolve(const char *name, size_t bytes, const char *where,
                                        uint32_t *key_idx, hb_err_t *err);
/* Hint for an unknown name below a section ("model.ann") or a file ("model"). */
void conf_key_hint(const char *path, const char *name, char *out, size_t cap);

/* "key=value" text after the sign, split as --set and the environment write it, checked and put. */
HB_CHECKED hb_status_t conf_assign(hb_conf_t *conf, uint32_t key_idx, const char *value,
                                   const char *source, hb_err_t *err);

/* A copy for a change that may fail half way, and its end: take moves it over conf. */
hb_conf_t *conf_copy(const hb_conf_t *conf);
void conf_take(hb_conf_t *conf, hb_conf_t *changed);

/* Printable piece of foreign text for a message: control bytes become '?', cut at a character. */
#define CONF_SHOWN_MAX 64
void conf_show(const char *p, size_t n, char out[CONF_SHOWN_MAX]);
/* Text as a YAML scalar that reads back as this text: in quotes where it needs them. */
void conf_text_add(const char *text, hb_buf_t *out);
bool conf_utf8_ok(const char *p, size_t n);
/* The i-th of a list of words parted by blanks; false past the end. */
bool conf_word_at(const char *words, uint32_t idx, const char **p, size_t *n);

#endif
