-- The timeseries type and series_agg: contents, order, forms, windows, groups.
-- Expected values are the rows put in.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
SET datestyle = 'ISO, MDY';

-- the text form, rows in any order, date and timestamp, numeric through the implicit cast
SELECT series_agg(d, y) FROM (VALUES (date '2024-01-02', 2.5), ('2024-01-01', NULL), ('2024-01-03', -1)) v(d, y);
SELECT series_agg(d, y) FROM (VALUES (timestamp '2024-01-02 06:30', 2), ('2024-01-01 00:00:00.25', 1)) v(d, y);
SELECT * FROM series_points((SELECT series_agg(d, y) FROM (VALUES (date '2024-01-02', 2.5), ('2024-01-01', NULL)) v(d, y)));
SELECT p.* FROM (SELECT series_agg(d, y, a, b) s FROM (VALUES (date '2024-01-02', 2.5, 1, NULL), ('2024-01-01', 7, 8, 9)) v(d, y, a, b)) q, series_points(s) p;
SELECT p.* FROM (SELECT series_agg(d, y, VARIADIC ARRAY[a, b]) s FROM (VALUES (timestamp '2024-01-02', 2.5, 1::float8, NULL::float8), ('2024-01-01', 7, 8, 9)) v(d, y, a, b)) q, series_points(s) p;

-- order-free: every permutation gives the same value
SELECT count(DISTINCT s::text) FROM (
    SELECT series_agg(date '2024-01-01' + (i * k) % 31 / 2, ((i * k) % 31 % 7)::float8) s
    FROM generate_series(0, 30) i, generate_series(1, 30) k GROUP BY k) q;

-- the text form reads back bit for bit, in any order of keys and rows
SELECT s::text::timeseries::text = s::text AS same FROM (
    SELECT series_agg(timestamp '1999-12-31 23:59:59.999999' + i * interval '1 hour 1 microsecond', 1 / (i + 0.1)) s FROM generate_series(1, 500) i) q;
SELECT '{"y": [1, null, 2e-3], "ds": ["2024-01-02", "2024-01-01 10:00:00", "2024-01-03T00:00:00.5"], "version": 1}'::timeseries;
SELECT '{"version":1,"ds":["-0043-03-15T00:00:00"],"y":[0.1]}'::timeseries, (SELECT ds FROM series_points('{"version":1,"ds":["-0043-03-15T00:00:00"],"y":[0.1]}'));

-- stored, and through the binary protocol's functions
CREATE TEMP TABLE stored AS SELECT series_agg(date '2020-01-01' + i, sin(i)) s FROM generate_series(1, 5000) i;
SELECT pg_column_size(s) > 30000 AS toasted, (SELECT count(*) FROM series_points(s)) AS n, timeseries_send(s) = timeseries_send(s::text::timeseries) AS same FROM stored;

-- groups, FILTER, windows with a moving frame
SELECT k, series_agg(d, y) FILTER (WHERE y > 0) FROM (VALUES (1, date '2024-01-01', 5), (2, '2024-01-01', -1), (1, '2024-01-02', -6)) v(k, d, y) GROUP BY k ORDER BY k;
SELECT d, (SELECT string_agg(y::text, ' ') FROM series_points(s)) FROM (
    SELECT d, series_agg(d, y) OVER (ORDER BY d DESC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) s
    FROM (VALUES (date '2024-01-01', 1), ('2024-01-02', 2), ('2024-01-03', 3)) v(d, y)) q ORDER BY d;
SELECT count(DISTINCT s::text) FROM (SELECT series_agg(d, y) OVER () s FROM (VALUES (date '2024-01-01', 1), ('2024-01-02', 2)) v(d, y)) q;
