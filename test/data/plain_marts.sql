-- The marts of a warehouse computed plainly from its facts: count(DISTINCT ...) over the rows, no rollups. In schema
-- plain_marts, views named as the marts, with the columns that are compared; plain_marts.wrong(shop, day) tells which
-- marts of a warehouse differ from them. plain_marts.digests(shop) is for comparing warehouses with one another.
\set ON_ERROR_STOP on
CREATE SCHEMA plain_marts;
SET search_path = plain_marts, public;

-- Sales and returns up to the day, with their business keys; the first day of the data and the day.
CREATE TABLE s (d date, order_ts timestamp, invoice_no text COLLATE "C", stock_code text COLLATE "C", customer_id bigint, country text COLLATE "C",
                quantity int, amount numeric, is_undone boolean);
CREATE TABLE r (d date, stock_code text COLLATE "C", customer_id bigint, country text COLLATE "C", amount numeric);
CREATE TABLE b (first date, as_of date);
CREATE TABLE k (customer_id bigint PRIMARY KEY, first date, last date, orders bigint, revenue numeric, returns numeric, country text COLLATE "C");
CREATE INDEX ON s (d);
-- Every distinct line that is a sale, return or charge, read from raw_sales.
CREATE TABLE line (class text, source_row_hash uuid, stock_code text COLLATE "C", description text COLLATE "C", order_ts timestamp);

CREATE FUNCTION take(shop text, day date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE s, r, b, k, line;
    EXECUTE format('INSERT INTO b SELECT min(d), coalesce($1, max(d)) FROM (SELECT order_ts::date AS d FROM %1$I.fact_sales
        UNION ALL SELECT order_ts::date FROM %1$I.fact_returns UNION ALL SELECT order_ts::date FROM %1$I.fact_charge) AS x', shop) USING day;
    EXECUTE format('INSERT INTO s SELECT f.order_ts::date, f.order_ts, f.invoice_no, p.stock_code, c.customer_id, o.country, f.quantity, f.amount,
            EXISTS (SELECT FROM %1$I.fact_returns AS r WHERE r.matched_sale_id = f.sale_id AND r.order_ts <= f.order_ts + interval ''24 hours'' AND r.order_ts::date <= b.as_of)
        FROM b CROSS JOIN %1$I.fact_sales AS f JOIN %1$I.dim_product AS p USING (product_key) JOIN %1$I.dim_customer AS c USING (customer_key)
        JOIN %1$I.dim_country AS o ON o.country_key = f.country_key WHERE f.order_ts::date <= b.as_of', shop);
    EXECUTE format('INSERT INTO r SELECT f.order_ts::date, p.stock_code, c.customer_id, o.country, f.amount
        FROM b CROSS JOIN %1$I.fact_returns AS f JOIN %1$I.dim_product AS p USING (product_key) JOIN %1$I.dim_customer AS c USING (customer_key)
        JOIN %1$I.dim_country AS o ON o.country_key = f.country_key WHERE f.order_ts::date <= b.as_of', shop);
    EXECUTE format('INSERT INTO line SELECT DISTINCT l.class, l.source_row_hash, l.normal_stock_code, l.normal_description, l.order_ts
        FROM %1$I.raw_sales, LATERAL sales_line(invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country,
             ARRAY(SELECT code FROM %1$I.charge_code), (SELECT value FROM %1$I.setting WHERE name = ''time_zone'')) AS l
        WHERE class IN (''sale'', ''return'', ''charge'', ''charge_credit'')', shop);
    ANALYZE s, r, line;
    INSERT INTO k
    SELECT customer_id, min(d), max(d), count(DISTINCT invoice_no), sum(amount), coalesce((SELECT sum(amount) FROM r WHERE r.customer_id = s.customer_id), 0),
           (array_agg(country ORDER BY order_ts DESC, invoice_no DESC, country))[1]
    FROM s WHERE customer_id IS NOT NULL GROUP BY customer_id;
END $$;

-- All figures of a span of days, both included.
CREATE FUNCTION figures(first_day date, last_day date, OUT revenue numeric, OUT orders bigint, OUT units bigint, OUT customers bigint, OUT returns numeric,
                        OUT net numeric, OUT new_customers bigint) LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT coalesce(sum(amount), 0), count(DISTINCT invoice_no), coalesce(sum(quantity), 0), count(DISTINCT customer_id) INTO revenue, orders, units, customers
    FROM s WHERE d BETWEEN first_day AND last_day;
    SELECT coalesce(sum(amount), 0) INTO returns FROM r WHERE d BETWEEN first_day AND last_day;
    SELECT count(*) INTO new_customers FROM k WHERE first BETWEEN first_day AND last_day;
    net := revenue - returns;
END $$;

CREATE FUNCTION month_of(day date) RETURNS date LANGUAGE sql IMMUTABLE AS $$ SELECT date_trunc('month', day::timestamp)::date $$;
CREATE FUNCTION month_before(day date, n int) RETURNS date LANGUAGE sql IMMUTABLE AS $$ SELECT (day - n * interval '1 month')::date $$;
CREATE FUNCTION month_end(day date) RETURNS date LANGUAGE sql IMMUTABLE AS $$ SELECT month_before(month_of(day), -1) - 1 $$;
CREATE VIEW months AS
SELECT m::date AS month, b.first <= m AND month_end(m::date) <= b.as_of AS is_complete
FROM b, generate_series(month_of(b.first)::timestamp, b.as_of, '1 month') AS m;

CREATE VIEW mart_daily_sales AS
WITH day AS MATERIALIZED (
    SELECT g::date AS date, coalesce(s.revenue, 0) AS revenue, coalesce(s.clean, 0) AS revenue_clean, coalesce(s.orders, 0) AS orders,
           coalesce(s.orders_clean, 0) AS orders_clean, coalesce(s.units, 0) AS units, coalesce(s.lines, 0) AS lines, coalesce(s.customers, 0) AS customers,
           (SELECT count(*) FROM k WHERE k.first = g::date) AS new_customers, (SELECT coalesce(sum(amount), 0) FROM r WHERE r.d = g::date) AS returns
    FROM b CROSS JOIN generate_series(b.first::timestamp, b.as_of, '1 day') AS g
    LEFT JOIN (SELECT d, sum(amount) AS revenue, coalesce(sum(amount) FILTER (WHERE NOT is_undone), 0) AS clean, count(DISTINCT invoice_no) AS orders,
                      count(DISTINCT invoice_no) FILTER (WHERE NOT is_undone) AS orders_clean, sum(quantity) AS units, count(*) AS lines,
                      count(DISTINCT customer_id) AS customers FROM s GROUP BY d) AS s ON s.d = g::date
)
SELECT d.*, customers - new_customers AS repeat_customers, revenue - returns AS net_revenue, revenue / nullif(orders, 0) AS aov, orders > 0 AS is_trading_day,
       w.revenue_ma7, w.orders_ma7, w.ma7_days
FROM day AS d
CROSS JOIN LATERAL (SELECT avg(x.revenue) AS revenue_ma7, avg(x.orders) AS orders_ma7, count(*) AS ma7_days
                    FROM day AS x WHERE x.date BETWEEN d.date - 6 AND d.date) AS w;

-- A complete month against the whole month before, the running one against as many first days of it.
CREATE VIEW mart_monthly_sales AS
SELECT m.month, f.revenue, f.orders, f.units, f.customers, f.returns, f.net AS net_revenue, f.revenue / nullif(f.orders, 0) AS aov,
       (f.revenue / nullif(p.revenue, 0) - 1)::float8 AS revenue_mom, (f.net / nullif(p.net, 0) - 1)::float8 AS net_revenue_mom,
       (f.orders / nullif(p.orders, 0)::numeric - 1)::float8 AS orders_mom, (f.revenue / nullif(y.revenue, 0) - 1)::float8 AS revenue_yoy, m.is_complete,
       least(month_end(m.month), b.as_of) - greatest(m.month, b.first) + 1 AS days
FROM b CROSS JOIN months AS m
CROSS JOIN LATERAL (SELECT month_before(m.month, 1) AS p, month_before(m.month, 12) AS y, month_end(m.month) <= b.as_of AS is_over, b.as_of - m.month AS n) AS x
CROSS JOIN LATERAL figures(m.month, least(month_end(m.month), b.as_of)) AS f
LEFT JOIN LATERAL figures(x.p, CASE WHEN is_over THEN month_end(x.p) ELSE least(month_end(x.p), x.p + x.n) END) AS p ON x.p >= b.first
LEFT JOIN LATERAL figures(x.y, CASE WHEN is_over THEN month_end(x.y) ELSE least(month_end(x.y), x.y + x.n) END) AS y ON x.y >= b.first;

CREATE VIEW mart_kpi AS
SELECT w.comparison, w.cf AS current_from, w.ct AS current_to, w.pf AS previous_from, w.pt AS previous_to, v.kpi, v.c AS current_value, v.p AS previous_value,
       v.c - v.p AS change, (100 * (v.c - v.p) / nullif(v.p, 0))::float8 AS change_pct
FROM b CROSS JOIN LATERAL (SELECT as_of AS t, month_of(as_of) AS m, month_of(as_of + 1) AS open, date_trunc('quarter', (as_of + 1)::timestamp)::date AS open_quarter,
                        date_trunc('year', as_of::timestamp)::date AS year) AS o
CROSS JOIN LATERAL (VALUES ('last7_vs_prev7', t - 6, t, t - 13, t - 7), ('last28_vs_prev28', t - 27, t, t - 55, t - 28),
    ('mtd_vs_prev_month_same_days', m, t, month_before(m, 1), least(m - 1, month_before(m, 1) + (t - m))),
    ('mtd_vs_prev_year_same_days', m, t, month_before(m, 12), least(month_before(m, 11) - 1, month_before(m, 12) + (t - m))),
    ('last_complete_month_vs_previous', month_before(open, 1), open - 1, month_before(open, 2), month_before(open, 1) - 1),
    ('last_complete_quarter_vs_previous', month_before(open_quarter, 3), open_quarter - 1, month_before(open_quarter, 6), month_before(open_quarter, 3) - 1),
    ('h2_to_date_vs_h1', month_before(year, -6), open - 1, year, month_before(open, 6) - 1)) AS w (comparison, cf, ct, pf, pt)
CROSS JOIN LATERAL figures(cf, ct) AS c
LEFT JOIN LATERAL figures(pf, pt) AS p ON pf >= b.first
CROSS JOIN LATERAL (VALUES ('revenue', c.revenue, p.revenue), ('returns', c.returns, p.returns), ('net_revenue', c.net, p.net), ('orders', c.orders, p.orders),
    ('aov', c.revenue / nullif(c.orders, 0), p.revenue / nullif(p.orders, 0)), ('units', c.units, p.units), ('customers', c.customers, p.customers),
    ('new_customers', c.new_customers, p.new_customers)) AS v (kpi, c, p)
WHERE w.cf <= w.ct;

CREATE VIEW mart_country_monthly AS
SELECT month_of(d) AS month, country, sum(amount) AS revenue, count(DISTINCT invoice_no) AS orders FROM s GROUP BY 1, 2;

CREATE VIEW mart_country AS
WITH c AS MATERIALIZED (
    SELECT country, coalesce(s.revenue, 0) AS revenue, coalesce(orders, 0) AS orders, coalesce(customers, 0) AS customers, coalesce(units, 0) AS units,
           coalesce(r.returns, 0) AS returns, coalesce(revenue, 0) - coalesce(returns, 0) AS net_revenue, coalesce(identified, 0) AS identified_revenue
    FROM (SELECT country, sum(amount) AS revenue, count(DISTINCT invoice_no) AS orders, count(DISTINCT customer_id) AS customers, sum(quantity) AS units,
                 sum(amount) FILTER (WHERE customer_id IS NOT NULL) AS identified FROM s GROUP BY country) AS s
    FULL JOIN (SELECT country, sum(amount) AS returns FROM r GROUP BY country) AS r USING (country)
)
SELECT c.*, (c.revenue / nullif(t.revenue, 0))::float8 AS revenue_share, (c.net_revenue / nullif(t.net, 0))::float8 AS net_revenue_share,
       c.revenue / nullif(c.orders, 0) AS aov, (SELECT count(*) + 1 FROM c AS x WHERE (-x.revenue, x.country) < (-c.revenue, c.country)) AS revenue_rank,
       (coalesce(l.revenue, 0) / nullif(p.revenue, 0) - 1)::float8 AS revenue_mom, (nullif(c.identified_revenue, 0) / t.identified)::float8 AS identified_revenue_share
FROM c CROSS JOIN (SELECT sum(revenue) AS revenue, sum(net_revenue) AS net, sum(identified_revenue) AS identified FROM c) AS t CROSS JOIN b
LEFT JOIN mart_country_monthly AS l ON l.country = c.country AND l.month = month_before(month_of(as_of + 1), 1)
LEFT JOIN mart_country_monthly AS p ON p.country = c.country AND p.month = month_before(month_of(as_of + 1), 2);

CREATE VIEW mart_hour_weekday AS
SELECT extract(isodow FROM d)::smallint AS isodow, extract(hour FROM order_ts)::smallint AS hour, sum(amount) AS revenue, count(DISTINCT invoice_no) AS orders
FROM s GROUP BY 1, 2;

CREATE VIEW mart_product AS
WITH p AS MATERIALIZED (
    SELECT stock_code, sum(s.amount) AS revenue, sum(quantity) AS units, count(DISTINCT invoice_no) AS orders, coalesce(x.returns, 0) AS returns
    FROM s LEFT JOIN (SELECT stock_code, sum(amount) AS returns FROM r GROUP BY stock_code) AS x USING (stock_code) GROUP BY stock_code, x.returns
)
SELECT p.*, p.revenue - returns AS net_revenue, x.rank AS revenue_rank, (p.revenue / t.revenue)::float8 AS revenue_share, (x.sum / t.revenue)::float8 AS cumulative_share,
       CASE WHEN x.sum - p.revenue < .8 * t.revenue THEN 'A' WHEN x.sum - p.revenue < .95 * t.revenue THEN 'B' ELSE 'C' END AS tier
FROM p CROSS JOIN (SELECT sum(revenue) AS revenue FROM p) AS t
JOIN (SELECT stock_code, row_number() OVER w AS rank, sum(revenue) OVER w AS sum FROM p WINDOW w AS (ORDER BY revenue DESC, stock_code)) AS x USING (stock_code);

CREATE VIEW mart_product_weekly AS
SELECT stock_code, date_trunc('week', d::timestamp)::date AS week, sum(amount) AS revenue, sum(quantity) AS units, count(DISTINCT invoice_no) AS orders
FROM s GROUP BY 1, 2;

CREATE VIEW mart_cohort AS
WITH active AS MATERIALIZED (
    SELECT month_of(k.first) AS cohort, month_of(s.d) AS month, count(DISTINCT customer_id) AS customers, sum(amount) AS revenue
    FROM s JOIN k USING (customer_id) GROUP BY 1, 2
)
SELECT c.month AS cohort_month, (extract(year FROM age(m.month, c.month)) * 12 + extract(month FROM age(m.month, c.month)))::int AS month_offset,
       n.size AS cohort_size, coalesce(a.customers, 0) AS customers, (coalesce(a.customers, 0) / nullif(n.size, 0)::numeric)::float8 AS retention,
       coalesce(a.revenue, 0) AS revenue, m.is_complete
FROM months AS c JOIN months AS m ON m.month >= c.month
CROSS JOIN LATERAL (SELECT count(*) AS size FROM k WHERE month_of(k.first) = c.month) AS n
LEFT JOIN active AS a ON a.cohort = c.month AND a.month = m.month;

CREATE VIEW mart_rfm AS
SELECT customer_id, country, recency AS recency_days, orders AS frequency, monetary, rs AS r_score, fs AS f_score, ms AS m_score,
       concat(rs, fs, ms) AS rfm_code, rfm_segment(rs, fs, ms) AS segment
FROM (SELECT x.*, rfm_score(recency, 5, false) OVER w AS rs, rfm_score(orders, 5, true) OVER w AS fs, rfm_score(monetary, 5, true) OVER w AS ms
      FROM (SELECT k.*, b.as_of + 1 - k.last AS recency, k.revenue - k.returns AS monetary FROM k, b) AS x
      WINDOW w AS (ORDER BY customer_id DESC)) AS y;

CREATE VIEW mart_rfm_segment AS
SELECT segment, count(*) AS customers, (count(*) / sum(count(*)) OVER ())::float8 AS customer_share, sum(monetary) AS revenue,
       (sum(monetary) / nullif(sum(sum(monetary)) OVER (), 0))::float8 AS revenue_share, avg(recency_days) AS avg_recency_days, avg(frequency) AS avg_frequency,
       avg(monetary) AS avg_monetary
FROM mart_rfm GROUP BY segment;

-- A product is called what most of its sale lines call it; ties: the later last sale, then text order. Without sales, its returns.
CREATE VIEW dim_product_alias AS
SELECT stock_code, description, count(*) FILTER (WHERE class = 'sale') AS n, count(*) FILTER (WHERE class = 'return') AS n_returns,
       coalesce(min(order_ts) FILTER (WHERE class = 'sale'), min(order_ts)) AS first_seen, coalesce(max(order_ts) FILTER (WHERE class = 'sale'), max(order_ts)) AS last_seen
FROM line WHERE description IS NOT NULL AND class IN ('sale', 'return') GROUP BY stock_code, description;

CREATE VIEW dim_product AS
SELECT stock_code, min(order_ts) AS first_seen, max(order_ts) AS last_seen,
       (SELECT description FROM dim_product_alias AS a WHERE a.stock_code = l.stock_code
        ORDER BY n DESC, CASE WHEN n = 0 THEN n_returns END DESC, last_seen DESC, description LIMIT 1) AS description,
       (SELECT count(*)::int FROM dim_product_alias AS a WHERE a.stock_code = l.stock_code AND n > 0) AS n_descriptions
FROM line AS l WHERE class IN ('sale', 'return') GROUP BY stock_code;

-- The marts that differ, with the number of rows that only one side has, for the marts as of a day (NULL: the last one).
CREATE FUNCTION wrong(shop text, day date DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    mart record;
    n bigint;
    wrong text[] := '{}';
BEGIN
    PERFORM set_config('search_path', 'plain_marts, public', true);
    PERFORM take(shop, day);
    FOR mart IN
        SELECT relname AS name, (SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0) AS columns
        FROM pg_class AS c WHERE relnamespace = 'plain_marts'::regnamespace AND relkind = 'v' AND relname ~ '^(mart|dim)_' ORDER BY relname
    LOOP
        EXECUTE format('WITH plain AS MATERIALIZED (SELECT %1$s FROM %2$I), mart AS MATERIALIZED (SELECT %1$s FROM %3$I.%2$I %4$s)
            SELECT count(*) FROM ((TABLE plain EXCEPT ALL TABLE mart) UNION ALL (TABLE mart EXCEPT ALL TABLE plain)) AS x', mart.columns, mart.name, shop,
            CASE mart.name WHEN 'mart_rfm_segment' THEN 'WHERE customers > 0' ELSE '' END) INTO n;
        IF n > 0 THEN
            wrong := wrong || format('%s (%s)', mart.name, n);
        END IF;
    END LOOP;
    EXECUTE format('WITH fact AS (SELECT ''sale'' AS class, source_row_hash, occurrence FROM %1$I.fact_sales
        UNION ALL SELECT ''return'', source_row_hash, occurrence FROM %1$I.fact_returns UNION ALL SELECT charge_class, source_row_hash, occurrence FROM %1$I.fact_charge)
        SELECT count(*) FROM ((SELECT class, source_row_hash, 1 FROM line EXCEPT ALL TABLE fact) UNION ALL (TABLE fact EXCEPT ALL SELECT class, source_row_hash, 1 FROM line)) AS x',
        shop) INTO n;
    IF n > 0 THEN
        wrong := wrong || format('facts (%s)', n);
    END IF;
    EXECUTE format('SELECT count(*) FROM %I.warehouse_conservation', shop) INTO n;
    IF n > 0 THEN
        wrong := wrong || 'warehouse_conservation'::text;
    END IF;
    RETURN coalesce(nullif(array_to_string(wrong, ', '), ''), 'none');
END $$;

-- Returns matched by the rule, one after the other: each takes the latest sale that is left. How many differ.
CREATE FUNCTION wrong_matches(shop text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    credit record;
    sale record;
    taken bigint[] := '{}';
    n bigint := 0;
BEGIN
    PERFORM set_config('search_path', format('%I, public', shop), true);
    FOR credit IN SELECT * FROM fact_returns ORDER BY order_ts, invoice_no, source_row_hash, occurrence LOOP
        SELECT sale_id, CASE WHEN credit.order_ts - order_ts <= interval '24 hours' THEN 'reversal_24h' ELSE 'matched' END AS kind INTO sale
        FROM fact_sales
        WHERE customer_key <> 0 AND (customer_key, product_key, quantity, unit_price) = (credit.customer_key, credit.product_key, credit.quantity, credit.unit_price)
          AND order_ts <= credit.order_ts AND sale_id <> ALL (taken)
        ORDER BY order_ts DESC, invoice_no DESC, source_row_hash DESC, occurrence DESC LIMIT 1;
        IF sale.sale_id IS NOT NULL THEN
            taken := taken || sale.sale_id;
        END IF;
        IF (credit.matched_sale_id, credit.match_kind) IS DISTINCT FROM (sale.sale_id, coalesce(sale.kind, 'none')) THEN
            n := n + 1;
        END IF;
    END LOOP;
    SELECT n + count(*) INTO n FROM fact_sales AS s
    WHERE is_reversed <> EXISTS (SELECT FROM fact_returns AS r WHERE r.matched_sale_id = s.sale_id AND r.match_kind = 'reversal_24h');
    RETURN n;
END $$;

-- "rows md5" of everything that must not depend on how the lines were loaded, as text, by business keys.
CREATE FUNCTION digests(shop text) RETURNS TABLE (name text, digest text) LANGUAGE plpgsql AS $$
DECLARE
    part record;
BEGIN
    PERFORM set_config('search_path', format('%I, public', shop), true);
    FOR part IN
        SELECT m, format('SELECT m::text FROM %I AS m', m) AS query
        FROM unnest(ARRAY['mart_daily_sales', 'mart_monthly_sales', 'mart_kpi', 'mart_country', 'mart_country_monthly', 'mart_rfm', 'mart_rfm_segment',
                          'mart_product', 'mart_product_weekly', 'mart_cohort', 'mart_hour_weekday', 'dim_date', 'dim_product_alias']) AS m
        UNION ALL VALUES
        -- What was forecast on earlier days is a ledger; as of today it depends on the lines alone, unless reconciled by past errors.
        ('mart_forecast', 'SELECT (metric, dimension, entity, horizon, date, actual, is_future)::text FROM mart_forecast'),
        ('forecast_archive', 'SELECT (metric, dimension, entity, method, a.as_of, horizon, date, yhat, yhat_lower, yhat_upper, chosen, status)::text
            FROM forecast_archive AS a, warehouse_state AS s
            WHERE method <> ''reconciled'' AND a.as_of = CASE dimension WHEN ''product'' THEN date_trunc(''week'', s.as_of + interval ''1 day'')::date - 1 ELSE s.as_of END'),
        ('dim_product', 'SELECT (stock_code, description, first_seen, last_seen, n_descriptions)::text FROM dim_product'),
        ('dim_customer', 'SELECT (customer_id, c.country, first_order_date, last_order_date, cohort_month)::text
            FROM dim_customer LEFT JOIN dim_country AS c USING (country_key)'),
        ('dim_customer_country', 'SELECT (customer_id, c.country, k.first_date, k.last_date, k.orders, k.revenue)::text
            FROM dim_customer_country AS k JOIN dim_customer USING (customer_key) JOIN dim_country AS c ON c.country_key = k.country_key'),
        ('dim_country', 'SELECT (country, iso2, iso3, m49, country_name, is_eu_2011, kind)::text FROM dim_country'),
        ('fact_sales', 'SELECT (source_row_hash, occurrence, is_reversed, order_ts, date_key, stock_code, customer_id, country, invoice_no, quantity, unit_price, amount)::text
            FROM fact_sales AS f JOIN dim_product USING (product_key) JOIN dim_customer USING (customer_key) JOIN dim_country AS c ON c.country_key = f.country_key'),
        ('fact_returns', 'SELECT (r.source_row_hash, r.occurrence, r.match_kind, s.source_row_hash, s.occurrence)::text
            FROM fact_returns AS r LEFT JOIN fact_sales AS s ON s.sale_id = r.matched_sale_id'),
        ('fact_charge', 'SELECT (source_row_hash, occurrence, charge_class, charge_code, date_key, quantity, unit_price, amount)::text FROM fact_charge'),
        ('rejected_sales', 'SELECT (rule, reason, rejected_column, amount, source_row_hash, occurrence)::text FROM rejected_sales WHERE rule NOT IN (''duplicate'', ''unparsable'')')
    LOOP
        EXECUTE format('SELECT count(*) || '' '' || coalesce(md5(string_agg(t, E''\n'' ORDER BY t COLLATE "C")), '''') FROM (%s) AS q (t)', part.query) INTO digest;
        name := part.m;
        RETURN NEXT;
    END LOOP;
END $$;
\unset ON_ERROR_STOP
