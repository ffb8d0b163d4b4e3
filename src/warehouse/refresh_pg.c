/*
 * refresh_pg.c - warehouse_refresh(): the driver of the steps.
 *
 * A procedure in C, since it must know before any work whether it may commit (the call context's atomic
 * flag), must free its lock however the run ends, and must write the end of a failed step to the log: each
 * step runs in a subtransaction, so that its error can be caught, logged, committed and raised again. Between
 * steps it commits.
 */
#include "pg/compat.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

#include "kit/civil.h"
#include "warehouse/line.h"
#include "warehouse/lock_pg.h"

typedef struct Run {
    const char *extension; /* the extension's schema, quoted */
    const char *schema;
    Oid schema_oid;
    int64 run_id;
    Datum as_of;
    bool as_of_is_null;
    MemoryContext context; /* lives over the commits */
} Run;

/* In order; $1 is the run, $2 as_of. */
static const struct {
    const char *name;
    const char *call;
} steps[] = {
    {"accept", "warehouse_step_accept($1)"},   {"returns", "warehouse_step_returns($1)"},
    {"marts", "warehouse_step_marts($2)"},     {"forecast", "warehouse_step_forecast($1)"},
    {"anomaly", "warehouse_step_anomaly($1)"},
};

static void
require_autocommit(FunctionCallInfo fcinfo)
{
    bool alone = fcinfo->context != NULL && IsA(fcinfo->context, CallContext) &&
                 !((CallContext *)fcinfo->context)->atomic;

    if (!alone)
        ereport(ERROR,
                (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
                 errmsg("warehouse_refresh cannot run inside a transaction block, a function or with other "
                        "statements in one string"),
                 errhint("Call it alone, in autocommit: it commits after every step.")));
}

/* Executes SQL with ($1 run, $2 as_of, $3 text); returns the first column of the first row, 0 when there is
 * none or it is NULL. */
static int64
execute(const Run *run, const char *sql, const char *text_value)
{
    Oid types[] = {INT8OID, DATEOID, TEXTOID};
    Datum values[] = {Int64GetDatum(run->run_id), run->as_of,
                      text_value != NULL ? CStringGetTextDatum(text_value) : (Datum)0};
    char nulls[] = {' ', run->as_of_is_null ? 'n' : ' ', text_value != NULL ? ' ' : 'n', '\0'};
    bool is_null = true;
    Datum value = (Datum)0;

    if (SPI_execute_with_args(sql, 3, types, values, nulls, false, 0) < 0)
        elog(ERROR, "could not execute \"%s\"", sql);
    if (SPI_tuptable != NULL && SPI_processed > 0)
        value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);
    return is_null ? 0 : DatumGetInt64(value);
}

static void
commit(const Run *run)
{
    SPI_commit();
    warehouse_set_environment(run->schema);
}

/* The error of a failed step, NULL when it succeeded. */
static ErrorData *
try_step(const Run *run, const char *call, int64 *rows)
{
    MemoryContext context = CurrentMemoryContext;
    ResourceOwner owner = CurrentResourceOwner;
    ErrorData *volatile error = NULL;

    BeginInternalSubTransaction(NULL);
    MemoryContextSwitchTo(context);
    PG_TRY();
    {
        *rows = execute(run, psprintf("SELECT %s.%s", run->extension, call), NULL);
        ReleaseCurrentSubTransaction();
    }
    PG_CATCH();
    {
        MemoryContextSwitchTo(run->context);
        error = CopyErrorData();
        FlushErrorState();
        RollbackAndReleaseCurrentSubTransaction();
    }
    PG_END_TRY();
    MemoryContextSwitchTo(context);
    CurrentResourceOwner = owner;
    return error;
}

static void
log_end(const Run *run, const char *step, bool ok, int64 rows, const char *message)
{
    static const char query[] =
        "UPDATE warehouse_run SET finished_at = clock_timestamp(), status = $3, rows = $4, message = $5"
        " WHERE run_id = $1 AND step = $2";
    Oid types[] = {INT8OID, TEXTOID, TEXTOID, INT8OID, TEXTOID};
    Datum values[] = {Int64GetDatum(run->run_id), CStringGetTextDatum(step),
                      CStringGetTextDatum(ok ? "done" : "failed"), Int64GetDatum(rows),
                      message != NULL ? CStringGetTextDatum(message) : (Datum)0};
    char nulls[] = {' ', ' ', ' ', ok ? ' ' : 'n', message != NULL ? ' ' : 'n', '\0'};

    if (SPI_execute_with_args(query, 5, types, values, nulls, false, 0) < 0)
        elog(ERROR, "could not write the run log");
}

static void
log_start(const Run *run, const char *step)
{
    execute(run, "INSERT INTO warehouse_run (run_id, step) VALUES ($1, $3)", step);
}

static const char *
error_text(const ErrorData *error)
{
    return psprintf("%s: %s", unpack_sql_state(error->sqlerrcode), error->message);
}

static int64
run_step(const Run *run, const char *name, const char *call)
{
    TimestampTz start = GetCurrentTimestamp();
    int64 rows = 0;
    ErrorData *error;

    log_start(run, name);
    commit(run);
    error = try_step(run, call, &rows);
    if (error != NULL) {
        log_end(run, name, false, 0, error_text(error));
        log_end(run, "refresh", false, 0, psprintf("step %s failed", name));
        commit(run);
        ReThrowError(error);
    }
    log_end(run, name, true, rows, NULL);
    commit(run);
    ereport(NOTICE, (errmsg("%-9s" INT64_FORMAT " rows, %.2f s", name, rows,
                            (double)(GetCurrentTimestamp() - start) / USECS_PER_SEC)));
    return rows;
}

static void
begin_run(Run *run)
{
    run->run_id = execute(run, "SELECT nextval('warehouse_run_id')", NULL);
    /* With the lock in our hands, a step that still says running has no session any more. */
    execute(run,
            "UPDATE warehouse_run SET status = 'failed', finished_at = clock_timestamp(),"
            " message = 'the session ended before the step did' WHERE status = 'running'",
            NULL);
    log_start(run, "refresh");
    commit(run);
}

static void
refresh(Run *run)
{
    int64 n_lines, n_accepted = 0;

    begin_run(run);
    for (size_t i = 0; i < lengthof(steps); i++) {
        int64 rows = run_step(run, steps[i].name, steps[i].call);

        if (i == 0)
            n_accepted = rows;
    }
    n_lines = execute(
        run, "SELECT coalesce(sum(raw_rows), 0)::bigint FROM warehouse_load WHERE accepted_run = $1", NULL);
    log_end(run, "refresh", true, n_accepted,
            psprintf(INT64_FORMAT " new rows (" INT64_FORMAT " lines read, " INT64_FORMAT " rejected)",
                     n_accepted, n_lines, n_lines - n_accepted));
    /* The settings end with the transaction: a caller's procedure goes on under its own. */
    SPI_commit();
}

/* The calendar of a warehouse is filled up to as_of: a mistyped year must not make millions of days. */
static bool
is_business_day(DateADT day)
{
    return day >= civil_day_number((CivilDate){LINE_FIRST_YEAR, 1, 1}) &&
           day <= civil_day_number((CivilDate){LINE_LAST_YEAR, 12, 31});
}

static void
log_skip(Run *run)
{
    execute(run,
            "INSERT INTO warehouse_run (run_id, step, finished_at, status, message)"
            " VALUES (nextval('warehouse_run_id'), 'refresh', clock_timestamp(), 'skipped',"
            " 'another session is refreshing this warehouse')",
            NULL);
}

BI_ML_FUNCTION(biml_warehouse_refresh)
{
    Run run = {0};

    require_autocommit(fcinfo);
    if (PG_ARGISNULL(0))
        ereport(ERROR,
                (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("argument \"schema\" must not be null"),
                 errhint("Name the schema of the warehouse, such as 'shop'.")));
    run.context = CurrentMemoryContext;
    run.schema = text_to_cstring(PG_GETARG_TEXT_PP(0));
    run.as_of_is_null = PG_ARGISNULL(1);
    run.as_of = run.as_of_is_null ? (Datum)0 : PG_GETARG_DATUM(1);
    if (!run.as_of_is_null && !is_business_day(DatumGetDateADT(run.as_of)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("argument \"as_of\" must be a day of the years %d to %d", LINE_FIRST_YEAR,
                               LINE_LAST_YEAR),
                        errhint("Leave it out to take the last day of the data.")));
    run.schema_oid = warehouse_lookup(run.schema);
    run.extension = quote_identifier(get_namespace_name(get_func_namespace(fcinfo->flinfo->fn_oid)));

    SPI_connect_ext(SPI_OPT_NONATOMIC);
    warehouse_set_environment(run.schema);
    if (!warehouse_lock(run.schema_oid, true)) {
        warehouse_warn_of_holder(run.schema_oid, run.schema);
        log_skip(&run);
        SPI_commit();
        SPI_finish();
        PG_RETURN_VOID();
    }
    PG_TRY();
    {
        refresh(&run);
    }
    PG_FINALLY();
    {
        warehouse_unlock(run.schema_oid);
    }
    PG_END_TRY();
    SPI_finish();
    PG_RETURN_VOID();
}

BI_ML_FUNCTION(biml_warehouse_begin_replay)
{
    const char *schema = text_to_cstring(PG_GETARG_TEXT_PP(0));

    if (!warehouse_lock(warehouse_lookup(schema), false))
        ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
                        errmsg("warehouse \"%s\" is being refreshed by another session", schema),
                        errhint("Call again when that run has ended; warehouse_status shows it.")));
    PG_RETURN_VOID();
}

BI_ML_FUNCTION(biml_warehouse_check_owner)
{
    (void)warehouse_lookup(text_to_cstring(PG_GETARG_TEXT_PP(0)));
    PG_RETURN_VOID();
}
