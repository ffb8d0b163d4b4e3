-- A small shop from the first COPY to the marts. Expected figures: worked out by hand from the lines below.
--
--   sales   2010-11-29 Mon 09:00 1001  A1 2 x 10 = 20, B2 4 x 2.5 = 10    customer 1, United Kingdom
--           2010-11-30 Tue 10:15 1002  A1 1 x 10 = 10                     customer 2, EIRE
--                      Tue 11:00 1003  C3 100 x 0.1 = 10                  guest, United Kingdom
--           2010-12-01 Wed 09:30 1004  A1 3 x 10 = 30                     customer 1, United Kingdom
--                      Wed 23:59 1005  B2 2 x 2.5 = 5                     customer 3, France
--           2010-12-02 Thu 00:01 1005  B2 2 x 2.5 = 5                     the same invoice, after midnight
--           2010-12-06 Mon 14:00 1007  B2 10 x 2.5 = 25                   customer 2, EIRE
--           2010-12-31 Fri 12:00 1010  A1 1 x 10 = 10                     customer 3, France
--           2011-01-03 Mon 09:10 1011  C3 50 x 0.1 = 5                    customer 1, United Kingdom
--           2011-01-05 Wed 16:45 1012  A1 1 x 10 = 10                     customer 4, Ruritania
--   returns 2010-12-02 Thu 09:30 C1006 30: all of 1004, to the second 24 hours later, so 1004 is reversed
--           2010-12-07           C1008 2.5: nobody bought one bowl; 2011-01-05 C1013 10: 1002, five weeks later
--   charges postage 5, a manual credit of 4; 8 rejects. Gross 140, returns 42.5, net 97.5.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
CALL warehouse_create('wh_basic');
SET search_path = wh_basic, public;
COPY raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country) FROM stdin CSV;
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1001,A1,APPLE,2,11/29/2010 9:00,10,1,United Kingdom
1001,B2,BOWL,4,11/29/2010 9:00,2.5,1.0,United Kingdom
1002,A1,APPLE,1,11/30/2010 10:15,10.00,2,EIRE
1002,POST,POSTAGE,1,11/30/2010 10:15,5,2,EIRE
1003,C3,CLIP,100,11/30/2010 11:00,0.1,,United Kingdom
1004,A1,APPLE,3,12/1/2010 9:30,10,1,United Kingdom
1005,B2,BOWL,2,12/1/2010 23:59,2.5,3,France
1005,B2,BOWL,2,12/2/2010 0:01,2.5,3,France
C1006,A1,APPLE,-3,12/2/2010 9:30,10,1,United Kingdom
1007,B2,BOWL BLUE,10,2010-12-06 14:00:00,2.5,2,EIRE
C1008,B2,BOWL,-1,2010-12-07T15:00:00,2.5,2,EIRE
C1009,M,Manual,-1,12/7/2010 3:00 PM,4,1,United Kingdom
1010,a1,APPLE  RED,1,12/31/2010 12:00,10,3,France
1011,C3,CLIP,50,1/3/2011 9:10,.1,1,United Kingdom
1012,A1,APPLE,1,1/5/2011 16:45,10,4,Ruritania
C1013,A1,APPLE,-1,1/5/2011 17:00,10,2,EIRE
1001,a1,APPLE ,2,2010-11-29 09:00,10.0,1,United Kingdom
1014,A1,damages,-5,1/4/2011 9:00,0,,United Kingdom
1014,A1,APPLE,1,1/4/2011 9:00,0,1,United Kingdom
C1015,A1,APPLE,1,1/4/2011 9:00,10,1,United Kingdom
1016,A1,APPLE,two,1/4/2011 9:00,10,1,United Kingdom
1016,A1,APPLE,1,31/12/2010 9:00,10,1,United Kingdom
1016,,APPLE,1,1/4/2011 9:00,10,1,United Kingdom
\.
CALL warehouse_refresh('wh_basic');

SELECT invoice_no, stock_code, customer_id, country, order_ts, quantity, amount, is_reversed
FROM fact_sales JOIN dim_product USING (product_key) JOIN dim_customer USING (customer_key) JOIN dim_country ON dim_country.country_key = fact_sales.country_key ORDER BY order_ts, stock_code;
SELECT r.invoice_no, r.date_key, r.quantity, r.amount, r.match_kind, s.invoice_no AS of FROM fact_returns AS r LEFT JOIN fact_sales AS s ON s.sale_id = r.matched_sale_id ORDER BY r.invoice_no;
SELECT invoice_no, charge_code, charge_class, quantity, amount FROM fact_charge ORDER BY invoice_no;
SELECT invoice_no, stock_code, quantity, invoice_date, rule, rejected_column, reason, amount FROM rejected_sales ORDER BY source_line;
SELECT rule, rows, round(share::numeric, 4) AS share, amount FROM mart_data_quality ORDER BY rule;
SELECT count(*) AS unaccounted FROM warehouse_conservation;
SELECT stock_code, description, first_seen, last_seen, n_descriptions FROM dim_product ORDER BY stock_code;
SELECT stock_code, description, n, n_returns, first_seen, last_seen FROM dim_product_alias ORDER BY stock_code, description;
SELECT customer_id, country, first_order_date, last_order_date, cohort_month FROM dim_customer LEFT JOIN dim_country USING (country_key) ORDER BY customer_id NULLS FIRST;
SELECT country, iso2, iso3, m49, country_name, is_eu_2011, kind FROM dim_country ORDER BY country;
SELECT min(date), max(date), count(*), count(*) FILTER (WHERE is_trading_day) AS trading, count(*) FILTER (WHERE NOT is_trading_day) AS closed,
       count(*) FILTER (WHERE is_trading_day IS NULL AND date <= '2011-01-05') AS unknown FROM dim_date;
SELECT string_agg(to_char(date, 'MM-DD'), ' ' ORDER BY date) AS uk_holidays_2010 FROM dim_date WHERE uk_bank_holiday AND year = 2010;

SELECT date, round(revenue, 2) AS revenue, round(revenue_clean, 2) AS clean, orders, orders_clean, units, lines, customers, new_customers AS new, repeat_customers AS rep,
       round(returns, 2) AS returns, round(net_revenue, 2) AS net, round(aov, 2) AS aov, round(revenue_ma7, 4) AS ma7, round(orders_ma7, 4) AS oma7, ma7_days, is_trading_day
FROM mart_daily_sales WHERE lines > 0 OR returns > 0 OR date = '2010-12-03' ORDER BY date;
SELECT count(*), min(date), max(date) FROM mart_daily_sales;
SELECT month, round(revenue, 2) AS revenue, orders, units, customers, round(returns, 2) AS returns, round(net_revenue, 2) AS net, round(aov, 4) AS aov,
       revenue_mom, net_revenue_mom, orders_mom, revenue_yoy, is_complete, days FROM mart_monthly_sales ORDER BY month;
SELECT comparison, current_from, current_to, previous_from, previous_to, round(current_value, 2) AS current, round(previous_value, 2) AS previous, round(change, 2) AS change,
       round(change_pct::numeric, 2) AS pct FROM mart_kpi WHERE kpi IN ('revenue', 'orders') ORDER BY kpi DESC, comparison;
SELECT kpi, round(current_value, 4) AS current, round(previous_value, 4) AS previous FROM mart_kpi WHERE comparison = 'mtd_vs_prev_month_same_days' ORDER BY kpi;
SELECT country, iso2, revenue::numeric(9,2), orders, customers, units, returns::numeric(9,2), net_revenue::numeric(9,2) AS net, round(revenue_share::numeric, 4) AS share,
       round(net_revenue_share::numeric, 4) AS net_share, round(aov, 2) AS aov, revenue_rank AS rank, revenue_mom AS mom, identified_revenue::numeric(9,2) AS identified FROM mart_country ORDER BY revenue_rank;
SELECT month, country, revenue::numeric(9,2), orders FROM mart_country_monthly ORDER BY month, country;
SELECT customer_id, country, recency_days, frequency, monetary::numeric(9,2), rfm_code, segment FROM mart_rfm ORDER BY customer_id;
SELECT segment, customers, customer_share, revenue::numeric(9,2), round(revenue_share::numeric, 4) AS share, round(avg_monetary, 2) AS monetary, action <> '' AS has_action FROM mart_rfm_segment ORDER BY rank;
SELECT stock_code, description, revenue::numeric(9,2), units, orders, returns::numeric(9,2), net_revenue::numeric(9,2) AS net, revenue_rank AS rank, round(revenue_share::numeric, 4) AS share,
       round(cumulative_share::numeric, 4) AS cumulative, tier FROM mart_product ORDER BY revenue_rank;
SELECT stock_code, week, revenue::numeric(9,2), units, orders FROM mart_product_weekly ORDER BY week, stock_code;
SELECT cohort_month, month_offset AS n, cohort_size AS size, customers, retention, revenue::numeric(9,2), is_complete FROM mart_cohort ORDER BY 1, 2;
SELECT isodow, hour, revenue::numeric(9,2), orders FROM mart_hour_weekday ORDER BY 1, 2;
SELECT metric, count(*) FILTER (WHERE is_future) AS future, bool_and(yhat_lower >= 0) AS not_negative, max(trained_to) AS trained_to FROM mart_forecast GROUP BY metric ORDER BY metric;
SELECT object, data_to, is_stale FROM mart_freshness WHERE object IN ('mart_kpi', 'mart_forecast', 'mart_anomaly') ORDER BY object;
SELECT step, status, rows, message FROM warehouse_run WHERE run_id = 1 ORDER BY step;
SELECT section, item, value, ok FROM warehouse_status('wh_basic') WHERE section IN ('rows', 'reconciliation') ORDER BY 1, 2;

-- All of it as text, for comparison.
CREATE FUNCTION pg_temp.digest() RETURNS TABLE (object text, digest text) LANGUAGE plpgsql AS $$
BEGIN
    FOR object IN SELECT relname FROM pg_class WHERE relnamespace = 'wh_basic'::regnamespace AND relkind IN ('r', 'm', 'v')
        AND (relname ~ '^(fact|dim)_' OR relname ~ '^mart_' AND relname !~ '^mart_(data_quality|freshness|forecast|anomaly)') LOOP
        EXECUTE format('SELECT md5(string_agg(t::text, E''\n'' ORDER BY t::text COLLATE "C")) FROM wh_basic.%I AS t', object) INTO digest;
        RETURN NEXT;
    END LOOP;
END $$;
CREATE TEMP TABLE before AS SELECT * FROM pg_temp.digest();
SELECT count(*) AS compared, count(*) FILTER (WHERE digest IS NULL) AS empty FROM before;

-- A refresh without a load, and the same lines again, in two loads: nothing changes but the count of duplicates.
CALL warehouse_refresh('wh_basic');
INSERT INTO raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)
SELECT invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country FROM raw_sales WHERE source_line <= 10 ORDER BY source_line DESC;
INSERT INTO raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)
SELECT invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country FROM raw_sales WHERE source_line BETWEEN 11 AND 23;
CALL warehouse_refresh('wh_basic');
SELECT object FROM pg_temp.digest() FULL JOIN before AS b USING (object) WHERE digest.digest IS DISTINCT FROM b.digest;
SELECT load_id, rule, rows FROM mart_data_quality WHERE load_id > 1 ORDER BY 1, 2;
SELECT count(*) AS unaccounted FROM warehouse_conservation;
SELECT run_id, status, message FROM warehouse_run WHERE step = 'refresh' ORDER BY run_id;

-- As of New Year's Eve: December is complete, January has not begun; then back.
CALL warehouse_refresh('wh_basic', '2010-12-31');
SELECT month, revenue::numeric(9,2), is_complete, days FROM mart_monthly_sales ORDER BY month;
SELECT customer_id, recency_days, frequency, monetary::numeric(9,2) FROM mart_rfm ORDER BY customer_id;
SELECT data_to FROM mart_freshness LIMIT 1;
CALL warehouse_refresh('wh_basic');
SELECT object FROM pg_temp.digest() FULL JOIN before AS b USING (object) WHERE digest.digest IS DISTINCT FROM b.digest;

-- A late line: customer 3 bought a month earlier than was known, on the last day of November.
INSERT INTO raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)
VALUES ('1000', 'C3', 'CLIP', '10', '2010-11-30 08:00', '0.1', '3', 'France');
CALL warehouse_refresh('wh_basic');
SELECT date, revenue::numeric(9,2), orders, customers, new_customers FROM mart_daily_sales WHERE date IN ('2010-11-30', '2010-12-01') ORDER BY date;
SELECT cohort_month, month_offset AS n, cohort_size AS size, customers, revenue::numeric(9,2) FROM mart_cohort ORDER BY 1, 2;
SELECT country, revenue::numeric(9,2), orders, revenue_mom AS mom FROM mart_country WHERE country = 'France';
SELECT customer_id, frequency, monetary::numeric(9,2) FROM mart_rfm WHERE customer_id = 3;
SELECT isodow, hour, revenue::numeric(9,2) FROM mart_hour_weekday WHERE isodow = 2 ORDER BY hour;

-- A line of a year before: calendar and daily mart begin earlier, without a gap.
INSERT INTO raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)
VALUES ('900', 'C3', 'CLIP', '10', '2009-12-31 08:00', '0.1', '3', 'France');
CALL warehouse_refresh('wh_basic');
SELECT min(date), max(date), count(*) = max(date) - min(date) + 1 AS contiguous FROM dim_date;
SELECT min(date), max(date), count(*) FROM mart_daily_sales;
SELECT month, revenue::numeric(9,2), revenue_yoy, is_complete, days FROM mart_monthly_sales WHERE revenue > 0 ORDER BY month;
DROP SCHEMA wh_basic CASCADE;
