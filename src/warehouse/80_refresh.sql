-- The procedures that users call: create, refresh, and the function that classifies rejected lines again.

CREATE PROCEDURE @extschema@.warehouse_create(schema text DEFAULT 'shop', country text DEFAULT 'GB')
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_name(schema);
    IF country IS NULL THEN
        RAISE EXCEPTION 'argument "country" must not be null'
            USING ERRCODE = 'null_value_not_allowed', HINT = 'Pass the ISO code of the shop''s own country, such as ''GB''.';
    END IF;
    PERFORM @extschema@.warehouse_use_schema(schema);
    PERFORM set_config('search_path', format('%I, pg_catalog, pg_temp', schema), true);
    PERFORM @extschema@.warehouse_create_rules();
    PERFORM @extschema@.warehouse_create_reference(upper(country));
    PERFORM @extschema@.warehouse_create_raw();
    PERFORM @extschema@.warehouse_create_star();
    PERFORM @extschema@.warehouse_create_rollups();
    PERFORM @extschema@.warehouse_create_work();
    PERFORM @extschema@.warehouse_create_time_marts();
    PERFORM @extschema@.warehouse_create_kpi_mart();
    PERFORM @extschema@.warehouse_create_sales_marts();
    PERFORM @extschema@.warehouse_create_customer_marts();
    PERFORM @extschema@.warehouse_create_quality_marts();
    PERFORM @extschema@.warehouse_create_forecast_marts();
    PERFORM @extschema@.warehouse_create_anomaly_marts();
END
$$;
COMMENT ON PROCEDURE @extschema@.warehouse_create(text, text) IS
'Makes a warehouse: raw table, rules, star schema, rollups and marts, owned by the caller, in a schema of its own, which is created if missing. country: the ISO code of the shop''s own country, whose public holidays fill the table holiday. Errors: 22023 a country whose holidays are not shipped; 22004 NULL; 42622 a name with capitals, quotes, dots or over 63 bytes; 42710 the schema holds a warehouse; 42P07 it holds anything else; 42501 no right to create it.';

CREATE PROCEDURE @extschema@.warehouse_repair(schema text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_name(schema);
    PERFORM @extschema@.warehouse_check_owner(schema);
    PERFORM set_config('search_path', format('%I, pg_catalog, pg_temp', schema), true);
    PERFORM @extschema@.warehouse_drop_marts();
    PERFORM @extschema@.warehouse_create_time_marts();
    PERFORM @extschema@.warehouse_create_kpi_mart();
    PERFORM @extschema@.warehouse_create_sales_marts();
    PERFORM @extschema@.warehouse_create_customer_marts();
    PERFORM @extschema@.warehouse_create_quality_marts();
    PERFORM @extschema@.warehouse_guard_raw();
END
$$;
COMMENT ON PROCEDURE @extschema@.warehouse_repair(text) IS
'Makes the sales marts and the triggers of raw_sales anew, from the rollups and without a refresh: after DROP EXTENSION ... CASCADE took some of them along. Grants on the marts must be given again. Errors: 3F000 no such warehouse, 42501 not its owner, 2BP01 other views depend on a mart.';

CREATE FUNCTION @extschema@.warehouse_drop_marts() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');
    PERFORM set_config('client_min_messages', 'warning', true);
    DROP VIEW IF EXISTS mart_freshness, warehouse_conservation, mart_product_weekly, mart_country_monthly, mart_hour_weekday;
    DROP MATERIALIZED VIEW IF EXISTS mart_data_quality, mart_cohort, mart_rfm_segment, mart_rfm, mart_product, mart_country, mart_kpi,
        mart_monthly_sales, mart_daily_sales;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_drop_marts() IS 'Part of warehouse_repair: drops the sales marts that are there; all can be made from the rollups.';

CREATE PROCEDURE @extschema@.warehouse_refresh(schema text DEFAULT 'shop', as_of date DEFAULT NULL)
    LANGUAGE C
    AS 'MODULE_PATHNAME', 'biml_warehouse_refresh';
COMMENT ON PROCEDURE @extschema@.warehouse_refresh(text, date) IS
'Takes in what was loaded since the last run and brings all marts up to date: accept, returns, marts, forecast, anomaly; a commit after each, a row in warehouse_run for each. Safe to call again, late, or at once: a second run is skipped with a WARNING (55P03). as_of: show the marts as of this day, NULL = the last day of the data. Errors: 25001 inside a transaction block or function; 3F000 no such warehouse; 42501 not its owner.';

CREATE FUNCTION @extschema@.warehouse_begin_replay(schema text) RETURNS void
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'biml_warehouse_begin_replay';
COMMENT ON FUNCTION @extschema@.warehouse_begin_replay(text) IS
'Part of warehouse_replay: checks the owner, takes the warehouse''s lock until the end of the transaction (55P03 when a refresh has it).';

CREATE FUNCTION @extschema@.warehouse_replay_lines(only_rule text, run bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    n bigint;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    PERFORM @extschema@.warehouse_check_settings();
    PERFORM @extschema@.warehouse_empty_work();
    -- All lines are suspects.
    INSERT INTO work_suspect (pair_hash) VALUES (0);
    WITH line AS MATERIALIZED (
        SELECT r.load_id, r.source_line, l.*, dense_rank() OVER (ORDER BY l.normal_stock_code, l.normal_description) AS alias_no,
               dense_rank() OVER (ORDER BY l.normal_country) AS country_no
        FROM rejected_sales AS r
        CROSS JOIN LATERAL @extschema@.sales_line(
            r.invoice_no, r.stock_code, r.description, r.quantity, r.invoice_date, r.unit_price, r.customer_id, r.country,
            ARRAY(SELECT code FROM charge_code ORDER BY code), (SELECT value FROM setting WHERE name = 'time_zone'),
            localtimestamp + interval '366 days') AS l
        WHERE only_rule IS NULL OR r.rule = only_rule
    ), alias AS (
        INSERT INTO work_alias (alias_no, stock_code, description)
        SELECT DISTINCT alias_no, normal_stock_code, normal_description FROM line WHERE normal_stock_code IS NOT NULL
    ), country AS (
        INSERT INTO work_country (country_no, country) SELECT DISTINCT country_no, normal_country FROM line
    )
    INSERT INTO work_line (load_id, source_line, order_ts, customer_id, amount, pair_hash, quantity, date_key, alias_no, country_no,
                           source_row_hash, unit_price, class, invoice_no, rejected_column, reason)
    SELECT load_id, source_line, order_ts, customer, amount * 10000, 0, units, to_char(order_ts, 'YYYYMMDD')::int, alias_no, country_no,
           source_row_hash, price, class, normal_invoice_no, rejected_column, reason
    FROM line;
    ANALYZE work_line;
    ANALYZE work_alias;
    PERFORM @extschema@.warehouse_mark_replayed();
    PERFORM @extschema@.warehouse_accept_dimensions();
    n := @extschema@.warehouse_accept_facts(run);

    WITH outcome AS MATERIALIZED (
        SELECT w.source_line, CASE WHEN c.is_duplicate THEN 'duplicate' ELSE w.class END AS rule, w.rejected_column,
               CASE WHEN c.is_duplicate THEN 'copy of an earlier line' ELSE w.reason END AS reason,
               w.amount * 0.0001 AS amount, w.source_row_hash,
               CASE WHEN w.source_row_hash IS NOT NULL THEN coalesce(c.occurrence, 1) END AS occurrence
        FROM work_line AS w LEFT JOIN work_copy AS c USING (source_line)
    ), moved AS (
        INSERT INTO agg_load_rule AS a (load_id, rule, rows, amount)
        SELECT load_id, rule, sum(rows), sum(amount)
        FROM (SELECT r.load_id, r.rule, -1 AS rows, -coalesce(r.amount, 0) AS amount FROM rejected_sales AS r JOIN outcome USING (source_line)
              UNION ALL
              SELECT r.load_id, o.rule, 1, coalesce(o.amount, 0) FROM rejected_sales AS r JOIN outcome AS o USING (source_line)) AS change
        GROUP BY load_id, rule
        ON CONFLICT (load_id, rule) DO UPDATE SET rows = a.rows + excluded.rows, amount = a.amount + excluded.amount
    ), accepted AS (
        DELETE FROM rejected_sales AS r USING outcome AS o
        WHERE r.source_line = o.source_line AND o.rule IN ('sale', 'return', 'charge', 'charge_credit')
    )
    UPDATE rejected_sales AS r
    SET rule = o.rule, rejected_column = o.rejected_column, reason = o.reason, amount = o.amount,
        source_row_hash = o.source_row_hash, occurrence = o.occurrence, run_id = run
    FROM outcome AS o
    WHERE r.source_line = o.source_line AND o.rule NOT IN ('sale', 'return', 'charge', 'charge_credit')
      AND (r.rule, r.rejected_column, r.reason, r.amount, r.source_row_hash, r.occurrence)
          IS DISTINCT FROM (o.rule, o.rejected_column, o.reason, o.amount, o.source_row_hash, o.occurrence);
    RETURN n;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_replay_lines(text, bigint) IS
'Part of warehouse_replay: rejected lines, as corrected, become facts where they now can; the others get their new reason.';

CREATE FUNCTION @extschema@.warehouse_mark_replayed() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    duplicates_are_rejected boolean;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    SELECT is_enabled INTO duplicates_are_rejected FROM quality_rule WHERE rule = 'duplicate';
    -- A line that reads as before keeps the number it has among the copies of its load; a corrected one comes after
    -- all copies that its load already has.
    INSERT INTO work_copy (source_line, occurrence, is_duplicate)
    SELECT source_line, occurrence,
           duplicates_are_rejected AND occurrence > 1 OR occurrence > 32767
           OR row_number() OVER (PARTITION BY source_row_hash, occurrence ORDER BY load_id, source_line) > 1
    FROM (SELECT w.source_line, w.load_id, w.source_row_hash,
                 CASE WHEN r.source_row_hash = w.source_row_hash THEN r.occurrence
                      ELSE row_number() OVER (PARTITION BY w.load_id, w.source_row_hash, r.source_row_hash IS DISTINCT FROM w.source_row_hash
                                              ORDER BY w.source_line)
                           + (SELECT count(*) FROM fact_sales AS f WHERE f.date_key = w.date_key AND f.source_row_hash = w.source_row_hash AND f.load_id = w.load_id)
                           + (SELECT count(*) FROM fact_returns AS f WHERE f.date_key = w.date_key AND f.source_row_hash = w.source_row_hash AND f.load_id = w.load_id)
                           + (SELECT count(*) FROM fact_charge AS f WHERE f.date_key = w.date_key AND f.source_row_hash = w.source_row_hash AND f.load_id = w.load_id)
                 END AS occurrence
          FROM work_line AS w JOIN rejected_sales AS r USING (source_line)
          WHERE w.source_row_hash IS NOT NULL) AS numbered;
    UPDATE work_copy AS c
    SET is_duplicate = true
    FROM work_line AS w
    WHERE w.source_line = c.source_line AND NOT c.is_duplicate
      AND (EXISTS (SELECT FROM fact_sales AS f
                   WHERE f.date_key = w.date_key AND f.source_row_hash = w.source_row_hash AND f.occurrence = c.occurrence)
           OR EXISTS (SELECT FROM fact_returns AS f
                      WHERE f.date_key = w.date_key AND f.source_row_hash = w.source_row_hash AND f.occurrence = c.occurrence)
           OR EXISTS (SELECT FROM fact_charge AS f
                      WHERE f.date_key = w.date_key AND f.source_row_hash = w.source_row_hash AND f.occurrence = c.occurrence)
           OR EXISTS (SELECT FROM rejected_sales AS r
                      WHERE r.source_row_hash = w.source_row_hash AND r.occurrence = c.occurrence AND r.rule <> 'duplicate'
                        AND NOT EXISTS (SELECT FROM work_line AS x WHERE x.source_line = r.source_line)));
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_mark_replayed() IS
'Part of warehouse_replay: which of the lines are copies of one another or of a line accepted before.';

CREATE FUNCTION @extschema@.warehouse_replay(schema text, rule text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_name(schema);
    PERFORM @extschema@.warehouse_begin_replay(schema);
    PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', schema), true);
    RETURN @extschema@.warehouse_replay_checked(rule);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_replay(text, text) IS
'Classifies rejected lines again, all or those of one rule, after a rule was changed or their text was corrected in rejected_sales; raw_sales keeps the original. Returns how many became facts; the next warehouse_refresh brings them into the marts. Errors: 22023 unknown rule, 55P03 while a refresh runs, 42501 not the owner.';

CREATE FUNCTION @extschema@.warehouse_replay_checked(only_rule text) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    run bigint;
    n bigint;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    IF only_rule IS NOT NULL AND NOT EXISTS (SELECT FROM quality_rule AS q WHERE q.rule = only_rule) THEN
        RAISE EXCEPTION 'argument "rule" names no quality rule: "%"', only_rule
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Rules: ' || (SELECT string_agg(q.rule, ', ' ORDER BY q.precedence) FROM quality_rule AS q) || '; NULL for all.';
    END IF;
    run := nextval('warehouse_run_id');
    INSERT INTO warehouse_run (run_id, step) VALUES (run, 'replay');
    n := @extschema@.warehouse_replay_lines(only_rule, run);
    UPDATE warehouse_run SET status = 'done', finished_at = clock_timestamp(), rows = n WHERE run_id = run;
    RETURN n;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_replay_checked(text) IS 'Part of warehouse_replay: one run of it, logged.';
