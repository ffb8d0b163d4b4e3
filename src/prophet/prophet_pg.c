/*
 * prophet_pg.c - the prophet_model type and the functions that make and show one.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/output.h"
#include "pg/report.h"
#include "prophet/prophet_pg.h"
#include "series/series_pg.h"

void
prophet_model_from_datum(Datum datum, Env *env, ProphetModel *model)
{
    struct varlena *value = pg_detoast_datum_packed((struct varlena *)DatumGetPointer(datum));
    Failure failure;

    report_failure(prophet_model_decode(env, (const unsigned char *)VARDATA_ANY(value),
                                        VARSIZE_ANY_EXHDR(value), model, &failure),
                   &failure);
}

static Writer
encoded(const ProphetModel *model, Env *env)
{
    Writer w;
    Failure failure;

    writer_init(&w, env);
    prophet_model_encode(model, &w);
    if (w.failed)
        report_failure(fail_out_of_memory(&failure), &failure);
    if (!AllocSizeIsValid(w.length + VARHDRSZ))
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("a prophet_model of %zu rows exceeds 1 GB", model->history.n),
                        errhint("Aggregate to a coarser frequency.")));
    return w;
}

Datum
prophet_model_to_datum(const ProphetModel *model, Env *env)
{
    Writer w = encoded(model, env);

    return PointerGetDatum(cstring_to_text_with_len((const char *)w.bytes, (int)w.length));
}

BI_ML_FUNCTION(biml_prophet_model_in)
{
    Env env;
    ProphetModel model;
    Failure failure;

    env_pg_init(&env, CurrentMemoryContext);
    report_failure(prophet_model_read_json(&env, PG_GETARG_CSTRING(0), &model, &failure), &failure);
    PG_RETURN_DATUM(prophet_model_to_datum(&model, &env));
}

BI_ML_FUNCTION(biml_prophet_model_out)
{
    Env env;
    ProphetModel model;
    Writer w;

    env_pg_init(&env, CurrentMemoryContext);
    prophet_model_from_datum(PG_GETARG_DATUM(0), &env, &model);
    writer_init(&w, &env);
    prophet_model_write_json(&model, &w);
    PG_RETURN_CSTRING(output_text(&w, "prophet_model"));
}

/* Names come as bytes; they must be text of this database. */
static void
verify_name(const char *name)
{
    pg_verifymbstr(name, (int)strlen(name), false);
}

BI_ML_FUNCTION(biml_prophet_model_recv)
{
    StringInfo message = (StringInfo)PG_GETARG_POINTER(0);
    int length = message->len - message->cursor;
    const char *bytes = pq_getmsgbytes(message, length);
    Env env;
    ProphetModel model;
    Failure failure;

    env_pg_init(&env, CurrentMemoryContext);
    report_failure(prophet_model_decode(&env, (const unsigned char *)bytes, (size_t)length, &model, &failure),
                   &failure);
    for (size_t c = 0; c < model.history.n_columns; c++)
        verify_name(model.column_names[c]);
    for (size_t c = 0; c < model.n_components; c++)
        verify_name(model.components[c].name);
    PG_RETURN_DATUM(prophet_model_to_datum(&model, &env));
}

BI_ML_FUNCTION(biml_prophet_model_send)
{
    Env env;
    ProphetModel model;
    StringInfoData message;
    Writer w;

    env_pg_init(&env, CurrentMemoryContext);
    prophet_model_from_datum(PG_GETARG_DATUM(0), &env, &model);
    w = encoded(&model, &env);
    pq_begintypsend(&message);
    pq_sendbytes(&message, (const char *)w.bytes, (int)w.length);
    PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

BI_ML_FUNCTION(biml_prophet_fit)
{
    MemoryContext caller = CurrentMemoryContext, work;
    Env env;
    Series series;
    FitOptions fit;
    ProphetOptions options;
    ProphetModel model;
    Failure failure;
    Writer w;
    Datum result;

    work = AllocSetContextCreate(caller, "prophet_fit", ALLOCSET_DEFAULT_SIZES);
    MemoryContextSwitchTo(work);
    env_pg_init(&env, work);
    fit_options_from_args(fcinfo, 1, &fit);
    if (PG_ARGISNULL(0)) {
        MemoryContextSwitchTo(caller);
        MemoryContextDelete(work);
        PG_RETURN_NULL();
    }
    series_from_datum(PG_GETARG_DATUM(0), &env, &series);
    fit_options_complete(&fit, &series, &options);
    report_failure(prophet_fit(&env, &series, &options, &model, &failure), &failure);
    w = encoded(&model, &env);
    MemoryContextSwitchTo(caller);
    result = PointerGetDatum(cstring_to_text_with_len((const char *)w.bytes, (int)w.length));
    MemoryContextDelete(work);
    PG_RETURN_DATUM(result);
}

BI_ML_FUNCTION(biml_prophet_params)
{
    Env env;
    ProphetModel model;
    Writer w;

    env_pg_init(&env, CurrentMemoryContext);
    prophet_model_from_datum(PG_GETARG_DATUM(0), &env, &model);
    writer_init(&w, &env);
    prophet_params_write_json(&model, &w);
    PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in, CStringGetDatum(output_text(&w, "prophet_model"))));
}
