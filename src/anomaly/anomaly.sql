-- anomaly: unusual values of a metric.

CREATE TYPE @extschema@.anomaly_severity AS ENUM ('low', 'medium', 'high', 'critical');
COMMENT ON TYPE @extschema@.anomaly_severity IS
    'how sure and how large an anomaly is: low < medium < high < critical, so that max() and >= work';

CREATE FUNCTION @extschema@.anomaly_severity(z float8, q float8, n int DEFAULT NULL)
    RETURNS @extschema@.anomaly_severity
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_anomaly_severity';
COMMENT ON FUNCTION @extschema@.anomaly_severity(float8, float8, int) IS
    'the built-in rule: z = robust z, q = quantile of the forest score within the series, n = days in the series (NULL: many); critical |z| >= 8 and q >= .99, high 5 and .97, medium 3.5 and .95, low 3 and .90, where 1 - q may always be 2/n; NULL when no rule fires or z or q is NULL; not STRICT since n may be NULL; 22023 when n < 1';

CREATE FUNCTION @extschema@.anomaly_detect(
    series @extschema@.timeseries,
    train_until timestamp DEFAULT NULL,
    causal bool DEFAULT false,
    sensitivity float8 DEFAULT 1,
    direction text DEFAULT 'both',
    closed date[] DEFAULT NULL,
    fill_zero bool DEFAULT false,
    min_abs float8 DEFAULT 0,
    min_pct float8 DEFAULT 0,
    seed bigint DEFAULT 42,
    expectation @extschema@.timeseries DEFAULT NULL,
    model @extschema@.prophet_model DEFAULT NULL,
    score_from float8 DEFAULT 0
) RETURNS TABLE (
    ds timestamp,
    actual float8,
    expected float8,
    lower_bound float8,
    upper_bound float8,
    deviation float8,
    deviation_pct float8,
    score float8,
    z float8,
    score_quantile float8,
    rank_score float8,
    is_anomaly bool,
    direction text,
    severity @extschema@.anomaly_severity,
    episode int,
    beside_closure bool
)
    LANGUAGE C STABLE PARALLEL SAFE COST 100000 ROWS 365 AS 'MODULE_PATHNAME', 'biml_anomaly_detect';
COMMENT ON FUNCTION @extschema@.anomaly_detect(@extschema@.timeseries, timestamp, bool, float8, text, date[], bool, float8, float8, bigint, @extschema@.timeseries, @extschema@.prophet_model, float8) IS
    'judges each row of a daily, coarser or finer series: expected value from level and weekday (finer: trend and phase of day or week), bounds, deviation (percent of expected), robust z, forest score and its quantile (of rows that the model has not seen, the quantile of |z| where that is larger), alert, severity, number of the episode. train_until: learn up to then, return later rows only; causal: each row from the 28th by the rows before it; sensitivity divides the z thresholds; direction both | spike | drop; closed: days not judged; fill_zero: absent and NULL rows count as 0; min_abs, min_pct: smallest deviation of an alert; expectation or model: expected values to be taken instead; score_from: rows with a smaller |z| get no score. NULL numbers and is_anomaly: not judged (missing, closed, too little history); a NULL series gives no rows, other NULL arguments their defaults, so not STRICT; STABLE as prophet_forecast; 22000 on two rows a day or step, or an infinite value, 22023 on an option out of range, 54000 over 200000 days or steps';
