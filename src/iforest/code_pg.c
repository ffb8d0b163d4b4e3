/*
 * code_pg.c - collected rows as the core wants them, and as bytes between processes.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "iforest/rows_pg.h"
#include "pg/env_pg.h"
#include "pg/report.h"

/* The rows as words that may be written over. */
static uint64_t *
words_of(TrainingRows *rows, bool in_place, Env *env, CodedRows *coded)
{
    size_t size = rows->n * rows->n_features * sizeof(double);
    uint64_t *words;
    Failure failure;

    coded->n_rows = rows_count(rows);
    coded->subsampled = rows->reservoir != NULL;
    if (rows->reservoir != NULL) {
        report_failure(
            reservoir_expand(rows->reservoir, env, rows->reservoir->capacity, &words, &coded->n, &failure),
            &failure);
        return words;
    }
    coded->n = rows->n;
    if (in_place || rows->n_categories == 0)
        return (uint64_t *)(void *)rows->x;
    words = MemoryContextAllocHuge(CurrentMemoryContext, size);
    memcpy(words, rows->x, size);
    return words;
}

void
rows_code(TrainingRows *rows, bool in_place, CodedRows *coded)
{
    size_t width = rows->n_features;
    uint64_t *words;
    Failure failure;
    Env env;

    env_pg_init(&env, CurrentMemoryContext);
    words = words_of(rows, in_place, &env, coded);
    coded->x = (double *)(void *)words;
    coded->levels = palloc0(Max(rows->n_categories, 1) * sizeof(IForestLevels));
    for (size_t i = 0; i < rows->n_categories; i++) {
        size_t column = rows->n_numbers + i;

        report_failure(
            texts_dictionary(&rows->texts, &env, words, coded->n, width, column, &coded->levels[i], &failure),
            &failure);
        texts_encode(&rows->texts, words, coded->n, width, column, coded->x);
    }
    /* A sample of one row in many may be every row there is. */
    coded->subsampled &= coded->n < coded->n_rows;
}

Status
rows_train(const TrainingRows *rows, const CodedRows *coded, const IForestOptions *options, bool summary,
           Env *env, IForest **forest, Failure *failure)
{
    IForestOptions own = *options;

    if (own.missing == IFOREST_FAIL && rows->n_skipped > 0)
        return fail(failure, STATUS_NULL_VALUE, "Use missing_action 'divide' or 'impute'.",
                    "a row has no value, and missing_action is 'fail'");
    if (own.missing == IFOREST_FAIL && rows->feature_missing > 0)
        return fail(failure, STATUS_NULL_VALUE, "Use missing_action 'divide' or 'impute'.",
                    "missing value in feature %zu, and missing_action is 'fail'", rows->feature_missing);
    own.levels = coded->levels;
    own.n_categorical = rows->n_categories;
    if (summary)
        RETURN_IF_FAILED(iforest_train(env, coded->x, coded->n, rows->n_features, (size_t)rows->n_skipped,
                                       &own, forest, failure));
    else
        RETURN_IF_FAILED(iforest_grow(env, coded->x, coded->n, rows->n_features, &own, forest, failure));
    (*forest)->n_rows = coded->n_rows;
    (*forest)->subsampled = coded->subsampled;
    return STATUS_SUCCESS;
}

static void
write_counts(Writer *w, const TrainingRows *rows)
{
    write_i64(w, rows->seed);
    write_i64(w, rows->n_skipped);
    write_u64(w, rows->feature_missing);
    write_u64(w, rows->n_numbers);
    write_u64(w, rows->n_categories);
    write_u64(w, rows->texts.n);
    for (size_t i = 0; i < rows->texts.n_slots; i++)
        if (rows->texts.slots[i].text != NULL)
            write_text(w, rows->texts.slots[i].text);
    write_u8(w, rows->reservoir != NULL);
    if (rows->reservoir != NULL) {
        write_u64(w, rows->reservoir->n_rows);
        write_u32(w, rows->reservoir->level);
    }
    write_u64(w, rows->reservoir != NULL ? rows->reservoir->n : rows->n);
}

bytea *
rows_write(const TrainingRows *rows, const Writer *head)
{
    const Reservoir *r = rows->reservoir;
    size_t n = r != NULL ? r->n : rows->n, size = n * rows->n_features * sizeof(double), at = 0, length;
    size_t of_counts = r != NULL ? n * sizeof(uint64_t) : 0;
    bytea *bytes;
    Writer w;
    Env env;

    env_pg_init(&env, CurrentMemoryContext);
    writer_init(&w, &env);
    write_counts(&w, rows);
    length = VARHDRSZ + head->length + w.length + size + of_counts;
    if (w.failed || head->failed || length > MaxAllocSize)
        ereport(ERROR,
                (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("the training rows do not fit in one value"),
                 errhint("Train on a part of the rows.")));
    bytes = palloc(length);
    SET_VARSIZE(bytes, length);
    memcpy(VARDATA(bytes), head->bytes, head->length);
    at = head->length;
    memcpy(VARDATA(bytes) + at, w.bytes, w.length);
    at += w.length;
    if (size > 0)
        memcpy(VARDATA(bytes) + at, r != NULL ? (const void *)r->words : rows->x, size);
    if (of_counts > 0)
        memcpy(VARDATA(bytes) + at + size, r->counts, of_counts);
    return bytes;
}

static bool
read_texts(TrainingRows *rows, Reader *r)
{
    uint64_t n = read_u64(r);

    for (uint64_t i = 0; i < n; i++) {
        char *text = read_text(r, &rows->env, IFOREST_MAX_LEVEL);

        if (text == NULL || !texts_add(&rows->texts, text_word(text, strlen(text)), text, strlen(text)))
            return false;
    }
    return true;
}

/* Rows of a reservoir come back by being offered again. */
static bool
read_reservoir(TrainingRows *rows, Reader *r, size_t n, uint64_t n_rows, uint32_t level)
{
    size_t width = rows->n_features;
    Reservoir *to = MemoryContextAllocZero(rows->context, sizeof(Reservoir));
    Failure failure;
    Reader counts = *r;

    report_failure(reservoir_init(to, &rows->env, width, rows_capacity(rows), rows->seed, &failure),
                   &failure);
    reservoir_raise(to, level);
    counts.at += n * width * sizeof(double);
    for (size_t i = 0; i < n; i++) {
        read_bytes(r, rows->row, width * sizeof(double));
        reservoir_add(to, (const uint64_t *)(const void *)rows->row, read_u64(&counts));
    }
    to->n_rows = n_rows;
    rows->reservoir = to;
    return !r->failed && !counts.failed;
}

bool
rows_read(TrainingRows *rows, Reader *r)
{
    uint64_t n_numbers, n_categories, n, n_rows = 0, row_bytes;
    bool has_reservoir;
    uint32_t level = 0;

    rows->seed = read_i64(r);
    rows->n_skipped = read_i64(r);
    rows->feature_missing = read_u64(r);
    n_numbers = read_u64(r);
    n_categories = read_u64(r);
    if (r->failed || n_numbers > IFOREST_MAX_FEATURES || n_categories > IFOREST_MAX_FEATURES - n_numbers)
        return false;
    if (n_numbers + n_categories > 0)
        rows_features(rows, n_numbers, n_categories);
    if (!read_texts(rows, r))
        return false;
    has_reservoir = read_u8(r) != 0;
    if (has_reservoir) {
        n_rows = read_u64(r);
        level = read_u32(r);
    }
    n = read_u64(r);
    row_bytes = rows->n_features * sizeof(double) + (has_reservoir ? sizeof(uint64_t) : 0);
    if (r->failed || level > 63 || (n > 0 && row_bytes == 0) ||
        (n > 0 && (r->length - r->at) / row_bytes < n) || r->length - r->at != n * row_bytes)
        return false;
    if (has_reservoir)
        return read_reservoir(rows, r, n, n_rows, level);
    rows->n = rows->capacity = n;
    if (n == 0)
        return true;
    rows->x = MemoryContextAllocHuge(rows->context, n * row_bytes);
    return read_bytes(r, rows->x, n * row_bytes);
}
