-- Step accept: raw lines become facts or rejects, dimensions follow.
--
-- The steps are plain SQL over unqualified names; warehouse_refresh sets the search_path, each step checks it. They run
-- with the caller's rights, in one transaction each. To try one in psql: BEGIN; SET LOCAL search_path = pg_catalog, shop,
-- pg_temp; SELECT bi_ml_schema.warehouse_step_returns(0); ...

CREATE FUNCTION @extschema@.warehouse_step_accept(run bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    loads bigint[];
    is_first boolean;
    n bigint;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    PERFORM @extschema@.warehouse_check_settings();
    PERFORM @extschema@.warehouse_empty_work();
    INSERT INTO work_load SELECT load_id FROM warehouse_load WHERE accepted_run IS NULL;
    loads := ARRAY(SELECT load_id FROM work_load ORDER BY load_id);
    IF loads = '{}' THEN
        RETURN 0;
    END IF;
    is_first := NOT EXISTS (SELECT FROM fact_sales) AND NOT EXISTS (SELECT FROM fact_returns) AND NOT EXISTS (SELECT FROM fact_charge)
        AND NOT EXISTS (SELECT FROM rejected_sales) AND NOT EXISTS (SELECT FROM dim_product)
        AND NOT EXISTS (SELECT FROM dim_customer WHERE customer_key <> 0)
        AND NOT EXISTS (SELECT FROM dim_country WHERE country_key <> 0);
    IF is_first THEN
        PERFORM @extschema@.warehouse_drop_sales_indexes();
    END IF;
    -- The lines of a load stand together: the block range index reads them and little else, even without statistics.
    PERFORM set_config('enable_seqscan', 'off', true);
    PERFORM @extschema@.warehouse_classify(
        loads[1], loads[cardinality(loads)], loads, ARRAY(SELECT code FROM charge_code ORDER BY code),
        (SELECT value FROM setting WHERE name = 'time_zone'), run, CASE WHEN is_first THEN 1 ELSE 0 END,
        CASE WHEN is_first THEN 0 ELSE (SELECT count(*) FROM raw_sales WHERE load_id BETWEEN loads[1] AND loads[cardinality(loads)]) END);
    PERFORM set_config('enable_seqscan', 'on', true);
    PERFORM brin_summarize_new_values('raw_sales_load');
    IF is_first THEN
        PERFORM @extschema@.warehouse_accept_first();
    END IF;
    ANALYZE work_line (class, source_line, customer_id, alias_no, country_no, source_row_hash, pair_hash, invoice_no);
    ANALYZE work_alias;
    PERFORM @extschema@.warehouse_mark_copies(run, is_first);
    PERFORM @extschema@.warehouse_accept_dimensions();
    n := @extschema@.warehouse_accept_facts(run);
    PERFORM @extschema@.warehouse_reject_lines(run);
    PERFORM @extschema@.warehouse_count_loads(run);
    RETURN n;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_step_accept(bigint) IS
'Step of a refresh: the lines of all loads not yet accepted become dimensions, facts and rejects, and the loads are marked accepted, all in one transaction. Returns the number of facts.';

CREATE FUNCTION @extschema@.warehouse_check_settings() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    problem text;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    SELECT format('setting "%s" is %s', e.name, coalesce('"' || s.value || '"', 'missing')) INTO problem
    FROM (VALUES ('time_zone', '.', 1), ('country', '.', 2), ('rfm_rule', '^(tie|ntile)$', 3),
                 ('rfm_monetary', '^(net|gross)$', 4), ('rfm_map', '.', 5)) AS e (name, pattern, position)
    LEFT JOIN setting AS s USING (name)
    WHERE s.value IS NULL OR s.value !~ e.pattern
       OR e.name = 'rfm_map' AND NOT EXISTS (SELECT FROM rfm_rule AS r WHERE r.map = s.value)
    ORDER BY e.position LIMIT 1;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Table setting needs time_zone, country, rfm_rule (tie, ntile), rfm_monetary (net, gross) and rfm_map (a map of rfm_rule).';
    END IF;
    IF to_regclass('mart_product') IS NULL OR NOT EXISTS (
           SELECT FROM pg_trigger WHERE tgrelid = 'raw_sales'::regclass AND tgname = 'note_load') THEN
        RAISE EXCEPTION 'marts or triggers of the warehouse are missing'
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'CALL warehouse_repair makes them anew; no data is lost.';
    END IF;
    IF NOT EXISTS (SELECT FROM quality_rule WHERE rule = 'duplicate') THEN
        RAISE EXCEPTION 'quality_rule has no row "duplicate"'
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Put it back; is_enabled is its switch.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_check_settings() IS
'Part of step accept and of warehouse_replay: raises 22023 when the owner removed a setting or gave it a value that nothing knows, 55000 when DROP EXTENSION took marts along.';

CREATE FUNCTION @extschema@.warehouse_empty_work() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    patience text := current_setting('lock_timeout');
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- A backup that is running holds a lock which TRUNCATE would wait for; the tables are then emptied the slow way.
    PERFORM set_config('lock_timeout', '500ms', true);
    BEGIN
        TRUNCATE work_load, work_line, work_alias, work_country, work_product, work_customer, work_suspect, work_copy, work_again,
            work_summary, work_reject, work_invoice, work_order, work_part, work_cell;
    EXCEPTION WHEN lock_not_available THEN
        DELETE FROM work_load;
        DELETE FROM work_line;
        DELETE FROM work_alias;
        DELETE FROM work_country;
        DELETE FROM work_product;
        DELETE FROM work_customer;
        DELETE FROM work_suspect;
        DELETE FROM work_copy;
        DELETE FROM work_again;
        DELETE FROM work_summary;
        DELETE FROM work_reject;
        DELETE FROM work_invoice;
        DELETE FROM work_order;
        DELETE FROM work_part;
        DELETE FROM work_cell;
    END;
    PERFORM set_config('lock_timeout', patience, true);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_empty_work() IS 'Part of step accept and of warehouse_replay: forgets the lines and changes of the last run.';

CREATE FUNCTION @extschema@.warehouse_accept_first() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    INSERT INTO dim_product (product_key, stock_code, first_seen, last_seen) OVERRIDING SYSTEM VALUE
    SELECT product_key, stock_code, min(first_ts), max(last_ts)
    FROM work_product JOIN work_alias USING (stock_code) GROUP BY product_key, stock_code;
    INSERT INTO dim_customer (customer_key, customer_id) SELECT customer_key, customer_id FROM work_customer;
    INSERT INTO dim_country
    SELECT l.country_no, l.country, c.iso2, c.iso3, c.m49, coalesce(c.country_name, l.country), c.is_eu_2011, coalesce(c.kind, 'unknown')
    FROM work_country AS l LEFT JOIN country AS c ON c.country = l.country
    WHERE l.n > 0;
    PERFORM setval(pg_get_serial_sequence('dim_product', 'product_key'), (SELECT max(product_key) FROM dim_product)),
            setval('dim_customer_key', (SELECT nullif(max(customer_key), 0) FROM dim_customer)),
            setval('dim_country_key', (SELECT nullif(max(country_key), 0) FROM dim_country)),
            setval(pg_get_serial_sequence('fact_sales', 'sale_id'), (SELECT nullif(sum(n), 0)::bigint FROM work_alias));
    PERFORM @extschema@.warehouse_index_sales();
    ANALYZE fact_sales (date_key, run_id, product_key, customer_key, quantity, unit_price, invoice_no, source_row_hash);
    ANALYZE dim_product, dim_customer;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_accept_first() IS
'Part of step accept, in a first load: the dimensions of the keys that went into fact_sales, and its indexes.';

CREATE FUNCTION @extschema@.warehouse_mark_copies(run bigint, is_first boolean) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    duplicates_are_rejected boolean;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    SELECT is_enabled INTO duplicates_are_rejected FROM quality_rule WHERE rule = 'duplicate';

    -- Copies among the new lines. occurrence numbers them within their load; of the same occurrence in several
    -- loads the first load's line is taken. Only suspects can have copies.
    INSERT INTO work_copy (source_line, occurrence, is_duplicate)
    SELECT source_line, occurrence,
           duplicates_are_rejected AND occurrence > 1 OR occurrence > 32767
           OR row_number() OVER (PARTITION BY source_row_hash, occurrence ORDER BY load_id, source_line) > 1
           OR occurrence = 1 AND was_taken
    FROM (SELECT w.source_line, w.load_id, w.source_row_hash, f.was_taken,
                 row_number() OVER (PARTITION BY w.load_id, w.source_row_hash ORDER BY w.source_line) + f.n_before AS occurrence
          FROM work_line AS w
          CROSS JOIN LATERAL (
              -- the first of them, if a first load took it straight into the facts: from the same load it has number 1
              SELECT count(*) > 0 AS was_taken, count(*) FILTER (WHERE f.load_id = w.load_id) AS n_before
              FROM fact_sales AS f
              WHERE f.date_key = w.date_key AND f.source_row_hash = w.source_row_hash AND f.run_id = run) AS f
          WHERE w.source_row_hash IN (SELECT source_row_hash FROM work_suspect)) AS repeated;
    DELETE FROM work_copy WHERE occurrence = 1 AND NOT is_duplicate;

    -- Copies of lines that earlier refreshes accepted or rejected for another reason.
    IF is_first THEN
        RETURN;
    END IF;
    INSERT INTO work_copy (source_line, occurrence, is_duplicate)
    SELECT w.source_line, coalesce(c.occurrence, 1), true
    FROM work_line AS w LEFT JOIN work_copy AS c USING (source_line)
    JOIN fact_sales AS f ON f.date_key = w.date_key AND f.source_row_hash = w.source_row_hash AND f.occurrence = coalesce(c.occurrence, 1)
    ON CONFLICT (source_line) DO UPDATE SET is_duplicate = true;
    INSERT INTO work_copy (source_line, occurrence, is_duplicate)
    SELECT w.source_line, coalesce(c.occurrence, 1), true
    FROM work_line AS w LEFT JOIN work_copy AS c USING (source_line)
    JOIN fact_returns AS f ON f.date_key = w.date_key AND f.source_row_hash = w.source_row_hash AND f.occurrence = coalesce(c.occurrence, 1)
    ON CONFLICT (source_line) DO UPDATE SET is_duplicate = true;
    INSERT INTO work_copy (source_line, occurrence, is_duplicate)
    SELECT w.source_line, coalesce(c.occurrence, 1), true
    FROM work_line AS w LEFT JOIN work_copy AS c USING (source_line)
    JOIN fact_charge AS f ON f.date_key = w.date_key AND f.source_row_hash = w.source_row_hash AND f.occurrence = coalesce(c.occurrence, 1)
    ON CONFLICT (source_line) DO UPDATE SET is_duplicate = true;
    INSERT INTO work_copy (source_line, occurrence, is_duplicate)
    SELECT w.source_line, coalesce(c.occurrence, 1), true
    FROM work_line AS w LEFT JOIN work_copy AS c USING (source_line)
    JOIN rejected_sales AS f ON f.source_row_hash = w.source_row_hash AND f.occurrence = coalesce(c.occurrence, 1)
        AND f.source_row_hash IS NOT NULL AND f.rule <> 'duplicate'
    ON CONFLICT (source_line) DO UPDATE SET is_duplicate = true;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_mark_copies(bigint, boolean) IS
'Part of step accept: fills work_copy with the lines that are copies of another, and tells which of them are rejected.';

CREATE FUNCTION @extschema@.warehouse_accept_dimensions() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');

    INSERT INTO work_summary
    SELECT w.load_id, CASE WHEN c.is_duplicate THEN 'duplicate' ELSE w.class END AS rule, w.customer_id, w.country_no, count(*),
           coalesce(sum(w.amount), 0), min(w.order_ts), max(w.order_ts)
    FROM work_line AS w LEFT JOIN work_copy AS c USING (source_line)
    GROUP BY w.load_id, rule, w.customer_id, w.country_no;

    INSERT INTO dim_country
    SELECT nextval('dim_country_key'), l.label, c.iso2, c.iso3, c.m49, coalesce(c.country_name, l.label), c.is_eu_2011,
           coalesce(c.kind, 'unknown')
    FROM (SELECT DISTINCT n.country AS label FROM work_country AS n JOIN work_summary AS s USING (country_no)
          WHERE s.rule IN ('sale', 'return', 'charge', 'charge_credit')) AS l LEFT JOIN country AS c ON c.country = l.label
    WHERE l.label IS NOT NULL AND NOT EXISTS (SELECT FROM dim_country AS d WHERE d.country = l.label)
    ORDER BY l.label;

    INSERT INTO dim_customer (customer_key, customer_id)
    SELECT nextval('dim_customer_key'), l.customer_id
    FROM (SELECT DISTINCT customer_id FROM work_summary
          WHERE customer_id IS NOT NULL AND rule IN ('sale', 'return', 'charge', 'charge_credit')) AS l
    WHERE NOT EXISTS (SELECT FROM dim_customer AS d WHERE d.customer_id = l.customer_id)
    ORDER BY l.customer_id;
    PERFORM @extschema@.warehouse_accept_products();
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_accept_dimensions() IS
'Part of step accept: new countries, customers and products, and the names of the products that were sold or returned.';

CREATE FUNCTION @extschema@.warehouse_accept_products() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    touched text[];
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    WITH alias AS MATERIALIZED (
        SELECT stock_code, description, sum(n) AS n, sum(n_returns) AS n_returns, min(first_sold) AS first_sold,
               max(last_sold) AS last_sold, min(first_seen) AS first_seen, max(last_seen) AS last_seen
        FROM (SELECT l.stock_code, l.description, g.n, g.n_returns, g.first_sold, g.last_sold, g.first_seen, g.last_seen
              FROM (SELECT w.alias_no, count(*) FILTER (WHERE class = 'sale') AS n, count(*) FILTER (WHERE class = 'return') AS n_returns,
                           min(order_ts) FILTER (WHERE class = 'sale') AS first_sold, max(order_ts) FILTER (WHERE class = 'sale') AS last_sold,
                           min(order_ts) AS first_seen, max(order_ts) AS last_seen
                    FROM work_line AS w LEFT JOIN work_copy AS c USING (source_line)
                    WHERE class IN ('sale', 'return') AND NOT coalesce(c.is_duplicate, false)
                    GROUP BY w.alias_no) AS g
              JOIN work_alias AS l USING (alias_no)
              UNION ALL
              SELECT stock_code, description, n, 0, first_ts, last_ts, first_ts, last_ts FROM work_alias WHERE n > 0) AS part
        GROUP BY stock_code, description
    ), product AS (
        INSERT INTO dim_product AS d (stock_code, first_seen, last_seen)
        SELECT stock_code, min(first_seen), max(last_seen) FROM alias GROUP BY stock_code ORDER BY stock_code
        ON CONFLICT (stock_code) DO UPDATE
        SET first_seen = least(d.first_seen, excluded.first_seen), last_seen = greatest(d.last_seen, excluded.last_seen)
        WHERE excluded.first_seen < d.first_seen OR excluded.last_seen > d.last_seen
    ), names AS (
        -- First and last use are those in sales; a name that only returns have counts until a sale has it.
        INSERT INTO dim_product_alias AS d (stock_code, description, n, n_returns, first_seen, last_seen)
        SELECT stock_code, description, n, n_returns, coalesce(first_sold, first_seen), coalesce(last_sold, last_seen)
        FROM alias WHERE description IS NOT NULL
        ON CONFLICT (stock_code, description) DO UPDATE
        SET n = d.n + excluded.n, n_returns = d.n_returns + excluded.n_returns,
            first_seen = CASE WHEN (d.n > 0) = (excluded.n > 0) THEN least(d.first_seen, excluded.first_seen)
                              WHEN d.n > 0 THEN d.first_seen ELSE excluded.first_seen END,
            last_seen = CASE WHEN (d.n > 0) = (excluded.n > 0) THEN greatest(d.last_seen, excluded.last_seen)
                             WHEN d.n > 0 THEN d.last_seen ELSE excluded.last_seen END
    )
    SELECT array_agg(DISTINCT stock_code) INTO touched FROM alias;

    UPDATE dim_product AS d
    SET description = a.description, n_descriptions = a.n_descriptions
    FROM (SELECT DISTINCT ON (stock_code) stock_code, description,
                 (count(*) FILTER (WHERE n > 0) OVER (PARTITION BY stock_code))::int AS n_descriptions
          FROM dim_product_alias
          WHERE stock_code = ANY (touched)
          ORDER BY stock_code, n DESC, CASE WHEN n = 0 THEN n_returns END DESC, last_seen DESC, description) AS a
    WHERE d.stock_code = a.stock_code
      AND (d.description, d.n_descriptions) IS DISTINCT FROM (a.description, a.n_descriptions);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_accept_products() IS
'Part of step accept: dim_product and dim_product_alias; a product is called what most of its sale lines call it.';

CREATE FUNCTION @extschema@.warehouse_accept_facts(run bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    n_sales bigint;
    n_others bigint;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    PERFORM @extschema@.warehouse_mark_again();
    n_sales := @extschema@.warehouse_accept_sales(run);

    WITH line AS MATERIALIZED (
        SELECT w.order_ts, w.load_id, w.date_key, l.stock_code, coalesce(cu.customer_key, 0) AS customer_key, w.quantity,
               coalesce(co.country_key, 0::smallint) AS country_key, coalesce(c.occurrence, 1)::smallint AS occurrence,
               w.source_row_hash, w.unit_price, w.class, w.invoice_no
        FROM work_line AS w
        JOIN work_alias AS l USING (alias_no)
        LEFT JOIN (work_country AS n JOIN dim_country AS co ON co.country = n.country) ON n.country_no = w.country_no
        LEFT JOIN dim_customer AS cu ON cu.customer_id = w.customer_id
        LEFT JOIN work_copy AS c ON c.source_line = w.source_line
        WHERE w.class IN ('return', 'charge', 'charge_credit') AND NOT coalesce(c.is_duplicate, false)
    ), charge AS (
        INSERT INTO fact_charge (order_ts, load_id, run_id, date_key, customer_key, quantity, country_key, occurrence,
                                 source_row_hash, unit_price, charge_class, charge_code, invoice_no)
        SELECT order_ts, load_id, run, date_key, customer_key, quantity, country_key, occurrence, source_row_hash, unit_price,
               class, stock_code, invoice_no
        FROM line WHERE class <> 'return'
    ), ret AS (
        INSERT INTO fact_returns (order_ts, load_id, run_id, date_key, product_key, customer_key, quantity, country_key,
                                  occurrence, source_row_hash, unit_price, invoice_no)
        SELECT order_ts, load_id, run, date_key, p.product_key, customer_key, -quantity, country_key, occurrence,
               source_row_hash, unit_price, invoice_no
        FROM line JOIN dim_product AS p USING (stock_code) WHERE class = 'return'
    )
    SELECT count(*) INTO n_others FROM line;

    UPDATE warehouse_state AS s
    SET data_from = least(s.data_from, d.first), data_to = greatest(s.data_to, d.last)
    FROM (SELECT min(first_ts)::date AS first, max(last_ts)::date AS last
          FROM work_summary WHERE rule IN ('sale', 'return', 'charge', 'charge_credit')) AS d;
    -- with the sales that a first load took straight into the facts
    RETURN n_sales + n_others + (SELECT coalesce(sum(n), 0) FROM work_alias);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_accept_facts(bigint) IS
'Part of step accept: sales, returns (quantity turned positive) and charges (signed). Returns the number of facts.';

CREATE FUNCTION @extschema@.warehouse_accept_sales(run bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    n bigint;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- What a first load sums up by itself, the sales that come after it must add to.
    WITH sale AS (
        INSERT INTO fact_sales (order_ts, load_id, run_id, date_key, product_key, customer_key, quantity, country_key, occurrence,
                                is_first_of_order, source_row_hash, unit_price, invoice_no)
        SELECT order_ts, load_id, run, date_key, product_key, customer_key, quantity, country_key, occurrence,
               is_first_of_order, source_row_hash, unit_price, invoice_no
        FROM work_sale
        RETURNING order_ts, product_key, customer_key, country_key, quantity, amount, is_first_of_order, invoice_no
    ), first AS (
        SELECT EXISTS (SELECT FROM work_part) AS is_summed
    ), part AS (
        INSERT INTO work_part
        SELECT invoice_no, date_bin('1 hour', order_ts, '2000-01-01') AS hour_ts, customer_key, country_key, sum(amount), sum(quantity),
               count(*), max(order_ts)
        FROM sale WHERE (SELECT is_summed FROM first)
        GROUP BY invoice_no, hour_ts, customer_key, country_key
    ), cell AS (
        INSERT INTO work_cell
        SELECT product_key, date_bin('7 days', order_ts, '1969-12-29')::date, 10000 * amount, quantity, is_first_of_order::int
        FROM sale WHERE (SELECT is_summed FROM first)
    ), invoice AS (
        INSERT INTO new_invoice
        SELECT DISTINCT invoice_no FROM sale WHERE NOT (SELECT is_summed FROM first)
        ON CONFLICT DO NOTHING
    )
    SELECT count(*) INTO n FROM sale;
    RETURN n;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_accept_sales(bigint) IS
'Part of step accept: sales; their invoices are noted for the rollups, or, in a first load, what they add up to. Returns their number.';

CREATE FUNCTION @extschema@.warehouse_mark_again() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- Only suspects can be repeated.
    INSERT INTO work_again
    SELECT source_line
    FROM (SELECT w.source_line, row_number() OVER (PARTITION BY w.invoice_no, l.stock_code ORDER BY w.load_id, w.source_line) AS n
          FROM work_line AS w
          JOIN work_alias AS l USING (alias_no)
          LEFT JOIN work_copy AS c USING (source_line)
          WHERE w.class = 'sale' AND NOT coalesce(c.is_duplicate, false)
            AND w.pair_hash IN (SELECT pair_hash FROM work_suspect)) AS line
    WHERE n > 1;
    -- Few invoices of new lines were there before; their facts are found by the invoice.
    WITH line AS MATERIALIZED (
        SELECT w.source_line, w.invoice_no, p.product_key
        FROM work_line AS w
        JOIN work_alias AS l USING (alias_no)
        JOIN dim_product AS p USING (stock_code)
        LEFT JOIN work_copy AS c USING (source_line)
        WHERE w.class = 'sale' AND NOT coalesce(c.is_duplicate, false)
    )
    INSERT INTO work_again
    SELECT DISTINCT l.source_line
    FROM (SELECT DISTINCT invoice_no FROM line) AS i
    JOIN fact_sales AS f USING (invoice_no)
    JOIN line AS l ON l.invoice_no = f.invoice_no AND l.product_key = f.product_key
    ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_mark_again() IS
'Part of step accept: fills work_again with the sale lines whose invoice had the product already, in these lines or in earlier ones.';

CREATE FUNCTION @extschema@.warehouse_reject_lines(run bigint) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    n bigint;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    INSERT INTO work_reject
    SELECT w.raw_tid, w.source_line, CASE WHEN c.is_duplicate THEN 'duplicate' ELSE w.class END, w.rejected_column,
           CASE WHEN c.is_duplicate THEN 'copy of an earlier line' ELSE w.reason END, w.amount * 0.0001, w.source_row_hash,
           CASE WHEN w.source_row_hash IS NOT NULL THEN coalesce(c.occurrence, 1) END
    FROM work_line AS w LEFT JOIN work_copy AS c USING (source_line)
    WHERE c.is_duplicate OR w.class IN ('unparsable', 'positive_credit', 'stock_adjustment', 'zero_price');
    -- One look at the page of each, not one at every line.
    PERFORM set_config('enable_hashjoin', 'off', true);
    INSERT INTO rejected_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country,
                                load_id, source_line, rule, rejected_column, reason, run_id, amount, source_row_hash, occurrence)
    SELECT r.invoice_no, r.stock_code, r.description, r.quantity, r.invoice_date, r.unit_price, r.customer_id, r.country,
           r.load_id, r.source_line, j.rule, j.rejected_column, j.reason, run, j.amount, j.source_row_hash, j.occurrence
    FROM work_reject AS j JOIN raw_sales AS r ON r.ctid = j.raw_tid AND r.source_line = j.source_line;
    GET DIAGNOSTICS n = ROW_COUNT;
    PERFORM set_config('enable_hashjoin', 'on', true);
    -- A row of raw_sales that was moved between the steps (VACUUM FULL, UPDATE) must not be lost.
    IF n <> (SELECT coalesce(sum(rows), 0) FROM work_summary WHERE rule NOT IN ('sale', 'return', 'charge', 'charge_credit')) THEN
        RAISE EXCEPTION 'raw_sales was rewritten while it was read'
            USING ERRCODE = 'object_in_use', HINT = 'Nothing was lost: call warehouse_refresh again.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_reject_lines(bigint) IS
'Part of step accept: every line that is no fact, verbatim, with its rule, column and reason.';

CREATE FUNCTION @extschema@.warehouse_count_loads(run bigint) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    INSERT INTO agg_load_rule (load_id, rule, rows, amount)
    SELECT load_id, rule, sum(rows), sum(amount) * 0.0001 FROM work_summary GROUP BY load_id, rule;
    UPDATE warehouse_load AS l
    SET accepted_run = run,
        raw_rows = (SELECT coalesce(sum(rows), 0) FROM work_summary AS w WHERE w.load_id = l.load_id)
    WHERE l.load_id IN (SELECT load_id FROM work_load);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_count_loads(bigint) IS
'Part of step accept: lines and amounts per load and rule; marks the loads accepted.';
