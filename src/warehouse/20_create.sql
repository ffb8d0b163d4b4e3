-- warehouse_create: the tables of a warehouse, in a schema that the caller names and owns.
--
-- Nothing here belongs to the extension: DROP EXTENSION must not take data along, and pg_dump must keep it. The
-- statements are plain SQL over unqualified names, run with the warehouse's schema first in the search_path.

CREATE FUNCTION @extschema@.warehouse_note_load() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    load_id bigint := nextval(format('%I.raw_load_id', TG_TABLE_SCHEMA)::regclass);
BEGIN
    EXECUTE format('INSERT INTO %I.warehouse_load (load_id) VALUES ($1)', TG_TABLE_SCHEMA) USING load_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_note_load() IS
'Trigger of raw_sales: every COPY or INSERT statement is one load with a number of its own.';

CREATE FUNCTION @extschema@.warehouse_keep_raw() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'raw_sales is never changed'
        USING ERRCODE = 'object_not_in_prerequisite_state',
              HINT = 'Correct lines in rejected_sales and call warehouse_replay; to start anew, drop the schema and call warehouse_create.';
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_keep_raw() IS
'Trigger of raw_sales: refuses (55000) UPDATE, DELETE and TRUNCATE, which would leave facts without the lines they came from.';

CREATE FUNCTION @extschema@.warehouse_guard_raw() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');
    CREATE OR REPLACE TRIGGER note_load BEFORE INSERT ON raw_sales
        FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.warehouse_note_load();
    CREATE OR REPLACE TRIGGER keep_raw BEFORE UPDATE OR DELETE OR TRUNCATE ON raw_sales
        FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.warehouse_keep_raw();
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_guard_raw() IS 'Step of warehouse_create and warehouse_repair: the triggers of raw_sales.';

CREATE FUNCTION @extschema@.warehouse_check_name(schema text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF schema IS NULL THEN
        RAISE EXCEPTION 'argument "schema" must not be null'
            USING ERRCODE = 'null_value_not_allowed', HINT = 'Name the schema of the warehouse, such as ''shop''.';
    END IF;
    IF octet_length(schema) > 63 OR schema !~ '^[a-z_][a-z0-9_]*$' OR schema ~ '^pg_' OR schema = 'information_schema' THEN
        RAISE EXCEPTION 'invalid warehouse name "%"', left(schema, 80)
            USING ERRCODE = 'name_too_long',
                  HINT = 'Use 1 to 63 lower-case letters, digits and underscores, the first no digit, not beginning with pg_.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_check_name(text) IS
'Refuses (42622) a name that no warehouse can have; 22004 when NULL.';

CREATE FUNCTION @extschema@.warehouse_use_schema(schema text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_owner oid;
    clash name;
BEGIN
    SELECT n.nspowner INTO found_owner FROM pg_namespace n WHERE n.nspname = schema;
    IF found_owner IS NULL THEN
        BEGIN
            EXECUTE format('CREATE SCHEMA %I', schema);
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE EXCEPTION 'permission denied to create schema "%"', schema
                USING ERRCODE = 'insufficient_privilege',
                      HINT = format('Ask the database''s owner: GRANT CREATE ON DATABASE %I TO %I.', current_database(), current_user);
        END;
        RETURN;
    END IF;
    IF NOT pg_has_role(current_user, found_owner, 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of schema "%"', schema
            USING ERRCODE = 'insufficient_privilege', HINT = 'Name a schema of your own, or one that does not exist yet.';
    END IF;
    IF to_regclass(format('%I.warehouse_state', schema)) IS NOT NULL THEN
        RAISE EXCEPTION 'schema "%" already holds a warehouse', schema
            USING ERRCODE = 'duplicate_object',
                  HINT = format('Load into %1$s.raw_sales and CALL warehouse_refresh(%1$L), or name another schema.', schema);
    END IF;
    SELECT c.relname INTO clash FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = schema ORDER BY c.relname LIMIT 1;
    IF clash IS NOT NULL THEN
        RAISE EXCEPTION 'schema "%" is not empty: it holds "%"', schema, clash
            USING ERRCODE = 'duplicate_table', HINT = 'A warehouse needs a schema of its own: name a new one.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_use_schema(text) IS
'Creates the schema, or checks that it is empty and the caller''s: 42710 when it holds a warehouse, 42P07 when it holds anything else, 42501 when it is another''s.';

CREATE FUNCTION @extschema@.warehouse_create_rules() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE TABLE setting (
        name text PRIMARY KEY,
        value text NOT NULL,
        description text NOT NULL
    );
    COMMENT ON TABLE setting IS 'Choices of the warehouse''s owner, one row each; read by every refresh.';
    INSERT INTO setting VALUES
        ('time_zone', 'Europe/London', 'zone of the business clock; times in the data are local, those with an offset are converted'),
        ('rfm_rule', 'tie', 'tie: equal values share a score; ntile: equal-sized classes, ties broken by customer id'),
        ('rfm_map', 'seg11', 'which map of rfm_rule names the segments: seg11 or seg10'),
        ('rfm_monetary', 'net', 'net: sales minus returns; gross: sales'),
        ('anomaly_share', '0.002', 'smallest deviation of an alert about a country or product, as a share of what the shop takes on a trading day'),
        ('forecast_country_share', '0.01', 'smallest share of the net revenue with which a country gets a forecast of its own'),
        ('forecast_archive_days', '730', 'for how many days forecasts are kept');

    CREATE TABLE quality_rule (
        rule text PRIMARY KEY,
        precedence smallint NOT NULL,
        is_enabled boolean NOT NULL DEFAULT true,
        description text NOT NULL,
        CONSTRAINT only_duplicate_can_be_switched_off CHECK (is_enabled OR rule = 'duplicate')
    );
    COMMENT ON TABLE quality_rule IS
        'Why a raw line is rejected, in the order in which the rules are tried. Only the duplicate rule is a switch; SELECT warehouse_replay after turning it.';
    INSERT INTO quality_rule VALUES
        ('unparsable', 1, true, 'a required field is missing, unreadable or out of range'),
        ('duplicate', 2, true, 'all eight normalised fields equal those of an earlier line'),
        ('positive_credit', 3, true, 'a credit note (invoice C...) for goods whose quantity is not negative'),
        ('stock_adjustment', 4, true, 'quantity zero or negative on an invoice that is no credit note'),
        ('zero_price', 5, true, 'unit price zero or negative');

    CREATE TABLE charge_code (
        code text COLLATE "C" PRIMARY KEY,
        description text NOT NULL,
        CONSTRAINT upper_case_and_trimmed CHECK (code = upper(btrim(code)) AND code ~ '[^%]')
    );
    COMMENT ON TABLE charge_code IS
        'Stock codes that are charges, not goods, in upper case; a final % stands for any ending. Applies to lines not yet accepted.';
    INSERT INTO charge_code VALUES
        ('POST', 'postage'), ('DOT', 'postage of the web shop'), ('C2', 'carriage'), ('M', 'manual entry'),
        ('D', 'discount'), ('S', 'samples'), ('B', 'bad debt adjustment'), ('PADS', 'pads'),
        ('AMAZONFEE', 'marketplace fee'), ('BANK CHARGES', 'bank charges'), ('CRUK', 'charity commission'),
        ('GIFT_%', 'gift vouchers');

    CREATE TABLE rfm_rule (
        map text COLLATE "C" NOT NULL,
        r_score int NOT NULL CHECK (r_score BETWEEN 1 AND 5),
        fm_score int NOT NULL CHECK (fm_score BETWEEN 1 AND 5),
        segment text COLLATE "C" NOT NULL,
        PRIMARY KEY (map, r_score, fm_score)
    );
    COMMENT ON TABLE rfm_rule IS
        'The segment of each cell. Map seg11: fm_score = (F + M + 1) / 2 in whole numbers; any other map: fm_score = F.';
    INSERT INTO rfm_rule
    SELECT m.map, g.r_score, g.fm_score, g.segment
    FROM (VALUES ('seg11'), ('seg10')) AS m (map), @extschema@.rfm_grid(m.map) AS g;

    CREATE TABLE rfm_action (
        segment text COLLATE "C" PRIMARY KEY,
        rank smallint NOT NULL,
        action text NOT NULL
    );
    COMMENT ON TABLE rfm_action IS 'What to do with the customers of a segment; also the list of segments that mart_rfm_segment shows.';
    INSERT INTO rfm_action VALUES
        ('Champions', 1, 'Reward them, offer new products first, ask for reviews'),
        ('Loyal Customers', 2, 'Offer higher-value products and a loyalty programme'),
        ('Potential Loyalists', 3, 'Recommend related products, offer membership'),
        ('New Customers', 4, 'Welcome them, help with the first orders, start the relationship'),
        ('Promising', 5, 'Build awareness with small offers'),
        ('Need Attention', 6, 'Limited-time offers based on past purchases'),
        ('About To Sleep', 7, 'Reconnect with popular products and a discount'),
        ('At Risk', 8, 'Send personal messages and renewal offers'),
        ('Cannot Lose Them', 9, 'Win them back in person before a competitor does'),
        ('Hibernating', 10, 'Relevant offers at low cost'),
        ('Lost', 11, 'One reactivation campaign, then stop spending');

    CREATE TABLE anomaly_rule (
        severity text PRIMARY KEY CHECK (severity IN ('low', 'medium', 'high', 'critical')),
        min_abs_z float8 NOT NULL CHECK (min_abs_z > 0 AND min_abs_z <> 'NaN'),
        min_q float8 NOT NULL CHECK (min_q BETWEEN 0 AND 1)
    );
    COMMENT ON TABLE anomaly_rule IS
        'A day has a severity when its |robust z| and its forest score''s quantile reach these; for short series min_q is relaxed to 1 - 2/n.';
    INSERT INTO anomaly_rule VALUES ('critical', 8, .99), ('high', 5, .97), ('medium', 3.5, .95), ('low', 3, .90);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_rules() IS 'Step of warehouse_create: settings and rule tables, seeded.';

CREATE FUNCTION @extschema@.warehouse_create_raw() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE TABLE warehouse_load (
        load_id bigint PRIMARY KEY,
        loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        loaded_by name NOT NULL DEFAULT current_user,
        raw_rows bigint,
        accepted_run bigint
    );
    CREATE INDEX warehouse_load_pending ON warehouse_load (load_id) WHERE accepted_run IS NULL;
    COMMENT ON TABLE warehouse_load IS
        'One row per COPY or INSERT statement into raw_sales; accepted_run is the run that classified its lines, raw_rows their number.';

    CREATE SEQUENCE raw_load_id;
    CREATE TABLE raw_sales (
        invoice_no text, stock_code text, description text, quantity text,
        invoice_date text, unit_price text, customer_id text, country text,
        load_id bigint NOT NULL DEFAULT currval('raw_load_id'),
        source_line bigint NOT NULL GENERATED ALWAYS AS IDENTITY
    );
    ALTER SEQUENCE raw_load_id OWNED BY raw_sales.load_id;
    CREATE INDEX raw_sales_load ON raw_sales USING brin (load_id) WITH (pages_per_range = 32);
    PERFORM @extschema@.warehouse_guard_raw();
    COMMENT ON TABLE raw_sales IS
        'The lines as they came, text, never changed: the target of COPY with its first eight columns. load_id is the statement, source_line the order of arrival.';

    CREATE TABLE rejected_sales (
        reject_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        invoice_no text, stock_code text, description text, quantity text,
        invoice_date text, unit_price text, customer_id text, country text,
        load_id bigint NOT NULL,
        source_line bigint NOT NULL,
        rule text NOT NULL,
        rejected_column text,
        reason text NOT NULL,
        rejected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        run_id bigint NOT NULL,
        amount numeric(14,4),
        source_row_hash uuid,
        occurrence int
    );
    CREATE UNIQUE INDEX rejected_sales_identity ON rejected_sales (source_row_hash, occurrence)
        WHERE source_row_hash IS NOT NULL AND rule <> 'duplicate';
    CREATE INDEX rejected_sales_rule ON rejected_sales (rule, load_id);
    COMMENT ON TABLE rejected_sales IS
        'Raw lines that are no sale, return or charge, verbatim, each with the rule, column and reason. The owner may correct the text here and run warehouse_replay.';

    CREATE TABLE agg_load_rule (
        load_id bigint NOT NULL,
        rule text COLLATE "C" NOT NULL,
        rows bigint NOT NULL,
        amount numeric(24,4) NOT NULL,
        PRIMARY KEY (load_id, rule)
    );
    COMMENT ON TABLE agg_load_rule IS 'Rollup: lines and quantity x unit price per load and class or rule.';

    CREATE TABLE warehouse_run (
        run_id bigint NOT NULL,
        step text NOT NULL,
        started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        finished_at timestamptz,
        status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'done', 'failed', 'skipped')),
        rows bigint,
        message text,
        PRIMARY KEY (run_id, step)
    );
    CREATE SEQUENCE warehouse_run_id OWNED BY warehouse_run.run_id;
    COMMENT ON TABLE warehouse_run IS
        'The log of refreshes: one row per run and step, and one with step ''refresh'' for the whole run.';

    CREATE TABLE warehouse_state (
        is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
        matched_run bigint NOT NULL DEFAULT 0,
        published_run bigint NOT NULL DEFAULT 0,
        data_from date,
        data_to date,
        as_of date,
        cut date
    );
    INSERT INTO warehouse_state DEFAULT VALUES;
    COMMENT ON TABLE warehouse_state IS
        'Where the refresh stands: the last run whose returns are matched, the last whose rows are in the marts, the first and last day of the accepted lines, the marts'' as_of; cut is set while the marts show less than the data.';
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_raw() IS 'Step of warehouse_create: raw and rejected lines, loads, run log, state.';
