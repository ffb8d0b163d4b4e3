-- NULL, NaN, infinities, empty input, duplicates.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
SET datestyle = 'ISO, MDY';

SELECT series_agg(d, y) IS NULL AS no_rows FROM (SELECT date '2024-01-01', 1 WHERE false) v(d, y);
SELECT series_agg(d, y) FROM (VALUES (date '2024-01-01', 'NaN'::float8), ('2024-01-02', NULL), ('2024-01-03', '-0')) v(d, y);
SELECT series_agg(d, y) FROM (VALUES (date '2024-01-01', 'Infinity'::float8), ('2024-01-02', '-Infinity')) v(d, y);
SELECT series_agg(d, y) FROM (VALUES (date '2024-01-01', 2), ('2024-01-01', 1), ('2024-01-01', NULL), ('2024-01-01', 1)) v(d, y);
SELECT series_agg(d, NULL, NULL) FROM (VALUES (date '2024-01-01')) v(d);
SELECT series_agg(date '4714-11-24 BC', 1), series_agg(timestamp '294276-12-31 23:59:59.999999', 1);
SELECT * FROM series_points(NULL);
SELECT count(*) FROM series_points('{"version":1,"ds":[],"y":[]}');
