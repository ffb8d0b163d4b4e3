/*
 * window_pg.c - iforest_score(...) OVER: one forest per partition, one score per row.
 *
 * The first call of a partition reads all its rows, trains and scores in blocks; the scores are written over
 * the rows, and every call hands out one. Of a partition beyond the limits of rows_pg.h only a sample is
 * kept: its rows are read a second time, block by block, as their scores are asked for. Frames are ignored,
 * as by rank().
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "windowapi.h"

#include "iforest/iforest_pg.h"
#include "iforest/rows_pg.h"
#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/report.h"

#define ROWS_PER_RESET 64
#define BLOCK_ROWS     256

/* A form of the function: where its arguments are and how it reads its options. */
typedef IForestOptions (*OptionsReader)(WindowObject window, int argument, int64 row);

typedef struct Form {
    int categories; /* argument; 0: none */
    int options;    /* the first argument of options */
    OptionsReader reader;
} Form;

typedef struct PartitionScores {
    bool fitted, has_forest;
    double *scores; /* of all rows; NULL when they are made block by block */
    Env env;
    IForest *forest;
    IForestScorer *scorer;
    MemoryContext per_block;
    double *rows, *block; /* of BLOCK_ROWS rows from block_begin on */
    int64 n, block_begin;
} PartitionScores;

static Datum
argument_of_row(WindowObject window, int argument, int64 row, bool *is_null)
{
    bool is_out;

    return WinGetFuncArgInPartition(window, argument, (int)row, WINDOW_SEEK_HEAD, false, is_null, &is_out);
}

static ArrayType *
array_of_row(WindowObject window, int argument, int64 row)
{
    bool is_null;
    Datum value = argument_of_row(window, argument, row, &is_null);

    return is_null ? NULL : DatumGetArrayTypeP(value);
}

static IForestOptions
no_options(WindowObject window, int argument, int64 row)
{
    (void)window;
    (void)argument;
    (void)row;
    return iforest_default_options();
}

static IForestOptions
size_options(WindowObject window, int argument, int64 row)
{
    IForestOptions options = iforest_default_options();
    bool is_null;
    Datum value;

    value = argument_of_row(window, argument, row, &is_null);
    if (!is_null)
        options.n_trees = DatumGetInt32(value);
    value = argument_of_row(window, argument + 1, row, &is_null);
    if (!is_null)
        options.sample_size = DatumGetInt32(value);
    value = argument_of_row(window, argument + 2, row, &is_null);
    if (!is_null)
        options.seed = DatumGetInt64(value);
    options_check(&options);
    return options;
}

static IForestOptions
record_options(WindowObject window, int argument, int64 row)
{
    bool is_null;
    Datum value = argument_of_row(window, argument, row, &is_null);

    return is_null ? iforest_default_options() : options_from_record(value);
}

/* True when no option argument can change from row to row. */
static bool
options_are_stable(FunctionCallInfo fcinfo, const Form *form)
{
    for (int argument = form->options; argument < PG_NARGS(); argument++)
        if (!get_fn_expr_arg_stable(fcinfo->flinfo, argument))
            return false;
    return true;
}

static void
check_constant(const IForestOptions *first, const IForestOptions *other)
{
    if (!options_equal(first, other))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("the options of iforest_score must be constant within a partition"),
                        errhint("Partition by the column that the options depend on.")));
}

/* Reads the partition's rows; usable[] tells which of them have a value. */
static void
read_partition(FunctionCallInfo fcinfo, WindowObject window, int64 n, const Form *form,
               const IForestOptions *options, TrainingRows *rows, bool *usable)
{
    MemoryContext per_row = AllocSetContextCreate(rows->context, "iforest row", ALLOCSET_DEFAULT_SIZES);
    MemoryContext old = MemoryContextSwitchTo(per_row);
    bool stable = options_are_stable(fcinfo, form);

    for (int64 i = 0; i < n; i++) {
        ArrayType *numbers = array_of_row(window, 0, i);
        int64 n_before = rows->n_skipped;

        rows_add(rows, numbers, form->categories > 0 ? array_of_row(window, form->categories, i) : NULL);
        usable[i] = rows->n_skipped == n_before;
        if (!stable) {
            IForestOptions other = form->reader(window, form->options, i);

            check_constant(options, &other);
        }
        if (i % ROWS_PER_RESET == ROWS_PER_RESET - 1)
            MemoryContextReset(per_row);
        CHECK_FOR_INTERRUPTS();
    }
    MemoryContextSwitchTo(old);
    MemoryContextDelete(per_row);
}

/* Scores n rows in x and writes the scores over them. */
static Status
score_in_place(PartitionScores *p, double *x, size_t n, Failure *failure)
{
    double scores[BLOCK_ROWS];
    size_t d = p->forest->n_features;

    for (size_t begin = 0; begin < n; begin += BLOCK_ROWS) {
        size_t n_block = Min(n - begin, BLOCK_ROWS);

        RETURN_IF_FAILED(iforest_score(&p->env, p->scorer, x + begin * d, n_block, scores, failure));
        memcpy(x + begin, scores, n_block * sizeof(double));
        if (env_cancelled(&p->env))
            return fail_cancelled(failure);
    }
    return STATUS_SUCCESS;
}

/* Spreads the scores of the usable rows over all rows, NaN for the others, from the end backwards in place.
 */
static void
spread_scores(double *scores, const bool *usable, size_t n, size_t n_usable)
{
    for (size_t i = n; i > 0; i--)
        scores[i - 1] = usable[i - 1] ? scores[--n_usable] : NAN;
}

/* Trains on the rows and, where they were all kept, scores them; `context` lives as long as the partition. */
static Status
fit(PartitionScores *p, TrainingRows *rows, const IForestOptions *options, const bool *usable,
    MemoryContext context, Failure *failure)
{
    CodedRows coded = {0};

    rows_code(rows, true, &coded);
    RETURN_IF_FAILED(rows_train(rows, &coded, options, false, &p->env, &p->forest, failure));
    RETURN_IF_FAILED(iforest_scorer_new(&p->env, p->forest, &p->scorer, failure));
    p->has_forest = true;
    if (rows->reservoir != NULL) {
        p->rows = MemoryContextAlloc(context, BLOCK_ROWS * p->forest->n_features * sizeof(double));
        p->block = MemoryContextAlloc(context, BLOCK_ROWS * sizeof(double));
        p->per_block = AllocSetContextCreate(context, "iforest block", ALLOCSET_DEFAULT_SIZES);
        p->block_begin = -BLOCK_ROWS;
        return STATUS_SUCCESS;
    }
    RETURN_IF_FAILED(score_in_place(p, rows->x, rows->n, failure));
    p->scores = repalloc_huge(rows->x, (Size)p->n * sizeof(double));
    spread_scores(p->scores, usable, (size_t)p->n, rows->n);
    return STATUS_SUCCESS;
}

/*
 * Contexts: the collected rows outlive this call only as scores, or not at all; the forest lives in `growth`
 * as long as blocks are to be scored.
 */
static void
fit_partition(FunctionCallInfo fcinfo, WindowObject window, const Form *form, PartitionScores *p)
{
    MemoryContext context = GetMemoryChunkContext(p), old;
    MemoryContext growth = AllocSetContextCreate(context, "iforest growth", ALLOCSET_DEFAULT_SIZES);
    MemoryContext collected = AllocSetContextCreate(context, "iforest rows", ALLOCSET_DEFAULT_SIZES);
    IForestOptions options = form->reader(window, form->options, 0);
    Status status = STATUS_SUCCESS;
    TrainingRows rows;
    Failure failure;
    bool *usable;

    p->n = WinGetPartitionRowCount(window);
    if (p->n > PG_INT32_MAX)
        ereport(ERROR,
                (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                 errmsg("a partition may have at most %d rows", PG_INT32_MAX),
                 errhint("Split the rows with PARTITION BY, or score with a model of iforest_train.")));
    env_pg_init(&p->env, growth);
    rows_init(&rows, collected);
    rows.seed = options.seed;
    rows.n_expected = (size_t)p->n;
    usable = MemoryContextAllocHuge(growth, (Size)p->n * sizeof(bool));
    read_partition(fcinfo, window, p->n, form, &options, &rows, usable);
    old = MemoryContextSwitchTo(growth);
    if (rows_count(&rows) >= IFOREST_MIN_ROWS)
        status = fit(p, &rows, &options, usable, context, &failure);
    MemoryContextSwitchTo(old);
    report_failure(status, &failure);
    if (p->scores == NULL)
        MemoryContextDelete(collected);
    if (p->per_block == NULL)
        MemoryContextDelete(growth);
    p->fitted = true;
}

/* The score of a row of a partition whose rows were not kept: reads and scores the block it is in. */
static double
score_of_block(WindowObject window, const Form *form, PartitionScores *p, int64 at)
{
    size_t d = p->forest->n_features, n = 0;
    MemoryContext old;
    Failure failure;

    if (at < p->block_begin + BLOCK_ROWS)
        return p->block[at - p->block_begin];
    old = MemoryContextSwitchTo(p->per_block);
    for (int64 row = at; row < p->n && n < BLOCK_ROWS; row++, n++) {
        ArrayType *numbers = array_of_row(window, 0, row);
        ArrayType *categories = form->categories > 0 ? array_of_row(window, form->categories, row) : NULL;

        if (numbers != NULL || categories != NULL)
            model_row(p->forest, numbers, categories, p->rows + n * d);
        for (size_t j = 0; j < d && numbers == NULL && categories == NULL; j++)
            p->rows[n * d + j] = NAN;
    }
    MemoryContextSwitchTo(old);
    MemoryContextReset(p->per_block);
    report_failure(iforest_score(&p->env, p->scorer, p->rows, n, p->block, &failure), &failure);
    p->block_begin = at;
    return p->block[0];
}

static Datum
score_current_row(FunctionCallInfo fcinfo, const Form *form)
{
    WindowObject window = PG_WINDOW_OBJECT();
    PartitionScores *p = WinGetPartitionLocalMemory(window, sizeof(PartitionScores));
    int64 at = WinGetCurrentPosition(window);
    double score = NAN;

    if (!p->fitted)
        fit_partition(fcinfo, window, form, p);
    if (p->scores != NULL)
        score = p->scores[at];
    else if (p->has_forest)
        score = score_of_block(window, form, p, at);
    WinSetMarkPosition(window, at);
    if (isnan(score))
        PG_RETURN_NULL();
    PG_RETURN_FLOAT8(score);
}

BI_ML_FUNCTION(biml_iforest_score_window)
{
    static const Form form = {.options = 1, .reader = no_options};

    return score_current_row(fcinfo, &form);
}

BI_ML_FUNCTION(biml_iforest_score_sizes_window)
{
    static const Form form = {.options = 1, .reader = size_options};

    return score_current_row(fcinfo, &form);
}

BI_ML_FUNCTION(biml_iforest_score_options_window)
{
    static const Form form = {.options = 1, .reader = record_options};

    return score_current_row(fcinfo, &form);
}

BI_ML_FUNCTION(biml_iforest_score_categories_window)
{
    static const Form form = {.categories = 1, .options = 2, .reader = record_options};

    return score_current_row(fcinfo, &form);
}
