/*
 * options_pg.c - training options from SQL values.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type_d.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

#include "iforest/iforest_pg.h"
#include "pg/report.h"

/* The core takes 0 for "not set"; a user who says 0 must be told the range. */
static void
refuse_zero(const char *name, bool is_zero, const char *range)
{
    if (is_zero)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("argument \"%s\" must be %s, not 0", name, range),
                        errhint("Leave the option out to have its default.")));
}

static IForestMissing
missing_action(Datum value)
{
    char *word = TextDatumGetCString(value);

    if (strcmp(word, "divide") == 0)
        return IFOREST_DIVIDE;
    if (strcmp(word, "impute") == 0)
        return IFOREST_IMPUTE;
    if (strcmp(word, "fail") != 0)
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                 errmsg("argument \"missing_action\" must be divide, impute or fail, not \"%s\"", word),
                 errhint("With divide a row goes both ways at a split whose value it lacks.")));
    return IFOREST_FAIL;
}

static IForestCategSplit
categ_split(Datum value)
{
    char *word = TextDatumGetCString(value);

    if (strcmp(word, "single") == 0)
        return IFOREST_SINGLE;
    if (strcmp(word, "subset") != 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("argument \"categ_split\" must be single or subset, not \"%s\"", word),
                        errhint("With single one category parts from the others at a split.")));
    return IFOREST_SUBSET;
}

static void
feature_names(Datum value, IForestOptions *options)
{
    ArrayType *array = DatumGetArrayTypeP(value);
    Datum *names;
    bool *nulls;
    int n;

    deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &n);
    options->names = palloc(sizeof(char *) * (size_t)(n > 0 ? n : 1));
    options->n_names = (size_t)n;
    for (int i = 0; i < n; i++) {
        if (nulls[i])
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("argument \"feature_names\" must not be NULL at position %d", i + 1),
                            errhint("Give one name for each feature, in their order.")));
        options->names[i] = TextDatumGetCString(names[i]);
    }
}

static void
set_option(IForestOptions *options, const char *name, Datum value)
{
    if (strcmp(name, "n_trees") == 0) {
        options->n_trees = DatumGetInt32(value);
    } else if (strcmp(name, "sample_size") == 0) {
        options->sample_size = DatumGetInt32(value);
    } else if (strcmp(name, "max_depth") == 0) {
        options->max_depth = DatumGetInt32(value);
        refuse_zero(name, options->max_depth == 0, "between 1 and 32");
    } else if (strcmp(name, "ndim") == 0) {
        options->ndim = DatumGetInt32(value);
    } else if (strcmp(name, "standardize") == 0) {
        options->standardize = DatumGetBool(value);
    } else if (strcmp(name, "categ_split") == 0) {
        options->categ_split = categ_split(value);
    } else if (strcmp(name, "seed") == 0) {
        options->seed = DatumGetInt64(value);
    } else if (strcmp(name, "contamination") == 0) {
        options->contamination = DatumGetFloat8(value);
        refuse_zero(name, options->contamination == 0, "over 0 and at most 0.5");
    } else if (strcmp(name, "missing_action") == 0) {
        options->missing = missing_action(value);
    } else if (strcmp(name, "feature_names") == 0) {
        feature_names(value, options);
    }
}

IForestOptions
options_from_record(Datum record)
{
    HeapTupleHeader header = DatumGetHeapTupleHeader(record);
    TupleDesc desc =
        lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header), HeapTupleHeaderGetTypMod(header));
    IForestOptions options = iforest_default_options();
    HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(header), .t_data = header};

    /* By name: attributes may be added, and dropped ones stay in the descriptor. */
    for (int i = 0; i < desc->natts; i++) {
        bool is_null;
        Datum value;

        if (TupleDescAttr(desc, i)->attisdropped)
            continue;
        value = heap_getattr(&tuple, i + 1, desc, &is_null);
        if (!is_null)
            set_option(&options, NameStr(TupleDescAttr(desc, i)->attname), value);
    }
    ReleaseTupleDesc(desc);
    options_check(&options);
    return options;
}

IForestOptions
options_from_sizes(FunctionCallInfo fcinfo, int first)
{
    IForestOptions options = iforest_default_options();

    if (!PG_ARGISNULL(first))
        options.n_trees = PG_GETARG_INT32(first);
    if (!PG_ARGISNULL(first + 1))
        options.sample_size = PG_GETARG_INT32(first + 1);
    if (!PG_ARGISNULL(first + 2))
        options.seed = PG_GETARG_INT64(first + 2);
    options_check(&options);
    return options;
}

void
options_check(const IForestOptions *options)
{
    Failure failure;

    report_failure(iforest_check_options(options, &failure), &failure);
}

bool
options_equal(const IForestOptions *a, const IForestOptions *b)
{
    if (a->n_trees != b->n_trees || a->sample_size != b->sample_size || a->max_depth != b->max_depth ||
        a->seed != b->seed || a->contamination != b->contamination || a->missing != b->missing ||
        a->ndim != b->ndim || a->standardize != b->standardize || a->categ_split != b->categ_split ||
        (a->names == NULL) != (b->names == NULL) || a->n_names != b->n_names)
        return false;
    for (size_t i = 0; a->names != NULL && b->names != NULL && i < a->n_names; i++)
        if (strcmp(a->names[i], b->names[i]) != 0)
            return false;
    return true;
}
