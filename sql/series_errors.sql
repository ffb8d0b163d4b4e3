-- Every error of series_agg and the timeseries type, with its SQLSTATE.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;

CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text; message text; hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN state || ' ' || message || CASE WHEN hint = '' THEN ' (no hint)' ELSE '' END;
END $$;

SELECT pg_temp.try(statement) FROM unnest(ARRAY[
    $$SELECT series_agg(NULL::date, 1)$$,
    $$SELECT series_agg(NULL::timestamp, 1)$$,
    $$SELECT series_agg(date 'infinity', 1)$$,
    $$SELECT series_agg(timestamp '-infinity', 1)$$,
    $$SELECT series_agg(now(), 1)$$,
    $$SELECT series_agg(date '5874897-12-31', 1)$$,
    $$SELECT series_agg(date '2024-01-01', 1, VARIADIC NULL::float8[])$$,
    $$SELECT series_agg(date '2024-01-01', 1, VARIADIC ARRAY[[1, 2], [3, 4]])$$,
    $$SELECT series_agg(date '2024-01-01' + i, 1, VARIADIC array_fill(1, ARRAY[i])) FROM generate_series(1, 2) i$$,
    $$SELECT series_agg(date '2024-01-01', 1, VARIADIC array_fill(1, ARRAY[1001]))$$,
    $$SELECT ''::timeseries$$,
    $$SELECT 'null'::timeseries$$,
    $$SELECT '{}'::timeseries$$,
    $$SELECT '{"version":2,"ds":[],"y":[]}'::timeseries$$,
    $$SELECT '{"version":1,"ds":["2024-01-01"],"y":[]}'::timeseries$$,
    $$SELECT '{"version":1,"ds":["yesterday"],"y":[1]}'::timeseries$$,
    $$SELECT '{"version":1,"ds":["infinity"],"y":[1]}'::timeseries$$,
    $$SELECT '{"version":1,"ds":["2024-01-01"],"y":[NaN]}'::timeseries$$,
    $$SELECT '{"version":1,"ds":["2024-01-01"],"y":[1e999]}'::timeseries$$,
    $$SELECT '{"version":1,"ds":["2024-01-01"],"y":[1],"z":0}'::timeseries$$,
    $$SELECT '{"version":1,"ds":["2024-01-01"],"y":[1]} '::timeseries; SELECT '{"version":1,"ds":["2024-01-01"],"y":[1]}x'::timeseries$$
]) statement;
