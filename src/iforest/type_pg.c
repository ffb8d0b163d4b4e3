/*
 * type_pg.c - the type iforest: text form (the bytes in hexadecimal, as bytea writes them), binary form, and
 * iforest_info.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

#include "iforest/iforest_pg.h"
#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/report.h"

IForest *
forest_from_datum(Datum datum, Env *env)
{
    struct varlena *value = pg_detoast_datum_packed((struct varlena *)DatumGetPointer(datum));
    IForest *forest = NULL;
    Failure failure;

    report_failure(iforest_decode(env, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &forest, &failure),
                   &failure);
    if ((Pointer)value != DatumGetPointer(datum))
        pfree(value);
    return forest;
}

Datum
forest_to_datum(const IForest *forest, Env *env)
{
    struct varlena *value;
    Failure failure;
    Writer w;

    writer_init(&w, env);
    iforest_encode(&w, forest);
    if (w.failed)
        report_failure(fail_out_of_memory(&failure), &failure);
    value = palloc(VARHDRSZ + w.length);
    SET_VARSIZE(value, VARHDRSZ + w.length);
    memcpy(VARDATA(value), w.bytes, w.length);
    return PointerGetDatum(value);
}

/* A copy of the bytes as a value, once they have been read as a model. */
static Datum
checked_value(const void *bytes, size_t length)
{
    struct varlena *value;
    IForest *forest;
    Failure failure;
    Env env;

    env_pg_init(&env, CurrentMemoryContext);
    report_failure(iforest_decode(&env, bytes, length, &forest, &failure), &failure);
    value = palloc(VARHDRSZ + length);
    SET_VARSIZE(value, VARHDRSZ + length);
    memcpy(VARDATA(value), bytes, length);
    return PointerGetDatum(value);
}

BI_ML_FUNCTION(biml_iforest_in)
{
    const char *text = PG_GETARG_CSTRING(0);
    size_t length = strlen(text);
    char *bytes;

    if (length < 2 || text[0] != '\\' || text[1] != 'x' || length % 2 != 0 ||
        strspn(text + 2, "0123456789abcdefABCDEF") != length - 2)
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                 errmsg("invalid input syntax for type iforest: \"%.20s%s\"", text, length > 20 ? "..." : ""),
                 errhint("The text form is \\x and the model's bytes in hexadecimal, as the type "
                         "writes it.")));
    bytes = palloc(length / 2);
    hex_decode(text + 2, length - 2, bytes);
    return checked_value(bytes, length / 2 - 1);
}

BI_ML_FUNCTION(biml_iforest_out)
{
    struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
    size_t length = VARSIZE_ANY_EXHDR(value);
    char *text;

    if (length > (MaxAllocSize - 3) / 2)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("the text form of this iforest is longer than 1 GB"),
                        errhint("Use the binary form, or train fewer trees.")));
    text = palloc(2 * length + 3);
    memcpy(text, "\\x", 2);
    hex_encode(VARDATA_ANY(value), length, text + 2);
    text[2 * length + 2] = '\0';
    PG_RETURN_CSTRING(text);
}

BI_ML_FUNCTION(biml_iforest_recv)
{
    StringInfo message = (StringInfo)PG_GETARG_POINTER(0);
    int length = message->len - message->cursor;

    return checked_value(pq_getmsgbytes(message, length), (size_t)length);
}

BI_ML_FUNCTION(biml_iforest_send)
{
    struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
    StringInfoData message;

    pq_begintypsend(&message);
    pq_sendbytes(&message, VARDATA_ANY(value), (int)VARSIZE_ANY_EXHDR(value));
    PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

static const char *
missing_name(IForestMissing missing)
{
    return missing == IFOREST_DIVIDE ? "divide" : missing == IFOREST_IMPUTE ? "impute" : "fail";
}

static void
put_columns(StringInfo json, const IForest *f)
{
    appendStringInfoString(json, ", \"features\": [");
    for (uint32 j = 0; j < f->n_features; j++) {
        const IForestColumn *c = &f->columns[j];

        appendStringInfo(json, "%s{\"position\": %u, \"name\": ", j > 0 ? ", " : "", j + 1);
        if (c->name != NULL)
            escape_json(json, c->name);
        else
            appendStringInfoString(json, "null");
        if (c->categorical)
            appendStringInfo(json, ", \"type\": \"category\", \"n_categories\": %u, \"other\": %s",
                             c->levels.n, c->levels.rest ? "true" : "false");
        else
            appendStringInfo(json, ", \"type\": \"number\", \"min\": %.17g, \"max\": %.17g", c->min, c->max);
        appendStringInfo(json, ", \"n_missing\": " UINT64_FORMAT "}", c->n_missing);
    }
    appendStringInfoString(json, "]");
}

BI_ML_FUNCTION(biml_iforest_info)
{
    Env env;
    IForest *f;
    StringInfoData json;

    env_pg_init(&env, CurrentMemoryContext);
    f = forest_from_datum(PG_GETARG_DATUM(0), &env);
    initStringInfo(&json);
    appendStringInfo(
        &json,
        "{\"version\": 2, \"n_trees\": %u, \"sample_size\": %u, \"max_depth\": %u, "
        "\"seed\": " INT64_FORMAT ", \"missing_action\": \"%s\", \"ndim\": %u, \"standardize\": %s, "
        "\"categ_split\": \"%s\", \"n_features\": %u, \"subsampled\": %s, \"n_updates\": %u, "
        "\"n_rows\": " UINT64_FORMAT ", \"n_skipped\": " UINT64_FORMAT ", \"n_nodes\": %zu, "
        "\"threshold\": %.17g, \"contamination\": ",
        f->n_trees, f->sample_size, f->max_depth, f->seed, missing_name(f->missing), f->ndim,
        f->standardize ? "true" : "false", f->categ_split == IFOREST_SINGLE ? "single" : "subset",
        f->n_features, f->subsampled ? "true" : "false", f->n_updates, f->n_rows, f->n_skipped,
        f->roots[f->n_trees], f->threshold);
    if (f->contamination > 0)
        appendStringInfo(&json, "%.17g", f->contamination);
    else
        appendStringInfoString(&json, "null");
    put_columns(&json, f);
    appendStringInfoString(&json, ", \"score_quantiles\": [");
    for (int q = 0; q < IFOREST_QUANTILES; q++)
        appendStringInfo(&json, "%s%.17g", q > 0 ? ", " : "", f->quantiles[q]);
    appendStringInfoString(&json, "]}");
    return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}
