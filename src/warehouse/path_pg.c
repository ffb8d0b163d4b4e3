/*
 * path_pg.c - the guard of the warehouse's steps. They are plain SQL over unqualified names, safe only under
 * a search_path that holds nothing but pg_catalog, the warehouse and pg_temp, in that order (last, so that
 * nobody's temporary table can stand in for one of the warehouse).
 */
#include "pg/compat.h"

#include "catalog/namespace.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

static bool
is_path(List *names, int position_of_warehouse)
{
    const char *catalog = list_nth(names, 1 - position_of_warehouse),
               *warehouse = list_nth(names, position_of_warehouse);

    return strcmp(catalog, "pg_catalog") == 0 && strcmp(list_nth(names, 2), "pg_temp") == 0 &&
           strcmp(warehouse, "pg_catalog") != 0 && strcmp(warehouse, "pg_temp") != 0;
}

BI_ML_FUNCTION(biml_warehouse_check_path)
{
    const char *kind = text_to_cstring(PG_GETARG_TEXT_PP(0));
    bool may_step = strcmp(kind, "create") != 0, may_create = strcmp(kind, "step") != 0;
    List *names;
    bool ok = SplitIdentifierString(pstrdup(namespace_search_path), ',', &names) && list_length(names) == 3 &&
              ((may_step && is_path(names, 1)) || (may_create && is_path(names, 0)));

    if (!ok)
        ereport(ERROR,
                (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                 errmsg("search_path must name exactly pg_catalog, one warehouse and pg_temp, not \"%s\"",
                        namespace_search_path),
                 errhint("CALL warehouse_refresh sets it; to run a step by hand: SET search_path = %s.",
                         may_step ? "pg_catalog, shop, pg_temp" : "shop, pg_catalog, pg_temp")));
    PG_RETURN_VOID();
}
