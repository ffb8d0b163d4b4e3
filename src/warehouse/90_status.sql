-- What a DBA asks: how is it, and let it run by itself.

CREATE FUNCTION @extschema@.warehouse_check_owner(schema text) RETURNS void
    LANGUAGE C STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'biml_warehouse_check_owner';
COMMENT ON FUNCTION @extschema@.warehouse_check_owner(text) IS
'Raises 3F000 when the schema is missing or holds no warehouse, 42501 when the current user does not own it.';

CREATE FUNCTION @extschema@.warehouse_status(schema text DEFAULT 'shop')
RETURNS TABLE (section text, item text, value text, ok boolean)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 50 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_name(schema);
    IF to_regclass(format('%I.warehouse_state', schema)) IS NULL THEN
        RAISE EXCEPTION 'warehouse "%" does not exist', schema
            USING ERRCODE = 'invalid_schema_name', HINT = format('Make one first: CALL warehouse_create(%L).', schema);
    END IF;
    PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', schema), true);
    RETURN QUERY SELECT * FROM @extschema@.warehouse_status_here();
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_status(text) IS
'The state of a warehouse, one line each: freshness, rows by class, quality of the last load against earlier ones, reconciliation of the marts, forecasts that got worse, last runs. ok is false where something needs a look, NULL for plain facts. Needs SELECT on the warehouse''s tables. Errors: 42622 bad name, 3F000 no such warehouse.';

CREATE FUNCTION @extschema@.warehouse_status_here()
RETURNS TABLE (section text, item text, value text, ok boolean)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 50 AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    RETURN QUERY
    SELECT 'freshness', 'data', CASE WHEN s.data_to IS NULL THEN 'no rows accepted yet' ELSE format('%s to %s, as of %s', s.data_from, s.data_to, s.as_of) END, s.data_to IS NOT NULL
    FROM warehouse_state AS s;
    RETURN QUERY
    SELECT 'freshness', f.object::text, coalesce('refreshed ' || to_char(f.refreshed_at, 'YYYY-MM-DD HH24:MI:SS TZ'), 'never refreshed'), NOT f.is_stale
    FROM mart_freshness AS f ORDER BY f.object;
    RETURN QUERY
    SELECT 'loads', 'waiting for a refresh', count(*)::text, count(*) = 0 FROM warehouse_load AS l WHERE l.accepted_run IS NULL;
    RETURN QUERY
    SELECT 'rows', a.rule, format('%s rows, %s', sum(a.rows), round(sum(a.amount), 2)), NULL::boolean
    FROM agg_load_rule AS a GROUP BY a.rule ORDER BY a.rule;
    RETURN QUERY SELECT * FROM @extschema@.warehouse_status_quality();
    RETURN QUERY
    SELECT 'reconciliation', c.item, c.value, c.ok
    FROM (SELECT 1 AS position, 'raw lines = facts + rejects' AS item,
                 CASE count(*) WHEN 0 THEN 'in every load' ELSE format('not in %s loads: see warehouse_conservation', count(*)) END AS value,
                 count(*) = 0 AS ok
          FROM warehouse_conservation
          UNION ALL
          SELECT 2, 'revenue: days = countries = products', format('%s = %s = %s', round(d.revenue, 2), round(c.revenue, 2), round(p.revenue, 2)),
                 d.revenue = c.revenue AND c.revenue = p.revenue
          FROM (SELECT coalesce(sum(revenue), 0) AS revenue FROM mart_daily_sales) AS d,
               (SELECT coalesce(sum(revenue), 0) AS revenue FROM mart_country) AS c,
               (SELECT coalesce(sum(revenue), 0) AS revenue FROM mart_product) AS p
          UNION ALL
          SELECT 3, 'returns: days = countries', format('%s = %s', round(d.returns, 2), round(c.returns, 2)), d.returns = c.returns
          FROM (SELECT coalesce(sum(returns), 0) AS returns FROM mart_daily_sales) AS d,
               (SELECT coalesce(sum(returns), 0) AS returns FROM mart_country) AS c) AS c
    ORDER BY c.position;
    RETURN QUERY
    SELECT 'forecast', 'forecast drift',
           CASE count(a.is_drifting) WHEN 0 THEN 'too early to say'
                ELSE format('%s of %s series', count(*) FILTER (WHERE a.is_drifting), count(a.is_drifting))
                     || coalesce(': ' || array_to_string((array_agg(concat_ws(' ', a.metric, nullif(a.entity, '')) ORDER BY a.recent_error - a.usual_error DESC)
                                                          FILTER (WHERE a.is_drifting))[1:3], ', '), '') END,
           NOT bool_or(a.is_drifting)
    FROM mart_forecast_accuracy AS a WHERE a.method = @extschema@.warehouse_shown_method(a.metric, a.dimension);
    RETURN QUERY
    SELECT 'runs', format('run %s', r.run_id),
           concat_ws(', ', r.status, to_char(r.started_at, 'YYYY-MM-DD HH24:MI:SS TZ'),
                     round(extract(epoch FROM r.finished_at - r.started_at), 1)::text || ' s', r.message),
           r.status IN ('done', 'skipped') OR r.status = 'running' AND EXISTS (
               SELECT FROM pg_locks AS l
               WHERE l.locktype = 'advisory' AND l.classid = 1651076460 AND l.objsubid = 2 AND l.granted
                 AND l.objid = (SELECT c.relnamespace FROM pg_class AS c WHERE c.oid = 'warehouse_run'::regclass))
    FROM (SELECT * FROM warehouse_run WHERE step IN ('refresh', 'replay') ORDER BY run_id DESC LIMIT 5) AS r
    ORDER BY r.run_id DESC;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_status_here() IS 'Part of warehouse_status: the lines, for the warehouse of the search_path.';

CREATE FUNCTION @extschema@.warehouse_status_quality()
RETURNS TABLE (section text, item text, value text, ok boolean)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10 AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- A rule's share of the last load against mean and standard deviation of the loads before; three of them at least.
    RETURN QUERY
    WITH cell AS (
        SELECT l.load_id, q.rule, coalesce(m.share, 0) AS share, l.load_id = max(l.load_id) OVER () AS is_last
        FROM warehouse_load AS l CROSS JOIN quality_rule AS q
        LEFT JOIN mart_data_quality AS m ON m.load_id = l.load_id AND m.rule = q.rule
        WHERE l.raw_rows > 0
    ), past AS (
        SELECT rule, avg(share) AS mean, stddev_samp(share) AS sd, count(*) AS n FROM cell WHERE NOT is_last GROUP BY rule
    )
    SELECT 'quality', format('share of %s in load %s', c.rule, c.load_id),
           format('%s %%', round(100 * c.share::numeric, 2)) || CASE WHEN p.n >= 3 THEN format(' (before: %s %%)', round(100 * p.mean::numeric, 2)) ELSE '' END,
           CASE WHEN p.n >= 3 THEN abs(c.share - p.mean) <= 3 * p.sd + 1e-9 END
    FROM cell AS c JOIN quality_rule AS q USING (rule) LEFT JOIN past AS p USING (rule)
    WHERE c.is_last
    ORDER BY q.precedence;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_status_quality() IS
'Part of warehouse_status: each quality rule''s share of the last load; not ok when it leaves mean +- 3 standard deviations of the loads before.';

CREATE FUNCTION @extschema@.warehouse_schedule(schema text, cron text DEFAULT '0 */6 * * *') RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    job_name text := format('bi_ml:%s:%s', current_database(), schema);
    command text := format('CALL %I.warehouse_refresh(%L)',
                           (SELECT n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'bi_ml'), schema);
    job_id bigint;
BEGIN
    PERFORM @extschema@.warehouse_check_name(schema);
    PERFORM @extschema@.warehouse_check_owner(schema);
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron') THEN
        RAISE EXCEPTION 'pg_cron is not installed in database "%"', current_database()
            USING ERRCODE = 'feature_not_supported',
                  DETAIL = 'It needs the package postgresql-15-cron, shared_preload_libraries = ''pg_cron'' and cron.database_name in postgresql.conf, and a restart.',
                  HINT = format('Then CREATE EXTENSION pg_cron here, or in the database cron.database_name: SELECT cron.schedule_in_database(%L, %L, %L, %L).',
                                job_name, coalesce(cron, '0 */6 * * *'), command, current_database());
    END IF;
    IF cron IS NULL THEN
        EXECUTE 'SELECT cron.unschedule(jobid) FROM cron.job WHERE jobname = $1 AND username = $2' USING job_name, current_user;
        RETURN NULL;
    END IF;
    EXECUTE 'SELECT cron.schedule($1, $2, $3)' INTO job_id USING job_name, cron, command;
    RETURN job_id;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_schedule(text, text) IS
'Lets pg_cron call warehouse_refresh by the given schedule, as the calling user; the job''s name is bi_ml:<database>:<schema>, a second call changes it, cron => NULL takes it away. Returns the job''s id. Errors: 0A000 where pg_cron is not installed, with what to do; 42501 not the owner; 3F000 no such warehouse.';
