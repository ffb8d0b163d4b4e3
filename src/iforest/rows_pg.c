/*
 * rows_pg.c - collecting rows from array arguments.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "iforest/rows_pg.h"
#include "pg/env_pg.h"
#include "pg/report.h"

#define FIRST_ROWS 64
/* What a category may cost beside its word, for the size of the reservoir. */
#define TEXT_BYTES 64
/* Texts of rows that have left the reservoir are dropped when the texts have doubled, and are worth it. */
#define TEXTS_WORTH_A_LOOK 1048576

void
rows_init(TrainingRows *rows, MemoryContext context)
{
    memset(rows, 0, sizeof(*rows));
    rows->context = context;
    env_pg_init(&rows->env, context);
    rows->seed = IFOREST_DEFAULT_SEED;
}

static void
out_of_memory(void)
{
    Failure failure;

    report_failure(fail_out_of_memory(&failure), &failure);
}

size_t
array_length(const ArrayType *array, const char *name)
{
    if (array == NULL || ARR_NDIM(array) == 0)
        return 0;
    if (ARR_NDIM(array) != 1)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("argument \"%s\" must be a one-dimensional array, not one of %d dimensions",
                               name, ARR_NDIM(array)),
                        errhint("Pass the values of one row.")));
    return (size_t)ARR_DIMS(array)[0];
}

bool
array_to_row(ArrayType *array, double *row, size_t n)
{
    const float8 *values = (const float8 *)ARR_DATA_PTR(array);
    const bits8 *bitmap = ARR_NULLBITMAP(array);
    bool any = false;
    size_t at = 0;

    for (size_t j = 0; j < n; j++) {
        bool present = bitmap == NULL || (bitmap[j / 8] & (1 << (j % 8))) != 0;

        /* One zero and one NaN, whichever came. */
        row[j] = present ? values[at++] + 0.0 : NAN;
        if (isnan(row[j]))
            row[j] = NAN;
        else
            any = true;
    }
    return any;
}

static void
start_texts(TrainingRows *rows)
{
    rows->of_texts = AllocSetContextCreate(rows->context, "iforest categories", ALLOCSET_DEFAULT_SIZES);
    env_pg_init(&rows->texts_env, rows->of_texts);
    texts_init(&rows->texts, &rows->texts_env);
    rows->categories = MemoryContextAllocZero(rows->context, rows->n_categories * sizeof(*rows->categories));
}

void
rows_features(TrainingRows *rows, size_t n_numbers, size_t n_categories)
{
    size_t n = n_numbers + n_categories;

    if (rows->n_features == 0) {
        if (n == 0)
            ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                            errmsg("argument \"x\" must have at least one element"),
                            errhint("Pass the values of one row; a missing one is NULL.")));
        if (n > IFOREST_MAX_FEATURES)
            ereport(ERROR,
                    (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                     errmsg("argument \"x\" must have at most %d elements, not %zu", IFOREST_MAX_FEATURES, n),
                     errhint("Choose the columns that matter.")));
        rows->n_numbers = n_numbers;
        rows->n_categories = n_categories;
        rows->n_features = n;
        rows->row = MemoryContextAlloc(rows->context, n * sizeof(double));
        if (n_categories > 0)
            start_texts(rows);
    }
    if (rows->n_numbers != n_numbers || rows->n_categories != n_categories) {
        bool numbers = rows->n_numbers != n_numbers;

        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("argument \"%s\" has %zu elements, but other rows have %zu",
                               numbers ? "x" : "categories", numbers ? n_numbers : n_categories,
                               numbers ? rows->n_numbers : rows->n_categories),
                        errhint("Give every row the same features; a missing one is NULL.")));
    }
}

/* The categories of a row as words after its numbers, and their texts to rows->categories; false when all
 * miss. */
static bool
set_categories(TrainingRows *rows, ArrayType *array)
{
    Datum *values;
    bool *nulls, any = false;
    int n;

    deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &n);
    for (int i = 0; i < n; i++) {
        uint64_t word = MISSING_WORD;

        rows->categories[i].text = NULL;
        if (!nulls[i]) {
            const text *value = DatumGetTextPP(values[i]);
            size_t length = VARSIZE_ANY_EXHDR(value);

            if (length > IFOREST_MAX_LEVEL)
                ereport(
                    ERROR,
                    (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                     errmsg("a category of feature %zu is longer than %d bytes",
                            rows->n_numbers + (size_t)i + 1, IFOREST_MAX_LEVEL),
                     errhint("Use a short name or a code; text that differs in every row is no category.")));
            rows->categories[i].text = VARDATA_ANY(value);
            rows->categories[i].length = length;
            word = text_word(VARDATA_ANY(value), length);
            any = true;
        }
        memcpy(&rows->row[rows->n_numbers + (size_t)i], &word, sizeof(word));
    }
    return any;
}

static void
check_numbers(TrainingRows *rows)
{
    for (size_t j = 0; j < rows->n_numbers; j++)
        if (isinf(rows->row[j]))
            ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg("infinite value in feature %zu", j + 1),
                            errhint("Remove the row, or make the value NULL.")));
}

static void
note_missing(TrainingRows *rows)
{
    size_t j = 0;

    while (j < rows->n_numbers && !isnan(rows->row[j]))
        j++;
    while (j >= rows->n_numbers && j < rows->n_features && rows->categories[j - rows->n_numbers].text != NULL)
        j++;
    if (j < rows->n_features && (rows->feature_missing == 0 || j + 1 < rows->feature_missing))
        rows->feature_missing = j + 1;
}

static void
remember_texts(TrainingRows *rows, const double *row)
{
    for (size_t i = 0; i < rows->n_categories; i++) {
        uint64_t word;

        memcpy(&word, &row[rows->n_numbers + i], sizeof(word));
        if (rows->categories[i].text != NULL &&
            !texts_add(&rows->texts, word, rows->categories[i].text, rows->categories[i].length))
            out_of_memory();
    }
}

/* Drops the texts that no row of the reservoir has. */
static void
sift_texts(TrainingRows *rows)
{
    const Reservoir *r = rows->reservoir;
    MemoryContext old_context = rows->of_texts;
    Texts old = rows->texts;

    rows->of_texts = AllocSetContextCreate(rows->context, "iforest categories", ALLOCSET_DEFAULT_SIZES);
    env_pg_init(&rows->texts_env, rows->of_texts);
    texts_init(&rows->texts, &rows->texts_env);
    for (size_t i = 0; i < r->n; i++)
        for (size_t j = rows->n_numbers; j < rows->n_features; j++) {
            const Text *text = texts_find(&old, r->words[i * r->width + j]);

            if (text != NULL && !texts_add(&rows->texts, text->word, text->text, strlen(text->text)))
                out_of_memory();
        }
    MemoryContextDelete(old_context);
    rows->texts_kept = rows->texts.n_bytes;
}

static void
sift_texts_if_due(TrainingRows *rows)
{
    if (rows->n_categories > 0 && rows->texts.n_bytes > 2 * rows->texts_kept + TEXTS_WORTH_A_LOOK)
        sift_texts(rows);
}

size_t
rows_capacity(const TrainingRows *rows)
{
    return reservoir_capacity(rows->n_features * sizeof(double) + rows->n_categories * TEXT_BYTES);
}

/* From rows as they are to a reservoir. */
static void
start_reservoir(TrainingRows *rows)
{
    size_t width = rows->n_features;
    Reservoir *r = MemoryContextAllocZero(rows->context, sizeof(Reservoir));
    Failure failure;

    report_failure(reservoir_init(r, &rows->env, width, rows_capacity(rows), rows->seed, &failure), &failure);
    for (size_t i = 0; i < rows->n; i++) {
        reservoir_add(r, (const uint64_t *)(const void *)(rows->x + i * width), 1);
        if (i % FIRST_ROWS == 0)
            CHECK_FOR_INTERRUPTS();
    }
    if (rows->x != NULL)
        pfree(rows->x);
    rows->x = NULL;
    rows->n = rows->capacity = 0;
    rows->reservoir = r;
    sift_texts_if_due(rows);
}

/* Whether so many rows are too many to keep, or the texts are too many beside them. */
static bool
over_limits(const TrainingRows *rows, size_t n)
{
    return n > IFOREST_MAX_ROWS ||
           n * rows->n_features * sizeof(double) + rows->texts.n_bytes > IFOREST_MAX_ROW_BYTES;
}

static void
reserve(TrainingRows *rows, size_t n)
{
    Size size;

    if (n <= rows->capacity)
        return;
    if (rows->capacity == 0)
        rows->capacity = rows->n_expected > FIRST_ROWS && !over_limits(rows, rows->n_expected)
                             ? rows->n_expected
                             : FIRST_ROWS;
    while (rows->capacity < n)
        rows->capacity *= 2;
    size = rows->capacity * rows->n_features * sizeof(double);
    rows->x = rows->x == NULL ? MemoryContextAllocHuge(rows->context, size) : repalloc_huge(rows->x, size);
    prefer_huge_pages(rows->x, size);
}

static void
keep_row(TrainingRows *rows)
{
    if (rows->reservoir != NULL) {
        if (reservoir_add(rows->reservoir, (const uint64_t *)(const void *)rows->row, 1))
            remember_texts(rows, rows->row);
        sift_texts_if_due(rows);
        return;
    }
    remember_texts(rows, rows->row);
    reserve(rows, rows->n + 1);
    memcpy(rows->x + rows->n * rows->n_features, rows->row, rows->n_features * sizeof(double));
    rows->n++;
    if (over_limits(rows, rows->n))
        start_reservoir(rows);
}

void
rows_add(TrainingRows *rows, ArrayType *numbers, ArrayType *categories)
{
    bool any = false;

    if (numbers == NULL && categories == NULL) {
        rows->n_skipped++;
        return;
    }
    rows_features(rows, array_length(numbers, "x"), array_length(categories, "categories"));
    if (rows->n_numbers > 0)
        any = array_to_row(numbers, rows->row, rows->n_numbers);
    if (rows->n_categories > 0)
        any |= set_categories(rows, categories);
    if (!any) {
        rows->n_skipped++;
        return;
    }
    check_numbers(rows);
    note_missing(rows);
    keep_row(rows);
}

static void
append_texts(TrainingRows *rows, const Texts *other)
{
    for (size_t i = 0; i < other->n_slots; i++) {
        const Text *text = &other->slots[i];

        if (text->text != NULL && !texts_add(&rows->texts, text->word, text->text, strlen(text->text)))
            out_of_memory();
    }
}

static void
append_to_reservoir(TrainingRows *rows, const TrainingRows *other)
{
    const Reservoir *from = other->reservoir;
    uint64_t n_evicted = 0;

    for (size_t i = 0; i < other->n; i++)
        reservoir_add(rows->reservoir, (const uint64_t *)(const void *)(other->x + i * rows->n_features), 1);
    if (from == NULL)
        return;
    n_evicted = from->n_rows;
    reservoir_raise(rows->reservoir, from->level);
    for (size_t i = 0; i < from->n; i++) {
        reservoir_add(rows->reservoir, from->words + i * from->width, from->counts[i]);
        n_evicted -= from->counts[i];
    }
    rows->reservoir->n_rows += n_evicted;
}

void
rows_append(TrainingRows *rows, const TrainingRows *other)
{
    rows->n_skipped += other->n_skipped;
    if (other->n_features == 0)
        return;
    rows_features(rows, other->n_numbers, other->n_categories);
    if (other->feature_missing > 0 &&
        (rows->feature_missing == 0 || other->feature_missing < rows->feature_missing))
        rows->feature_missing = other->feature_missing;
    if (rows->n_categories > 0)
        append_texts(rows, &other->texts);
    if (rows->reservoir == NULL && (other->reservoir != NULL || over_limits(rows, rows->n + other->n)))
        start_reservoir(rows);
    if (rows->reservoir != NULL) {
        append_to_reservoir(rows, other);
        sift_texts_if_due(rows);
        return;
    }
    reserve(rows, rows->n + other->n);
    if (other->n > 0)
        memcpy(rows->x + rows->n * rows->n_features, other->x, other->n * other->n_features * sizeof(double));
    rows->n += other->n;
}

uint64_t
rows_count(const TrainingRows *rows)
{
    return rows->reservoir != NULL ? rows->reservoir->n_rows : rows->n;
}
