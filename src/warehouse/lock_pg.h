/*
 * lock_pg.h - which warehouse is meant, who may refresh it, and the one lock that a refresh holds.
 */
#ifndef BI_ML_WAREHOUSE_LOCK_PG_H
#define BI_ML_WAREHOUSE_LOCK_PG_H

#include "pg/compat.h"

/*
 * The schema's OID; raises 3F000 when it does not exist or holds no warehouse, 42501 unless the current user
 * owns the warehouse: its owner may have put triggers and views there, which must not run with another's
 * rights.
 */
Oid warehouse_lookup(const char *schema);

/*
 * The advisory lock (WAREHOUSE_LOCK_CLASS, schema OID), for the session or for the transaction; false at once
 * when another session has it. A session's lock survives the commits between steps, is freed by
 * warehouse_unlock and dies with the session.
 */
bool warehouse_lock(Oid schema_oid, bool for_session);
void warehouse_unlock(Oid schema_oid);

/* A WARNING (55P03) that names the process, user and start of the session that has the lock. Needs SPI and
 * the warehouse's search_path. */
void warehouse_warn_of_holder(Oid schema_oid, const char *schema);

/* Transaction-local search_path "pg_catalog, <schema>, pg_temp" and the settings that results and speed
 * depend on. */
void warehouse_set_environment(const char *schema);

#define WAREHOUSE_LOCK_CLASS 0x62696d6c /* "biml" */

#endif
