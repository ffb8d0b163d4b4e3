/*
 * Isolation Forest against independent references (fixtures; skipped where they are absent).
 *
 * Provenance: fixtures/iforest. REFERENCE_AUC.csv: scikit-learn 1.2.1, 10 seeds x 100 trees x 256 samples.
 * *.ref1000.csv: an independent 1000-tree forest, its scores with exact c(n). c_n_golden.csv: exact c(n).
 * Tolerances: AUC within 3 standard deviations of one run + .005, macro mean within .008; Spearman >= .98
 * against the reference forest and between two own ones, |mean difference| <= .006, RMS <= .007, largest <=
 * .035.
 */
#include "iforest_tables.h"

static void
forest_scores(const Table *t, int64_t n_trees, int64_t seed, double *scores)
{
    Env *env = unit_env();
    IForestOptions options = iforest_default_options();
    IForest *forest;
    IForestScorer *scorer;

    options.n_trees = n_trees;
    options.seed = seed;
    CHECK_STATUS(iforest_grow(env, t->x, t->n, t->d, &options, &forest, NULL), STATUS_SUCCESS);
    CHECK_STATUS(iforest_scorer_new(env, forest, &scorer, NULL), STATUS_SUCCESS);
    CHECK_STATUS(iforest_score(env, scorer, t->x, t->n, scores, NULL), STATUS_SUCCESS);
    unit_env_free(env);
}

static double
spearman(Env *env, const double *a, const double *b, size_t n)
{
    double *left = ENV_NEW(env, n, double), *right = ENV_NEW(env, n, double);
    double mean = ((double)n + 1) / 2, product = 0, left_square = 0, right_square = 0;

    ranks_of(env, a, n, left);
    ranks_of(env, b, n, right);
    for (size_t i = 0; i < n; i++) {
        product += (left[i] - mean) * (right[i] - mean);
        left_square += (left[i] - mean) * (left[i] - mean);
        right_square += (right[i] - mean) * (right[i] - mean);
    }
    return product / sqrt(left_square * right_square);
}

static void
test_path_lengths(void)
{
    FILE *file = open_fixture("c_n_golden.csv");
    char line[256];
    double values[MAX_COLUMNS];

    if (file == NULL || fgets(line, sizeof(line), file) == NULL)
        return;
    while (fgets(line, sizeof(line), file) != NULL && split_numbers(line, values) >= 2)
        CHECK_NEAR(iforest_c(values[0]), values[1], 1e-12);
    fclose(file);
}

static void
test_reference_scores(const char *name, const Table *t)
{
    Env *env = unit_env();
    char file_name[128];
    Table reference;
    double *own = ENV_NEW(env, t->n, double), *mean = ENV_NEW(env, t->n, double), difference = 0;
    double mean_difference = 0;

    snprintf(file_name, sizeof(file_name), "%s.ref1000.csv", name);
    reference = read_table(env, file_name);
    CHECK_EQUAL(reference.n, t->n);
    for (int seed = 1; seed <= 8; seed++) {
        forest_scores(t, seed == 1 ? 1000 : 100, seed, own);
        for (size_t i = 0; i < t->n; i++)
            mean[i] += own[i] / 8;
        if (seed > 1)
            continue;
        CHECK(spearman(env, own, reference.label, t->n) >= 0.98);
        for (size_t i = 0; i < t->n; i++)
            difference += (own[i] - reference.label[i]) / (double)t->n;
        CHECK_NEAR(difference, 0, 0.006);
    }
    for (size_t i = 0; i < t->n; i++)
        mean_difference += (mean[i] - reference.label[i]) / (double)t->n;
    CHECK_NEAR(mean_difference, 0, 0.004);
    unit_env_free(env);
}

static void
test_two_forests(const Table *t)
{
    Env *env = unit_env();
    double *a = ENV_NEW(env, t->n, double), *b = ENV_NEW(env, t->n, double), squares = 0, largest = 0;

    forest_scores(t, 1000, 11, a);
    forest_scores(t, 1000, 12, b);
    CHECK(spearman(env, a, b, t->n) >= 0.98);
    for (size_t i = 0; i < t->n; i++) {
        squares += (a[i] - b[i]) * (a[i] - b[i]);
        largest = fmax(largest, fabs(a[i] - b[i]));
    }
    CHECK(sqrt(squares / (double)t->n) <= 0.007);
    CHECK(largest <= 0.035);
    unit_env_free(env);
}

/* Mean AUC of ten seeds against scikit-learn's; returns the difference. */
static double
test_area(const char *name, const Table *t, double reference, double sd)
{
    Env *env = unit_env();
    double *scores = ENV_NEW(env, t->n, double), area = 0;

    for (int seed = 1; seed <= 10; seed++) {
        forest_scores(t, 100, seed, scores);
        area += area_under_curve(env, t, scores) / 10;
    }
    unit_check(fabs(area - reference) <= 3 * sd + 0.005, __FILE__, __LINE__,
               "%s: AUC %.4f, scikit-learn %.4f (sd %.4f)", name, area, reference, sd);
    unit_env_free(env);
    return area - reference;
}

static bool
has_reference_scores(const char *name)
{
    static const char *const names[] = {"breast_cancer_20", "cardio",    "glass",  "ionosphere", "pima",
                                        "thyroid",          "vertebral", "wine_10"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void
test_data_sets(void)
{
    FILE *file = open_fixture("REFERENCE_AUC.csv");
    char line[1024], name[64], csv[128];
    double macro = 0;
    int n_sets = 0;

    if (file == NULL || fgets(line, sizeof(line), file) == NULL)
        return;
    while (fgets(line, sizeof(line), file) != NULL) {
        Env *env = unit_env();
        Table t;
        double mean, sd;

        if (sscanf(line, "%63[^,],%*[^,],%*d,%*d,%*d,%*d,%lf,%lf", name, &mean, &sd) != 3)
            break;
        snprintf(csv, sizeof(csv), "%s.csv", name);
        t = read_table(env, csv);
        macro += test_area(name, &t, mean, sd);
        n_sets++;
        if (t.n <= 4000)
            test_two_forests(&t);
        if (has_reference_scores(name))
            test_reference_scores(name, &t);
        unit_env_free(env);
    }
    fclose(file);
    CHECK_EQUAL(n_sets, 15);
    printf("# macro mean AUC minus scikit-learn's: %+.4f over %d sets\n", macro / n_sets, n_sets);
    CHECK_NEAR(macro / n_sets, 0, 0.008);
}

int
main(void)
{
    unit_begin("iforest_oracle");
    if (unit_fixtures() == NULL) {
        printf("skipped: iforest_oracle needs BI_ML_FIXTURES\n");
        CHECK(true);
        return unit_end();
    }
    test_path_lengths();
    test_data_sets();
    return unit_end();
}
