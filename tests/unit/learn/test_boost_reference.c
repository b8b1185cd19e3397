/* The trainer against two others: a naive one below, which tries every border by adding up all rows
 * anew, and trees written down from an independent trainer that reproduces CatBoost's own (Plain,
 * Logloss, Cosine, Newton, no bootstrap, no noise, start at the log-odds). */
#include "th.h"

#include "boost_make.h"
#include "learn_boost_int.h"

/* ---- naive ---- */

typedef struct {
    const hb_boost_data_t *data;
    hb_boost_borders_t borders;
    double l2, weight_min, mean_weight;
    double odds[600], p[600];
    uint32_t leaf[600], depth;
} naive_t;

static double naive_weight(const naive_t *naive, uint32_t row)
{
    return naive->data->weight ? naive->data->weight[row] : 1;
}

static uint32_t naive_side(const naive_t *naive, uint32_t row, uint32_t feature, float border)
{
    return naive->data->x[row * naive->data->feature_count + feature] > border;
}

/* Cosine score of the leaves with one more split; false when it cuts none or bars itself. */
static bool naive_score(const naive_t *naive, uint32_t feature, float border, double *score)
{
    double num = 0, den = 1e-100;
    bool cuts = false;
    for (uint32_t k = 0; k < 1u << naive->depth; k++) {
        double slope[2] = {0, 0}, weight[2] = {0, 0};
        for (uint32_t i = 0; i < naive->data->rows; i++) {
            if (naive->leaf[i] != k) continue;
            const uint32_t side = naive_side(naive, i, feature, border);
            slope[side] += naive_weight(naive, i) * (naive->data->y[i] - naive->p[i]);
            weight[side] += naive_weight(naive, i);
        }
        for (int s = 0; s < 2; s++) {
            const double a = weight[s] > 0 ? slope[s] / (weight[s] + naive->l2) : 0;
            num += a * slope[s];
            den += a * a * weight[s];
        }
        if (weight[0] > 0 && weight[1] > 0) {
            cuts = true;
            if (fmin(weight[0], weight[1]) < naive->weight_min) return false;
        }
    }
    *score = num / sqrt(den);
    return cuts;
}

/* Grows one level along the given split after showing that none is better. False: no split. */
static bool naive_level(naive_t *naive, uint32_t feature, float border)
{
    double best = -INFINITY, chosen = -INFINITY, score;
    for (uint32_t f = 0; f < naive->data->feature_count; f++) {
        for (uint32_t b = naive->borders.first[f]; b < naive->borders.first[f + 1]; b++) {
            if (naive_score(naive, f, naive->borders.border[b], &score)) best = fmax(best, score);
        }
    }
    if (feature == UINT32_MAX) return best > -INFINITY;
    assert_true(naive_score(naive, feature, border, &chosen));
    th_close(chosen, best, 1e-9);
    for (uint32_t i = 0; i < naive->data->rows; i++) {
        naive->leaf[i] |= naive_side(naive, i, feature, border) << naive->depth;
    }
    naive->depth++;
    return true;
}

static void naive_leaves(naive_t *naive, const double *values, double learning_rate)
{
    for (uint32_t k = 0; k < 1u << naive->depth; k++) {
        double slope = 0, bend = naive->l2;
        for (uint32_t i = 0; i < naive->data->rows; i++) {
            if (naive->leaf[i] != k) continue;
            slope += naive_weight(naive, i) * (naive->data->y[i] - naive->p[i]);
            bend += naive_weight(naive, i) * naive->p[i] * (1 - naive->p[i]);
        }
        th_close(values[k], learning_rate * slope / bend, 1e-10);
    }
    for (uint32_t i = 0; i < naive->data->rows; i++) {
        naive->odds[i] += values[naive->leaf[i]];
        naive->p[i] = 1 / (1 + exp(-naive->odds[i]));
    }
}

static void naive_tree(naive_t *naive, const boost_model_t *model, uint32_t tree,
                       const hb_boost_params_t *params)
{
    uint64_t split = 0, leaf = 0;
    for (uint32_t t = 0; t < tree; t++) {
        split += model->trees.depths[t];
        leaf += 1u << model->trees.depths[t];
    }
    naive->depth = 0;
    memset(naive->leaf, 0, sizeof naive->leaf);
    for (uint32_t j = 0; j < model->trees.depths[tree]; j++) {
        naive_level(naive, model->trees.split_features[split + j],
                    model->trees.split_borders[split + j]);
    }
    if (naive->depth < params->depth) assert_false(naive_level(naive, UINT32_MAX, 0));
    naive_leaves(naive, model->trees.leaf_values + leaf, params->learning_rate);
}

static void naive_agrees(const hb_boost_data_t *data, const hb_boost_params_t *params)
{
    boost_model_t model = model_fit(data, NULL, params);
    naive_t *naive = hb_alloc(1, sizeof *naive);
    naive->data = data;
    double sum = 0;
    for (uint32_t i = 0; i < data->rows; i++) sum += naive_weight(naive, i);
    naive->mean_weight = sum / data->rows;
    naive->l2 = fmax(params->l2_leaf_reg, 1e-20) * naive->mean_weight;
    naive->weight_min =
        params->min_data_in_leaf > 1 ? params->min_data_in_leaf * naive->mean_weight : 0;
    hb_boost_borders_make(data, params, &naive->borders);
    for (uint32_t i = 0; i < data->rows; i++) {
        naive->odds[i] = model.trees.bias;
        naive->p[i] = 1 / (1 + exp(-naive->odds[i]));
    }
    for (uint32_t t = 0; t < model.trees.tree_count; t++) naive_tree(naive, &model, t, params);
    hb_boost_borders_free(&naive->borders);
    hb_free(naive);
    model_free(&model);
}

static void equals_naive(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        boost_set_t set = set_make(seed, 60, 3, seed % 2 == 0);
        hb_boost_data_t data = set_data(&set);
        hb_boost_params_t params = params_plain(3, 3);
        if (seed > 2) data.weight = set.weight;
        if (seed == 3) params.min_data_in_leaf = 5;
        if (seed == 4) params.l2_leaf_reg = 0;
        if (seed == 5) params.border_count = 1;
        if (seed == 6) {
            params.depth = 9;
            for (uint32_t i = 0; i < 180; i += 5) set.x[i] = NAN;
        }
        naive_agrees(&data, &params);
        set_free(&set);
    }
}

/* Enough rows that the first levels keep their histograms and the later ones do not. */
static void equals_naive_with_kept_histograms(void **state)
{
    (void)state;
    boost_set_t set = set_make(7, 600, 2, true);
    for (uint32_t i = 0; i < 1200; i++) set.x[i] = floorf(set.x[i] * 8) / 8;
    hb_boost_data_t data = set_data(&set);
    const hb_boost_params_t params = params_plain(5, 2);
    naive_agrees(&data, &params);
    data.weight = set.weight;
    naive_agrees(&data, &params);
    set_free(&set);
}

/* ---- written down ---- */

typedef struct {
    uint32_t feature;
    float border;
} split_t;

static boost_set_t written_set(uint64_t seed, uint32_t rows, uint32_t features,
                               uint32_t nan_of_1024, bool weighted)
{
    hb_rng_t rng = hb_rng_init(seed);
    boost_set_t set = set_alloc(rows, features);
    for (uint32_t i = 0; i < rows; i++) {
        float *x = set.x + (size_t)i * features;
        double v[3] = {0, 0, 0};
        for (uint32_t f = 0; f < features; f++) {
            const uint64_t word = hb_rng_next(&rng);
            x[f] = (word & 1023) < nan_of_1024 ? NAN : lattice(word);
            if (f < 3 && !isnan(x[f])) v[f] = x[f];
        }
        set.y[i] = v[0] + v[1] * v[2] + 4 * hb_rng_uniform(&rng) - 2 > 0;
        if (weighted) set.weight[i] = (float)(1 + (hb_rng_next(&rng) & 3)) * 0.5f;
    }
    return set;
}

static void model_equals(const boost_model_t *model, double bias, const split_t *splits,
                         uint64_t split_count, const double *values, uint64_t value_count)
{
    th_close(model->trees.bias, bias, 1e-14);
    assert_int_equal(model->trees.split_count, split_count);
    assert_int_equal(model->trees.leaf_count, value_count);
    for (uint64_t i = 0; i < split_count; i++) {
        assert_int_equal(model->trees.split_features[i], splits[i].feature);
        assert_true(model->trees.split_borders[i] == splits[i].border);
    }
    for (uint64_t i = 0; i < value_count; i++) {
        th_close(model->trees.leaf_values[i], values[i], 1e-12);
    }
}

static void equals_written_one_step(void **state)
{
    (void)state;
    static const split_t splits[] = {{0, -0.168417692f}, {1, -0.617798448f}, {2, 0.368691325f},
                                     {0, -0.168417692f}, {1, -0.617798448f}, {2, 0.368691325f},
                                     {0, -0.168417692f}, {0, 0.476043701f},  {1, -0.617798448f},
                                     {0, -0.168417692f}, {0, 0.476043701f},  {1, 1.73373747f}};
    static const double values[] = {-0.036891878551935257,
                                    0.074591816905926533,
                                    -0.066293767970582299,
                                    0.050993883013158707,
                                    -0.0835616281008877,
                                    -0.03721725128537974,
                                    -0.020444979964880542,
                                    0.09007896109168162,
                                    -0.035124532680688964,
                                    0.070887527397143921,
                                    -0.062882907239005748,
                                    0.048282837290555672,
                                    -0.079846049180979775,
                                    -0.035524687593526852,
                                    -0.019431798023344875,
                                    0.08545428166429582,
                                    -0.060753641657603753,
                                    -0.015213750570764436,
                                    0,
                                    0.046134237543530937,
                                    -0.046311645245689662,
                                    0.038913454723944717,
                                    0,
                                    0.071836302909535535,
                                    -0.056062759651390202,
                                    0.014534349500775647,
                                    0,
                                    0.067555540028444994,
                                    0.0051132664356557007,
                                    0.0011977883845339398,
                                    0,
                                    -0.0061564705160269597};
    boost_set_t set = written_set(20240501, 400, 4, 51, true);
    hb_boost_data_t data = set_data(&set);
    data.weight = set.weight;
    hb_boost_params_t params = params_plain(3, 4);
    params.learning_rate = 0.0625;
    params.border_count = 20;
    boost_model_t model = model_fit(&data, NULL, &params);
    model_equals(&model, -0.039139908337270324, splits, 12, values, 32);
    model_free(&model);
    set_free(&set);
}

static void equals_written_four_steps(void **state)
{
    (void)state;
    static const split_t splits[] = {{0, -0.253194809f}, {2, -1.44166291f},  {0, -0.253194809f},
                                     {2, -1.9380244f},   {0, -0.144297123f}, {2, -1.84770787f}};
    static const double values[] = {
        0.0024694743594417816, 0.071833820682424374, -0.076435237757643409, 0.049850911413493099,
        0.077337760796037838,  0.075025457578419316, -0.061530433881115128, 0.047483653789866034,
        0.0578182920509136,    0.053718007577295855, -0.0567901094139594,   0.049054119334914763};
    boost_set_t set = written_set(7, 300, 3, 0, false);
    const hb_boost_data_t data = set_data(&set);
    hb_boost_params_t params = params_plain(2, 3);
    params.learning_rate = 0.0625;
    params.leaf_estimation_iterations = 4;
    boost_model_t model = model_fit(&data, NULL, &params);
    model_equals(&model, -0.04000533461369913, splits, 6, values, 12);
    model_free(&model);
    set_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_naive), cmocka_unit_test(equals_naive_with_kept_histograms),
        cmocka_unit_test(equals_written_one_step), cmocka_unit_test(equals_written_four_steps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
