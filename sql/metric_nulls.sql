SET client_min_messages = warning;
SET extra_float_digits = 0;
CREATE EXTENSION IF NOT EXISTS bi_ml;
-- No row that counts: NULL.
SELECT mae(y, y), rmse(y, y), bias(y, y), mape(y, y), smape(y, y), wape(y, y), mase(y, y, y), coverage(y, y, y), pinball(y, y, 0.5), winkler(y, y, y, 0.8)
FROM (VALUES (NULL::float8), ('NaN')) AS t (y);
SELECT mae(1, 1), coverage(1, 1, 1) WHERE false;
-- A row with a NULL or NaN anywhere is left out.
SELECT mae(y, f), rmse(y, f), bias(y, f), mape(y, f), smape(y, f), wape(y, f), mase(y, f, 4), coverage(y, f, f + 2), pinball(y, f, 0.5), winkler(y, f, f + 1, 0.5)
FROM (VALUES (4::float8, 2::float8), (NULL, 1), (1, NULL), ('NaN', 1), (1, 'NaN')) AS t (y, f);
SELECT mase(1, 2, s), pinball(1, 2, q), winkler(1, 0, 0.5, w), coverage(1, 0, u)
FROM (VALUES (2::float8, 0.5::float8, 0.5::float8, 2::float8), (NULL, NULL, NULL, NULL), ('NaN', 'NaN', 'NaN', 'NaN')) AS t (s, q, w, u);
-- Division by zero: mape and mase leave the row out, smape counts 0 / 0 as 0, wape is NULL when all y are 0.
SELECT mape(y, f), smape(y, f), wape(y, f), mase(f, y, y) FROM (VALUES (0, 0), (0, 3)) AS t (y, f);
SELECT mape(y, f), smape(y, f), wape(y, f), mase(f, y, y) FROM (VALUES (0, 0), (0, 3), (2, 3)) AS t (y, f);
-- Open ends.
SELECT coverage(1, '-infinity', u) FROM (VALUES (0::float8), ('infinity')) AS t (u);
