/* Every verb, one line each; the order is that of `hyperbar --help`. */
#ifndef HB_VERB_TABLE_H
#define HB_VERB_TABLE_H

#include "app.h"

#define VERB_TABLE(X)                                                                              \
    X(demo)                                                                                        \
    X(init)                                                                                        \
    X(synth)                                                                                       \
    X(ingest)                                                                                      \
    X(train)                                                                                       \
    X(validate)                                                                                    \
    X(gates)                                                                                       \
    X(predict)                                                                                     \
    X(replay)                                                                                      \
    X(report)                                                                                      \
    X(doctor)                                                                                      \
    X(config_show)                                                                                 \
    X(config_schema)                                                                               \
    X(whiten_fit)                                                                                  \
    X(whiten_apply)                                                                                \
    X(near_build)                                                                                  \
    X(near_search)                                                                                 \
    X(boost_fit)                                                                                   \
    X(boost_predict)                                                                               \
    X(split)                                                                                       \
    X(metrics)                                                                                     \
    X(label)

#define VERB_DECLARE(name) extern const app_verb_t verb_##name;
VERB_TABLE(VERB_DECLARE)
#undef VERB_DECLARE

#endif
