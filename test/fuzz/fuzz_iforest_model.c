/*
 * Fuzzes the decoder of forests: whatever bytes come, an error, or a sane forest that scores, explains,
 * updates and writes itself back.
 *
 * The first byte chooses: raw bytes, or edits (place, value) of a model trained here. The CRC is put right,
 * as a hostile author would.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "iforest/iforest_internal.h"
#include "unit.h"

enum { ROWS = 40, WIDTH = 3, KINDS = 4, EDIT_BYTES = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char red[] = "red", green[] = "green";
static char *colours[] = {green, red};
static const IForestLevels levels = {colours, 2, true};

/* Numbers in one column and in three, two numbers and a category, the same in sums. */
static Writer
sample_model(Env *env, int kind)
{
    IForestOptions options = iforest_default_options();
    size_t d = kind == 0 ? 1 : WIDTH;
    double x[ROWS * WIDTH];
    IForest *forest;
    Writer w;

    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < d; j++)
            x[i * d + j] = j == 2 && kind >= 2 ? (double)(i % 3) : (double)(i * (j + 3) * 7919 % 101);
    options.n_trees = 2;
    options.sample_size = 16;
    options.ndim = kind == 3 ? 2 : 1;
    options.categ_split = kind == 3 ? IFOREST_SUBSET : IFOREST_SINGLE;
    options.levels = &levels;
    options.n_categorical = kind >= 2;
    if (iforest_train(env, x, ROWS, d, 0, &options, &forest, NULL) != STATUS_SUCCESS)
        abort();
    writer_init(&w, env);
    iforest_encode(&w, forest);
    return w;
}

static void
use(Env *env, IForest *forest, const unsigned char *bytes, size_t length)
{
    size_t d = forest->n_features;
    double *rows = ENV_NEW(env, 20 * d, double), *parts = ENV_NEW(env, d, double), scores[20];
    IForestScorer *scorer;
    IForest *updated;
    Status status;
    Writer w;

    for (size_t i = 0; i < 20 * d; i++) {
        const IForestColumn *column = &forest->columns[i % d];

        rows[i] = i % 7 == 0 ? NAN : i % 11 == 0 ? INFINITY : (double)i;
        if (column->categorical)
            rows[i] = i % 3 == 0 || levels_n_codes(column) == 0 ? IFOREST_UNSEEN : 0;
    }
    writer_init(&w, env);
    iforest_encode(&w, forest);
    if (!iforest_sane(forest) || w.length != length || memcmp(w.bytes, bytes, length) != 0)
        abort();
    if (iforest_scorer_new(env, forest, &scorer, NULL) != STATUS_SUCCESS)
        abort();
    status = iforest_score(env, scorer, rows, 20, scores, NULL);
    if (status != STATUS_SUCCESS && forest->missing != IFOREST_FAIL)
        abort();
    for (size_t i = 0; i < 20 && status == STATUS_SUCCESS; i++)
        if (scores[i] < 0)
            abort();
    iforest_explain(env, forest, rows, parts, NULL);
    if (iforest_update(env, forest, forest, 0.5, &updated, NULL) == STATUS_SUCCESS && updated->n_trees == 0)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Env *env;
    unsigned char *bytes;
    size_t length;
    IForest *forest;
    uint32_t crc;

    if (size < 5)
        return 0;
    env = unit_env();
    if (data[0] % 8 < KINDS) {
        Writer w = sample_model(env, data[0] % 8);

        bytes = w.bytes;
        length = w.length;
        for (size_t at = 1; at + EDIT_BYTES <= size; at += EDIT_BYTES)
            bytes[(data[at] + 256U * data[at + 1]) % length] = data[at + 2];
    } else {
        length = size - 1;
        bytes = ENV_NEW(env, length, unsigned char);
        memcpy(bytes, data + 1, length);
    }
    crc = crc32c(0, bytes, length - 4);
    for (size_t i = 0; i < 4; i++)
        bytes[length - 4 + i] = (unsigned char)(crc >> (8 * i));
    if (iforest_decode(env, bytes, length, &forest, NULL) == STATUS_SUCCESS)
        use(env, forest, bytes, length);
    unit_env_free(env);
    return 0;
}
