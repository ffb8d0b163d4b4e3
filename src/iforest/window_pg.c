/*
 * window_pg.c - iforest_score(...) OVER: one forest per partition, one score per row.
 *
 * The first call of a partition reads all its rows, trains and scores in blocks, and keeps the scores in
 * partition-local memory; every call hands out one. Frames are ignored, as by rank().
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

typedef struct PartitionScores {
    double *scores; /* NULL until the partition is fitted */
} PartitionScores;

/* How a form of the function reads its options from one row of the partition. */
typedef IForestOptions (*OptionsReader)(WindowObject window, int64 row);

static Datum
argument_of_row(WindowObject window, int argument, int64 row, bool *is_null)
{
    bool is_out;

    return WinGetFuncArgInPartition(window, argument, (int)row, WINDOW_SEEK_HEAD, false, is_null, &is_out);
}

static IForestOptions
no_options(WindowObject window, int64 row)
{
    (void)window;
    (void)row;
    return iforest_default_options();
}

static IForestOptions
size_options(WindowObject window, int64 row)
{
    IForestOptions options = iforest_default_options();
    bool is_null;
    Datum value;

    value = argument_of_row(window, 1, row, &is_null);
    if (!is_null)
        options.n_trees = DatumGetInt32(value);
    value = argument_of_row(window, 2, row, &is_null);
    if (!is_null)
        options.sample_size = DatumGetInt32(value);
    value = argument_of_row(window, 3, row, &is_null);
    if (!is_null)
        options.seed = DatumGetInt64(value);
    options_check(&options);
    return options;
}

static IForestOptions
record_options(WindowObject window, int64 row)
{
    bool is_null;
    Datum value = argument_of_row(window, 1, row, &is_null);

    return is_null ? iforest_default_options() : options_from_record(value);
}

/* True when no option argument can change from row to row. */
static bool
options_are_stable(FunctionCallInfo fcinfo)
{
    for (int argument = 1; argument < PG_NARGS(); argument++)
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

/* Reads the partition's rows; usable[] tells which of them are in rows. */
static void
read_partition(FunctionCallInfo fcinfo, WindowObject window, int64 n, OptionsReader reader,
               const IForestOptions *options, TrainingRows *rows, bool *usable)
{
    MemoryContext per_row = AllocSetContextCreate(rows->context, "iforest row", ALLOCSET_DEFAULT_SIZES);
    MemoryContext old = MemoryContextSwitchTo(per_row);
    bool stable = options_are_stable(fcinfo);

    for (int64 i = 0; i < n; i++) {
        bool is_null;
        Datum value = argument_of_row(window, 0, i, &is_null);
        size_t n_before = rows->n;

        rows_add(rows, is_null ? NULL : DatumGetArrayTypeP(value));
        usable[i] = rows->n > n_before;
        if (!stable) {
            IForestOptions other = reader(window, i);

            check_constant(options, &other);
        }
        if (i % ROWS_PER_RESET == ROWS_PER_RESET - 1)
            MemoryContextReset(per_row);
        CHECK_FOR_INTERRUPTS();
    }
    MemoryContextSwitchTo(old);
    MemoryContextDelete(per_row);
}

/* Trains on the rows and scores them. */
static Status
fit_and_score(Env *env, const TrainingRows *rows, const IForestOptions *options, double *scores,
              Failure *failure)
{
    IForest *forest;
    IForestScorer *scorer;

    if (options->missing == IFOREST_FAIL && rows->n_skipped > 0)
        return fail(failure, STATUS_NULL_VALUE, "Use missing_action 'divide' or 'impute'.",
                    "a row has no value, and missing_action is 'fail'");
    RETURN_IF_FAILED(iforest_grow(env, rows->x, rows->n, rows->n_features, options, &forest, failure));
    RETURN_IF_FAILED(iforest_scorer_new(env, forest, &scorer, failure));
    return iforest_score(env, scorer, rows->x, rows->n, scores, failure);
}

/* Spreads the scores of the usable rows over all rows, NaN for the others, from the end backwards in place.
 */
static void
spread_scores(double *scores, const bool *usable, size_t n, size_t n_usable, bool scored)
{
    for (size_t i = n; i > 0; i--)
        scores[i - 1] = usable[i - 1] && scored ? scores[--n_usable] : NAN;
}

static void
score_partition(FunctionCallInfo fcinfo, WindowObject window, OptionsReader reader,
                PartitionScores *partition)
{
    int64 n = WinGetPartitionRowCount(window);
    MemoryContext scratch =
        AllocSetContextCreate(CurrentMemoryContext, "iforest_score", ALLOCSET_DEFAULT_SIZES);
    TrainingRows rows = {.context = scratch};
    IForestOptions options = reader(window, 0);
    Status status = STATUS_SUCCESS;
    double *scores;
    Failure failure;
    bool *usable;
    Env env;

    if (n > IFOREST_MAX_ROWS)
        ereport(ERROR,
                (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                 errmsg("the partition has more than %d rows", IFOREST_MAX_ROWS),
                 errhint("Train on a part of the rows with iforest_train, and score with the model.")));
    env_pg_init(&env, scratch);
    usable = MemoryContextAlloc(scratch, (Size)n * sizeof(bool));
    scores = MemoryContextAlloc(GetMemoryChunkContext(partition), (Size)n * sizeof(double));
    read_partition(fcinfo, window, n, reader, &options, &rows, usable);
    if (rows.n >= IFOREST_MIN_ROWS)
        status = fit_and_score(&env, &rows, &options, scores, &failure);
    report_failure(status, &failure);
    spread_scores(scores, usable, (size_t)n, rows.n, rows.n >= IFOREST_MIN_ROWS);
    partition->scores = scores;
    MemoryContextDelete(scratch);
}

static Datum
score_current_row(FunctionCallInfo fcinfo, OptionsReader reader)
{
    WindowObject window = PG_WINDOW_OBJECT();
    PartitionScores *partition = WinGetPartitionLocalMemory(window, sizeof(PartitionScores));
    int64 at = WinGetCurrentPosition(window);

    if (partition->scores == NULL)
        score_partition(fcinfo, window, reader, partition);
    WinSetMarkPosition(window, at);
    if (isnan(partition->scores[at]))
        PG_RETURN_NULL();
    PG_RETURN_FLOAT8(partition->scores[at]);
}

BI_ML_FUNCTION(biml_iforest_score_window)
{
    return score_current_row(fcinfo, no_options);
}

BI_ML_FUNCTION(biml_iforest_score_sizes_window)
{
    return score_current_row(fcinfo, size_options);
}

BI_ML_FUNCTION(biml_iforest_score_options_window)
{
    return score_current_row(fcinfo, record_options);
}
