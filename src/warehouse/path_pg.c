/*
 * path_pg.c - the guard of the warehouse's steps. They are plain SQL over unqualified names, safe only under
 * a search_path that holds nothing but pg_catalog, the warehouse and pg_temp, in that order (last, so that
 * nobody's temporary table can stand in for one of the warehouse).
 */
#include "pg/compat.h"

#include "catalog/namespace.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

BI_ML_FUNCTION(biml_warehouse_check_path)
{
    bool is_create = strcmp(text_to_cstring(PG_GETARG_TEXT_PP(0)), "create") == 0;
    List *names;
    bool ok = SplitIdentifierString(pstrdup(namespace_search_path), ',', &names) && list_length(names) == 3;

    if (ok) {
        const char *warehouse = list_nth(names, is_create ? 0 : 1);

        ok = strcmp(list_nth(names, is_create ? 1 : 0), "pg_catalog") == 0 &&
             strcmp(list_nth(names, 2), "pg_temp") == 0 && strcmp(warehouse, "pg_catalog") != 0 &&
             strcmp(warehouse, "pg_temp") != 0;
    }
    if (!ok)
        ereport(ERROR,
                (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                 errmsg("search_path must name exactly pg_catalog, one warehouse and pg_temp, not \"%s\"",
                        namespace_search_path),
                 errhint("CALL warehouse_refresh sets it; to run a step by hand: SET search_path = %s.",
                         is_create ? "shop, pg_catalog, pg_temp" : "pg_catalog, shop, pg_temp")));
    PG_RETURN_VOID();
}
