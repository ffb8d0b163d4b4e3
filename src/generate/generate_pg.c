/*
 * generate_pg.c - generate_sales and generate_truth, set-returning functions.
 *
 * generate_sales gives one row a call and keeps nothing of the rows before: in a SELECT list the executor
 * passes each row on at once (in FROM it collects them all first), so INSERT ... SELECT runs in constant
 * memory.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "generate/generate.h"
#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/report.h"

enum { ARG_N_ROWS, ARG_SEED, ARG_N_CUSTOMERS, ARG_N_PRODUCTS, ARG_START_DATE, ARG_N_DAYS, ARG_N_ANOMALIES };

static void
require_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
    Failure failure;

    if (PG_ARGISNULL(argument))
        report_failure(fail(&failure, STATUS_NULL_VALUE,
                            "Leave the argument out to get its default, if it has one.",
                            "argument \"%s\" must not be null", name),
                       &failure);
}

static int32
optional_count(FunctionCallInfo fcinfo, int argument, const char *name)
{
    Failure failure;
    int32 count = PG_ARGISNULL(argument) ? GENERATE_DEFAULT : PG_GETARG_INT32(argument);

    /* The smallest integer stands for "not given" inside. */
    if (!PG_ARGISNULL(argument) && count < 0)
        report_failure(fail(&failure, STATUS_BAD_VALUE, "Leave the argument out to get its default.",
                            "argument \"%s\" must not be negative, but is %d", name, count),
                       &failure);
    return count;
}

static GenerateOptions
options_of_arguments(FunctionCallInfo fcinfo)
{
    GenerateOptions options;
    Failure failure;

    require_argument(fcinfo, ARG_N_ROWS, "n_rows");
    require_argument(fcinfo, ARG_SEED, "seed");
    require_argument(fcinfo, ARG_START_DATE, "start_date");
    require_argument(fcinfo, ARG_N_DAYS, "n_days");
    options.n_rows = PG_GETARG_INT64(ARG_N_ROWS);
    options.seed = (uint64)PG_GETARG_INT64(ARG_SEED);
    options.n_customers = optional_count(fcinfo, ARG_N_CUSTOMERS, "n_customers");
    options.n_products = optional_count(fcinfo, ARG_N_PRODUCTS, "n_products");
    options.start_day = PG_GETARG_DATEADT(ARG_START_DATE);
    options.n_days = PG_GETARG_INT32(ARG_N_DAYS);
    options.n_anomalies = optional_count(fcinfo, ARG_N_ANOMALIES, "n_anomalies");
    report_failure(generate_options_resolve(&options, &failure), &failure);
    return options;
}

static TupleDesc
result_tuple_desc(FunctionCallInfo fcinfo)
{
    TupleDesc desc;

    if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("function returning record called in context that cannot accept type record"),
                        errhint("Call the function as it was declared.")));
    return BlessTupleDesc(desc);
}

typedef struct SalesScan {
    Env env;
    Shop *shop;
    /* The texts of one row; forming the tuple copies them. */
    struct {
        int32 header;
        char text[SALES_FIELD_SIZE];
    } values[SALES_FIELDS];
} SalesScan;

static SalesScan *
sales_begin(FunctionCallInfo fcinfo, FuncCallContext *call)
{
    MemoryContext caller = MemoryContextSwitchTo(call->multi_call_memory_ctx);
    SalesScan *scan = palloc(sizeof(SalesScan));
    GenerateOptions options = options_of_arguments(fcinfo);
    Failure failure;

    env_pg_init(&scan->env, call->multi_call_memory_ctx);
    call->tuple_desc = result_tuple_desc(fcinfo);
    report_failure(shop_new(&scan->env, &options, &scan->shop, &failure), &failure);
    MemoryContextSwitchTo(caller);
    return scan;
}

static HeapTuple
sales_tuple(SalesScan *scan, TupleDesc desc, const SalesLine *line)
{
    Datum values[SALES_FIELDS];
    bool nulls[SALES_FIELDS];

    for (int i = 0; i < SALES_FIELDS; i++) {
        const SalesField *field = &line->fields[i];

        nulls[i] = field->is_null;
        SET_VARSIZE(&scan->values[i], VARHDRSZ + field->length);
        memcpy(scan->values[i].text, field->text, field->length);
        values[i] = PointerGetDatum(&scan->values[i]);
    }
    return heap_form_tuple(desc, values, nulls);
}

BI_ML_FUNCTION(biml_generate_sales)
{
    FuncCallContext *call;
    const SalesLine *line;
    SalesScan *scan;

    if (SRF_IS_FIRSTCALL()) {
        call = SRF_FIRSTCALL_INIT();
        call->user_fctx = sales_begin(fcinfo, call);
    }
    call = SRF_PERCALL_SETUP();
    scan = call->user_fctx;
    line = shop_next(scan->shop);
    if (line == NULL)
        SRF_RETURN_DONE(call);
    SRF_RETURN_NEXT(call, HeapTupleGetDatum(sales_tuple(scan, call->tuple_desc, line)));
}

static PlantedAnomaly *
truth_begin(FunctionCallInfo fcinfo, FuncCallContext *call)
{
    MemoryContext caller = MemoryContextSwitchTo(call->multi_call_memory_ctx);
    GenerateOptions options = options_of_arguments(fcinfo);
    PlantedAnomaly *planted;
    int32 n_planted;
    Failure failure;
    Env env;

    env_pg_init(&env, call->multi_call_memory_ctx);
    call->tuple_desc = result_tuple_desc(fcinfo);
    report_failure(generate_planted(&env, &options, &planted, &n_planted, &failure), &failure);
    call->max_calls = (uint64)n_planted;
    MemoryContextSwitchTo(caller);
    return planted;
}

BI_ML_FUNCTION(biml_generate_truth)
{
    FuncCallContext *call;
    const PlantedAnomaly *planted;
    Datum values[4];
    bool nulls[4] = {false, false, false, false};

    if (SRF_IS_FIRSTCALL()) {
        call = SRF_FIRSTCALL_INIT();
        call->user_fctx = truth_begin(fcinfo, call);
    }
    call = SRF_PERCALL_SETUP();
    if (call->call_cntr >= call->max_calls)
        SRF_RETURN_DONE(call);
    planted = (const PlantedAnomaly *)call->user_fctx + call->call_cntr;
    values[0] = DateADTGetDatum(planted->day);
    values[1] = CStringGetTextDatum(planted->metric);
    values[2] = CStringGetTextDatum(planted->kind);
    values[3] = Float8GetDatum(planted->factor);
    SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}
