-- anomaly: unusual days of a daily metric.

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
    seed bigint DEFAULT 42
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
    severity @extschema@.anomaly_severity
)
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000 ROWS 365 AS 'MODULE_PATHNAME', 'biml_anomaly_detect';
COMMENT ON FUNCTION @extschema@.anomaly_detect(@extschema@.timeseries, timestamp, bool, float8, text, date[], bool, float8, float8, bigint) IS
    'judges each day of a daily series: expected value from level and weekday, bounds, deviation (percent of expected), robust z, forest score and its quantile, alert and severity. train_until: learn up to then, return later days only; causal: each day from the 28th by the days before it; sensitivity divides the z thresholds; direction both | spike | drop; closed: days not judged; fill_zero: absent and NULL days count as 0; min_abs, min_pct: smallest deviation of an alert. NULL numbers and is_anomaly: not judged (missing, closed, too little history); a NULL series gives no rows, other NULL arguments their defaults, so not STRICT; 22000 on two rows a day or an infinite value, 22023 on an option out of range, 54000 over 200000 days';
