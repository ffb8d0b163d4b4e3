-- What is asked of the accuracy of forecasts, as tables and views: test/tap/forecast_accuracy.pl and test/bench/forecast.sh fill and read them.
--
-- m4_line holds the lines of the M4 competition's Hourly and Weekly files, which have no dates: made-up hours and weeks serve. shop_series
-- holds a shop's daily series up to the day before the last one, every calendar day, days without a sale absent.

CREATE TABLE m4_line (kind text, part text, line text);
CREATE TABLE shop_series (metric text, series timeseries, n int);

CREATE TABLE m4 (kind text, id text, season int, horizon int, series timeseries, scale float8, actual float8[], naive float8[]);

-- scale: mean absolute error of seasonal naive within the history; naive: its forecasts.
CREATE FUNCTION fill_m4() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    WITH row AS MATERIALIZED (
        SELECT kind, part, a[1] AS id, array_remove(array_remove(a[2:], ''), 'NA')::float8[] AS y
        FROM m4_line, string_to_array(replace(line, '"', ''), ',') AS a WHERE a[2] ~ '^[-0-9.]+$'
    ), point AS (
        SELECT r.kind, r.id, u.i, u.y, CASE r.kind WHEN 'Hourly' THEN 24 ELSE 1 END AS season, cardinality(r.y) AS n
        FROM row AS r, unnest(r.y) WITH ORDINALITY AS u (y, i) WHERE r.part = 'train'
    ), past AS MATERIALIZED (
        SELECT kind, id, season, n, i, y, abs(y - CASE season WHEN 24 THEN lag(y, 24) OVER w ELSE lag(y) OVER w END) AS error
        FROM point WINDOW w AS (PARTITION BY kind, id ORDER BY i)
    ), history AS MATERIALIZED (
        SELECT kind, id, season, avg(error) AS scale, array_agg(y ORDER BY i) FILTER (WHERE i > n - season) AS last_cycle,
               series_agg(timestamp '2000-01-01' + (i - 1) * CASE kind WHEN 'Hourly' THEN interval '1 hour' ELSE interval '7 days' END, y) AS series
        FROM past GROUP BY kind, id, season
    )
    INSERT INTO m4
    SELECT kind, id, h.season, cardinality(t.y), h.series, h.scale, t.y,
           ARRAY(SELECT h.last_cycle[1 + (i - 1) % h.season] FROM generate_series(1, cardinality(t.y)) AS i)
    FROM history AS h JOIN row AS t USING (kind, id) WHERE t.part = 'test';
    SELECT count(*) FROM m4
$$;

-- Each step of the forecasts of one method, for one in so many series.
CREATE FUNCTION m4_forecast(of_kind text, by_method text, one_of int DEFAULT 1)
RETURNS TABLE (id text, step int, y float8, yhat float8, yhat_lower float8, yhat_upper float8, naive float8, scale float8, method text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT s.id, f.step::int, s.actual[f.step], f.yhat, f.yhat_lower, f.yhat_upper,
           s.naive[f.step], s.scale, f.method
    FROM m4 AS s, LATERAL ROWS FROM (forecast(s.series, s.horizon, by_method, on_error => 'status')) WITH ORDINALITY
         AS f (ds, yhat, yhat_lower, yhat_upper, method, status, step)
    WHERE s.kind = of_kind AND substr(s.id, 2)::int % one_of = 0
$$;

CREATE FUNCTION m4_score(of_kind text, by_method text, one_of int DEFAULT 1)
RETURNS TABLE (n_series bigint, n_forecast bigint, mase float8, standard_error float8, ratio float8, worse float8, smape float8, coverage float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT count(*), count(m), avg(m), stddev(m) / sqrt(count(m)), avg(m) / avg(naive) FILTER (WHERE m IS NOT NULL),
           avg((m > naive)::int), avg(s), sum(inside) / sum(points) FILTER (WHERE m IS NOT NULL)
    FROM (SELECT mase(y, yhat, scale) AS m, mase(y, naive, scale) AS naive, smape(y, yhat) AS s,
                 count(*) FILTER (WHERE y BETWEEN yhat_lower AND yhat_upper) AS inside, count(*)::float8 AS points
          FROM m4_forecast(of_kind, by_method, one_of) GROUP BY id) AS each
$$;

-- The days of the shop's 26 last weeks, each week as it would have been forecast at its start.
CREATE FUNCTION shop_forecast(of_metric text, by_method text)
RETURNS TABLE (cutoff timestamp, y float8, yhat float8, yhat_lower float8, yhat_upper float8, status text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT f.cutoff, f.y, f.yhat, f.yhat_lower, f.yhat_upper, f.status
    FROM shop_series AS s,
         LATERAL forecast_backtest(s.series, 7, by_method, initial => make_interval(days => s.n - 26 * 7), period => '7 days', lower_limit => 0, on_error => 'status') AS f
    WHERE s.metric = of_metric
$$;

-- Weekly totals: errors of the total over the total.
CREATE FUNCTION shop_score(of_metric text, by_method text)
RETURNS TABLE (origins bigint, error13 float8, se13 float8, error26 float8, se26 float8, coverage float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT count(*), avg(e) FILTER (WHERE k <= 13), stddev(e) FILTER (WHERE k <= 13) / sqrt(13), avg(e), stddev(e) / sqrt(count(*)), avg(inside / 7)
    FROM (SELECT abs(sum(f.yhat) - sum(f.y)) / nullif(sum(f.y), 0) AS e, row_number() OVER (ORDER BY f.cutoff DESC) AS k,
                 count(*) FILTER (WHERE f.y BETWEEN f.yhat_lower AND f.yhat_upper)::float8 AS inside
          FROM shop_forecast(of_metric, by_method) AS f GROUP BY f.cutoff) AS week
$$;

-- Pooled over all series: the share of days within the interval, of all days and of those not on closed weekdays.
CREATE FUNCTION shop_coverage(by_method text)
RETURNS TABLE (n_series bigint, points bigint, coverage float8, on_open_days float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT count(DISTINCT s.metric) FILTER (WHERE f.y IS NOT NULL), count(f.y), coverage(f.y, f.yhat_lower, f.yhat_upper),
           coverage(f.y, f.yhat_lower, f.yhat_upper) FILTER (WHERE f.status <> 'closed')
    FROM shop_series AS s, LATERAL shop_forecast(s.metric, by_method) AS f
$$;

-- The series of a loaded warehouse `shop`: revenue, orders, units, customers, and the revenue of the 14 largest countries; revenue and orders
-- without those reversed at once. Every series spans the whole calendar. Not checked: the warehouse is loaded later.
SET check_function_bodies = off;
CREATE FUNCTION fill_shop_series() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    INSERT INTO shop_series
    WITH day AS (
        SELECT d.* FROM shop.mart_daily_sales AS d WHERE d.date < (SELECT max(date) FROM shop.mart_daily_sales)
    ), country AS (
        SELECT country_key FROM shop.agg_order GROUP BY country_key ORDER BY sum(revenue_clean) DESC, country_key LIMIT 14
    ), sale AS (
        SELECT country_key, date, sum(revenue_clean)::float8 AS y FROM shop.agg_order GROUP BY country_key, date
    ), point AS (
        SELECT m.metric, d.date, m.y
        FROM day AS d, LATERAL (VALUES ('revenue', d.revenue_clean::float8), ('orders', d.orders_clean::float8), ('units', d.units::float8),
                                       ('customers', d.customers::float8)) AS m (metric, y)
        UNION ALL
        SELECT 'country ' || c.country_key, d.date, coalesce(s.y, 0) FROM day AS d CROSS JOIN country AS c LEFT JOIN sale AS s USING (country_key, date)
    )
    SELECT metric, series_agg(date, y), max(date) - min(date) + 1 FROM point GROUP BY metric;
    SELECT count(*) FROM shop_series
$$;
