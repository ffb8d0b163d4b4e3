-- reorder_point: from a forecast of demand to safety stock and order quantity.

-- STABLE, not IMMUTABLE: the last bits follow the machine's mathematical library. Not STRICT: most arguments have a meaning for NULL.
CREATE FUNCTION @extschema@.reorder_point(
    forecast @extschema@.timeseries,
    lead_time float8,
    lead_time_sd float8 DEFAULT 0,
    review_period float8 DEFAULT 0,
    service_level float8 DEFAULT 0.95,
    on_hand float8 DEFAULT NULL,
    on_order float8 DEFAULT 0,
    pack_size float8 DEFAULT 1,
    min_order float8 DEFAULT 0,
    errors @extschema@.timeseries DEFAULT NULL,
    interval_width float8 DEFAULT 0.8,
    OUT demand float8, OUT demand_sd float8, OUT safety_stock float8, OUT reorder_point float8, OUT order_quantity float8, OUT method text)
    LANGUAGE C STABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'biml_reorder_point';
COMMENT ON FUNCTION @extschema@.reorder_point(@extschema@.timeseries, float8, float8, float8, float8, float8, float8, float8, float8, @extschema@.timeseries, float8) IS
    'what to order, from a forecast series_agg(ds, yhat, yhat_lower, yhat_upper): demand and its standard deviation over lead time and review period (in steps of the forecast; 0: stock is watched all the time), safety stock so that stock lasts with probability service_level, the reorder point (their sum), and the quantity that lifts on_hand + on_order to it: 0 where they reach it, at least min_order, in whole packs; NULL where they are NULL. errors: series_agg(cutoff, y - yhat) over forecast_backtest with horizon lead time + review period; at least 5 cutoffs replace the sum of the steps'' bounds of interval_width, which takes steps for independent. method: normal, past totals | normal, independent steps; for demand under 10 empirical | negative binomial | poisson. NULL forecast: NULLs; NULL pack_size 1, min_order 0. 22000 a forecast too short, with NULLs or equal ds, errors of another horizon, neither bounds nor errors; 22004, 22023 options; 2202E one bound only';
