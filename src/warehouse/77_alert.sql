-- Alerts: their numbers and notices, and what people do about them: acknowledge, resolve. Kept in mart_anomaly over all refreshes.

CREATE FUNCTION @extschema@.anomaly_acknowledge(id text, note text DEFAULT NULL, schema text DEFAULT 'shop') RETURNS int
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.anomaly_check_alert(id, schema);
    PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', schema), true);
    RETURN @extschema@.anomaly_set_status(id, 'acknowledged', note);
END
$$;
COMMENT ON FUNCTION @extschema@.anomaly_acknowledge(text, text, text) IS
'Says that somebody looks after an alert: its rows in mart_anomaly (open or acknowledged) become acknowledged, with the note (NULL keeps the one there is), name and time; further days of it are acknowledged too unless they are worse. Returns the number of rows. Needs SELECT and UPDATE (status, note, status_by, status_at) on mart_anomaly. Errors: 22004 NULL id, 42704 no such alert, 55000 a resolved or withdrawn one, 3F000 no such warehouse.';

CREATE FUNCTION @extschema@.anomaly_resolve(id text, note text DEFAULT NULL, schema text DEFAULT 'shop') RETURNS int
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.anomaly_check_alert(id, schema);
    PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', schema), true);
    RETURN @extschema@.anomaly_set_status(id, 'resolved', note);
END
$$;
COMMENT ON FUNCTION @extschema@.anomaly_resolve(text, text, text) IS
'Says that an alert is done with: its open or acknowledged rows in mart_anomaly become resolved, with the note (NULL keeps the one there is), name and time; a further day would be a new alert. Returns the number of rows, 0 if all were resolved already. Needs what anomaly_acknowledge needs. Errors: 22004 NULL id, 42704 no such alert, 55000 a withdrawn one, 3F000 no such warehouse.';

CREATE FUNCTION @extschema@.anomaly_check_alert(id text, schema text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_name(schema);
    IF id IS NULL THEN
        RAISE EXCEPTION 'argument "id" must not be null'
            USING ERRCODE = 'null_value_not_allowed', HINT = format('Take anomaly_id from %I.mart_anomaly.', schema);
    END IF;
    IF to_regclass(format('%I.warehouse_state', schema)) IS NULL THEN
        RAISE EXCEPTION 'warehouse "%" does not exist', schema
            USING ERRCODE = 'invalid_schema_name', HINT = format('Make one first: CALL warehouse_create(%L).', schema);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.anomaly_check_alert(text, text) IS
'Part of anomaly_acknowledge and anomaly_resolve: refuses a NULL id (22004), a bad name (42622) and a schema without a warehouse (3F000).';

CREATE FUNCTION @extschema@.anomaly_set_status(id text, new_status text, new_note text) RETURNS int
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    states text[];
    n int;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- Locked in the order of the key, in which a refresh writes: neither waits for the other in a circle.
    SELECT array_agg(status) INTO states
    FROM (SELECT status FROM mart_anomaly WHERE anomaly_id = id ORDER BY metric, dimension, entity, date FOR UPDATE) AS alert;
    IF states IS NULL THEN
        RAISE EXCEPTION 'no alert has the id "%"', left(id, 200)
            USING ERRCODE = 'undefined_object', HINT = 'Take anomaly_id from mart_anomaly; late lines that move the first day of an alert change it.';
    END IF;
    IF NOT states && ARRAY['open', 'acknowledged'] AND (new_status = 'acknowledged' OR 'resolved' <> ALL (states)) THEN
        RAISE EXCEPTION 'alert "%" is %', left(id, 200), CASE WHEN 'resolved' = ANY (states) THEN 'resolved' ELSE 'withdrawn' END
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = CASE WHEN 'resolved' = ANY (states) THEN 'It is over; should it come again, it has a new id.'
                              ELSE 'Late lines lifted it: there is nothing to do.' END;
    END IF;
    UPDATE mart_anomaly
    SET status = new_status, note = coalesce(new_note, note), status_by = current_user, status_at = clock_timestamp()
    WHERE anomaly_id = id AND status IN ('open', 'acknowledged');
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;
COMMENT ON FUNCTION @extschema@.anomaly_set_status(text, text, text) IS
'Part of anomaly_acknowledge and anomaly_resolve: sets the state of an alert''s rows, for the warehouse of the search_path.';

CREATE FUNCTION @extschema@.warehouse_number_anomalies() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- Alerts of one direction with at most one day or week between them are one episode, named by its first day. One that
    -- was resolved is over: what comes next is another. Withdrawn ones keep their id and part or join nothing. A new day
    -- of an episode that somebody looks after is acknowledged too, unless it is worse.
    WITH touched AS (
        SELECT DISTINCT metric, dimension, entity FROM work_verdict WHERE dimension = 'total' OR severity IS NOT NULL
    ), alert AS MATERIALIZED (
        SELECT m.metric, m.dimension, m.entity, m.date, m.direction, m.anomaly_id, m.status, m.note, m.status_by, m.status_at,
               array_position(ARRAY['low', 'medium', 'high', 'critical'], m.severity) AS gravity,
               CASE m.grain WHEN 'week' THEN 14 ELSE 2 END AS reach
        FROM touched AS t JOIN mart_anomaly AS m USING (metric, dimension, entity) WHERE m.is_anomaly
    ), started AS (
        SELECT *, coalesce(date - lag(date) OVER before > reach
                           OR lag(status) OVER before = 'resolved' AND status <> 'resolved', true) AS is_start
        FROM alert WINDOW before AS (PARTITION BY metric, dimension, entity, direction ORDER BY date)
    ), counted AS (
        SELECT *, count(*) FILTER (WHERE is_start) OVER (PARTITION BY metric, dimension, entity, direction ORDER BY date) AS episode
        FROM started
    ), named AS (
        SELECT *, concat_ws(':', metric, dimension, nullif(entity, ''), to_char(first_value(date) OVER e, 'YYYY-MM-DD'), direction) AS new_id
        FROM counted WINDOW e AS (PARTITION BY metric, dimension, entity, direction, episode ORDER BY date)
    ), settled AS (
        SELECT n.metric, n.dimension, n.entity, n.date, n.new_id, a.date IS NOT NULL AS is_kept, a.note, a.status_by, a.status_at
        FROM named AS n
        LEFT JOIN LATERAL (SELECT x.* FROM named AS x
                           WHERE n.status = 'open' AND x.status = 'acknowledged' AND x.new_id = n.new_id AND x.gravity >= n.gravity
                           ORDER BY x.status_at DESC, x.date LIMIT 1) AS a ON true
    )
    UPDATE mart_anomaly AS m
    SET anomaly_id = s.new_id,
        status = CASE WHEN s.is_kept THEN 'acknowledged' ELSE m.status END,
        note = CASE WHEN s.is_kept THEN s.note ELSE m.note END,
        status_by = CASE WHEN s.is_kept THEN s.status_by ELSE m.status_by END,
        status_at = CASE WHEN s.is_kept THEN s.status_at ELSE m.status_at END
    FROM settled AS s
    WHERE (m.metric, m.dimension, m.entity, m.date) = (s.metric, s.dimension, s.entity, s.date)
      AND (m.anomaly_id IS DISTINCT FROM s.new_id OR s.is_kept);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_number_anomalies() IS
'Part of step anomaly: gives the alerts of one episode the same anomaly_id; a new day of an acknowledged episode is acknowledged.';

CREATE FUNCTION @extschema@.warehouse_notify_anomalies(run bigint) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- Alerts that became high or critical by this run, on days that are new or changed; sent at commit. A new watch does not
    -- ring for its past.
    PERFORM pg_notify('bi_ml_alert', m.anomaly_id)
    FROM (SELECT DISTINCT m.anomaly_id
          FROM work_verdict AS w JOIN mart_anomaly AS m USING (metric, dimension, entity, date)
          WHERE w.severity IN ('high', 'critical') AND NOT w.was_grave AND m.status = 'open'
            AND EXISTS (SELECT FROM work_anomaly_day AS d WHERE d.date BETWEEN w.date AND w.date + CASE w.grain WHEN 'week' THEN 6 ELSE 0 END)) AS m
    WHERE NOT EXISTS (SELECT FROM mart_anomaly AS o
                      WHERE o.anomaly_id = m.anomaly_id AND o.is_anomaly AND o.severity IN ('high', 'critical')
                        AND (o.run_id <> run OR EXISTS (SELECT FROM work_verdict AS v
                                                        WHERE (v.metric, v.dimension, v.entity, v.date) = (o.metric, o.dimension, o.entity, o.date) AND v.was_grave)));
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_notify_anomalies(bigint) IS
'Part of step anomaly: NOTIFY bi_ml_alert with the anomaly_id of each alert that became high or critical, once; one that was withdrawn and comes back does not ring again, one that was acknowledged or resolved and turns critical does.';
