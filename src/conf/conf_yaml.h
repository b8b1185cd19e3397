/* Shared by conf_yaml.c and conf_load.c: the state of reading one file. */
#ifndef HB_CONF_YAML_H
#define HB_CONF_YAML_H

#include <libfyaml.h>

#include "conf_impl.h"

#define CONF_SEEN_MAX 1024u

typedef struct {
    hb_conf_t *conf;  /* a copy: dropped when anything is refused */
    const char *file; /* data, model, risk */
    const char *name; /* for messages */
    struct fy_parser *parser;
    struct fy_diag *diag;
    struct fy_mark mark; /* of the last token, from zero */
    int depth;
    uint32_t top_keys;
    bool wrapped; /* all of it stands below a key equal to the file name */
    uint32_t seen_count;
    char *seen[CONF_SEEN_MAX]; /* full paths of sections and keys so far */
    hb_err_t *err;
} conf_reader_t;

/* Reads the one document of the stream. error: HB_E_CONFIG at file:line:column. */
HB_CHECKED hb_status_t conf_yaml_read(conf_reader_t *reader);
/* file:line:column into out; a long name keeps its end, where the file's name stands. */
void conf_yaml_where(const char *name, int line, int column, char out[256]);

#endif
