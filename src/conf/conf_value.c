/* Text to checked value: types, bounds, words, lists.
 *
 * Invariant: the text of a value is canonical (numbers in the shortest form that reads back to the
 * same bits, choices in the table's spelling), so that equal configurations give equal bytes and
 * hashes.
 */
#include "conf_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"

static char *dup_bytes(const char *p, size_t n)
{
    char *copy = hb_alloc(n + 1, 1);
    memcpy(copy, p, n);
    return copy;
}

void conf_value_fini(conf_value_t *value)
{
    for (uint32_t i = 0; value->items && i < value->count; i++) hb_free(value->items[i]);
    hb_free(value->items);
    hb_free(value->numbers);
    hb_free(value->text);
    hb_free(value->source);
    *value = (conf_value_t){0};
}

void conf_value_put(hb_conf_t *conf, uint32_t key_idx, conf_value_t *value, const char *source)
{
    value->source = hb_strdup(source);
    conf_value_fini(&conf->values[key_idx]);
    conf->values[key_idx] = *value;
    *value = (conf_value_t){0};
}

/* ---- what a key wants, in words ---- */

static void add_bounds(const hb_conf_key_t *key, hb_buf_t *out)
{
    char lo[32], hi[32];
    if (key->lo == key->hi) return;
    conf_number_text(key->lo, lo);
    conf_number_text(key->hi, hi);
    hb_buf_addf(out, " from %s to %s", lo, hi);
}

static void add_words(const hb_conf_key_t *key, const char *lead, hb_buf_t *out)
{
    const char *p = NULL;
    size_t n = 0;
    for (uint32_t i = 0; conf_word_at(key->choices, i, &p, &n); i++) {
        hb_buf_addf(out, "%s%.*s", i == 0 ? lead : ", ", (int)n, p);
    }
}

void conf_want_add(const hb_conf_key_t *key, hb_buf_t *out)
{
    static const char *const names[] = {
        [HB_CONF_BOOL] = "true or false",
        [HB_CONF_INT] = "an integer",
        [HB_CONF_REAL] = "a number",
        [HB_CONF_TEXT] = "text",
        [HB_CONF_CHOICE] = "one of",
        [HB_CONF_REALS] = "a list of numbers",
        [HB_CONF_INTS] = "a list of integers",
        [HB_CONF_TEXTS] = "a list of texts",
        [HB_CONF_CLOCK] = "a time of day HH:MM",
    };
    hb_buf_addf(out, "%s", names[key->type]);
    if (key->count) hb_buf_addf(out, " (%u of them)", key->count);
    add_bounds(key, out);
    add_words(key, key->type == HB_CONF_CHOICE ? " " : " or ", out);
}

/* ---- refusals ---- */

static hb_status_t refuse(const hb_conf_key_t *key, const char *where, const char *what,
                          hb_err_t *err)
{
    hb_buf_t want = {0};
    conf_want_add(key, &want);
    char hint[256];
    if (key->default_text[0]) {
        snprintf(hint, sizeof hint, "the default is %s", key->default_text);
    } else {
        snprintf(hint, sizeof hint, "remove the line to leave it unset");
    }
    hb_err_set(err, HB_E_CONFIG, where, hint, "%s must be %s, not %s", key->key, want.p, what);
    hb_buf_fini(&want);
    return HB_E_CONFIG;
}

static hb_status_t refuse_scalar(const hb_conf_key_t *key, const char *where,
                                 const conf_scalar_t *in, hb_err_t *err)
{
    char shown[CONF_SHOWN_MAX], what[CONF_SHOWN_MAX + 32];
    conf_show(in->p, in->n, shown);
    snprintf(what, sizeof what, in->quoted ? "the text \"%s\" (in quotes)" : "\"%s\"", shown);
    return refuse(key, where, what, err);
}

static hb_status_t refuse_choice(const hb_conf_key_t *key, const char *where,
                                 const conf_scalar_t *in, hb_err_t *err)
{
    char *words = hb_strdup(key->choices);
    const char *candidates[32];
    size_t count = 0;
    for (char *at = words; *at && count < HB_COUNT(candidates);) {
        candidates[count++] = at;
        at += strcspn(at, " ");
        if (*at) *at++ = '\0';
    }
    char shown[CONF_SHOWN_MAX];
    conf_show(in->p, in->n, shown);
    const char *meant = hb_text_did_you_mean(shown, candidates, count);
    hb_status_t status = HB_E_CONFIG;
    if (meant) {
        char hint[128];
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", meant);
        status =
            hb_err_set(err, HB_E_CONFIG, where, hint, "%s has no choice \"%s\"", key->key, shown);
    } else {
        status = refuse_scalar(key, where, in, err);
    }
    hb_free(words);
    return status;
}

/* ---- scalars ---- */

/* The table's word that in spells, whatever its case. */
static bool word_find(const hb_conf_key_t *key, const conf_scalar_t *in, const char **p, size_t *n)
{
    char word[64], given[64];
    if (in->n >= sizeof given || memchr(in->p, '\0', in->n)) return false;
    memcpy(given, in->p, in->n);
    given[in->n] = '\0';
    for (uint32_t i = 0; conf_word_at(key->choices, i, p, n); i++) {
        snprintf(word, sizeof word, "%.*s", (int)*n, *p);
        if (hb_text_equal_nocase(word, given)) return true;
    }
    return false;
}

bool conf_word_known(const hb_conf_key_t *key, const conf_scalar_t *in)
{
    const char *p = NULL;
    size_t n = 0;
    return word_find(key, in, &p, &n);
}

/* C writes 1e-06; one form only: no plus sign, no leading zero in the exponent. */
static void exponent_trim(char *text)
{
    char *e = strchr(text, 'e');
    if (!e) return;
    char *from = e + 1, *to = e + 1;
    if (*from == '-') from++, to++;
    if (*from == '+') from++;
    while (*from == '0' && from[1]) from++;
    memmove(to, from, strlen(from) + 1);
}

/* Shortest decimal form that reads back to the same bits: 0.06, 1e-6, 1500. */
void conf_number_text(double number, char out[32])
{
    const double size = fabs(number);
    const bool fixed = number == 0 || (size >= 1e-4 && size < 1e15);
    for (int digits = fixed ? 0 : 1; digits <= 20; digits++) {
        double back = 0;
        snprintf(out, 32, fixed ? "%.*f" : "%.*g", digits, number);
        if (hb_parse_double(out, strlen(out), &back) && back == number) break;
    }
    exponent_trim(out);
}

static bool out_of_bounds(const hb_conf_key_t *key, double number)
{
    return key->lo != key->hi && !(number >= key->lo && number <= key->hi);
}

static hb_status_t make_number(const hb_conf_key_t *key, const conf_scalar_t *in, const char *where,
                               conf_value_t *out, hb_err_t *err)
{
    const bool whole = key->type == HB_CONF_INT || key->type == HB_CONF_INTS;
    char text[32];
    bool good = !in->quoted;
    if (whole) {
        good = good && hb_parse_i64(in->p, in->n, &out->whole);
        out->number = (double)out->whole;
        snprintf(text, sizeof text, "%lld", (long long)out->whole);
    } else {
        good = good && hb_parse_double(in->p, in->n, &out->number) && isfinite(out->number);
        if (good) {
            out->number += 0.0; /* one zero: -0 becomes 0 */
            conf_number_text(out->number, text);
        }
    }
    if (!good || out_of_bounds(key, out->number)) return refuse_scalar(key, where, in, err);
    out->text = hb_strdup(text);
    return HB_OK;
}

static hb_status_t make_bool(const hb_conf_key_t *key, const conf_scalar_t *in, const char *where,
                             conf_value_t *out, hb_err_t *err)
{
    if (in->quoted || !hb_parse_bool(in->p, in->n, &out->truth)) {
        return refuse_scalar(key, where, in, err);
    }
    out->text = hb_strdup(out->truth ? "true" : "false");
    return HB_OK;
}

static hb_status_t make_text(const hb_conf_key_t *key, const conf_scalar_t *in, const char *where,
                             conf_value_t *out, hb_err_t *err)
{
    if (in->n > CONF_TEXT_MAX) {
        return hb_err_set(err, HB_E_CONFIG, where, "shorten it", "%s is longer than %u bytes",
                          key->key, CONF_TEXT_MAX);
    }
    bool plain = conf_utf8_ok(in->p, in->n);
    for (size_t i = 0; i < in->n && plain; i++) {
        plain = (unsigned char)in->p[i] >= 0x20 && in->p[i] != 0x7f;
    }
    if (!plain) {
        return hb_err_set(err, HB_E_CONFIG, where, "write it as one line of UTF-8 text",
                          "%s holds control characters or bytes that are not UTF-8", key->key);
    }
    out->text = dup_bytes(in->p, in->n);
    return HB_OK;
}

static bool two_digits(const char *p, int max, int *out)
{
    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9') return false;
    *out = (p[0] - '0') * 10 + (p[1] - '0');
    return *out <= max;
}

static hb_status_t make_clock(const hb_conf_key_t *key, const conf_scalar_t *in, const char *where,
                              conf_value_t *out, hb_err_t *err)
{
    int hour = 0, minute = 0;
    char text[8] = "0";
    if (in->n == 4) memcpy(text + 1, in->p, 4); /* 9:30 */
    if (in->n == 5) memcpy(text, in->p, 5);
    if (text[2] != ':' || !two_digits(text, 23, &hour) || !two_digits(text + 3, 59, &minute)) {
        return refuse_scalar(key, where, in, err);
    }
    out->whole = hour * 60 + minute;
    out->text = hb_strdup(text);
    return HB_OK;
}

static hb_status_t make_scalar(const hb_conf_key_t *key, const conf_scalar_t *in, const char *where,
                               conf_value_t *out, hb_err_t *err)
{
    const char *word = NULL;
    size_t n = 0;
    if (word_find(key, in, &word, &n)) {
        out->word = true;
        out->text = dup_bytes(word, n);
        return HB_OK;
    }
    switch (key->type) {
    case HB_CONF_BOOL:
        return make_bool(key, in, where, out, err);
    case HB_CONF_CHOICE:
        return refuse_choice(key, where, in, err);
    case HB_CONF_CLOCK:
        return make_clock(key, in, where, out, err);
    case HB_CONF_TEXT:
    case HB_CONF_TEXTS:
        return make_text(key, in, where, out, err);
    default:
        return make_number(key, in, where, out, err);
    }
}

/* ---- lists ---- */

static bool is_list(hb_conf_type_t type)
{
    return type == HB_CONF_REALS || type == HB_CONF_INTS || type == HB_CONF_TEXTS;
}

static void list_text(bool texts, conf_value_t *value)
{
    hb_buf_t buf = {0};
    hb_buf_add(&buf, "[", 1);
    for (uint32_t i = 0; i < value->count; i++) {
        hb_buf_addf(&buf, "%s", i ? ", " : "");
        if (texts) {
            conf_text_add(value->items[i], &buf);
        } else {
            hb_buf_addf(&buf, "%s", value->items[i]);
        }
    }
    hb_buf_add(&buf, "]", 1);
    value->text = hb_strdup(buf.p);
    hb_buf_fini(&buf);
}

static hb_status_t make_list(const hb_conf_key_t *key, const conf_raw_t *raw, const char *where,
                             conf_value_t *out, hb_err_t *err)
{
    if (raw->count > CONF_ITEMS_MAX) {
        return hb_err_set(err, HB_E_CONFIG, where, "shorten the list",
                          "%s has more than %u elements", key->key, CONF_ITEMS_MAX);
    }
    const bool too_few = raw->count == 0 && key->type != HB_CONF_TEXTS;
    if (too_few || (key->count && raw->count != key->count)) {
        char what[48];
        snprintf(what, sizeof what, "a list of %u", raw->count);
        return refuse(key, where, what, err);
    }
    out->items = hb_alloc(raw->count, sizeof *out->items);
    out->numbers = hb_alloc(raw->count, sizeof *out->numbers);
    /* The words stand for a whole list, never for an element of it. */
    hb_conf_key_t element = *key;
    element.choices = "";
    for (uint32_t i = 0; i < raw->count; i++) {
        conf_value_t one = {0};
        HB_TRY(make_scalar(&element, &raw->items[i], where, &one, err));
        out->items[i] = one.text;
        out->numbers[i] = one.number;
        out->count = i + 1;
    }
    list_text(key->type == HB_CONF_TEXTS, out);
    return HB_OK;
}

/* ---- any value ---- */

/* No value at all unsets a text or a list, spells the word none, and is refused elsewhere: an empty
 * line below a cap must not quietly mean the default. */
static hb_status_t make_null(const hb_conf_key_t *key, const char *where, conf_value_t *out,
                             hb_err_t *err)
{
    const conf_scalar_t none = {.p = "none", .n = 4};
    const char *word = NULL;
    size_t n = 0;
    if (key->type == HB_CONF_TEXT) {
        out->text = hb_strdup("");
        return HB_OK;
    }
    if (key->type == HB_CONF_TEXTS) {
        out->text = hb_strdup("[]");
        return HB_OK;
    }
    if (word_find(key, &none, &word, &n)) return make_scalar(key, &none, where, out, err);
    return refuse(key, where, "empty", err);
}

hb_status_t conf_value_make(const hb_conf_key_t *key, const conf_raw_t *raw, const char *where,
                            conf_value_t *out, hb_err_t *err)
{
    conf_value_t made = {0};
    hb_status_t status = HB_OK;
    if (raw->null) {
        status = make_null(key, where, &made, err);
    } else if (!is_list(key->type)) {
        status = raw->list ? refuse(key, where, "a list", err)
                           : make_scalar(key, &raw->items[0], where, &made, err);
    } else if (!raw->list && conf_word_known(key, &raw->items[0])) {
        status = make_scalar(key, &raw->items[0], where, &made, err);
    } else if (!raw->list && key->type != HB_CONF_TEXTS) {
        status = refuse_scalar(key, where, &raw->items[0], err);
    } else {
        status = make_list(key, raw, where, &made, err);
    }
    if (status != HB_OK) {
        conf_value_fini(&made);
        return status;
    }
    *out = made;
    return HB_OK;
}
