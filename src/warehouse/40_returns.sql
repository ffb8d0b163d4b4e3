-- Step returns: which sale does a return give back?

CREATE FUNCTION @extschema@.warehouse_step_returns(run bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    since bigint;
    new_invoices text[];
    n bigint;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    SELECT matched_run INTO since FROM warehouse_state;
    -- an array, whose length the planner knows
    new_invoices := ARRAY(SELECT invoice_no FROM new_invoice);

    -- A return takes the latest sale of its group (customer, product, quantity, price) that is not taken yet: returns and
    -- sales pair up as closing and opening brackets do. Walking along time, a sale goes one level up and a return one
    -- level down; a return's partner is the sale before it on the same level, if the row before it there is a sale.
    WITH grp AS MATERIALIZED (
        SELECT customer_key, product_key, quantity, unit_price
        FROM fact_returns WHERE customer_key <> 0 AND run_id > since
        UNION
        -- the sales of a first load, which are in no list, can only meet returns that are new, too
        SELECT s.customer_key, s.product_key, s.quantity, s.unit_price
        FROM fact_sales AS s JOIN fact_returns AS r USING (customer_key, product_key, quantity, unit_price)
        WHERE s.invoice_no = ANY (new_invoices) AND s.customer_key <> 0 AND s.run_id > since
    ), event AS (
        SELECT false AS is_return, s.sale_id AS id, customer_key, product_key, quantity, unit_price,
               s.order_ts, s.invoice_no, s.source_row_hash, s.occurrence, s.is_reversed AS was_reversed
        FROM fact_sales AS s JOIN grp USING (customer_key, product_key, quantity, unit_price)
        WHERE s.customer_key <> 0
        UNION ALL
        SELECT true, r.return_id, customer_key, product_key, quantity, unit_price,
               r.order_ts, r.invoice_no, r.source_row_hash, r.occurrence, NULL
        FROM fact_returns AS r JOIN grp USING (customer_key, product_key, quantity, unit_price)
    ), levelled AS (
        SELECT *, sum(CASE WHEN is_return THEN -1 ELSE 1 END) OVER w + is_return::int AS level,
               row_number() OVER w AS position
        FROM event
        WINDOW w AS (PARTITION BY customer_key, product_key, quantity, unit_price
                     ORDER BY order_ts, is_return, invoice_no, source_row_hash, occurrence ROWS UNBOUNDED PRECEDING)
    ), paired AS MATERIALIZED (
        SELECT is_return, id, customer_key, product_key, was_reversed, lag(id) OVER w AS sale_id,
               is_return AND NOT lag(is_return) OVER w AS takes_sale,
               is_return AND order_ts - lag(order_ts) OVER w <= interval '24 hours' AS takes_soon,
               NOT is_return AND coalesce(lead(is_return) OVER w AND lead(order_ts) OVER w - order_ts <= interval '24 hours', false) AS is_reversed
        FROM levelled
        WINDOW w AS (PARTITION BY customer_key, product_key, quantity, unit_price, level ORDER BY position)
    ), changed_returns AS (
        UPDATE fact_returns AS r
        SET matched_sale_id = a.sale_id, match_kind = a.match_kind
        FROM (SELECT id, CASE WHEN takes_sale THEN sale_id END AS sale_id,
                     CASE WHEN takes_sale IS NOT TRUE THEN 'none' WHEN takes_soon THEN 'reversal_24h' ELSE 'matched' END AS match_kind
              FROM paired WHERE is_return) AS a
        WHERE r.return_id = a.id AND (r.matched_sale_id, r.match_kind) IS DISTINCT FROM (a.sale_id, a.match_kind)
        RETURNING 1
    ), changed_sales AS (
        UPDATE fact_sales AS s
        SET is_reversed = v.is_reversed
        FROM (SELECT id AS sale_id, customer_key, product_key, is_reversed FROM paired
              WHERE NOT is_return AND is_reversed <> was_reversed) AS v
        WHERE s.sale_id = v.sale_id AND s.customer_key = v.customer_key AND s.product_key = v.product_key AND s.customer_key <> 0
        RETURNING s.invoice_no
    ), dirty AS (
        INSERT INTO dirty_invoice SELECT DISTINCT invoice_no FROM changed_sales ON CONFLICT DO NOTHING
    )
    SELECT count(*) INTO n FROM changed_returns;
    UPDATE warehouse_state SET matched_run = run;
    RETURN n;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_step_returns(bigint) IS
'Step of a refresh: matches credit notes to sales, one to one, again for every group that got a row. Returns the number of returns whose match changed.';
