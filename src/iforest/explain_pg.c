/*
 * explain_pg.c - iforest_explain(model, ...): one line a feature; iforest_update.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "iforest/iforest_pg.h"
#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/report.h"
#include "pg/rows.h"

enum { FEATURE, CONTRIBUTION, NAME, N_COLUMNS };

static void
explain_row(FunctionCallInfo fcinfo, ArrayType *numbers, ArrayType *categories)
{
    CachedModel *model = cached_model(fcinfo);
    const IForest *f = model->forest;
    ReturnSetInfo *rows = rows_begin(fcinfo);
    double *contributions = palloc(f->n_features * sizeof(double));
    Failure failure;

    model_row(f, numbers, categories, model->row);
    report_failure(iforest_explain(&model->env, f, model->row, contributions, &failure), &failure);
    for (uint32 j = 0; j < f->n_features; j++) {
        Datum values[N_COLUMNS] = {0};
        bool nulls[N_COLUMNS] = {false};

        values[FEATURE] = Int32GetDatum((int32)j + 1);
        rows_number(values, nulls, CONTRIBUTION, contributions[j]);
        nulls[NAME] = f->columns[j].name == NULL;
        if (!nulls[NAME])
            values[NAME] = CStringGetTextDatum(f->columns[j].name);
        rows_put(rows, values, nulls);
    }
}

BI_ML_FUNCTION(biml_iforest_explain)
{
    explain_row(fcinfo, PG_GETARG_ARRAYTYPE_P(1), NULL);
    return (Datum)0;
}

BI_ML_FUNCTION(biml_iforest_explain_categories)
{
    ArrayType *numbers = PG_ARGISNULL(1) ? NULL : PG_GETARG_ARRAYTYPE_P(1);
    ArrayType *categories = PG_ARGISNULL(2) ? NULL : PG_GETARG_ARRAYTYPE_P(2);

    if (PG_ARGISNULL(0) || (numbers == NULL && categories == NULL))
        rows_begin(fcinfo);
    else
        explain_row(fcinfo, numbers, categories);
    return (Datum)0;
}

BI_ML_FUNCTION(biml_iforest_update)
{
    MemoryContext scratch =
        AllocSetContextCreate(CurrentMemoryContext, "iforest_update", ALLOCSET_DEFAULT_SIZES);
    IForest *updated = NULL;
    Failure failure;
    Datum result;
    Env env;

    env_pg_init(&env, scratch);
    report_failure(iforest_update(&env, forest_from_datum(PG_GETARG_DATUM(0), &env),
                                  forest_from_datum(PG_GETARG_DATUM(1), &env), PG_GETARG_FLOAT8(2), &updated,
                                  &failure),
                   &failure);
    result = forest_to_datum(updated, &env);
    MemoryContextDelete(scratch);
    return result;
}
