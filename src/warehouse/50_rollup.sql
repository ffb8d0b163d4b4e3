-- Step marts, first part: the rollups are changed for what is new, never computed again from the facts.
--
-- Every cell (product x week, country x month, hour x weekday, ...) sums what invoices contribute to it: money, units, and
-- 1 for an invoice that has a line there. So the change of a cell is the contribution of the touched invoices now
-- minus what it was at the last refresh; the touched invoices are those with new lines or newly reversed ones.

CREATE FUNCTION @extschema@.warehouse_roll_up(as_of_day date) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    state record;
    new_cut date;
    since bigint;
    until timestamp;
    n bigint;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    SELECT * INTO state FROM warehouse_state;
    new_cut := CASE WHEN as_of_day < state.data_to THEN as_of_day END;
    since := state.published_run;
    until := coalesce(new_cut + 1, 'infinity'::timestamp);
    -- Marts as of an earlier day, or back from one: the rollups are built anew from the rows up to that day.
    IF new_cut IS DISTINCT FROM state.cut THEN
        PERFORM @extschema@.warehouse_empty_rollups();
        since := 0;
    END IF;

    PERFORM @extschema@.warehouse_find_invoices(since, until);
    PERFORM @extschema@.warehouse_roll_up_orders(until);
    SELECT count(*) INTO n FROM (SELECT FROM work_order GROUP BY invoice_no) AS invoice;
    PERFORM @extschema@.warehouse_roll_up_days(since, until);
    PERFORM @extschema@.warehouse_roll_up_customers(since, until);
    PERFORM @extschema@.warehouse_roll_up_countries(since, until);
    PERFORM @extschema@.warehouse_roll_up_products(since, until);
    DELETE FROM dirty_invoice;
    DELETE FROM new_invoice;
    PERFORM @extschema@.warehouse_extend_calendar(as_of_day);
    UPDATE warehouse_state SET as_of = as_of_day, cut = new_cut, published_run = matched_run;
    RETURN n;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_roll_up(date) IS
'Part of step marts: brings all rollups up to date for the accepted rows up to the given day. Returns the number of invoices that changed.';

CREATE FUNCTION @extschema@.warehouse_empty_rollups() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- DELETE, not TRUNCATE: readers keep the old rows until the refresh commits.
    DELETE FROM agg_order;
    DELETE FROM agg_day;
    DELETE FROM agg_customer;
    DELETE FROM agg_customer_month;
    DELETE FROM agg_country;
    DELETE FROM agg_country_month;
    DELETE FROM agg_hour_weekday;
    DELETE FROM agg_product;
    DELETE FROM agg_product_week;
    DELETE FROM dim_customer_country;
    UPDATE dim_customer SET country_key = NULL, first_order_date = NULL, last_order_date = NULL, cohort_month = NULL
    WHERE customer_key <> 0;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_empty_rollups() IS 'Part of step marts: forgets all rollups, so that they are built anew.';

CREATE FUNCTION @extschema@.warehouse_find_invoices(since bigint, until timestamp) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    DELETE FROM work_invoice;
    DELETE FROM work_order;
    IF since > 0 THEN
        INSERT INTO work_invoice SELECT invoice_no FROM new_invoice UNION SELECT invoice_no FROM dirty_invoice;
    ELSIF until < 'infinity' OR (SELECT coalesce(sum(lines), 0) FROM work_part)
                                <> (SELECT coalesce(sum(rows), 0) FROM agg_load_rule WHERE rule = 'sale') THEN
        INSERT INTO work_invoice SELECT invoice_no FROM fact_sales WHERE order_ts < until GROUP BY invoice_no;
    ELSE
        -- A first load has summed up all sales there are: no fact is read again.
        RETURN;
    END IF;
    ANALYZE work_invoice;
    DELETE FROM work_part;
    DELETE FROM work_cell;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_find_invoices(bigint, timestamp) IS
'Part of step marts: fills work_invoice with the invoices whose facts the rollups are changed by; leaves it empty when the sums that a first load left in work_part and work_cell are whole, and empties these when they are not.';

CREATE FUNCTION @extschema@.warehouse_roll_up_orders(until timestamp) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    WITH gone AS (
        DELETE FROM agg_order AS o USING work_invoice AS i WHERE o.invoice_no = i.invoice_no
        RETURNING o.*
    )
    INSERT INTO work_order
    SELECT -1, invoice_no, date, hour, customer_key, country_key, revenue, units, last_ts FROM gone;

    -- A sale counts as reversed when its return lies before the cut, too.
    WITH part AS (
        SELECT invoice_no, hour_ts, customer_key, country_key, sum(revenue) AS revenue, sum(reversed) AS reversed, sum(units) AS units,
               sum(lines)::bigint AS lines, sum(lines_reversed)::bigint AS lines_reversed, max(last_ts) AS last_ts
        FROM (SELECT s.invoice_no, date_bin('1 hour', s.order_ts, '2000-01-01') AS hour_ts, s.customer_key, s.country_key,
                     s.amount AS revenue, u.n * s.amount AS reversed, s.quantity AS units, 1 AS lines, u.n AS lines_reversed,
                     s.order_ts AS last_ts
              FROM fact_sales AS s
              JOIN work_invoice AS i USING (invoice_no)
              CROSS JOIN LATERAL (SELECT (s.is_reversed AND EXISTS (
                  SELECT FROM fact_returns AS r WHERE r.matched_sale_id = s.sale_id AND r.order_ts < until))::int AS n) AS u
              WHERE s.order_ts < until
              UNION ALL
              SELECT invoice_no, hour_ts, customer_key, country_key, revenue, 0, units, lines, 0, last_ts FROM work_part
              UNION ALL
              SELECT s.invoice_no, date_bin('1 hour', s.order_ts, '2000-01-01'), s.customer_key, s.country_key, 0, s.amount, 0, 0, 1, s.order_ts
              FROM fact_returns AS r
              JOIN fact_sales AS s ON s.sale_id = r.matched_sale_id AND s.customer_key = r.customer_key AND s.product_key = r.product_key
              WHERE r.match_kind = 'reversal_24h' AND s.customer_key <> 0 AND EXISTS (SELECT FROM work_part)) AS line
        GROUP BY invoice_no, hour_ts, customer_key, country_key
    ), came AS (
        INSERT INTO agg_order
        SELECT invoice_no, hour_ts::date, date_part('hour', hour_ts), customer_key, country_key, revenue, revenue - reversed,
               units, lines, lines - lines_reversed, last_ts,
               min(hour_ts::date) OVER same <> max(hour_ts::date) OVER same
        FROM part
        WINDOW same AS (PARTITION BY invoice_no)
        RETURNING invoice_no, date, hour, customer_key, country_key, revenue, units, last_ts
    )
    INSERT INTO work_order
    SELECT 1, invoice_no, date, hour, customer_key, country_key, revenue, units, last_ts FROM came;
    ANALYZE work_order;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_roll_up_orders(timestamp) IS
'Part of step marts: agg_order for the touched invoices; what left and what came stands in work_order.';

CREATE FUNCTION @extschema@.warehouse_roll_up_days(since bigint, until timestamp) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    WITH dirty AS MATERIALIZED (
        SELECT date FROM work_order
        UNION SELECT order_ts::date FROM fact_returns WHERE run_id > since AND order_ts < until
    ), sale AS (
        SELECT date, sum(revenue) AS revenue, sum(revenue_clean) AS revenue_clean,
               count(DISTINCT invoice_no) AS orders, count(DISTINCT invoice_no) FILTER (WHERE lines_clean > 0) AS orders_clean,
               sum(units) AS units, sum(lines) AS lines, count(DISTINCT nullif(customer_key, 0)) AS customers
        FROM agg_order JOIN dirty USING (date) GROUP BY date
    ), ret AS (
        SELECT d.date, sum(r.amount) AS returns
        FROM fact_returns AS r JOIN dirty AS d ON r.date_key = to_char(d.date, 'YYYYMMDD')::int GROUP BY d.date
    ), now AS (
        SELECT date, coalesce(revenue, 0) AS revenue, coalesce(revenue_clean, 0) AS revenue_clean, coalesce(orders, 0) AS orders,
               coalesce(orders_clean, 0) AS orders_clean, coalesce(units, 0) AS units, coalesce(lines, 0) AS lines,
               coalesce(customers, 0) AS customers, coalesce(returns, 0) AS returns
        FROM dirty LEFT JOIN sale USING (date) LEFT JOIN ret USING (date)
    )
    INSERT INTO agg_day AS a SELECT * FROM now
    ON CONFLICT (date) DO UPDATE
    SET revenue = excluded.revenue, revenue_clean = excluded.revenue_clean, orders = excluded.orders,
        orders_clean = excluded.orders_clean, units = excluded.units, lines = excluded.lines,
        customers = excluded.customers, returns = excluded.returns;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_roll_up_days(bigint, timestamp) IS 'Part of step marts: agg_day, for the days that changed.';

CREATE FUNCTION @extschema@.warehouse_roll_up_customers(since bigint, until timestamp) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- Lines are never taken back, so first and last dates only move outwards. The latest sale is the one with the greatest
    -- time and invoice; one with several countries counts as the first by label.
    WITH sale AS (
        SELECT customer_key, min(date) FILTER (WHERE sign > 0) AS first_date, max(date) FILTER (WHERE sign > 0) AS last_date,
               count(DISTINCT invoice_no) FILTER (WHERE sign > 0) - count(DISTINCT invoice_no) FILTER (WHERE sign < 0) AS orders,
               sum(sign * revenue) AS revenue
        FROM work_order WHERE customer_key <> 0 GROUP BY customer_key
    ), latest AS (
        SELECT DISTINCT ON (customer_key) customer_key, last_ts, invoice_no, country_key
        FROM work_order JOIN dim_country USING (country_key) WHERE sign > 0 AND customer_key <> 0
        ORDER BY customer_key, last_ts DESC, invoice_no DESC, country
    ), ret AS (
        SELECT customer_key, sum(amount) AS returns
        FROM fact_returns WHERE customer_key <> 0 AND run_id > since AND order_ts < until GROUP BY customer_key
    )
    INSERT INTO agg_customer AS a
    SELECT customer_key, s.first_date, s.last_date, coalesce(s.orders, 0), coalesce(s.revenue, 0), coalesce(r.returns, 0),
           l.last_ts, l.invoice_no, l.country_key
    FROM sale AS s FULL JOIN ret AS r USING (customer_key) LEFT JOIN latest AS l USING (customer_key)
    ON CONFLICT (customer_key) DO UPDATE
    SET first_date = least(a.first_date, excluded.first_date), last_date = greatest(a.last_date, excluded.last_date),
        orders = a.orders + excluded.orders, revenue = a.revenue + excluded.revenue, returns = a.returns + excluded.returns,
        (last_ts, last_invoice_no, last_country_key) = (
            SELECT v.ts, v.invoice_no, v.country_key
            FROM (VALUES (a.last_ts, a.last_invoice_no, a.last_country_key),
                         (excluded.last_ts, excluded.last_invoice_no, excluded.last_country_key)) AS v (ts, invoice_no, country_key)
            LEFT JOIN dim_country AS c USING (country_key)
            ORDER BY v.ts DESC NULLS LAST, v.invoice_no DESC, c.country LIMIT 1);

    INSERT INTO agg_customer_month AS a
    SELECT customer_key, date_trunc('month', date::timestamp)::date AS month, sum(sign * revenue)
    FROM work_order WHERE customer_key <> 0 GROUP BY customer_key, month
    ON CONFLICT (month, customer_key) DO UPDATE SET revenue = a.revenue + excluded.revenue;

    INSERT INTO dim_customer_country AS a
    SELECT customer_key, country_key, min(date), max(date),
           count(DISTINCT invoice_no) FILTER (WHERE sign > 0) - count(DISTINCT invoice_no) FILTER (WHERE sign < 0), sum(sign * revenue)
    FROM work_order WHERE customer_key <> 0 GROUP BY customer_key, country_key
    ON CONFLICT (customer_key, country_key) DO UPDATE
    SET first_date = least(a.first_date, excluded.first_date), last_date = greatest(a.last_date, excluded.last_date),
        orders = a.orders + excluded.orders, revenue = a.revenue + excluded.revenue;

    UPDATE dim_customer AS d
    SET country_key = a.last_country_key, first_order_date = a.first_date, last_order_date = a.last_date,
        cohort_month = date_trunc('month', a.first_date::timestamp)::date
    FROM agg_customer AS a
    WHERE a.customer_key = d.customer_key AND a.orders > 0
      AND d.customer_key IN (SELECT customer_key FROM work_order)
      AND (d.country_key, d.first_order_date, d.last_order_date) IS DISTINCT FROM (a.last_country_key, a.first_date, a.last_date);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_roll_up_customers(bigint, timestamp) IS
'Part of step marts: customers, their months, countries, first and last dates, by the change in work_order and the new returns.';

CREATE FUNCTION @extschema@.warehouse_roll_up_countries(since bigint, until timestamp) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    INSERT INTO agg_country AS a (country_key, revenue, units, orders, returns)
    SELECT country_key, sum(revenue), sum(units), sum(orders), sum(returns)
    FROM (SELECT country_key, sum(sign * revenue) AS revenue, sum(sign * units) AS units,
                 count(DISTINCT invoice_no) FILTER (WHERE sign > 0) - count(DISTINCT invoice_no) FILTER (WHERE sign < 0) AS orders,
                 0 AS returns
          FROM work_order GROUP BY country_key
          UNION ALL
          SELECT country_key, 0, 0, 0, amount FROM fact_returns WHERE run_id > since AND order_ts < until) AS change
    GROUP BY country_key
    ON CONFLICT (country_key) DO UPDATE
    SET revenue = a.revenue + excluded.revenue, units = a.units + excluded.units, orders = a.orders + excluded.orders,
        returns = a.returns + excluded.returns;

    INSERT INTO agg_country_month AS a (country_key, month, revenue, orders)
    SELECT country_key, date_trunc('month', date::timestamp)::date AS month, sum(sign * revenue),
           count(DISTINCT invoice_no) FILTER (WHERE sign > 0) - count(DISTINCT invoice_no) FILTER (WHERE sign < 0)
    FROM work_order GROUP BY country_key, month
    ON CONFLICT (country_key, month) DO UPDATE
    SET revenue = a.revenue + excluded.revenue, orders = a.orders + excluded.orders;

    INSERT INTO agg_hour_weekday AS a (isodow, hour, revenue, orders)
    SELECT date_part('isodow', date) AS isodow, hour, sum(sign * revenue),
           count(DISTINCT invoice_no) FILTER (WHERE sign > 0) - count(DISTINCT invoice_no) FILTER (WHERE sign < 0)
    FROM work_order GROUP BY date_part('isodow', date), hour
    ON CONFLICT (isodow, hour) DO UPDATE
    SET revenue = a.revenue + excluded.revenue, orders = a.orders + excluded.orders;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_roll_up_countries(bigint, timestamp) IS
'Part of step marts: countries, countries by month, hours by weekday, by the change in work_order.';

CREATE FUNCTION @extschema@.warehouse_roll_up_products(since bigint, until timestamp) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    PERFORM @extschema@.warehouse_change_cells(since, until);
    -- Many rows into a rollup that never had any, so that nobody reads it: the key is built after them.
    IF pg_relation_size('agg_product_week') = 0 AND EXISTS (SELECT FROM work_cell OFFSET 20000) THEN
        ALTER TABLE agg_product_week DROP CONSTRAINT agg_product_week_pkey;
        INSERT INTO agg_product_week
        SELECT product_key, week, 0.0001 * sum(revenue), sum(units), sum(orders)
        FROM work_cell WHERE week IS NOT NULL GROUP BY product_key, week;
        ALTER TABLE agg_product_week ADD PRIMARY KEY (product_key, week);
    ELSE
        INSERT INTO agg_product_week AS a
        SELECT product_key, week, 0.0001 * sum(revenue), sum(units), sum(orders)
        FROM work_cell WHERE week IS NOT NULL GROUP BY product_key, week
        ON CONFLICT (product_key, week) DO UPDATE
        SET revenue = a.revenue + excluded.revenue, units = a.units + excluded.units, orders = a.orders + excluded.orders;
    END IF;
    INSERT INTO agg_product AS a (product_key, revenue, units, orders, returns)
    SELECT product_key, sum(revenue), sum(units), sum(orders), sum(returns)
    FROM (SELECT product_key, 0.0001 * sum(revenue) AS revenue, sum(units) AS units, sum(orders) AS orders, 0 AS returns
          FROM work_cell GROUP BY product_key
          UNION ALL SELECT product_key, 0, 0, 0, amount FROM fact_returns WHERE run_id > since AND order_ts < until) AS change
    GROUP BY product_key
    ON CONFLICT (product_key) DO UPDATE
    SET revenue = a.revenue + excluded.revenue, units = a.units + excluded.units, orders = a.orders + excluded.orders,
        returns = a.returns + excluded.returns;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_roll_up_products(bigint, timestamp) IS
'Part of step marts: products and products by week, by the new lines.';

CREATE FUNCTION @extschema@.warehouse_change_cells(since bigint, until timestamp) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    long_invoices text[];
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    INSERT INTO work_cell
    SELECT product_key, date_bin('7 days', order_ts, '1969-12-29')::date, 10000 * amount, quantity, is_first_of_order::int
    FROM fact_sales JOIN work_invoice USING (invoice_no)
    WHERE run_id > since AND order_ts < until;

    -- is_first_of_order counts an invoice once per product, which is once per cell too unless its lines lie on several
    -- days; those few invoices are counted anew, before and after.
    long_invoices := ARRAY(
        SELECT invoice_no FROM agg_order WHERE spans_days AND invoice_no IN (SELECT invoice_no FROM work_order WHERE sign > 0)
        UNION
        SELECT invoice_no FROM fact_sales JOIN work_invoice USING (invoice_no) WHERE until < 'infinity' AND order_ts >= until);
    WITH long_line AS MATERIALIZED (
        SELECT product_key, invoice_no, date_bin('7 days', order_ts, '1969-12-29')::date AS week,
               bool_and(run_id > since)::int AS orders, sum(is_first_of_order::int) FILTER (WHERE run_id > since) AS counted
        FROM fact_sales
        WHERE invoice_no = ANY (long_invoices) AND order_ts < until
        GROUP BY product_key, invoice_no, week
    )
    INSERT INTO work_cell
    SELECT product_key, week, 0, 0, orders - counted FROM long_line WHERE counted <> orders
    UNION ALL
    -- An invoice that a product has in several weeks is one order of the product: what its weeks count too much.
    SELECT product_key, NULL, 0, 0, min(orders) - sum(orders) FROM long_line GROUP BY product_key, invoice_no;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_change_cells(bigint, timestamp) IS
'Part of step marts: fills work_cell with what the new lines add to each product and week; week NULL corrects the product alone.';

CREATE FUNCTION @extschema@.warehouse_extend_calendar(as_of_day date) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    INSERT INTO dim_date
    SELECT to_char(d, 'YYYYMMDD')::int, d, date_part('year', d), date_part('quarter', d), date_part('month', d),
           date_trunc('month', d)::date, date_part('day', date_trunc('month', d) + interval '1 month - 1 day'),
           date_part('isoyear', d), date_part('week', d), date_part('isodow', d), date_part('isodow', d) >= 6, NULL, false
    FROM warehouse_state AS s,
         generate_series(date_trunc('year', least(s.data_from, as_of_day)::timestamp),
                         date_trunc('year', greatest(s.data_to, as_of_day)::timestamp) + interval '2 years - 1 day', '1 day') AS d
    WHERE NOT EXISTS (SELECT FROM dim_date AS x WHERE x.date = d::date)
    ORDER BY d;
    UPDATE dim_date AS d
    SET is_trading_day = v.is_trading_day, uk_bank_holiday = v.uk_bank_holiday
    FROM (SELECT x.date, CASE WHEN x.date <= as_of_day THEN coalesce(a.orders > 0, false) END AS is_trading_day,
                 -- One that falls on a weekend moves to a weekday.
                 x.isodow < 6 AND x.date IN (SELECT h.date FROM @extschema@.public_holidays('GB') AS h) AS uk_bank_holiday
          FROM dim_date AS x LEFT JOIN agg_day AS a USING (date)) AS v
    WHERE d.date = v.date
      AND (d.is_trading_day, d.uk_bank_holiday) IS DISTINCT FROM (v.is_trading_day, v.uk_bank_holiday);
    -- The owner may have named a label in the table country since the last refresh.
    UPDATE dim_country AS d
    SET iso2 = c.iso2, iso3 = c.iso3, m49 = c.m49, country_name = c.country_name, is_eu_2011 = c.is_eu_2011, kind = c.kind
    FROM country AS c
    WHERE c.country = d.country
      AND (d.iso2, d.iso3, d.m49, d.country_name, d.is_eu_2011, d.kind)
          IS DISTINCT FROM (c.iso2, c.iso3, c.m49, c.country_name, c.is_eu_2011, c.kind);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_extend_calendar(date) IS
'Part of step marts: dim_date without gaps, trading days and bank holidays; dim_country brought in line with the table country.';
