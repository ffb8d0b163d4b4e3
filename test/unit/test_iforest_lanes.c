/*
 * Places among keys (scale.c) against counting, and rows in wide registers (lanes.c) against the plain walk
 * over the trees as stored, which is the oracle: the same bits, for every width and depth that fits. On a
 * processor without AVX-512 the heaps are compared.
 */
#include <math.h>

#include "iforest_grown.h"

enum { MOST_KEYS = 800 };

static size_t
count_below(const double *keys, size_t n, double x)
{
    size_t n_below = 0;

    for (size_t i = 0; i < n; i++)
        n_below += keys[i] < x;
    return n_below;
}

/* One by one and many at a time, values have the places that counting gives: at keys, beside and beyond them,
 * missing, every number of keys from none to three levels of nodes. */
static void
test_places(void)
{
    for (size_t n = 0; n <= MOST_KEYS; n++) {
        Env *env = unit_env();
        double keys[MOST_KEYS], *x = ENV_NEW(env, 2 * (3 * n + 4), double);
        size_t n_x = 0, n_right = 0;
        uint32_t places[3 * MOST_KEYS + 4];
        Scale scale;

        for (size_t i = 0; i < n; i++) {
            keys[i] = (double)i - (double)n / 2;
            x[2 * n_x++] = keys[i];
            x[2 * n_x++] = nextafter(keys[i], INFINITY);
            x[2 * n_x++] = nextafter(keys[i], -INFINITY);
        }
        x[2 * n_x++] = INFINITY;
        x[2 * n_x++] = -INFINITY;
        x[2 * n_x++] = NAN;
        x[2 * n_x++] = 1e9;
        CHECK_STATUS(scale_build(env, keys, n, &scale, NULL), STATUS_SUCCESS);
        scale_places(&scale, x, 2, n_x, places);
        for (size_t i = 0; i < n_x; i++) {
            size_t right = count_below(keys, n, x[2 * i]);

            n_right += places[i] == right && scale_place(&scale, x[2 * i]) == right;
        }
        CHECK_EQUAL(n_right, n_x);
        unit_env_free(env);
    }
}

static bool
has_wide_registers(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
}

/* Rows that lanes could send wrong: values at thresholds of the forest and right beside them, beyond all, and
 * missing. */
static void
put_hard_rows(const IForest *forest, Rng *rng, double *x, size_t n)
{
    size_t d = forest->n_features, n_nodes = forest->roots[forest->n_trees];

    for (size_t i = 0; i < n * d && n_nodes > forest->n_trees; i++) {
        const IForestNode *node;
        size_t fate = rng_below(rng, 500);

        do
            node = &forest->nodes[rng_below(rng, n_nodes)];
        while (node->right == 0 || (node->feature != i % d && rng_below(rng, 4 * d) > 0));
        x[i] = node->value;
        if (fate < 300)
            x[i] = nextafter(x[i], fate < 150 ? INFINITY : -INFINITY);
        else if (fate < 320)
            x[i] = fate < 310 ? INFINITY : -INFINITY;
        else if (fate == 320)
            x[i] = NAN;
    }
}

/* Rows in wide registers have the bits of the plain walk, for every width and depth that fits them. */
static void
test_lanes_agree(void)
{
    static const size_t features[] = {2, 3, 4, 7, 8, 9, 16, 17, 32, 33};
    static const int64_t samples[] = {2, 3, 16, 17, 33, 65, 100, 129, 256, 257};
    enum { N = 5 * BLOCK_ROWS + 77, SHAPES = sizeof(features) / sizeof(*features) };

    for (size_t shape = 0; shape < SHAPES * SHAPES; shape++) {
        Env *env = unit_env();
        size_t d = features[shape % SHAPES], n_same = 0;
        double *x = gaussian(env, N, d, 3 + shape), scores[N];
        IForestOptions options = iforest_default_options();
        IForestScorer *scorer;
        IForest *forest;
        Rng rng;

        rng_init(&rng, 7, shape);
        for (size_t i = 0; i < N * d && shape % 3 == 0; i++)
            x[i] = round(x[i]);
        options.sample_size = samples[shape / SHAPES];
        options.n_trees = 20;
        forest = grown(env, x, N, d, &options);
        put_hard_rows(forest, &rng, x, N / 2);
        CHECK_STATUS(iforest_scorer_new(env, forest, &scorer, NULL), STATUS_SUCCESS);
        scorer->n_scored = 1000000;
        CHECK_STATUS(iforest_score(env, scorer, x, N, scores, NULL), STATUS_SUCCESS);
        CHECK_EQUAL(scorer->lanes != NULL,
                    has_wide_registers() && d <= 32 && scorer->depth > 0 && scorer->depth <= 8);
        for (size_t i = 0; i < N; i++) {
            bool empty;

            n_same +=
                check_row(forest, x + i * d, &empty, NULL) == STATUS_SUCCESS &&
                (empty ? isnan(scores[i]) : scores[i] == score_of_sum(scorer, walk_sum(forest, x + i * d)));
        }
        CHECK_EQUAL(n_same, N);
        unit_env_free(env);
    }
}

int
main(void)
{
    unit_begin("iforest_lanes");
    test_places();
    test_lanes_agree();
    return unit_end();
}
