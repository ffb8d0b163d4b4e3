-- NULL, NaN, infinities, few rows, constants, duplicates.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
SET datestyle = 'ISO, MDY';

SELECT prophet_fit(NULL) IS NULL AS no_series;
SELECT prophet_params(NULL) IS NULL AS no_model;
SELECT ds, yhat, status FROM prophet_forecast(NULL::timeseries, on_error => 'status');
SELECT ds, yhat, status FROM prophet_forecast(NULL::prophet_model, on_error => 'status');

-- missing y: not fitted, but known: the future starts after them, and they are predicted as history
SELECT ds::date, y, residual, in_band, is_future, yhat IS NOT NULL AS has_yhat, yhat_lower <= yhat_upper AS has_band
FROM prophet_forecast((SELECT series_agg(date '2024-01-01' + i, CASE WHEN i IN (3, 9, 10) THEN 'NaN'::float8 ELSE i * i END) FROM generate_series(0, 10) i), 2, include_history => true)
WHERE y IS NULL;

-- constant, two points, duplicates
SELECT round(yhat::numeric, 6) AS yhat, round((yhat_upper - yhat_lower)::numeric, 4) AS width FROM prophet_forecast((SELECT series_agg(date '2024-01-01' + i, 42) FROM generate_series(0, 29) i), 2);
SELECT round(yhat::numeric, 6) AS yhat FROM prophet_forecast((SELECT series_agg(date '2024-01-01' + i, 0) FROM generate_series(0, 29) i), 1);
SELECT round(yhat::numeric, 3) AS yhat, status FROM prophet_forecast((SELECT series_agg(date '2024-01-01' + i, 1 + i) FROM generate_series(0, 1) i), 2);
SELECT round(yhat::numeric, 2) AS yhat FROM prophet_forecast((SELECT series_agg(date '2024-01-01' + i / 3, i / 3) FROM generate_series(0, 89) i), 2);

-- a phase never seen is predicted, and flagged
SELECT ds::date, identified FROM prophet_forecast((SELECT series_agg(d::date, 10 + extract(isodow FROM d) + (extract(doy FROM d)::int * 7919 % 13) / 10.0)
    FROM generate_series(timestamp '2024-01-01', '2024-03-29', '1 day') d WHERE extract(isodow FROM d) < 6), 5, '1 day');
