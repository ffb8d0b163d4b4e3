/*
 * score_pg.c - iforest_score(model, ...), one row a call.
 */
#include "postgres.h"

#include <math.h>

#include "iforest/iforest_pg.h"
#include "pg/compat.h"
#include "pg/report.h"

static Datum
score_row(FunctionCallInfo fcinfo, ArrayType *numbers, ArrayType *categories)
{
    CachedModel *model = cached_model(fcinfo);
    Failure failure;
    double score;

    model_row(model->forest, numbers, categories, model->row);
    report_failure(iforest_score(&model->env, model->scorer, model->row, 1, &score, &failure), &failure);
    if (isnan(score))
        PG_RETURN_NULL();
    PG_RETURN_FLOAT8(score);
}

BI_ML_FUNCTION(biml_iforest_score)
{
    ArrayType *numbers = PG_GETARG_ARRAYTYPE_P(1);
    Datum score = score_row(fcinfo, numbers, NULL);

    PG_FREE_IF_COPY(numbers, 1);
    return score;
}

BI_ML_FUNCTION(biml_iforest_score_categories)
{
    ArrayType *numbers = PG_ARGISNULL(1) ? NULL : PG_GETARG_ARRAYTYPE_P(1);
    ArrayType *categories = PG_ARGISNULL(2) ? NULL : PG_GETARG_ARRAYTYPE_P(2);

    /* Not STRICT: a NULL array is an empty one, unless both are. */
    if (PG_ARGISNULL(0) || (numbers == NULL && categories == NULL))
        PG_RETURN_NULL();
    return score_row(fcinfo, numbers, categories);
}
