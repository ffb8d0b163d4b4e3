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

-- Each step of the forecasts of one method.
CREATE FUNCTION m4_forecast(of_kind text, by_method text)
RETURNS TABLE (id text, step int, y float8, yhat float8, yhat_lower float8, yhat_upper float8, naive float8, scale float8, method text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT s.id, f.step::int, s.actual[f.step], f.yhat, f.yhat_lower, f.yhat_upper,
           s.naive[f.step], s.scale, f.method
    FROM m4 AS s, LATERAL ROWS FROM (forecast(s.series, s.horizon, by_method, on_error => 'status')) WITH ORDINALITY
         AS f (ds, yhat, yhat_lower, yhat_upper, method, status, step)
    WHERE s.kind = of_kind
$$;

CREATE FUNCTION m4_score(of_kind text, by_method text)
RETURNS TABLE (n_series bigint, n_forecast bigint, mase float8, standard_error float8, ratio float8, worse float8, smape float8, coverage float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT count(*), count(m), avg(m), stddev(m) / sqrt(count(m)), avg(m) / avg(naive) FILTER (WHERE m IS NOT NULL),
           avg((m > naive)::int), avg(s), sum(inside) / sum(points) FILTER (WHERE m IS NOT NULL)
    FROM (SELECT mase(y, yhat, scale) AS m, mase(y, naive, scale) AS naive, smape(y, yhat) AS s,
                 count(*) FILTER (WHERE y BETWEEN yhat_lower AND yhat_upper) AS inside, count(*)::float8 AS points
          FROM m4_forecast(of_kind, by_method) GROUP BY id) AS each
$$;

-- Weekly totals of the shop: rolling origins each 7 days, the 26 last ones; errors of the total over the total.
CREATE FUNCTION shop_score(of_metric text, by_method text)
RETURNS TABLE (origins bigint, error13 float8, se13 float8, error26 float8, se26 float8, coverage float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT count(*), avg(e) FILTER (WHERE k <= 13), stddev(e) FILTER (WHERE k <= 13) / sqrt(13), avg(e), stddev(e) / sqrt(count(*)), avg(inside / 7)
    FROM (SELECT abs(sum(f.yhat) - sum(f.y)) / nullif(sum(f.y), 0) AS e, row_number() OVER (ORDER BY f.cutoff DESC) AS k,
                 count(*) FILTER (WHERE f.y BETWEEN f.yhat_lower AND f.yhat_upper)::float8 AS inside
          FROM shop_series AS s,
               LATERAL forecast_backtest(s.series, 7, by_method, initial => make_interval(days => s.n - 26 * 7), period => '7 days', lower_limit => 0) AS f
          WHERE s.metric = of_metric GROUP BY f.cutoff) AS week
$$;

-- The series of a loaded warehouse `shop`: revenue and orders without those reversed at once. Not checked: the warehouse is loaded later.
SET check_function_bodies = off;
CREATE FUNCTION fill_shop_series() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    INSERT INTO shop_series
    SELECT m.metric, series_agg(d.date, m.y), max(d.date) - min(d.date) + 1
    FROM shop.mart_daily_sales AS d, LATERAL (VALUES ('revenue', d.revenue_clean::float8), ('orders', d.orders_clean::float8)) AS m (metric, y)
    WHERE d.date < (SELECT max(date) FROM shop.mart_daily_sales) GROUP BY 1;
    SELECT count(*) FROM shop_series
$$;
