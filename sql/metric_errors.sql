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
    RETURN format('%s %s (%s)', state, message, hint);
END $$;
SELECT call, pg_temp.try('SELECT ' || call) FROM unnest(ARRAY[
    'mae(''infinity'', 1)', 'rmse(1, ''-infinity'')', 'bias(''infinity'', ''infinity'')', 'mape(''infinity'', 1)', 'smape(1, ''infinity'')',
    'wape(1, ''infinity'')', 'mase(1, 1, -1)', 'mase(1, 1, ''infinity'')', 'coverage(''infinity'', 1, 1)', 'pinball(1, 1, 0)', 'pinball(1, 1, 1)',
    'pinball(1, 1, 90)', 'winkler(1, 2, 1, 0.8)', 'winkler(1, 1, 2, 80)', 'winkler(1, 1, 2, 1)', 'winkler(1, ''-infinity'', 2, 0.8)',
    'mae(1.5e308, -1.5e308)', 'rmse(1e200, 0)', 'mape(1e-320, 1)']) AS call;
