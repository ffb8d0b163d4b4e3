/*
 * rfm_pg.c - rfm_score, a window function over the whole partition, and rfm_segment.
 *
 * All scores of a partition are computed at its first row and kept, 4 bytes a row, until the partition ends.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "windowapi.h"

#include "pg/compat.h"
#include "pg/partition.h"
#include "pg/report.h"
#include "rfm/rfm.h"

enum { ARG_VALUE, ARG_BINS, ARG_HIGHER_IS_BETTER, ARG_RULE };

typedef struct ScoreState {
    int32 *scores; /* by row; 0 where the value is NULL */
} ScoreState;

typedef struct ScoreOptions {
    int bins;
    bool higher_is_better;
    RfmRule rule;
} ScoreOptions;

static Datum
option_value(WindowObject window, int argument, const char *name)
{
    bool is_null;
    Datum value = WinGetFuncArgCurrent(window, argument, &is_null);

    if (is_null)
        ereport(ERROR,
                (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("argument \"%s\" must not be null", name),
                 errhint("Leave the argument out to get its default.")));
    return value;
}

static ScoreOptions
score_options(WindowObject window)
{
    ScoreOptions options;
    Failure failure;
    char *rule = TextDatumGetCString(option_value(window, ARG_RULE, "rule"));

    options.bins = DatumGetInt32(option_value(window, ARG_BINS, "bins"));
    options.higher_is_better = DatumGetBool(option_value(window, ARG_HIGHER_IS_BETTER, "higher_is_better"));
    report_failure(rfm_bins_check(options.bins, &failure), &failure);
    report_failure(rfm_rule_parse(rule, &options.rule, &failure), &failure);
    return options;
}

static void
score_sorted(SortedPartition *sorted, const ScoreOptions *options, int32 *scores)
{
    int64 worse = 0;

    for (int64 i = 0; i < sorted->n_values; i++) {
        int32 *score = &scores[sorted->values[i].row];

        CHECK_FOR_INTERRUPTS();
        if (options->rule == RFM_RULE_NTILE) {
            *score = rfm_score_ntile(options->bins, i, sorted->n_values);
            continue;
        }
        if (i > 0 && !partition_values_equal(sorted, i - 1, i))
            worse = i;
        *score = rfm_score_tie(options->bins, worse, sorted->n_values);
    }
}

static int32 *
score_partition(WindowObject window, FunctionCallInfo fcinfo, MemoryContext lifetime)
{
    MemoryContext work = AllocSetContextCreate(lifetime, "rfm_score", ALLOCSET_DEFAULT_SIZES);
    ScoreOptions options = score_options(window);
    SortedPartition sorted;
    int32 *scores;

    partition_sort(window, fcinfo, ARG_VALUE, !options.higher_is_better, work, &sorted);
    scores = MemoryContextAllocExtended(lifetime, sizeof(int32) * (Size)sorted.n_rows,
                                        MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
    score_sorted(&sorted, &options, scores);
    MemoryContextDelete(work);
    return scores;
}

BI_ML_FUNCTION(biml_rfm_score)
{
    WindowObject window = PG_WINDOW_OBJECT();
    ScoreState *state = WinGetPartitionLocalMemory(window, sizeof(ScoreState));
    int32 score;

    if (state->scores == NULL)
        state->scores = score_partition(window, fcinfo, partition_context(state));
    score = state->scores[WinGetCurrentPosition(window)];
    if (score == 0)
        PG_RETURN_NULL();
    PG_RETURN_INT32(score);
}

BI_ML_FUNCTION(biml_rfm_segment)
{
    char *map_text = text_to_cstring(PG_GETARG_TEXT_PP(3));
    const char *name;
    RfmMap map;
    Failure failure;

    report_failure(rfm_map_parse(map_text, &map, &failure), &failure);
    report_failure(
        rfm_segment_name(PG_GETARG_INT32(0), PG_GETARG_INT32(1), PG_GETARG_INT32(2), map, &name, &failure),
        &failure);
    PG_RETURN_TEXT_P(cstring_to_text(name));
}
