-- forecast_reconcile: forecasts of a total and of its parts that add up.

CREATE TYPE @extschema@.coherent_forecast AS (yhat float8, yhat_lower float8, yhat_upper float8);
COMMENT ON TYPE @extschema@.coherent_forecast IS
    'what forecast_reconcile makes of a forecast: yhat and its interval, NULL where there was none';

-- A window function reads its arguments itself, NULLs included: not STRICT.
CREATE FUNCTION @extschema@.forecast_reconcile(
    yhat float8,
    yhat_lower float8,
    yhat_upper float8,
    is_total bool,
    errors @extschema@.timeseries DEFAULT NULL,
    method text DEFAULT 'mint_shrink',
    past float8 DEFAULT NULL,
    nonnegative bool DEFAULT true)
    RETURNS @extschema@.coherent_forecast
    LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'biml_forecast_reconcile';
COMMENT ON FUNCTION @extschema@.forecast_reconcile(float8, float8, float8, bool, @extschema@.timeseries, text, float8, bool) IS
    'window function: a partition (of one date) holds the forecasts of a total, marked by is_total, and of its parts; the result are forecasts whose parts add up to the total, the bounds moved with them; the frame is ignored. method: mint_shrink (all move, those with small past errors less; errors: series_agg(ds, y - yhat) over the series'' forecast_backtest), bottom_up (the total becomes the sum of the parts), top_down (the total stays, parts by their share of past, a sum over the last cycles). nonnegative: mint_shrink makes no part negative. yhat NULL: takes no part and gives NULL; for the total: it becomes the sum of the parts. NULL errors: as if the series erred by its whole forecast. method and nonnegative are read at the first row. 22000 not one total, no errors or infinite ones, past 0 in all parts; 22004 is_total, or past for top_down, NULL; 22023 options, negative past; 54000 over 20 million numbers of errors';
