-- What people do about alerts: acknowledge, resolve. Kept in mart_anomaly over all refreshes.

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
