-- reorder_point: from a forecast to what to order. By hand: the 95 % quantile of the normal distribution is 1.644854, the 90 % one 1.281552.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
RESET client_min_messages;
SET datestyle = ISO;

-- Ten days of 20 with a standard deviation of 5 each.
CREATE TEMP TABLE f AS SELECT series_agg(date '2024-01-01' + n, 20, 20 - 5 * 1.2815515655446004, 20 + 5 * 1.2815515655446004) AS s FROM generate_series(1, 10) n;
-- Four days: sd 10, 1.644854 * 10; two and a review of two are the same.
SELECT demand, round(demand_sd::numeric, 6) AS sd, round(safety_stock::numeric, 6) AS safety, round(r.reorder_point::numeric, 6) AS level, order_quantity, method FROM f, reorder_point(s, 4) r
UNION ALL SELECT demand, round(demand_sd::numeric, 6), round(safety_stock::numeric, 6), round(r.reorder_point::numeric, 6), order_quantity, method FROM f, reorder_point(s, lead_time => 2, review_period => 2) r;
-- A lead time that varies: sqrt(100 + 400 * 2.25) = 31.622777. Stock, packs, least order.
SELECT round(demand_sd::numeric, 6) AS sd, round(r.reorder_point::numeric, 6) AS level, order_quantity FROM f, reorder_point(s, 4, 1.5, service_level => 0.9, on_hand => 50, on_order => 12, pack_size => 24) r;
SELECT on_hand, (reorder_point(s, 4, on_hand => on_hand, pack_size => 12, min_order => 30)).order_quantity FROM f, unnest(ARRAY[0, 60, 90, 97, 500, -10, NULL]) on_hand;
-- Errors of past totals instead: two days, totals 6, -6, 6, -6, 6, whose root mean square is 6.
SELECT demand, demand_sd, round(r.reorder_point::numeric, 6) AS level, method
FROM f, LATERAL (SELECT series_agg(date '2023-01-01' + 7 * k, (CASE k % 2 WHEN 1 THEN 3 ELSE -3 END)) AS e FROM generate_series(1, 5) k, generate_series(1, 2)) x, reorder_point(s, 2, errors => e) r;
-- A slow mover: Poisson of mean 2, whose 95 % quantile is 5; too sure a level for ten totals, then an order statistic.
SELECT demand, safety_stock, r.reorder_point AS level, method FROM reorder_point((SELECT series_agg(date '2024-01-01' + n, 0.5, 0, 1) FROM generate_series(1, 4) n), 4) r;
SELECT p, r.reorder_point AS level, method
FROM unnest(ARRAY[0.5, 0.9, 0.99]) p, LATERAL (SELECT series_agg(date '2024-01-01' + n, 2, 0, 4) AS s FROM generate_series(1, 2) n) x,
     LATERAL (SELECT series_agg(date '2023-01-01' + k, k - 5) AS e FROM generate_series(1, 10) k, generate_series(1, 1)) y, reorder_point(s, 1, service_level => p, errors => e) r;
-- NULL: no forecast, no pack size; lead time 0.
SELECT r IS NULL AS nothing FROM reorder_point(NULL, 4) r;
SELECT order_quantity FROM f, reorder_point(s, 4, on_hand => 10, pack_size => NULL, min_order => NULL) r;
SELECT demand, demand_sd, r.reorder_point AS level FROM f, reorder_point(s, 0) r;

-- On forecasts: three products in one statement, stock for a lead time of a week and a weekly order.
CREATE TEMP TABLE demand AS
SELECT p.product, date '2024-01-01' + n AS day, (p.size * (3 + n % 7 + n * 7919 % (11 + p.size)))::int AS units FROM generate_series(0, 139) n, (VALUES ('a', 5), ('b', 1), ('c', 20)) p(product, size);
CREATE TEMP TABLE stock AS SELECT * FROM (VALUES ('a', 100, 12), ('b', 500, 1), ('c', 0, 48)) s(product, on_hand, pack_size);
SELECT product, r.reorder_point > r.demand AS safe, r.order_quantity > 0 AS orders, r.order_quantity::int % s.pack_size AS loose, on_hand + r.order_quantity >= r.reorder_point AS enough, r.method
FROM (SELECT product, series_agg(day, units) AS past FROM demand GROUP BY product) d JOIN stock s USING (product),
     LATERAL (SELECT series_agg(ds, yhat, yhat_lower, yhat_upper) AS forecast FROM forecast(d.past, 14, lower_limit => 0)) f,
     LATERAL (SELECT series_agg(cutoff, y - yhat) AS errors FROM forecast_backtest(d.past, 14, period => '7 days', lower_limit => 0)) b,
     LATERAL reorder_point(f.forecast, lead_time => 7, review_period => 7, service_level => 0.95, on_hand => s.on_hand, pack_size => s.pack_size, errors => b.errors) r
ORDER BY product;

CREATE FUNCTION pg_temp.mistake(arguments text, OUT code text, OUT message text, OUT hinted bool) LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
    EXECUTE 'SELECT count(r) FROM f, reorder_point(' || arguments || ') r';
    code := 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    hinted := hint <> '';
END $$;
SELECT n, mistake.* FROM (VALUES
    (1, 's, NULL'),
    (2, 's, -1'),
    (3, 's, 4, ''NaN'''),
    (4, 's, 4, review_period => 1e6'),
    (5, 's, 4, service_level => 1'),
    (6, 's, 4, service_level => NULL'),
    (7, 's, 4, interval_width => 0'),
    (8, 's, 4, on_hand => ''Infinity'''),
    (9, 's, 4, pack_size => 0'),
    (10, 's, 4, min_order => -1'),
    (11, 's, 11'),
    (12, '(SELECT series_agg(date ''2024-01-01'', 20) FROM generate_series(1, 5)), 4'),
    (13, '(SELECT series_agg(date ''2024-01-01'' + n, NULL, 1, 2) FROM generate_series(1, 5) n), 4'),
    (14, '(SELECT series_agg(date ''2024-01-01'' + n, 20) FROM generate_series(1, 5) n), 4'),
    (15, '(SELECT series_agg(date ''2024-01-01'' + n, 20, 19) FROM generate_series(1, 5) n), 4'),
    (16, 's, 4, errors => (SELECT series_agg(date ''2024-01-01'' + n % 5, 1) FROM generate_series(1, 15) n)'),
    (17, 's, 1, errors => (SELECT series_agg(date ''2024-01-01'' + n, ''Infinity'') FROM generate_series(1, 15) n)'),
    (18, '(SELECT series_agg(date ''2024-01-01'' + n, 1e308, 0, 1e308) FROM generate_series(1, 5) n), 4')
) AS m(n, arguments), LATERAL pg_temp.mistake(arguments) ORDER BY n;
