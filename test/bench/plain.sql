-- The peer of `make bench`: the same star schema and marts in the plain SQL that an analyst would write. Text columns are
-- trimmed, ranked over all eight of them to find duplicates, joined as text; every mart is one statement over the facts.
--
-- Reads raw rows from shop.raw_sales. Facts, dimensions and rejects go into tables of schema "plain" that are made LIKE
-- those of the warehouse, logged, with the same keys and indexes (built after the rows); the marts go into tables with
-- the marts' keys. Simpler than the warehouse in two points, both to its advantage: a return is matched with its latest
-- earlier sale without the one-to-one rule, and unreadable numbers and dates are found by patterns.
--
-- Serial, ANALYZE after each big table. Needs an empty schema "plain"; reads rule and reference tables of shop.
\set ON_ERROR_STOP on
SET search_path = plain, pg_catalog;
SET max_parallel_workers_per_gather = 0;

BEGIN;
CREATE TABLE dim_date (LIKE shop.dim_date INCLUDING ALL);
CREATE TABLE dim_country (LIKE shop.dim_country INCLUDING ALL);
CREATE TABLE dim_product (LIKE shop.dim_product INCLUDING ALL);
CREATE TABLE dim_product_alias (LIKE shop.dim_product_alias INCLUDING ALL);
CREATE TABLE dim_customer (LIKE shop.dim_customer INCLUDING ALL);
CREATE TABLE dim_customer_country (LIKE shop.dim_customer_country INCLUDING ALL);
CREATE TABLE fact_sales (LIKE shop.fact_sales INCLUDING ALL EXCLUDING INDEXES);
ALTER TABLE fact_sales DROP COLUMN is_first_of_order; -- a help of the rollups, which this file does not have
CREATE TABLE fact_returns (LIKE shop.fact_returns INCLUDING ALL EXCLUDING INDEXES);
CREATE TABLE fact_charge (LIKE shop.fact_charge INCLUDING ALL EXCLUDING INDEXES);
CREATE TABLE rejected_sales (LIKE shop.rejected_sales INCLUDING ALL);
CREATE TABLE agg_load_rule (LIKE shop.agg_load_rule INCLUDING ALL);

-- Normalise and number the copies of a line: a sort over eight text columns.
CREATE TEMP TABLE line AS
SELECT *, row_number() OVER (PARTITION BY invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country
                             ORDER BY source_line) AS copy
FROM (SELECT nullif(trim(invoice_no), '') AS invoice_no, nullif(upper(trim(stock_code)), '') AS stock_code,
             nullif(regexp_replace(trim(description), '\s+', ' ', 'g'), '') AS description, nullif(trim(quantity), '') AS quantity,
             nullif(trim(invoice_date), '') AS invoice_date, nullif(trim(unit_price), '') AS unit_price,
             nullif(trim(customer_id), '') AS customer_id, nullif(trim(country), '') AS country, load_id, source_line
      FROM shop.raw_sales) AS normalised;
ANALYZE line;

CREATE TEMP TABLE classified AS
SELECT p.*, quantity * unit_price AS amount, md5(concat_ws('|', invoice_no, stock_code, coalesce(description, '-'), quantity, order_ts, unit_price,
                                                           coalesce(customer_id::text, '-'), country))::uuid AS row_hash,
       CASE WHEN invoice_no IS NULL OR stock_code IS NULL OR quantity IS NULL OR order_ts IS NULL OR unit_price IS NULL THEN 'unparsable'
            WHEN copy > 1 THEN 'duplicate'
            WHEN invoice_no LIKE 'C%' AND (quantity >= 0 AND NOT is_charge) THEN 'positive_credit'
            WHEN invoice_no LIKE 'C%' AND unit_price <= 0 THEN 'zero_price'
            WHEN invoice_no LIKE 'C%' AND is_charge THEN 'charge_credit'
            WHEN invoice_no LIKE 'C%' THEN 'return'
            WHEN quantity <= 0 THEN 'stock_adjustment'
            WHEN unit_price <= 0 THEN 'zero_price'
            WHEN is_charge THEN 'charge'
            ELSE 'sale' END AS class
FROM (SELECT invoice_no, l.stock_code, description, country, load_id, source_line, copy,
             CASE WHEN quantity ~ '^[+-]?\d{1,9}(\.0*)?$' THEN quantity::numeric::int END AS quantity,
             CASE WHEN unit_price ~ '^[+-]?\d{1,8}(\.\d*)?$' THEN unit_price::numeric(12,4) END AS unit_price,
             CASE WHEN invoice_date ~ '^\d{4}-\d{1,2}-\d{1,2}' THEN invoice_date::timestamp
                  WHEN invoice_date ~ '^\d{1,2}/\d{1,2}/\d{4}' THEN to_timestamp(invoice_date, 'MM/DD/YYYY HH24:MI')::timestamp END AS order_ts,
             CASE WHEN customer_id ~ '^\d{1,18}(\.0*)?$' THEN customer_id::numeric::bigint END AS customer_id,
             c.stock_code IS NOT NULL AS is_charge
      FROM line AS l
      LEFT JOIN (SELECT DISTINCT s.stock_code FROM line AS s JOIN shop.charge_code AS c ON s.stock_code LIKE replace(c.code, '_', '\_')) AS c
             ON c.stock_code = l.stock_code) AS p;
ANALYZE classified;

INSERT INTO dim_country
SELECT row_number() OVER (ORDER BY l.country), l.country, c.iso2, c.iso3, c.m49, coalesce(c.country_name, l.country), c.is_eu_2011, coalesce(c.kind, 'unknown')
FROM (SELECT DISTINCT country FROM classified WHERE country IS NOT NULL) AS l LEFT JOIN shop.country AS c ON c.country = l.country;

INSERT INTO dim_product_alias
SELECT stock_code, description, count(*) FILTER (WHERE class = 'sale'), count(*) FILTER (WHERE class = 'return'), min(order_ts), max(order_ts)
FROM classified WHERE class IN ('sale', 'return') AND description IS NOT NULL
GROUP BY stock_code, description;
INSERT INTO dim_product (stock_code, description, first_seen, last_seen, n_descriptions)
SELECT p.stock_code, a.description, p.first_seen, p.last_seen, coalesce(a.n_descriptions, 0)
FROM (SELECT stock_code, min(order_ts) AS first_seen, max(order_ts) AS last_seen
      FROM classified WHERE class IN ('sale', 'return') GROUP BY stock_code) AS p
LEFT JOIN (SELECT DISTINCT ON (stock_code) stock_code, description, count(*) FILTER (WHERE n > 0) OVER (PARTITION BY stock_code) AS n_descriptions
           FROM dim_product_alias ORDER BY stock_code, n DESC, n_returns DESC, last_seen DESC, description) AS a ON a.stock_code = p.stock_code;

INSERT INTO dim_customer (customer_key) VALUES (0);
INSERT INTO dim_customer
SELECT row_number() OVER (ORDER BY k.customer_id), k.customer_id, d.country_key, o.first_date, o.last_date, date_trunc('month', o.first_date::timestamp)
FROM (SELECT DISTINCT customer_id FROM classified WHERE customer_id IS NOT NULL) AS k
LEFT JOIN (SELECT DISTINCT ON (customer_id) customer_id, country FROM classified
           WHERE class = 'sale' AND customer_id IS NOT NULL ORDER BY customer_id, order_ts DESC, invoice_no DESC) AS latest USING (customer_id)
LEFT JOIN dim_country AS d ON d.country = latest.country
LEFT JOIN (SELECT customer_id, min(order_ts)::date AS first_date, max(order_ts)::date AS last_date FROM classified
           WHERE class = 'sale' GROUP BY customer_id) AS o USING (customer_id);
ANALYZE dim_customer;
ANALYZE dim_product;

INSERT INTO fact_sales (order_ts, load_id, run_id, date_key, product_key, customer_key, quantity, country_key, occurrence, source_row_hash, unit_price, invoice_no)
SELECT order_ts, load_id, 1, to_char(order_ts, 'YYYYMMDD')::int, p.product_key, coalesce(cu.customer_key, 0), quantity, coalesce(co.country_key, 0), copy, row_hash, unit_price, invoice_no
FROM classified AS c
JOIN dim_product AS p USING (stock_code)
LEFT JOIN dim_customer AS cu USING (customer_id)
LEFT JOIN dim_country AS co ON co.country = c.country
WHERE class = 'sale';
INSERT INTO fact_returns (order_ts, load_id, run_id, date_key, product_key, customer_key, quantity, country_key, occurrence, source_row_hash, unit_price, invoice_no)
SELECT order_ts, load_id, 1, to_char(order_ts, 'YYYYMMDD')::int, p.product_key, coalesce(cu.customer_key, 0), -quantity, coalesce(co.country_key, 0), copy, row_hash, unit_price, invoice_no
FROM classified AS c
JOIN dim_product AS p USING (stock_code)
LEFT JOIN dim_customer AS cu USING (customer_id)
LEFT JOIN dim_country AS co ON co.country = c.country
WHERE class = 'return';
INSERT INTO fact_charge (order_ts, load_id, run_id, date_key, customer_key, quantity, country_key, occurrence, source_row_hash, unit_price, charge_class, charge_code, invoice_no)
SELECT order_ts, load_id, 1, to_char(order_ts, 'YYYYMMDD')::int, coalesce(cu.customer_key, 0), quantity, coalesce(co.country_key, 0), copy, row_hash, unit_price, class, stock_code, invoice_no
FROM classified AS c
LEFT JOIN dim_customer AS cu USING (customer_id)
LEFT JOIN dim_country AS co ON co.country = c.country
WHERE class IN ('charge', 'charge_credit');
INSERT INTO rejected_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country, load_id, source_line, rule, reason, run_id, amount, source_row_hash, occurrence)
SELECT r.invoice_no, r.stock_code, r.description, r.quantity, r.invoice_date, r.unit_price, r.customer_id, r.country, r.load_id, r.source_line, c.class, c.class, 1, c.amount, c.row_hash, c.copy
FROM classified AS c JOIN shop.raw_sales AS r USING (source_line)
WHERE class IN ('unparsable', 'duplicate', 'positive_credit', 'stock_adjustment', 'zero_price');
INSERT INTO agg_load_rule SELECT load_id, class, count(*), coalesce(sum(amount), 0) FROM classified GROUP BY 1, 2;

ALTER TABLE fact_sales ADD PRIMARY KEY (date_key, source_row_hash, occurrence);
CREATE INDEX ON fact_sales (customer_key, product_key) WHERE customer_key <> 0;
CREATE INDEX ON fact_sales (product_key);
CREATE INDEX ON fact_sales (invoice_no);
ALTER TABLE fact_returns ADD PRIMARY KEY (return_id), ADD UNIQUE (source_row_hash, occurrence);
CREATE INDEX ON fact_returns (customer_key, product_key, quantity, unit_price);
CREATE INDEX ON fact_returns (date_key);
CREATE INDEX ON fact_returns (matched_sale_id);
ALTER TABLE fact_charge ADD PRIMARY KEY (charge_id), ADD UNIQUE (source_row_hash, occurrence);
ANALYZE fact_sales;
ANALYZE fact_returns;

UPDATE fact_returns AS r
SET matched_sale_id = m.sale_id, match_kind = CASE WHEN r.order_ts - m.order_ts <= interval '24 hours' THEN 'reversal_24h' ELSE 'matched' END
FROM (SELECT DISTINCT ON (r.return_id) r.return_id, s.sale_id, s.order_ts
      FROM fact_returns AS r
      JOIN fact_sales AS s ON s.customer_key = r.customer_key AND s.product_key = r.product_key AND s.quantity = r.quantity
                          AND s.unit_price = r.unit_price AND s.order_ts <= r.order_ts
      WHERE r.customer_key <> 0
      ORDER BY r.return_id, s.order_ts DESC, s.invoice_no DESC) AS m
WHERE m.return_id = r.return_id;
UPDATE fact_sales SET is_reversed = true WHERE sale_id IN (SELECT matched_sale_id FROM fact_returns WHERE match_kind = 'reversal_24h');

INSERT INTO dim_customer_country
SELECT customer_key, country_key, min(order_ts)::date, max(order_ts)::date, count(DISTINCT invoice_no), sum(amount)
FROM fact_sales WHERE customer_key <> 0 GROUP BY 1, 2;
INSERT INTO dim_date
SELECT to_char(d, 'YYYYMMDD')::int, d, date_part('year', d), date_part('quarter', d), date_part('month', d), date_trunc('month', d),
       date_part('day', date_trunc('month', d) + interval '1 month - 1 day'), date_part('isoyear', d), date_part('week', d), date_part('isodow', d),
       date_part('isodow', d) > 5, to_char(d, 'YYYYMMDD')::int IN (SELECT date_key FROM fact_sales), false
FROM generate_series((SELECT min(order_ts)::date FROM fact_sales), (SELECT max(order_ts)::date FROM fact_sales), interval '1 day') AS d;
COMMIT;

-- The marts, each from the facts.
CREATE TEMP VIEW sale AS SELECT *, order_ts::date AS date, date_trunc('month', order_ts)::date AS month FROM fact_sales;
CREATE TEMP VIEW ret AS SELECT *, order_ts::date AS date, date_trunc('month', order_ts)::date AS month FROM fact_returns;

CREATE TABLE mart_daily_sales AS
SELECT *, avg(revenue) OVER w AS revenue_ma7, avg(orders) OVER w AS orders_ma7, count(*) OVER w AS ma7_days, orders > 0 AS is_trading_day,
       revenue / nullif(orders, 0) AS aov, customers - new_customers AS repeat_customers, revenue - returns AS net_revenue
FROM (SELECT d.date, coalesce(s.revenue, 0) AS revenue, coalesce(s.revenue_clean, 0) AS revenue_clean, coalesce(s.orders, 0) AS orders,
             coalesce(s.orders_clean, 0) AS orders_clean, coalesce(s.units, 0) AS units, coalesce(s.lines, 0) AS lines,
             coalesce(s.customers, 0) AS customers, coalesce(n.n, 0) AS new_customers, coalesce(r.returns, 0) AS returns
      FROM dim_date AS d
      LEFT JOIN (SELECT date, sum(amount) AS revenue, sum(amount) FILTER (WHERE NOT is_reversed) AS revenue_clean, count(DISTINCT invoice_no) AS orders,
                        count(DISTINCT invoice_no) FILTER (WHERE NOT is_reversed) AS orders_clean, sum(quantity) AS units, count(*) AS lines,
                        count(DISTINCT customer_key) FILTER (WHERE customer_key <> 0) AS customers FROM sale GROUP BY date) AS s USING (date)
      LEFT JOIN (SELECT first_date AS date, count(*) AS n FROM (SELECT customer_key, min(date) AS first_date FROM sale WHERE customer_key <> 0 GROUP BY 1) AS f
                 GROUP BY 1) AS n USING (date)
      LEFT JOIN (SELECT date, sum(amount) AS returns FROM ret GROUP BY date) AS r USING (date)) AS daily
WINDOW w AS (ORDER BY date ROWS 6 PRECEDING);
CREATE UNIQUE INDEX ON mart_daily_sales (date);

CREATE TABLE mart_monthly_sales AS
SELECT *, revenue / lag(revenue) OVER w - 1 AS revenue_mom, orders / lag(orders::numeric) OVER w - 1 AS orders_mom, revenue / lag(revenue, 12) OVER w - 1 AS revenue_yoy
FROM (SELECT month, revenue, orders, units, customers, coalesce(returns, 0) AS returns, revenue - coalesce(returns, 0) AS net_revenue, revenue / orders AS aov
      FROM (SELECT month, sum(amount) AS revenue, count(DISTINCT invoice_no) AS orders, sum(quantity) AS units,
                   count(DISTINCT customer_key) FILTER (WHERE customer_key <> 0) AS customers FROM sale GROUP BY month) AS s
      LEFT JOIN (SELECT month, sum(amount) AS returns FROM ret GROUP BY month) AS r USING (month)) AS monthly
WINDOW w AS (ORDER BY month);
CREATE UNIQUE INDEX ON mart_monthly_sales (month);

CREATE TABLE mart_kpi AS
WITH t AS (SELECT max(date) AS as_of, date_trunc('month', max(date)::timestamp)::date AS month FROM sale), span AS (
    SELECT v.* FROM t, LATERAL (VALUES
        ('last7_vs_prev7', as_of - 6, as_of, as_of - 13, as_of - 7), ('last28_vs_prev28', as_of - 27, as_of, as_of - 55, as_of - 28),
        ('mtd_vs_prev_month_same_days', month, as_of, (month - interval '1 month')::date, (month - interval '1 month')::date + (as_of - month)),
        ('mtd_vs_prev_year_same_days', month, as_of, (month - interval '1 year')::date, (month - interval '1 year')::date + (as_of - month)),
        ('last_complete_month_vs_previous', (month - interval '1 month')::date, month - 1, (month - interval '2 months')::date, (month - interval '1 month')::date - 1),
        ('last_complete_quarter_vs_previous', (date_trunc('quarter', as_of) - interval '3 months')::date, date_trunc('quarter', as_of)::date - 1,
            (date_trunc('quarter', as_of) - interval '6 months')::date, (date_trunc('quarter', as_of) - interval '3 months')::date - 1),
        ('h2_to_date_vs_h1', make_date(date_part('year', as_of)::int, 7, 1), month - 1, make_date(date_part('year', as_of)::int, 1, 1), (month - interval '6 months')::date - 1)
    ) AS v (comparison, current_from, current_to, previous_from, previous_to)
), part AS (
    SELECT comparison, true AS is_current, current_from AS f, current_to AS l FROM span UNION ALL SELECT comparison, false, previous_from, previous_to FROM span
), figure AS (
    SELECT comparison, is_current, s.*, (SELECT coalesce(sum(amount), 0) FROM ret WHERE date BETWEEN f AND l) AS returns,
           (SELECT count(*) FROM (SELECT min(date) AS d FROM sale WHERE customer_key <> 0 GROUP BY customer_key) AS n WHERE d BETWEEN f AND l) AS new_customers
    FROM part, LATERAL (SELECT sum(amount) AS revenue, count(DISTINCT invoice_no) AS orders, sum(quantity) AS units,
                               count(DISTINCT customer_key) FILTER (WHERE customer_key <> 0) AS customers FROM sale WHERE date BETWEEN f AND l) AS s
), kpi AS (
    SELECT comparison, is_current, k.* FROM figure, LATERAL (VALUES ('revenue', revenue), ('returns', returns), ('net_revenue', revenue - returns), ('orders', orders::numeric),
        ('aov', revenue / nullif(orders, 0)), ('units', units::numeric), ('customers', customers::numeric), ('new_customers', new_customers::numeric)) AS k (kpi, value)
)
SELECT c.comparison, c.kpi, c.value AS current_value, p.value AS previous_value, 100 * (c.value / nullif(p.value, 0) - 1) AS change_pct
FROM kpi AS c JOIN kpi AS p ON p.comparison = c.comparison AND p.kpi = c.kpi AND NOT p.is_current
WHERE c.is_current;
CREATE UNIQUE INDEX ON mart_kpi (comparison, kpi);

CREATE TABLE mart_country AS
SELECT c.country, c.iso2, s.*, coalesce(r.returns, 0) AS returns, revenue - coalesce(r.returns, 0) AS net_revenue,
       revenue / sum(revenue) OVER () AS revenue_share, revenue / orders AS aov, row_number() OVER (ORDER BY revenue DESC, country) AS revenue_rank
FROM (SELECT country_key, sum(amount) AS revenue, count(DISTINCT invoice_no) AS orders, count(DISTINCT customer_key) FILTER (WHERE customer_key <> 0) AS customers,
             sum(quantity) AS units FROM fact_sales GROUP BY country_key) AS s
LEFT JOIN (SELECT country_key, sum(amount) AS returns FROM fact_returns GROUP BY country_key) AS r USING (country_key)
JOIN dim_country AS c USING (country_key);
CREATE UNIQUE INDEX ON mart_country (country);

CREATE TABLE mart_country_monthly AS
SELECT month, country, sum(amount) AS revenue, count(DISTINCT invoice_no) AS orders FROM sale JOIN dim_country USING (country_key) GROUP BY month, country;
CREATE UNIQUE INDEX ON mart_country_monthly (month, country);

CREATE TABLE mart_product AS
SELECT *, CASE WHEN cumulative_share - revenue_share < 0.8 THEN 'A' WHEN cumulative_share - revenue_share < 0.95 THEN 'B' ELSE 'C' END AS tier
FROM (SELECT p.stock_code, p.description, s.revenue, s.units, s.orders, coalesce(r.returns, 0) AS returns, s.revenue - coalesce(r.returns, 0) AS net_revenue,
             row_number() OVER w AS revenue_rank, revenue / sum(revenue) OVER () AS revenue_share, sum(revenue) OVER w / sum(revenue) OVER () AS cumulative_share
      FROM (SELECT product_key, sum(amount) AS revenue, sum(quantity) AS units, count(DISTINCT invoice_no) AS orders FROM fact_sales GROUP BY product_key) AS s
      LEFT JOIN (SELECT product_key, sum(amount) AS returns FROM fact_returns GROUP BY product_key) AS r USING (product_key)
      JOIN dim_product AS p USING (product_key)
      WINDOW w AS (ORDER BY s.revenue DESC, p.stock_code)) AS ranked;
CREATE UNIQUE INDEX ON mart_product (stock_code);

CREATE TABLE mart_product_weekly AS
SELECT stock_code, date_trunc('week', order_ts)::date AS week, sum(amount) AS revenue, sum(quantity) AS units, count(DISTINCT invoice_no) AS orders
FROM fact_sales JOIN dim_product USING (product_key) GROUP BY 1, 2;
CREATE UNIQUE INDEX ON mart_product_weekly (stock_code, week);

-- Equal values share a score: the fifth in which the number of customers strictly worse lies.
CREATE TABLE mart_rfm AS
WITH base AS (
    SELECT customer_key, (SELECT max(date) FROM sale) + 1 - max(date) AS recency_days, count(DISTINCT invoice_no) AS frequency,
           sum(amount) - coalesce((SELECT sum(amount) FROM fact_returns AS r WHERE r.customer_key = s.customer_key), 0) AS monetary
    FROM sale AS s WHERE customer_key <> 0 GROUP BY customer_key
), scored AS (
    SELECT *, 1 + 5 * (rank() OVER (ORDER BY recency_days DESC) - 1) / count(*) OVER () AS r_score,
           1 + 5 * (rank() OVER (ORDER BY frequency) - 1) / count(*) OVER () AS f_score,
           1 + 5 * (rank() OVER (ORDER BY monetary) - 1) / count(*) OVER () AS m_score
    FROM base
)
SELECT c.customer_id, d.country, recency_days, frequency, monetary, scored.r_score, f_score, m_score, concat(scored.r_score, f_score, m_score) AS rfm_code, rule.segment
FROM scored JOIN dim_customer AS c USING (customer_key) LEFT JOIN dim_country AS d USING (country_key)
LEFT JOIN shop.rfm_rule AS rule ON rule.map = 'seg11' AND rule.r_score = scored.r_score AND rule.fm_score = (scored.f_score + scored.m_score + 1) / 2;
CREATE UNIQUE INDEX ON mart_rfm (customer_id);

CREATE TABLE mart_rfm_segment AS
SELECT segment, count(*) AS customers, sum(monetary) AS revenue, avg(recency_days) AS avg_recency_days, avg(frequency) AS avg_frequency, avg(monetary) AS avg_monetary
FROM mart_rfm GROUP BY segment;
CREATE UNIQUE INDEX ON mart_rfm_segment (segment);

CREATE TABLE mart_cohort AS
WITH first AS (SELECT customer_key, min(month) AS cohort_month FROM sale WHERE customer_key <> 0 GROUP BY 1)
SELECT cohort_month, month, count(DISTINCT customer_key) AS customers, sum(amount) AS revenue, count(DISTINCT customer_key)::numeric / n AS retention
FROM sale JOIN first USING (customer_key) JOIN (SELECT cohort_month, count(*) AS n FROM first GROUP BY 1) AS size USING (cohort_month) GROUP BY 1, 2, n;
CREATE UNIQUE INDEX ON mart_cohort (cohort_month, month);

CREATE TABLE mart_hour_weekday AS
SELECT date_part('isodow', order_ts)::int AS isodow, date_part('hour', order_ts)::int AS hour, sum(amount) AS revenue, count(DISTINCT invoice_no) AS orders
FROM fact_sales GROUP BY 1, 2;
CREATE UNIQUE INDEX ON mart_hour_weekday (isodow, hour);

CREATE TABLE mart_data_quality AS
SELECT load_id, rule, rows, rows / sum(rows) OVER (PARTITION BY load_id) AS share, amount FROM agg_load_rule;
CREATE UNIQUE INDEX ON mart_data_quality (load_id, rule);
