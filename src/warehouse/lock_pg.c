/* lock_pg.c - see lock_pg.h. */
#include "warehouse/lock_pg.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#define MIN_WORK_MEM_KB 65536

static Oid
relation_owner(Oid relation)
{
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
    Oid owner;

    if (!HeapTupleIsValid(tuple))
        return InvalidOid;
    owner = ((Form_pg_class)GETSTRUCT(tuple))->relowner;
    ReleaseSysCache(tuple);
    return owner;
}

Oid
warehouse_lookup(const char *schema)
{
    Oid schema_oid = get_namespace_oid(schema, true);
    Oid state = OidIsValid(schema_oid) ? get_relname_relid("warehouse_state", schema_oid) : InvalidOid;
    Oid owner;

    if (!OidIsValid(state))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_SCHEMA),
                        OidIsValid(schema_oid) ? errmsg("schema \"%s\" holds no warehouse", schema)
                                               : errmsg("warehouse \"%s\" does not exist", schema),
                        errhint("Make one first: CALL warehouse_create(%s).", quote_literal_cstr(schema))));
    owner = relation_owner(state);
    if (owner != GetUserId())
        ereport(ERROR,
                (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("must be owner of warehouse \"%s\"", schema),
                 errdetail("It belongs to role \"%s\", the current user is \"%s\".",
                           GetUserNameFromId(owner, true), GetUserNameFromId(GetUserId(), false)),
                 errhint("SET ROLE %s, then call again.", quote_identifier(GetUserNameFromId(owner, true)))));
    return schema_oid;
}

void
warehouse_warn_of_holder(Oid schema_oid, const char *schema)
{
    static const char query[] =
        "SELECT l.pid, coalesce(a.usename, 'another user'),"
        " (SELECT to_char(max(r.started_at), 'YYYY-MM-DD HH24:MI:SS TZ') FROM warehouse_run AS r"
        "  WHERE r.step = 'refresh' AND r.status = 'running')"
        " FROM pg_locks AS l LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid"
        " WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1 AND l.objid = $2 AND l.objsubid = 2"
        " AND l.database = $3";
    Oid types[] = {OIDOID, OIDOID, OIDOID};
    Datum values[] = {ObjectIdGetDatum(WAREHOUSE_LOCK_CLASS), ObjectIdGetDatum(schema_oid),
                      ObjectIdGetDatum(MyDatabaseId)};
    const char *pid = "unknown", *user = "unknown", *start = NULL;

    if (SPI_execute_with_args(query, 3, types, values, NULL, true, 1) == SPI_OK_SELECT && SPI_processed > 0) {
        pid = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
        user = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2);
        start = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 3);
    }
    ereport(WARNING, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
                      errmsg("warehouse \"%s\" is being refreshed by another session: skipped", schema),
                      errdetail("Process %s of user \"%s\" holds it since %s.", pid, user,
                                start != NULL ? start : "unknown"),
                      errhint("Nothing is lost: that run, or the next one, takes in what was loaded.")));
}

bool
warehouse_lock(Oid schema_oid, bool for_session)
{
    LOCKTAG tag;

    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, WAREHOUSE_LOCK_CLASS, schema_oid, 2);
    return LockAcquire(&tag, ExclusiveLock, for_session, true) != LOCKACQUIRE_NOT_AVAIL;
}

void
warehouse_unlock(Oid schema_oid)
{
    LOCKTAG tag;

    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, WAREHOUSE_LOCK_CLASS, schema_oid, 2);
    LockRelease(&tag, ExclusiveLock, true);
}

static void
set_local(const char *name, const char *value)
{
    (void)set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
}

void
warehouse_set_environment(const char *schema)
{
    char memory[32];

    set_local("search_path", psprintf("pg_catalog, %s, pg_temp", quote_identifier(schema)));
    set_local("timezone", "UTC");
    set_local("datestyle", "ISO, YMD");
    set_local("intervalstyle", "postgres");
    set_local("extra_float_digits", "1");
    set_local("jit", "off");
    set_local("enable_seqscan", "on");
    /* A sort on the way would cost time, and facts must keep the order of arrival, which their block range
     * indexes need. */
    set_local("enable_mergejoin", "off");
    set_local("synchronize_seqscans", "off");
    /* Enough to plan by; the server looks closer when it has time. */
    set_local("default_statistics_target", "10");
    snprintf(memory, sizeof(memory), "%dkB", Max(work_mem, MIN_WORK_MEM_KB));
    set_local("work_mem", memory);
}
