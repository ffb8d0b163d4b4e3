-- One raw line: normalised, parsed, hashed, classified.

CREATE FUNCTION @extschema@.sales_line(
    invoice_no text, stock_code text, description text, quantity text, invoice_date text, unit_price text,
    customer_id text, country text, charge_codes text[] DEFAULT '{}', time_zone text DEFAULT NULL,
    latest timestamp DEFAULT NULL,
    OUT class text, OUT normal_invoice_no text, OUT normal_stock_code text, OUT normal_description text,
    OUT units int, OUT order_ts timestamp, OUT price numeric, OUT customer bigint, OUT normal_country text,
    OUT source_row_hash uuid, OUT rejected_column text, OUT reason text, OUT amount numeric)
    RETURNS record
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20
    AS 'MODULE_PATHNAME', 'biml_sales_line';
COMMENT ON FUNCTION @extschema@.sales_line(text, text, text, text, text, text, text, text, text[], text, timestamp) IS
'Reads one raw line as warehouse_refresh does: class (sale, return, charge, charge_credit, or the rule that rejects it), the normalised values, the identity hash, and for a rejected line the column and the reason; amount = quantity x price where both can be read. Not strict: NULL fields are part of the answer. charge_codes: codes that are no goods, a final % stands for any ending; time_zone: the business zone for times with an offset, which are refused when it is NULL; latest: lines with a later time are refused (a refresh takes a year from now).';

CREATE FUNCTION @extschema@.warehouse_check_path(kind text) RETURNS void
    LANGUAGE C STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'biml_warehouse_check_path';
COMMENT ON FUNCTION @extschema@.warehouse_check_path(text) IS
'Raises 55000 unless search_path is exactly "pg_catalog, <warehouse>, pg_temp" (kind step) or "<warehouse>, pg_catalog, pg_temp" (kind create); either for kind any. Every step of a warehouse calls it before anything else.';

CREATE FUNCTION @extschema@.warehouse_classify(
    first_load bigint, last_load bigint, loads bigint[], charge_codes text[], time_zone text, run bigint, first_sale_id bigint,
    expected bigint)
    RETURNS bigint
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 100000
    AS 'MODULE_PATHNAME', 'biml_warehouse_classify';
COMMENT ON FUNCTION @extschema@.warehouse_classify(bigint, bigint, bigint[], text[], text, bigint, bigint, bigint) IS
'The hot pass of a refresh: reads the lines of the given loads from raw_sales and writes them, parsed and classified, to work_line. With first_sale_id > 0 (a first load: no facts, no keys, no index on fact_sales) plain sales go straight into fact_sales, numbered from there on. expected: how many lines there may be, 0 = as many as raw_sales has room for. Returns the number of lines. Works on the warehouse of the search_path.';
