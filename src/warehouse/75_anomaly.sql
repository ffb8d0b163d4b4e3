-- Step anomaly: did something break? A ledger of judged days, so that a verdict once given is not lost.

CREATE FUNCTION @extschema@.warehouse_create_anomaly_marts() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE TABLE mart_anomaly (
        anomaly_id text,
        metric text COLLATE "C" NOT NULL,
        dimension text COLLATE "C" NOT NULL CHECK (dimension IN ('total', 'country', 'product')),
        entity text COLLATE "C" NOT NULL,
        date date NOT NULL,
        actual numeric(24,4), expected numeric(24,4), lower_bound numeric(24,4), upper_bound numeric(24,4),
        deviation numeric(24,4), deviation_pct float8,
        score float8,
        direction text CHECK (direction IN ('spike', 'drop')),
        severity text CHECK (severity IN ('low', 'medium', 'high', 'critical')),
        is_anomaly boolean NOT NULL,
        impact numeric(24,4),
        driver_kind text, driver text, driver_impact numeric(24,4),
        explanation text,
        status text CHECK (status IN ('open', 'acknowledged', 'resolved', 'withdrawn')),
        note text,
        PRIMARY KEY (metric, dimension, entity, date)
    );
    CREATE INDEX mart_anomaly_alert ON mart_anomaly (anomaly_id) WHERE anomaly_id IS NOT NULL;
    COMMENT ON TABLE mart_anomaly IS
        'Grain: metric (revenue = revenue_clean, orders = orders_clean, customers), dimension, entity, judged day. expected and bounds by level and weekday, score of the Isolation Forest, severity by the table anomaly_rule; alerts next to each other share an anomaly_id. The first refresh judges all days at once, later ones each new day by the days before it; a day whose figures change is judged again, and an alert that this lifts is withdrawn, never deleted. impact = actual - expected of revenue.';
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_anomaly_marts() IS 'Step of warehouse_create: the ledger of anomalies.';

CREATE FUNCTION @extschema@.warehouse_closures(OUT closed date[], OUT beside date[])
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- A run of days without sales that contains or touches a public holiday is a closure; any other is an outage.
    WITH idle AS (
        SELECT date, date - (row_number() OVER (ORDER BY date))::int AS run FROM mart_daily_sales WHERE NOT is_trading_day
    ), closure AS (
        SELECT min(date) AS first, max(date) AS last FROM idle GROUP BY run
    ), holiday_closure AS (
        SELECT c.first, c.last FROM closure AS c
        WHERE EXISTS (SELECT FROM holiday AS h WHERE h.country = (SELECT value FROM setting WHERE name = 'country')
                                                 AND h.date BETWEEN c.first - 1 AND c.last + 1)
    )
    SELECT coalesce(array_agg(d::date ORDER BY d), '{}') INTO closed
    FROM holiday_closure AS c, generate_series(c.first::timestamp, c.last::timestamp, '1 day') AS d;
    SELECT coalesce(array_agg(DISTINCT b), '{}') INTO beside
    FROM mart_daily_sales AS m
    CROSS JOIN LATERAL (VALUES (date - 1), (date + 1)) AS v (b)
    WHERE m.date = ANY (closed) AND NOT b = ANY (closed);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_closures() IS
'Part of step anomaly: days on which the shop was closed for a public holiday of its country, and the open days beside them.';

CREATE FUNCTION @extschema@.warehouse_judge(since date)
RETURNS TABLE (metric text, date date, actual numeric, expected numeric, lower_bound numeric, upper_bound numeric, deviation_pct float8,
               score float8, direction text, severity text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 1000 AS $$
DECLARE
    closures record;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    SELECT * INTO closures FROM @extschema@.warehouse_closures();
    RETURN QUERY
    WITH input AS (
        SELECT m.metric, @extschema@.series_agg(d.date, m.value) AS series, count(*) AS n
        FROM mart_daily_sales AS d
        CROSS JOIN LATERAL (VALUES ('revenue', d.revenue_clean::float8), ('orders', d.orders_clean::float8),
                                   ('customers', d.customers::float8)) AS m (metric, value)
        GROUP BY m.metric
    )
    SELECT i.metric, a.ds::date, round(a.actual::numeric, 4), round(a.expected::numeric, 4), round(a.lower_bound::numeric, 4),
           round(a.upper_bound::numeric, 4), a.deviation_pct, a.score,
           CASE WHEN r.severity IS NOT NULL THEN a.direction END, r.severity
    FROM input AS i
    CROSS JOIN LATERAL @extschema@.anomaly_detect(
        i.series, causal => since IS NOT NULL, train_until => since - 1, closed => closures.closed) AS a
    LEFT JOIN LATERAL (
        -- the hardest rule that the day meets; beside a closure a day raises no more than low
        SELECT CASE WHEN a.ds::date = ANY (closures.beside) THEN 'low' ELSE r.severity END AS severity
        FROM anomaly_rule AS r
        WHERE abs(a.z) >= r.min_abs_z AND a.score_quantile >= least(r.min_q, 1 - 2.0 / i.n)
        ORDER BY r.min_abs_z DESC LIMIT 1) AS r ON true
    WHERE a.expected IS NOT NULL;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_judge(date) IS
'Part of step anomaly: the verdict on revenue, orders and customers of every day (since NULL), or of the days from the given one on, each by the days before it.';

CREATE FUNCTION @extschema@.warehouse_step_anomaly(run bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    since date;
    n bigint;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- The first day that is new or whose figures changed; the very first time all days are judged at once.
    IF EXISTS (SELECT FROM mart_anomaly) THEN
        SELECT min(d.date) INTO since
        FROM mart_daily_sales AS d
        LEFT JOIN mart_anomaly AS r ON (r.metric, r.dimension, r.entity, r.date) = ('revenue', 'total', '', d.date)
        LEFT JOIN mart_anomaly AS o ON (o.metric, o.dimension, o.entity, o.date) = ('orders', 'total', '', d.date)
        LEFT JOIN mart_anomaly AS c ON (c.metric, c.dimension, c.entity, c.date) = ('customers', 'total', '', d.date)
        WHERE (d.revenue_clean, d.orders_clean, d.customers) IS DISTINCT FROM (r.actual, o.actual, c.actual)
          -- days that were not judged have no row: closed ones, and those before there was enough to judge by
          AND (r.date IS NOT NULL OR d.date > (SELECT max(date) FROM mart_anomaly));
        IF since IS NULL THEN
            RETURN 0;
        END IF;
        -- Nothing is judged by fewer than four weeks before it; so early a day is judged by all days again.
        since := (SELECT CASE WHEN since >= data_from + 28 THEN since END FROM warehouse_state);
    END IF;
    WITH verdict AS MATERIALIZED (
        SELECT v.*, v.severity IS NOT NULL AS is_anomaly, v.actual - v.expected AS deviation,
               CASE WHEN v.metric = 'revenue' THEN v.actual - v.expected END AS impact,
               CASE WHEN v.severity IS NOT NULL THEN
                   format('%s %s: %s against %s expected%s', v.metric, v.direction, to_char(v.actual, 'FM999,999,999,999,990'),
                          to_char(v.expected, 'FM999,999,999,999,990'), ' (' || to_char(v.deviation_pct, 'FMSG999,990') || ' %)') END AS explanation
        FROM @extschema@.warehouse_judge(since) AS v
    )
    INSERT INTO mart_anomaly AS m (metric, dimension, entity, date, actual, expected, lower_bound, upper_bound, deviation, deviation_pct,
                                   score, direction, severity, is_anomaly, impact, explanation, status)
    SELECT metric, 'total', '', date, actual, expected, lower_bound, upper_bound, deviation, deviation_pct, score, direction, severity,
           is_anomaly, impact, explanation, CASE WHEN is_anomaly THEN 'open' END
    FROM verdict
    ON CONFLICT (metric, dimension, entity, date) DO UPDATE
    SET actual = excluded.actual, expected = excluded.expected, lower_bound = excluded.lower_bound, upper_bound = excluded.upper_bound,
        deviation = excluded.deviation, deviation_pct = excluded.deviation_pct, score = excluded.score,
        direction = coalesce(excluded.direction, m.direction), severity = coalesce(excluded.severity, m.severity),
        is_anomaly = excluded.is_anomaly, impact = excluded.impact, explanation = coalesce(excluded.explanation, m.explanation),
        status = CASE WHEN excluded.is_anomaly AND (m.status IS NULL OR m.status = 'withdrawn') THEN 'open'
                      WHEN excluded.is_anomaly THEN m.status
                      WHEN m.status IS NOT NULL THEN 'withdrawn' END
    WHERE m.actual IS DISTINCT FROM excluded.actual;
    GET DIAGNOSTICS n = ROW_COUNT;
    PERFORM @extschema@.warehouse_number_anomalies();
    RETURN n;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_step_anomaly(bigint) IS
'Step of a refresh: judges new days and days whose figures changed. Returns the number of rows of mart_anomaly that are new or changed.';

CREATE FUNCTION @extschema@.warehouse_number_anomalies() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- Alerts of one direction with at most one day between them are one episode, named by its first day.
    UPDATE mart_anomaly AS m
    SET anomaly_id = e.anomaly_id
    FROM (SELECT metric, dimension, entity, date,
                 concat_ws(':', metric, dimension, nullif(entity, ''), to_char(first_value(date) OVER episode, 'YYYY-MM-DD'), direction) AS anomaly_id
          FROM (SELECT *, count(*) FILTER (WHERE is_start) OVER (PARTITION BY metric, dimension, entity, direction ORDER BY date) AS episode_no
                FROM (SELECT metric, dimension, entity, direction, date,
                             coalesce(date - lag(date) OVER (PARTITION BY metric, dimension, entity, direction ORDER BY date) > 2, true) AS is_start
                      FROM mart_anomaly WHERE status IS NOT NULL) AS alert) AS numbered
          WINDOW episode AS (PARTITION BY metric, dimension, entity, direction, episode_no ORDER BY date)) AS e
    WHERE (m.metric, m.dimension, m.entity, m.date) = (e.metric, e.dimension, e.entity, e.date)
      AND m.anomaly_id IS DISTINCT FROM e.anomaly_id;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_number_anomalies() IS 'Part of step anomaly: gives the alerts of one episode the same anomaly_id.';
