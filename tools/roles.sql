-- Two roles for the people around a warehouse. Run by a superuser, as often as you like; again after warehouse_repair,
-- which makes marts anew:
--     psql -d DATABASE -v schema=shop -f tools/roles.sql
--
-- bi_reader    for dashboards: reads the marts, rules and settings, and calls functions that read, such as
--              dashboard_html. No raw lines, no facts, no rejects; writes nothing; 30 s per statement. Give it a login:
--              ALTER ROLE bi_reader LOGIN PASSWORD '...'.
-- bi_operator  reads the same, refreshes and answers alerts. A refresh commits as it goes, so it must be called by the
--              warehouse's owner: SET ROLE <owner>, then CALL warehouse_refresh(...). Without SET ROLE it inherits nothing
--              of the owner's. Where a superuser owns the warehouse it gets no such membership, with a warning.
\set ON_ERROR_STOP on
\if :{?schema}
\else
    \set schema shop
\endif
SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bi_reader') AS needs_reader,
       NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bi_operator') AS needs_operator,
       to_regclass(format('%I.warehouse_state', :'schema')) IS NULL AS is_missing \gset
\if :is_missing
    \warn 'error: there is no warehouse of that name here (psql -v schema=NAME)'
    SELECT 1 / 0;
\endif
SELECT r.rolname AS owner, r.rolsuper AS owner_is_superuser
FROM pg_namespace AS n JOIN pg_roles AS r ON r.oid = n.nspowner WHERE n.nspname = :'schema' \gset

BEGIN;
\if :needs_reader
    CREATE ROLE bi_reader NOLOGIN;
\endif
\if :needs_operator
    CREATE ROLE bi_operator NOLOGIN NOINHERIT;
\endif
ALTER ROLE bi_reader SET statement_timeout = '30s';
ALTER ROLE bi_reader SET default_transaction_read_only = on;
GRANT USAGE ON SCHEMA :"schema" TO bi_reader, bi_operator;
-- One list for both: the marts, and the rules that explain them.
SELECT format('GRANT SELECT ON %I.%I TO bi_reader, bi_operator', n.nspname, c.relname)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :'schema' AND c.relkind IN ('r', 'm', 'v')
  AND (c.relname LIKE 'mart\_%' OR c.relname IN ('quality_rule', 'rfm_rule', 'anomaly_rule', 'holiday', 'setting'))
ORDER BY c.relname \gexec
-- Functions that read are open to everybody, unless the database's owner has closed them or their schema.
SELECT format('GRANT USAGE ON SCHEMA %s TO bi_reader, bi_operator', e.extnamespace::regnamespace)
FROM pg_extension AS e WHERE e.extname = 'bi_ml' AND NOT has_schema_privilege('bi_reader', e.extnamespace, 'USAGE')
UNION ALL
SELECT format('GRANT EXECUTE ON FUNCTION %s TO bi_reader, bi_operator', p.oid::regprocedure)
FROM pg_depend AS d JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid AND e.extname = 'bi_ml'
JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
WHERE d.deptype = 'e' AND p.provolatile <> 'v' AND NOT has_function_privilege('bi_reader', p.oid, 'EXECUTE') \gexec
\if :owner_is_superuser
    \warn 'warning: a superuser owns this warehouse; bi_operator is not made a member. Let an ordinary role own it.'
\else
    GRANT :"owner" TO bi_operator;
\endif
COMMIT;
