/* hyperbar near build, near search: the index on plain matrices, no time and no labels. */
#include <math.h>
#include <string.h>

#include "app.h"
#include "app_npy.h"
#include "base_assert.h"
#include "base_mem.h"
#include "learn_recall.h"
#include "math_stats.h"
#include "near_index.h"
#include "num_dist.h"
#include "os_clock.h"
#include "os_file.h"
#include "store_hash.h"
#include "verb_table.h"

static const app_opt_t build_opts[] = {
    {"x", "X.npy", "rows to index (at most 32 columns)"},
    {"metric", "M", "l2, ip or lorentz (default lorentz)"},
    {"backend", "B", "exact, hnsw or ivfpq (default exact)"},
    {"out", "I.hbx", "where the index goes"},
    {NULL, NULL, NULL},
};

static const app_opt_t search_opts[] = {
    {"index", "I.hbx", "an index made by near build"},
    {"q", "Q.npy", "queries, one a row"},
    {"k", "K", "neighbours a query, 1..128 (default 32)"},
    {"out-ids", "ids.npy", "row ids, int64, -1 where there is none"},
    {"out-dist", "d.npy", "distances, float32"},
    {"exact", NULL, "measure recall against a brute-force scan in double"},
    {NULL, NULL, NULL},
};

static hb_status_t read_points(const char *path, hb_point_t **out, uint32_t *rows, hb_err_t *err)
{
    app_matrix_t x = {0};
    HB_TRY(app_npy_read(path, 0, &x, err));
    if (x.cols > HB_STATE_DIM_MAX || x.rows == 0) {
        const hb_status_t status = hb_err_set(
            err, HB_E_DATA, path, NULL, "%u rows of %u columns; 1 row and up, at most %u columns",
            x.rows, x.cols, HB_STATE_DIM_MAX);
        app_matrix_free(&x);
        return status;
    }
    hb_point_t *points = hb_alloc(x.rows, sizeof *points);
    for (uint32_t i = 0; i < x.rows; i++) {
        double norm_sq = 0;
        for (uint32_t j = 0; j < x.cols; j++) {
            points[i].z[j] = (float)x.data[(size_t)i * x.cols + j];
            norm_sq += (double)points[i].z[j] * points[i].z[j];
        }
        points[i].lift = (float)sqrt(1 + norm_sq);
        points[i].dim = HB_NUM_PAD(x.cols);
        points[i].finite = isfinite(points[i].lift);
    }
    *out = points;
    *rows = x.rows;
    app_matrix_free(&x);
    return HB_OK;
}

static hb_status_t read_params(const app_t *app, hb_near_params_t *out, hb_err_t *err)
{
    static const char *const metrics[] = {"l2", "ip", "lorentz"};
    static const char *const backends[] = {"exact", "hnsw", "ivfpq"};
    const char *metric = app_opt(app, "metric"), *backend = app_opt(app, "backend");
    hb_near_params_t params = hb_near_params_default();
    int metric_at = HB_METRIC_LORENTZ, backend_at = HB_NEAR_EXACT;
    for (int i = 0; i < 3; i++) {
        if (metric && strcmp(metric, metrics[i]) == 0) metric_at = i, metric = NULL;
        if (backend && strcmp(backend, backends[i]) == 0) backend_at = i, backend = NULL;
    }
    if (metric || backend) {
        return hb_err_set(err, HB_E_USAGE, app->verb->name, app->verb->example,
                          "--%s knows no '%.40s'", metric ? "metric" : "backend",
                          metric ? metric : backend);
    }
    params.metric = (hb_metric_t)metric_at;
    params.backend = (hb_near_backend_t)backend_at;
    *out = params;
    return HB_OK;
}

static hb_status_t build(app_t *app, hb_err_t *err)
{
    const char *x_path = NULL, *out = NULL;
    hb_point_t *points = NULL;
    hb_near_meta_t *meta = NULL;
    hb_near_index_t index = {0};
    hb_near_params_t params;
    uint32_t rows = 0;
    hb_status_t status;
    HB_TRY(app_need(app, "x", &x_path, err));
    HB_TRY(app_need(app, "out", &out, err));
    HB_TRY(read_params(app, &params, err));
    HB_TRY(read_points(x_path, &points, &rows, err));
    meta = hb_alloc(rows, sizeof *meta);
    for (uint32_t i = 0; i < rows; i++)
        meta[i] = (hb_near_meta_t){.start_utc_at_ns = i, .end_utc_at_ns = i, .weight = 1};
    const hb_clock_t clock = hb_os_clock_real();
    const int64_t began = clock.mono_ns(clock.ctx);
    HB_TRY_OUT(hb_near_build(points, meta, rows, &params, &index, err));
    const double seconds = (double)(clock.mono_ns(clock.ctx) - began) * 1e-9;
    if (!app->dry_run) {
        char sha[HB_SHA256_HEX];
        hb_map_t map;
        HB_TRY_OUT(hb_near_save(&index, out, err));
        HB_TRY_OUT(hb_sha256_of_file(out, sha, err));
        HB_TRY_OUT(hb_os_map(out, &map, err));
        app_set(app, "bytes", json_integer((json_int_t)map.size_bytes));
        app_set(app, "sha256", json_string(sha));
        hb_os_unmap(&map);
    }
    app_set(app, "rows", json_integer(rows));
    app_set(app, "build_seconds", json_real(seconds));
    app_say(app, "%u rows in %.3f s: %s", rows, seconds, out);
out:
    hb_near_close(&index);
    hb_free(points);
    hb_free(meta);
    return status;
}

typedef struct {
    int64_t *ids;
    float *dist;
    double *took_ns;
} found_t;

static void search_all(const hb_near_index_t *index, const hb_point_t *points, uint32_t rows,
                       found_t *found)
{
    const hb_clock_t clock = hb_os_clock_real();
    const uint32_t k = index->params.k;
    void *memory = hb_alloc(1, hb_near_scratch_footprint(&index->params));
    hb_near_scratch_t *scratch = hb_near_scratch_init(memory, &index->params);
    for (uint32_t i = 0; i < rows; i++) {
        hb_near_t near;
        const int64_t began = clock.mono_ns(clock.ctx);
        hb_near_search(index, &points[i], INT64_MAX, scratch, &near);
        found->took_ns[i] = (double)(clock.mono_ns(clock.ctx) - began);
        for (uint32_t j = 0; j < k; j++) {
            found->ids[(size_t)i * k + j] = j < near.count ? (int64_t)near.ids[j] : -1;
            found->dist[(size_t)i * k + j] = j < near.count ? near.dist[j] : INFINITY;
        }
    }
    hb_free(memory);
}

static void add_recall(app_t *app, const hb_near_index_t *index, const hb_point_t *points,
                       uint32_t rows)
{
    const uint32_t queries = HB_MIN(rows, 1000u);
    int64_t *at_ns = hb_alloc(queries, sizeof *at_ns);
    for (uint32_t i = 0; i < queries; i++) at_ns[i] = INT64_MAX;
    void *memory = hb_alloc(1, hb_near_scratch_footprint(&index->params));
    hb_recall_t recall;
    hb_recall_measure(index, points, at_ns, queries, hb_near_scratch_init(memory, &index->params),
                      &recall);
    app_set(app, "recall", json_real(recall.recall));
    app_set(app, "speedup_vs_exact", json_real(recall.speedup));
    hb_free(memory);
    hb_free(at_ns);
}

static hb_status_t write_found(const app_t *app, const found_t *found, uint32_t rows, uint32_t k,
                               hb_err_t *err)
{
    if (app->dry_run) return HB_OK;
    if (app_opt(app, "out-ids"))
        HB_TRY(app_npy_write(app_opt(app, "out-ids"), "<i8", found->ids, rows, k, err));
    if (app_opt(app, "out-dist"))
        HB_TRY(app_npy_write(app_opt(app, "out-dist"), "<f4", found->dist, rows, k, err));
    return HB_OK;
}

static hb_status_t search(app_t *app, hb_err_t *err)
{
    const char *index_path = NULL, *q_path = NULL;
    hb_near_index_t index = {0};
    hb_point_t *points = NULL;
    found_t found = {0};
    uint32_t rows = 0;
    int64_t k = 0;
    hb_status_t status;
    HB_TRY(app_need(app, "index", &index_path, err));
    HB_TRY(app_need(app, "q", &q_path, err));
    HB_TRY(app_opt_int(app, "k", 1, HB_NEAR_K_MAX, 32, &k, err));
    HB_TRY(hb_near_open(index_path, &index, err));
    index.params.k = (uint32_t)k;
    HB_TRY_OUT(read_points(q_path, &points, &rows, err));
    if (points[0].dim != index.dim) {
        status =
            hb_err_set(err, HB_E_DATA, q_path, NULL,
                       "queries of %u padded columns, the index has %u", points[0].dim, index.dim);
        goto out;
    }
    found = (found_t){hb_alloc((size_t)rows * (size_t)k, 8), hb_alloc((size_t)rows * (size_t)k, 4),
                      hb_alloc(rows, 8)};
    search_all(&index, points, rows, &found);
    HB_TRY_OUT(write_found(app, &found, rows, (uint32_t)k, err));
    if (app_flag(app, "exact")) add_recall(app, &index, points, rows);
    double sum_ns = 0;
    for (uint32_t i = 0; i < rows; i++) sum_ns += found.took_ns[i];
    hb_sort_doubles(found.took_ns, rows);
    app_set(app, "queries", json_integer(rows));
    app_set(app, "qps", json_real(rows / (sum_ns * 1e-9)));
    app_set(app, "p50_us", json_real(hb_quantile_sorted(found.took_ns, rows, 0.50) * 1e-3));
    app_set(app, "p95_us", json_real(hb_quantile_sorted(found.took_ns, rows, 0.95) * 1e-3));
    app_set(app, "p99_us", json_real(hb_quantile_sorted(found.took_ns, rows, 0.99) * 1e-3));
    app_say(app, "%u queries, p50 %.1f us, p99 %.1f us, one at a time on one thread", rows,
            hb_quantile_sorted(found.took_ns, rows, 0.50) * 1e-3,
            hb_quantile_sorted(found.took_ns, rows, 0.99) * 1e-3);
out:
    hb_near_close(&index);
    hb_free(points);
    hb_free(found.ids);
    hb_free(found.dist);
    hb_free(found.took_ns);
    return status;
}

const app_verb_t verb_near_build = {
    "near build", "index the rows of a matrix",
    "",           "hyperbar near build --x X.npy --metric lorentz --out I.hbx",
    build_opts,   build};
const app_verb_t verb_near_search = {
    "near search",
    "nearest rows of an index, with latency and recall",
    "",
    "hyperbar near search --index I.hbx --q Q.npy --k 32 --out-ids ids.npy",
    search_opts,
    search};
