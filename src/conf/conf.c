/* The configuration object: defaults, copies, typed access.
 *
 * Invariant: every key of the table has a checked value at all times. Changes are made on a copy
 * and moved over when all of them passed, so a refused file or assignment leaves no trace.
 */
#include "conf_impl.h"

#include <string.h>

#include "base_assert.h"
#include "base_mem.h"

static uint32_t key_idx(const char *key)
{
    for (uint32_t i = 0; i < hb_conf_key_count; i++) {
        if (strcmp(hb_conf_keys[i].key, key) == 0) return i;
    }
    return hb_conf_key_count;
}

const hb_conf_key_t *hb_conf_key_find(const char *key)
{
    const uint32_t idx = key_idx(key);
    return idx < hb_conf_key_count ? &hb_conf_keys[idx] : NULL;
}

static hb_conf_t *conf_new(void)
{
    hb_conf_t *conf = hb_alloc(1, sizeof *conf);
    conf->values = hb_alloc(hb_conf_key_count, sizeof *conf->values);
    return conf;
}

hb_status_t hb_conf_open(hb_conf_t **out, hb_err_t *err)
{
    hb_conf_t *conf = conf_new();
    for (uint32_t i = 0; i < hb_conf_key_count; i++) {
        const hb_status_t status =
            conf_assign(conf, i, hb_conf_keys[i].default_text, "default", err);
        if (status != HB_OK) {
            hb_conf_close(conf);
            return status;
        }
    }
    *out = conf;
    return HB_OK;
}

void hb_conf_close(hb_conf_t *conf)
{
    if (!conf) return;
    for (uint32_t i = 0; i < hb_conf_key_count; i++) conf_value_fini(&conf->values[i]);
    hb_free(conf->values);
    hb_free(conf);
}

static void value_copy(const conf_value_t *from, conf_value_t *to)
{
    *to = *from;
    to->text = hb_strdup(from->text);
    to->source = hb_strdup(from->source);
    if (!from->items) return;
    to->items = hb_alloc(from->count, sizeof *to->items);
    to->numbers = hb_alloc(from->count, sizeof *to->numbers);
    for (uint32_t i = 0; i < from->count; i++) {
        to->items[i] = hb_strdup(from->items[i]);
        to->numbers[i] = from->numbers[i];
    }
}

hb_conf_t *conf_copy(const hb_conf_t *conf)
{
    hb_conf_t *copy = conf_new();
    for (uint32_t i = 0; i < hb_conf_key_count; i++) value_copy(&conf->values[i], &copy->values[i]);
    return copy;
}

void conf_take(hb_conf_t *conf, hb_conf_t *changed)
{
    conf_value_t *old = conf->values;
    conf->values = changed->values;
    changed->values = old;
    hb_conf_close(changed);
}

static const conf_value_t *value_of(const hb_conf_t *conf, const char *key)
{
    const uint32_t idx = key_idx(key);
    HB_ASSERT(idx < hb_conf_key_count);
    return &conf->values[idx];
}

static const conf_value_t *typed(const hb_conf_t *conf, const char *key, hb_conf_type_t type)
{
    const conf_value_t *value = value_of(conf, key);
    HB_ASSERT(hb_conf_keys[value - conf->values].type == type);
    HB_ASSERT(!value->word);
    return value;
}

bool hb_conf_has_number(const hb_conf_t *conf, const char *key)
{
    const conf_value_t *value = value_of(conf, key);
    const hb_conf_type_t type = hb_conf_keys[value - conf->values].type;
    return (type == HB_CONF_INT || type == HB_CONF_REAL) && !value->word;
}

bool hb_conf_bool(const hb_conf_t *conf, const char *key)
{
    return typed(conf, key, HB_CONF_BOOL)->truth;
}

int64_t hb_conf_int(const hb_conf_t *conf, const char *key)
{
    return typed(conf, key, HB_CONF_INT)->whole;
}

double hb_conf_real(const hb_conf_t *conf, const char *key)
{
    /* An integer is a number too: callers that take either ask here. */
    HB_ASSERT(hb_conf_has_number(conf, key));
    return value_of(conf, key)->number;
}

int32_t hb_conf_clock_min(const hb_conf_t *conf, const char *key)
{
    return (int32_t)typed(conf, key, HB_CONF_CLOCK)->whole;
}

const char *hb_conf_text(const hb_conf_t *conf, const char *key)
{
    return value_of(conf, key)->text;
}

bool hb_conf_is(const hb_conf_t *conf, const char *key, const char *word)
{
    return strcmp(value_of(conf, key)->text, word) == 0;
}

uint32_t hb_conf_count(const hb_conf_t *conf, const char *key)
{
    return value_of(conf, key)->count;
}

double hb_conf_real_at(const hb_conf_t *conf, const char *key, uint32_t idx)
{
    const conf_value_t *value = value_of(conf, key);
    const hb_conf_type_t type = hb_conf_keys[value - conf->values].type;
    HB_ASSERT(type == HB_CONF_REALS || type == HB_CONF_INTS);
    HB_ASSERT(idx < value->count);
    return value->numbers[idx];
}

const char *hb_conf_text_at(const hb_conf_t *conf, const char *key, uint32_t idx)
{
    const conf_value_t *value = value_of(conf, key);
    HB_ASSERT(idx < value->count);
    return value->items[idx];
}

const char *hb_conf_source(const hb_conf_t *conf, const char *key)
{
    return value_of(conf, key)->source;
}
