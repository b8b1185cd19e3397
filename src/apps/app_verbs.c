/* The table of verbs. */
#include "app.h"
#include "verb/verb_table.h"

const app_verb_t *const app_verbs[] = {
#define VERB_ENTRY(name) &verb_##name,
    VERB_TABLE(VERB_ENTRY)
#undef VERB_ENTRY
};
const uint32_t app_verb_count = sizeof app_verbs / sizeof app_verbs[0];
