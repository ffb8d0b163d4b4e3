CREATE FUNCTION @extschema@.warehouse_create_forecast_marts() RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE FUNCTION @extschema@.warehouse_create_anomaly_marts() RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE FUNCTION @extschema@.warehouse_step_forecast(run bigint) RETURNS bigint LANGUAGE sql AS $$ SELECT 0::bigint $$;
CREATE FUNCTION @extschema@.warehouse_step_anomaly(run bigint) RETURNS bigint LANGUAGE sql AS $$ SELECT 0::bigint $$;
