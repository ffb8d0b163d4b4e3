-- Step anomaly: did something break? A ledger of judged days and weeks, so that a verdict once given is not lost.
--
-- Watched are revenue, orders, customers and aov of the shop, and the revenue of countries and products that matter. Each
-- series is judged as a whole once, when it is first watched; later days by the days before them when they arrive, and
-- days whose figures changed once more. So a refresh costs what is new, not what is there.

CREATE FUNCTION @extschema@.warehouse_create_anomaly_marts() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE TABLE anomaly_series (
        series_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        metric text COLLATE "C" NOT NULL,
        dimension text COLLATE "C" NOT NULL CHECK (dimension IN ('total', 'country', 'product')),
        entity text COLLATE "C" NOT NULL,
        entity_key int NOT NULL,
        grain text NOT NULL CHECK (grain IN ('day', 'week')),
        first_date date NOT NULL,
        is_judged boolean NOT NULL DEFAULT false,
        UNIQUE (metric, dimension, entity)
    );
    COMMENT ON TABLE anomaly_series IS
        'What step anomaly watches: one row per metric, dimension and entity. grain: judged by the day, or, where it has no sale on one trading day in ten or more, by the week; settled when it is first watched. is_judged: its history has been judged.';

    CREATE TABLE anomaly_value (
        series_id int NOT NULL,
        date date NOT NULL,
        value numeric(24,4),
        open_days smallint NOT NULL,
        PRIMARY KEY (series_id, date)
    );
    COMMENT ON TABLE anomaly_value IS
        'The watched series themselves: figure of a day, or sum of a week (its Monday) with its trading days, as step anomaly last saw it. NULL: no such figure, as aov of a day without orders.';

    CREATE TABLE anomaly_day (
        date date PRIMARY KEY,
        revenue numeric(24,4) NOT NULL, revenue_clean numeric(24,4) NOT NULL,
        orders_clean bigint NOT NULL, customers bigint NOT NULL,
        is_closed boolean NOT NULL DEFAULT false
    );
    COMMENT ON TABLE anomaly_day IS 'The shop''s figures of each day, and whether it was closed, as step anomaly last saw them: a day that differs is new, was corrected, or table holiday was.';

    CREATE TABLE mart_anomaly (
        anomaly_id text COLLATE "C",
        metric text COLLATE "C" NOT NULL,
        dimension text COLLATE "C" NOT NULL CHECK (dimension IN ('total', 'country', 'product')),
        entity text COLLATE "C" NOT NULL,
        date date NOT NULL,
        grain text NOT NULL CHECK (grain IN ('day', 'week')),
        actual numeric(24,4), expected numeric(24,4), lower_bound numeric(24,4), upper_bound numeric(24,4),
        deviation numeric(24,4), deviation_pct float8,
        z float8,
        score float8,
        direction text CHECK (direction IN ('spike', 'drop')),
        severity text CHECK (severity IN ('low', 'medium', 'high', 'critical')),
        is_anomaly boolean NOT NULL,
        impact numeric(24,4),
        driver_kind text CHECK (driver_kind IN ('country', 'product', 'customer_type', 'reversed_order')),
        driver text, driver_impact numeric(24,4),
        explanation text,
        status text CHECK (status IN ('open', 'acknowledged', 'resolved', 'withdrawn')),
        status_before_withdrawal text CHECK (status_before_withdrawal IN ('open', 'acknowledged', 'resolved')),
        note text,
        status_by name, status_at timestamptz,
        run_id bigint NOT NULL,
        PRIMARY KEY (metric, dimension, entity, date)
    );
    CREATE INDEX mart_anomaly_alert ON mart_anomaly (anomaly_id) WHERE anomaly_id IS NOT NULL;
    COMMENT ON TABLE mart_anomaly IS
        'Grain: metric (revenue = revenue_clean, orders = orders_clean, customers, aov; revenue_gross on days with reversed orders), dimension, entity, judged day or week (its Monday). expected and bounds by level and weekday, z and score of the Isolation Forest, severity by the table anomaly_rule; alerts next to each other share an anomaly_id. History is judged at once, later days each by the days before it; a day whose figures or closure change is judged again, and an alert that this lifts is withdrawn, never deleted: is_anomaly is false then, direction, severity, driver and explanation stay those of the alert, and should it come back in the same direction and no worse, so does its status. A day that turned out to be closed has no expected value. impact: the deviation in money; driver: the country, product or customer type that moved most. status is set by anomaly_acknowledge and anomaly_resolve.';

    CREATE UNLOGGED TABLE work_anomaly_day (date date PRIMARY KEY, has_other_closure boolean NOT NULL) WITH (autovacuum_enabled = off);
    COMMENT ON TABLE work_anomaly_day IS 'Work table of step anomaly: days that are new, whose figures changed, or that table holiday made closed or open.';
    CREATE UNLOGGED TABLE work_anomaly_sale (
        dimension text COLLATE "C" NOT NULL, entity_key int NOT NULL, date date NOT NULL, revenue numeric(24,4) NOT NULL
    ) WITH (autovacuum_enabled = off);
    COMMENT ON TABLE work_anomaly_sale IS 'Work table of step anomaly: revenue without reversed sales, by country or product and day.';
    CREATE UNLOGGED TABLE work_anomaly_change (series_id int NOT NULL, date date NOT NULL) WITH (autovacuum_enabled = off);
    COMMENT ON TABLE work_anomaly_change IS 'Work table of step anomaly: values of watched series that are new or changed.';
    CREATE UNLOGGED TABLE work_verdict (
        series_id int NOT NULL, metric text COLLATE "C" NOT NULL, dimension text COLLATE "C" NOT NULL, entity text COLLATE "C" NOT NULL,
        entity_key int NOT NULL, grain text NOT NULL, date date NOT NULL, is_history boolean NOT NULL,
        actual numeric(24,4), expected numeric(24,4), lower_bound numeric(24,4), upper_bound numeric(24,4), deviation_pct float8,
        z float8, score float8, direction text, severity text,
        driver_kind text, driver text, driver_impact numeric(24,4), explanation text,
        was_grave boolean NOT NULL DEFAULT false,
        PRIMARY KEY (series_id, date)
    ) WITH (autovacuum_enabled = off);
    COMMENT ON TABLE work_verdict IS 'Work table of step anomaly: the verdicts of this run.';
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_anomaly_marts() IS 'Step of warehouse_create: the ledger of anomalies and what it is kept from.';

CREATE FUNCTION @extschema@.warehouse_closures() RETURNS date[]
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- A run of days without sales that contains or touches a public holiday is a closure; any other is an outage. Holidays of
    -- the next two weeks count as closed too, if the shop used to close on holidays: it slows down before them.
    RETURN (
        WITH home AS MATERIALIZED (
            SELECT DISTINCT h.date FROM holiday AS h WHERE h.country = (SELECT value FROM setting WHERE name = 'country')
        ), idle AS (
            SELECT date, date - (row_number() OVER (ORDER BY date))::int AS run FROM mart_daily_sales WHERE NOT is_trading_day
        ), closure AS (
            SELECT min(date) AS first, max(date) AS last FROM idle GROUP BY run
        ), closed AS (
            SELECT d::date AS date
            FROM closure AS c, generate_series(c.first::timestamp, c.last::timestamp, '1 day') AS d
            WHERE EXISTS (SELECT FROM home AS h WHERE h.date BETWEEN c.first - 1 AND c.last + 1)
            UNION
            SELECT h.date FROM home AS h, warehouse_state AS s
            WHERE h.date > s.as_of AND h.date <= s.as_of + 14
              AND (SELECT avg(m.is_trading_day::int) < 0.5 FROM mart_daily_sales AS m JOIN home AS k USING (date))
        )
        SELECT coalesce(array_agg(date ORDER BY date), '{}') FROM closed);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_closures() IS
'Part of step anomaly: days on which the shop was closed for a public holiday of its country.';

CREATE FUNCTION @extschema@.warehouse_find_changed_days() RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    closed_days date[] := @extschema@.warehouse_closures();
    n bigint;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    DELETE FROM work_anomaly_day;
    INSERT INTO work_anomaly_day
    SELECT d.date, a.is_closed IS NOT NULL AND a.is_closed <> (d.date = ANY (closed_days))
    FROM mart_daily_sales AS d LEFT JOIN anomaly_day AS a USING (date)
    WHERE a.date IS NULL OR a.is_closed <> (d.date = ANY (closed_days))
       OR (d.revenue, d.revenue_clean, d.orders_clean, d.customers) IS DISTINCT FROM (a.revenue, a.revenue_clean, a.orders_clean, a.customers);
    GET DIAGNOSTICS n = ROW_COUNT;
    ANALYZE work_anomaly_day;
    INSERT INTO anomaly_day AS a
    SELECT d.date, d.revenue, d.revenue_clean, d.orders_clean, d.customers, d.date = ANY (closed_days)
    FROM mart_daily_sales AS d JOIN work_anomaly_day USING (date)
    ON CONFLICT (date) DO UPDATE
    SET revenue = excluded.revenue, revenue_clean = excluded.revenue_clean, orders_clean = excluded.orders_clean, customers = excluded.customers,
        is_closed = excluded.is_closed;
    RETURN n;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_find_changed_days() IS
'Part of step anomaly: puts days that are new or whose figures or closure changed into work_anomaly_day, and their figures into anomaly_day. Returns their number.';

CREATE FUNCTION @extschema@.warehouse_watch() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    state record;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    SELECT data_from, as_of INTO state FROM warehouse_state;
    DELETE FROM work_anomaly_sale;
    INSERT INTO anomaly_series (metric, dimension, entity, entity_key, grain, first_date)
    SELECT m.metric, 'total', '', 0, 'day', state.data_from
    FROM (VALUES ('revenue'), ('orders'), ('customers'), ('aov'), ('revenue_gross')) AS m (metric)
    ON CONFLICT DO NOTHING;

    -- Eight weeks tell how often something sells; only what has orders enough can have sold on nine days in ten.
    IF state.as_of - state.data_from >= 55 THEN
        PERFORM @extschema@.warehouse_take_sales(
            ARRAY(SELECT c.country_key::int FROM mart_country AS m JOIN dim_country AS c USING (country)
                  WHERE m.revenue_share >= 0.01
                    AND NOT EXISTS (SELECT FROM anomaly_series AS s WHERE (s.metric, s.dimension, s.entity) = ('revenue', 'country', m.country))),
            ARRAY(SELECT p.product_key FROM mart_product AS m JOIN dim_product AS p USING (stock_code)
                  WHERE m.tier = 'A' AND p.first_seen < state.as_of - 54
                    AND m.orders >= 0.9 * (SELECT count(*) FROM mart_daily_sales AS d WHERE d.is_trading_day AND d.date >= p.first_seen::date)
                    AND NOT EXISTS (SELECT FROM anomaly_series AS s WHERE (s.metric, s.dimension, s.entity) = ('revenue', 'product', m.stock_code))),
            NULL);
        WITH candidate AS (
            SELECT 'country' AS dimension, w.entity_key, c.country AS entity, min(w.date) AS first, count(*) AS days
            FROM work_anomaly_sale AS w JOIN dim_country AS c ON c.country_key = w.entity_key WHERE w.dimension = 'country' GROUP BY w.entity_key, c.country
            UNION ALL
            SELECT 'product', p.product_key, m.stock_code, p.first_seen::date, w.days
            FROM mart_product AS m JOIN dim_product AS p USING (stock_code)
            LEFT JOIN (SELECT entity_key, count(*) AS days FROM work_anomaly_sale WHERE dimension = 'product' GROUP BY entity_key) AS w ON w.entity_key = p.product_key
            WHERE m.tier = 'A'
        )
        INSERT INTO anomaly_series (metric, dimension, entity, entity_key, grain, first_date)
        SELECT 'revenue', c.dimension, c.entity, c.entity_key,
               CASE WHEN c.days >= 0.9 * (SELECT count(*) FROM mart_daily_sales AS d WHERE d.is_trading_day AND d.date >= c.first) THEN 'day' ELSE 'week' END,
               greatest(c.first, state.data_from)
        FROM candidate AS c
        WHERE state.as_of - c.first >= 55
        ORDER BY c.dimension, c.entity
        ON CONFLICT DO NOTHING;
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_watch() IS
'Part of step anomaly: adds what is to be watched to anomaly_series: the shop''s totals, countries with 1 % of its revenue or more, products of tier A, these two from the eighth week of their sales on.';

CREATE FUNCTION @extschema@.warehouse_take_sales(countries int[], products int[], days date[]) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    until timestamp;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    SELECT coalesce(cut + 1, 'infinity'::timestamp) INTO until FROM warehouse_state;
    INSERT INTO work_anomaly_sale
    SELECT 'country', country_key, date, sum(revenue_clean)
    FROM agg_order WHERE country_key = ANY (countries) AND (days IS NULL OR date = ANY (days)) AND lines_clean > 0
    GROUP BY country_key, date;
    -- A sale counts as reversed when its return lies before the cut, too.
    IF cardinality(products) > 0 THEN
        INSERT INTO work_anomaly_sale
        SELECT 'product', s.product_key, s.order_ts::date, sum(s.amount)
        FROM fact_sales AS s JOIN unnest(products) AS p (product_key) USING (product_key)
        WHERE s.order_ts < until AND (days IS NULL OR s.date_key = ANY (ARRAY(SELECT to_char(d, 'YYYYMMDD')::int FROM unnest(days) AS d)))
          AND NOT (s.is_reversed AND EXISTS (SELECT FROM fact_returns AS r WHERE r.matched_sale_id = s.sale_id AND r.order_ts < until))
        GROUP BY s.product_key, s.order_ts::date;
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_take_sales(int[], int[], date[]) IS
'Part of step anomaly: puts the revenue of countries and products on the given days (NULL: all) into work_anomaly_sale.';

CREATE FUNCTION @extschema@.warehouse_take_values() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    until timestamp;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    PERFORM @extschema@.warehouse_take_sales(
        ARRAY(SELECT entity_key FROM anomaly_series WHERE dimension = 'country' AND is_judged),
        ARRAY(SELECT s.entity_key FROM anomaly_series AS s JOIN mart_product AS m ON m.stock_code = s.entity
              WHERE s.dimension = 'product' AND s.is_judged AND s.grain = 'day' AND m.tier = 'A'),
        -- whole weeks, for countries that are judged by the week
        ARRAY(SELECT w.week + i FROM (SELECT DISTINCT date_trunc('week', date::timestamp)::date AS week FROM work_anomaly_day) AS w, generate_series(0, 6) AS i));
    ANALYZE work_anomaly_sale;
    SELECT coalesce(cut + 1, 'infinity'::timestamp) INTO until FROM warehouse_state;
    DELETE FROM work_anomaly_change;

    WITH calendar AS MATERIALIZED (
        SELECT d.date, date_trunc('week', d.date::timestamp)::date AS week, d.is_trading_day, w.date IS NOT NULL AS is_changed
        FROM mart_daily_sales AS d LEFT JOIN work_anomaly_day AS w USING (date)
    ), week AS MATERIALIZED (
        -- weeks that are over
        SELECT week AS date, count(*) FILTER (WHERE is_trading_day) AS open_days, bool_or(is_changed) AS is_changed
        FROM calendar GROUP BY week HAVING count(*) = 7
    ), watched AS MATERIALIZED (
        SELECT s.* FROM anomaly_series AS s
        WHERE s.dimension <> 'product' OR EXISTS (SELECT FROM mart_product AS m WHERE m.stock_code = s.entity AND m.tier = 'A')
    ), week_sale AS (
        SELECT dimension, entity_key, date_trunc('week', date::timestamp)::date AS week, sum(revenue) AS revenue
        FROM work_anomaly_sale WHERE dimension = 'country' GROUP BY 1, 2, 3
        UNION ALL
        SELECT 'product', a.product_key, a.week, a.revenue - coalesce(r.reversed, 0)
        FROM agg_product_week AS a
        LEFT JOIN (SELECT s.product_key, date_trunc('week', s.order_ts)::date AS week, sum(s.amount) AS reversed
                   FROM fact_returns AS f JOIN fact_sales AS s ON s.sale_id = f.matched_sale_id
                   WHERE f.match_kind = 'reversal_24h' AND f.order_ts < until AND s.order_ts < until
                   GROUP BY 1, 2) AS r USING (product_key, week)
    ), figure AS (
        SELECT s.series_id, d.date, m.value, 1 AS open_days
        FROM calendar AS c JOIN mart_daily_sales AS d USING (date)
        CROSS JOIN LATERAL (VALUES ('revenue', d.revenue_clean), ('orders', d.orders_clean::numeric), ('customers', d.customers::numeric),
                                   ('aov', d.revenue_clean / nullif(d.orders_clean, 0)), ('revenue_gross', d.revenue)) AS m (metric, value)
        JOIN watched AS s ON s.dimension = 'total' AND s.metric = m.metric
        WHERE c.is_changed OR NOT s.is_judged
        UNION ALL
        SELECT s.series_id, c.date, coalesce(w.revenue, 0), 1
        FROM watched AS s JOIN calendar AS c ON c.date >= s.first_date AND (c.is_changed OR NOT s.is_judged)
        LEFT JOIN work_anomaly_sale AS w ON w.dimension = s.dimension AND w.entity_key = s.entity_key AND w.date = c.date
        WHERE s.dimension <> 'total' AND s.grain = 'day'
        UNION ALL
        SELECT s.series_id, c.date, coalesce(w.revenue, 0), c.open_days
        FROM watched AS s JOIN week AS c ON c.date >= s.first_date AND c.open_days > 0 AND (c.is_changed OR NOT s.is_judged)
        LEFT JOIN week_sale AS w ON w.dimension = s.dimension AND w.entity_key = s.entity_key AND w.week = c.date
        WHERE s.dimension <> 'total' AND s.grain = 'week'
    ), changed AS (
        INSERT INTO anomaly_value AS v (series_id, date, value, open_days)
        SELECT series_id, date, value, open_days FROM figure
        ON CONFLICT (series_id, date) DO UPDATE SET value = excluded.value, open_days = excluded.open_days
        WHERE (v.value, v.open_days) IS DISTINCT FROM (excluded.value, excluded.open_days)
        RETURNING v.series_id, v.date
    )
    INSERT INTO work_anomaly_change SELECT series_id, date FROM changed;
    ANALYZE work_anomaly_change;
    ANALYZE anomaly_value;
    ANALYZE anomaly_series;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_take_values() IS
'Part of step anomaly: brings anomaly_value up to date for the changed days and for what is newly watched; what changed there is to be judged and stands in work_anomaly_change.';

CREATE FUNCTION @extschema@.warehouse_take_judged_again() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- The days themselves, and the alerts that may have come to stand beside a closure, or no longer do.
    INSERT INTO work_anomaly_change
    SELECT v.series_id, v.date
    FROM work_anomaly_day AS d JOIN anomaly_value AS v USING (date) JOIN anomaly_series AS s USING (series_id)
    WHERE d.has_other_closure AND s.grain = 'day' AND s.is_judged
    UNION
    -- What a credit note of a later run takes back leaves gross revenue as it was, but not what is to be said about it.
    SELECT v.series_id, v.date
    FROM work_anomaly_day AS d JOIN anomaly_value AS v USING (date) JOIN anomaly_series AS s USING (series_id)
    WHERE s.metric = 'revenue_gross' AND s.is_judged
    UNION
    SELECT s.series_id, m.date
    FROM work_anomaly_day AS d
    JOIN mart_anomaly AS m ON m.is_anomaly AND m.date BETWEEN d.date - CASE m.grain WHEN 'week' THEN 13 ELSE 7 END AND d.date + 7
    JOIN anomaly_series AS s USING (metric, dimension, entity)
    WHERE d.has_other_closure
    EXCEPT
    SELECT series_id, date FROM work_anomaly_change;
    ANALYZE work_anomaly_change;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_take_judged_again() IS
'Part of step anomaly: puts into work_anomaly_change what is to be judged again although its value is the same: days that table holiday made closed or open, alerts up to a week from them, and gross revenue of changed days.';

CREATE FUNCTION @extschema@.warehouse_judge() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    closed_days date[] := @extschema@.warehouse_closures();
    today date;
    weakest float8;
    smallest numeric;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    SELECT (now() AT TIME ZONE value)::date INTO today FROM setting WHERE name = 'time_zone';
    -- Of products only what may alert gets a score: their forests would cost more than all the rest.
    SELECT coalesce(min(min_abs_z), 0) INTO weakest FROM anomaly_rule;
    SELECT avg(revenue_clean) * (SELECT value::numeric FROM setting WHERE name = 'anomaly_share') INTO smallest
    FROM mart_daily_sales WHERE is_trading_day;
    DELETE FROM work_verdict;
    WITH verdict AS (
        SELECT s.series_id, true AS is_history, i.n, a.*
        FROM anomaly_series AS s
        CROSS JOIN LATERAL (SELECT @extschema@.series_agg(v.date, v.value::float8 / v.open_days) AS series, count(v.value) AS n
                            FROM anomaly_value AS v WHERE v.series_id = s.series_id) AS i
        CROSS JOIN LATERAL @extschema@.anomaly_detect(i.series, closed => closed_days,
                                                      score_from => CASE s.dimension WHEN 'product' THEN weakest ELSE 0 END) AS a
        WHERE NOT s.is_judged
        UNION ALL
        -- By the days before, two years at most; where these are fewer than four weeks, by all up to the day itself.
        SELECT s.series_id, false, i.n, a.*
        FROM work_anomaly_change AS j JOIN anomaly_series AS s USING (series_id)
        CROSS JOIN LATERAL (SELECT @extschema@.series_agg(v.date, v.value::float8 / v.open_days) AS series, count(v.value) AS n
                            FROM anomaly_value AS v WHERE v.series_id = j.series_id AND v.date BETWEEN j.date - 731 AND j.date) AS i
        CROSS JOIN LATERAL @extschema@.anomaly_detect(i.series, causal => i.n > 27, train_until => CASE WHEN i.n > 27 THEN j.date - 1 END,
                                                      closed => closed_days,
                                                      score_from => CASE s.dimension WHEN 'product' THEN weakest ELSE 0 END) AS a
        WHERE s.is_judged AND a.ds = j.date
    )
    INSERT INTO work_verdict (series_id, metric, dimension, entity, entity_key, grain, date, is_history, actual, expected, lower_bound, upper_bound,
                              deviation_pct, z, score, direction, severity)
    SELECT s.series_id, s.metric, s.dimension, s.entity, s.entity_key, s.grain, o.date, v.is_history, o.value, e.expected,
           round((v.lower_bound * o.open_days)::numeric, 4),
           -- the column has 20 digits before the point
           round((least(v.upper_bound, 1e15) * o.open_days)::numeric, 4),
           v.deviation_pct, v.z, v.score, v.direction,
           -- a country or product has to move the shop; gross revenue alerts where what was reversed made the difference
           CASE WHEN v.direction = 'drop' AND o.date + CASE s.grain WHEN 'week' THEN 6 ELSE 0 END >= today THEN NULL -- not over yet
                WHEN s.dimension = 'total' OR abs(o.value - e.expected) >= smallest * o.open_days THEN
               CASE WHEN s.metric <> 'revenue_gross' OR 2 * (d.revenue - d.revenue_clean) >= abs(o.value - e.expected) THEN r.severity END END
    FROM verdict AS v
    JOIN anomaly_series AS s USING (series_id)
    JOIN anomaly_value AS o ON o.series_id = v.series_id AND o.date = v.ds::date
    CROSS JOIN LATERAL (SELECT round((v.expected * o.open_days)::numeric, 4) AS expected) AS e
    LEFT JOIN mart_daily_sales AS d ON s.metric = 'revenue_gross' AND d.date = o.date
    LEFT JOIN LATERAL (
        -- the hardest rule that the day meets; beside a closure a day raises no more than low
        SELECT CASE WHEN v.beside_closure THEN 'low' ELSE r.severity END AS severity
        FROM anomaly_rule AS r
        WHERE abs(v.z) >= r.min_abs_z AND v.score_quantile >= least(r.min_q, 1 - 2.0 / v.n)
        ORDER BY r.min_abs_z DESC LIMIT 1) AS r ON true
    -- Not closed, not too early to say, unless it was judged before; gross revenue only where something was reversed.
    WHERE (v.expected IS NOT NULL AND (s.metric <> 'revenue_gross' OR d.revenue <> d.revenue_clean))
       OR EXISTS (SELECT FROM mart_anomaly AS m WHERE (m.metric, m.dimension, m.entity, m.date) = (s.metric, s.dimension, s.entity, o.date));
    ANALYZE work_verdict;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_judge() IS
'Part of step anomaly: the verdict on each changed day and week, into work_verdict: history at once, later ones each by what was before it; severity by the table anomaly_rule. What is not over by the business clock raises no drop.';

CREATE FUNCTION @extschema@.warehouse_step_anomaly(run bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    share text;
    n bigint;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- An emptied ledger is begun anew.
    IF NOT EXISTS (SELECT FROM mart_anomaly) THEN
        DELETE FROM anomaly_series;
        DELETE FROM anomaly_value;
        DELETE FROM anomaly_day;
    END IF;
    -- Marts as of an earlier day are a look back, which un-judges nothing.
    IF EXISTS (SELECT FROM warehouse_state WHERE as_of IS NULL OR as_of < (SELECT max(date) FROM anomaly_day)) THEN
        RETURN 0;
    END IF;
    SELECT value INTO share FROM setting WHERE name = 'anomaly_share';
    IF share IS NULL OR share !~ '^[0-9]{0,9}[.]?[0-9]{1,9}$' THEN
        RAISE EXCEPTION 'setting "anomaly_share" is %', coalesce('"' || share || '"', 'missing')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Table setting needs it as a share such as 0.002; 0 lets every country and product alert.';
    END IF;
    IF @extschema@.warehouse_find_changed_days() = 0 THEN
        RETURN 0;
    END IF;
    PERFORM @extschema@.warehouse_watch();
    PERFORM @extschema@.warehouse_take_values();
    PERFORM @extschema@.warehouse_take_judged_again();
    PERFORM @extschema@.warehouse_judge();
    PERFORM @extschema@.warehouse_explain();
    n := @extschema@.warehouse_write_verdicts(run);
    UPDATE anomaly_series SET is_judged = true WHERE NOT is_judged;
    PERFORM @extschema@.warehouse_forget_unfinished();
    RETURN n;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_step_anomaly(bigint) IS
'Step of a refresh: judges new days and days whose figures or closure changed. Returns the number of rows of mart_anomaly that are new or changed.';

CREATE FUNCTION @extschema@.warehouse_forget_unfinished() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    first date;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    SELECT least((now() AT TIME ZONE z.value)::date, s.data_to + 1) INTO first
    FROM warehouse_state AS s, setting AS z WHERE z.name = 'time_zone';
    DELETE FROM anomaly_day WHERE date >= first;
    IF FOUND THEN
        DELETE FROM anomaly_value AS v USING anomaly_series AS s
        WHERE s.series_id = v.series_id AND v.date + CASE s.grain WHEN 'week' THEN 6 ELSE 0 END >= first;
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_forget_unfinished() IS
'Part of step anomaly: forgets the figures of days that are not over by the business clock or lie beyond the data, so that the next refresh judges them as new; their verdicts stay until then.';

CREATE FUNCTION @extschema@.warehouse_write_verdicts(run bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    grades CONSTANT text[] := ARRAY['low', 'medium', 'high', 'critical'];
    n bigint;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- One that somebody had acknowledged or resolved and that is worse now is news.
    UPDATE work_verdict AS w SET was_grave = true
    FROM mart_anomaly AS m
    WHERE NOT w.is_history AND (m.metric, m.dimension, m.entity, m.date) = (w.metric, w.dimension, w.entity, w.date)
      AND m.direction = w.direction AND m.severity IN ('high', 'critical')
      AND (m.severity = 'critical' OR w.severity IS DISTINCT FROM 'critical' OR 'open' IN (m.status, m.status_before_withdrawal));
    -- In the order of the key, as anomaly_acknowledge locks rows: neither waits for the other in a circle.
    INSERT INTO mart_anomaly AS m (metric, dimension, entity, date, grain, actual, expected, lower_bound, upper_bound, deviation, deviation_pct,
                                   z, score, direction, severity, is_anomaly, impact, driver_kind, driver, driver_impact, explanation, status, run_id)
    SELECT w.metric, w.dimension, w.entity, w.date, w.grain, w.actual, w.expected, w.lower_bound, w.upper_bound, w.actual - w.expected, w.deviation_pct,
           w.z, w.score, CASE WHEN w.severity IS NOT NULL THEN w.direction END, w.severity, w.severity IS NOT NULL,
           -- in money: orders and customers at what each should have brought
           CASE w.metric WHEN 'aov' THEN (w.actual - w.expected) * d.orders_clean
                         WHEN 'orders' THEN (w.actual - w.expected) * r.expected / nullif(w.expected, 0)
                         WHEN 'customers' THEN (w.actual - w.expected) * r.expected / nullif(w.expected, 0)
                         ELSE w.actual - w.expected END,
           w.driver_kind, w.driver, w.driver_impact, w.explanation, CASE WHEN w.severity IS NOT NULL THEN 'open' END, run
    FROM work_verdict AS w
    LEFT JOIN mart_daily_sales AS d ON w.dimension = 'total' AND d.date = w.date
    LEFT JOIN LATERAL (
        SELECT expected FROM (SELECT 1 AS place, v.expected FROM work_verdict AS v WHERE (v.metric, v.dimension, v.date) = ('revenue', 'total', w.date)
                              UNION ALL
                              SELECT 2, v.expected FROM mart_anomaly AS v WHERE (v.metric, v.dimension, v.entity, v.date) = ('revenue', 'total', '', w.date)) AS x
        ORDER BY place LIMIT 1) AS r ON w.metric IN ('orders', 'customers')
    ORDER BY w.metric, w.dimension, w.entity, w.date
    ON CONFLICT (metric, dimension, entity, date) DO UPDATE
    SET actual = excluded.actual, expected = excluded.expected, lower_bound = excluded.lower_bound, upper_bound = excluded.upper_bound,
        deviation = excluded.deviation, deviation_pct = excluded.deviation_pct, z = excluded.z, score = excluded.score,
        direction = coalesce(excluded.direction, m.direction), severity = coalesce(excluded.severity, m.severity),
        is_anomaly = excluded.is_anomaly, impact = excluded.impact,
        driver_kind = CASE WHEN excluded.is_anomaly THEN excluded.driver_kind ELSE coalesce(excluded.driver_kind, m.driver_kind) END,
        driver = CASE WHEN excluded.is_anomaly THEN excluded.driver ELSE coalesce(excluded.driver, m.driver) END,
        driver_impact = CASE WHEN excluded.is_anomaly THEN excluded.driver_impact ELSE coalesce(excluded.driver_impact, m.driver_impact) END,
        explanation = coalesce(excluded.explanation, m.explanation), run_id = excluded.run_id,
        -- What people said holds for an alert of the same direction that is no worse; any other is open, and nobody's.
        (status, note, status_by, status_at) =
            (SELECT CASE WHEN NOT excluded.is_anomaly THEN CASE WHEN m.status IS NOT NULL THEN 'withdrawn' END
                         WHEN k.is_kept THEN coalesce(nullif(m.status, 'withdrawn'), m.status_before_withdrawal, 'open')
                         ELSE excluded.status END,
                    CASE WHEN k.is_kept THEN m.note END, CASE WHEN k.is_kept THEN m.status_by END, CASE WHEN k.is_kept THEN m.status_at END
             FROM (SELECT NOT excluded.is_anomaly
                          OR m.direction = excluded.direction AND array_position(grades, excluded.severity) <= array_position(grades, m.severity) AS is_kept) AS k),
        status_before_withdrawal = CASE WHEN NOT excluded.is_anomaly THEN coalesce(nullif(m.status, 'withdrawn'), m.status_before_withdrawal) END;
    GET DIAGNOSTICS n = ROW_COUNT;
    PERFORM @extschema@.warehouse_number_anomalies();
    PERFORM @extschema@.warehouse_notify_anomalies(run);
    RETURN n;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_write_verdicts(bigint) IS
'Part of step anomaly: brings work_verdict into the ledger; states and notes stay with alerts that keep their direction and are no worse, others are open; alerts that are lifted are withdrawn. Returns the number of rows written.';
