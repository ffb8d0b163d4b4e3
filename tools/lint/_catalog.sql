-- Rules over the members of the extension; each finding is one line object|what to do.
-- Routines that may have no pinned search_path, with the reason.
CREATE TEMP TABLE unpinned (name text PRIMARY KEY, reason text NOT NULL);
INSERT INTO unpinned VALUES
    ('prophet_forecast', 'its relation form resolves the relation''s name as regclass does, under the caller''s search_path'),
    ('warehouse_refresh', 'a procedure that commits cannot have a SET clause: it holds control flow and qualified calls only');

CREATE TEMP VIEW member AS
SELECT classid, objid, pg_describe_object(classid, objid, 0) AS object
FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'bi_ml');

CREATE TEMP VIEW routine AS
SELECT p.*, m.object, l.lanname,
       EXISTS (SELECT FROM unnest(p.proconfig) AS c WHERE c = 'search_path=pg_catalog, pg_temp') AS is_pinned
FROM member AS m JOIN pg_proc AS p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
JOIN pg_language AS l ON l.oid = p.prolang;

SELECT object, 'has no comment: COMMENT ON it, saying shapes, units, NULLs and errors'
FROM member AS m
WHERE obj_description(objid, classid::regclass::name) IS NULL
  AND classid <> 'pg_cast'::regclass AND classid <> 'pg_amop'::regclass AND classid <> 'pg_amproc'::regclass
  AND NOT (classid = 'pg_type'::regclass AND EXISTS (SELECT FROM pg_type AS t WHERE t.oid = objid AND t.typelem <> 0 AND t.typarray = 0));

-- A step of the warehouse runs under the path that its driver sets, and verifies it first.
SELECT object, 'has no pinned search_path: SET search_path = pg_catalog, pg_temp, or an SQL-standard body; a step of the warehouse calls warehouse_check_path first'
FROM routine
WHERE lanname IN ('sql', 'plpgsql') AND prosqlbody IS NULL AND NOT is_pinned AND proname NOT IN (SELECT name FROM unpinned)
  AND prosrc !~ '(?i)begin\s+perform\s+bi\.warehouse_check_path\(';

SELECT object, 'is SECURITY DEFINER: run with the rights of the caller' FROM routine WHERE prosecdef;

SELECT object, 'is VOLATILE and PARALLEL SAFE: one of the two labels is wrong'
FROM routine WHERE provolatile = 'v' AND proparallel = 's' AND prokind IN ('f', 'w');

-- An aggregate without PARALLEL = SAFE never runs partially, whatever its combine function can.
SELECT object, 'has a combine function and is not PARALLEL SAFE'
FROM routine JOIN pg_aggregate AS a ON a.aggfnoid = routine.oid
WHERE a.aggcombinefn <> 0 AND proparallel <> 's';

SELECT object, 'is LANGUAGE sql or plpgsql, and IMMUTABLE although it reads tables'
FROM routine WHERE lanname IN ('sql', 'plpgsql') AND provolatile = 'i' AND coalesce(prosrc, '') ~* '\mfrom\s+(only\s+)?[a-z_.]+\s+(as|where|join)\M'
  AND prosrc !~* 'unnest|generate_';

-- public_holiday is a view of constants: reference data for everybody to read.
SELECT object, 'a relation of the extension is open to PUBLIC'
FROM member JOIN pg_class AS c ON classid = 'pg_class'::regclass AND c.oid = objid,
     LATERAL aclexplode(c.relacl) AS a
WHERE a.grantee = 0 AND (c.relname, a.privilege_type) <> ('public_holiday', 'SELECT');

SELECT object, 'the extension owns a table: tables with data belong to the warehouse'
FROM member JOIN pg_class AS c ON classid = 'pg_class'::regclass AND c.oid = objid
WHERE c.relkind IN ('r', 'p', 'm');

-- The steps are checked under their driver's path, in a warehouse. pg_cron need not be there.
SET search_path = pg_catalog, shop, pg_temp;
SELECT object, format('line %s: %s%s', lineno, message, '; ' || coalesce(hint, detail))
FROM (SELECT r.object, c.*
      FROM pg_temp.routine AS r LEFT JOIN pg_trigger AS t ON t.tgfoid = r.oid,
           LATERAL bi.plpgsql_check_function_tb(r.oid, coalesce(t.tgrelid, 0), fatal_errors => false, other_warnings => true, extra_warnings => false) AS c
      WHERE r.lanname = 'plpgsql' AND (r.prorettype <> 'trigger'::regtype OR t.tgrelid IS NOT NULL)) AS finding
WHERE message !~ '^(relation|schema) "cron[."]';
