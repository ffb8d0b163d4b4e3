-- Step anomaly, second part: what an alert is about. The driver is the country, product or type of customer whose revenue
-- moved most, against the same weekday (the same week) up to four weeks before and after.
--
-- The United Kingdom has most of the revenue and would drive everything. So what counts is the move beyond one's share: a
-- mover's own move less its usual share of the whole move (the surprise of Bhagwan et al. 2014, Adtributor, in money). Only
-- where nobody stands out is it the largest mover, and the text says that it moved with the rest.

CREATE FUNCTION @extschema@.warehouse_explain() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    IF NOT EXISTS (SELECT FROM work_verdict WHERE severity IS NOT NULL) THEN
        RETURN;
    END IF;
    UPDATE work_verdict AS w
    SET explanation = format('%s%s%s: %s, %s against %s expected%s', CASE w.metric WHEN 'revenue_gross' THEN 'gross revenue' ELSE w.metric END,
                             CASE w.dimension WHEN 'total' THEN '' ELSE format(' of %s', coalesce(p.stock_code || ' ' || p.description, w.entity)) END,
                             CASE w.grain WHEN 'week' THEN ' in the week from ' || to_char(w.date, 'YYYY-MM-DD') ELSE '' END, w.direction,
                             to_char(w.actual, 'FM999,999,999,999,990'), to_char(w.expected, 'FM999,999,999,999,990'),
                             ' (' || to_char(w.deviation_pct, 'FMSG999,999,990') || ' %)')
    FROM work_verdict AS o LEFT JOIN dim_product AS p ON o.dimension = 'product' AND p.product_key = o.entity_key
    WHERE w.severity IS NOT NULL AND (o.series_id, o.date) = (w.series_id, w.date);
    PERFORM @extschema@.warehouse_find_drivers();
    PERFORM @extschema@.warehouse_find_reversals();
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_explain() IS 'Part of step anomaly: explanation and driver of the alerts in work_verdict.';

CREATE FUNCTION @extschema@.warehouse_find_drivers() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    room text := current_setting('work_mem');
    until timestamp;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    SELECT coalesce(cut + 1, 'infinity'::timestamp) INTO until FROM warehouse_state;
    -- Its sorts and stores are many: each may take less than elsewhere.
    PERFORM set_config('work_mem', '16MB', true);
    WITH alert AS MATERIALIZED (
        SELECT series_id, dimension, entity_key, date, CASE grain WHEN 'week' THEN 6 ELSE 0 END AS more,
               CASE direction WHEN 'drop' THEN -1 ELSE 1 END AS sign
        FROM work_verdict WHERE severity IS NOT NULL AND metric <> 'revenue_gross'
    ), subject AS MATERIALIZED (
        -- what is asked about; several metrics may ask about the same day
        SELECT *, row_number() OVER ()::int AS subject_id FROM (SELECT DISTINCT dimension, entity_key, date, more FROM alert) AS a
    ), span AS MATERIALIZED (
        -- its own days (k = 0) and those it is compared with, where the shop traded
        SELECT s.*, k, d.date AS day
        FROM subject AS s CROSS JOIN generate_series(-4, 4) AS k
        JOIN mart_daily_sales AS d ON d.date BETWEEN s.date + 7 * k AND s.date + 7 * k + s.more AND d.is_trading_day
        WHERE s.date + 7 * k + s.more <= (SELECT as_of FROM warehouse_state)
    ), basis AS (
        SELECT subject_id, count(DISTINCT k) FILTER (WHERE k <> 0) AS n FROM span GROUP BY subject_id
    ), orders AS (
        SELECT o.date AS day, o.country_key, CASE WHEN o.customer_key = 0 THEN 1 WHEN c.first_date = o.date THEN 2 ELSE 3 END AS type,
               sum(o.revenue_clean) AS amount
        FROM agg_order AS o LEFT JOIN agg_customer AS c USING (customer_key)
        WHERE o.date IN (SELECT DISTINCT day FROM span WHERE dimension <> 'product')
        GROUP BY 1, 2, 3
    ), product_line AS MATERIALIZED (
        -- the lines of watched products
        SELECT s.order_ts::date AS day, s.product_key, s.country_key, s.customer_key, sum(s.amount) AS amount
        FROM fact_sales AS s
        WHERE s.product_key = ANY (ARRAY(SELECT DISTINCT entity_key FROM subject WHERE dimension = 'product')) AND s.order_ts < until
          AND NOT (s.is_reversed AND EXISTS (SELECT FROM fact_returns AS r WHERE r.matched_sale_id = s.sale_id AND r.order_ts < until))
        GROUP BY 1, 2, 3, 4
    ), wide_line AS MATERIALIZED (
        -- what sold on the days of the other alerts, by product
        SELECT s.order_ts::date AS day, s.product_key, s.country_key, sum(s.amount) AS amount
        FROM fact_sales AS s
        WHERE s.date_key = ANY (ARRAY(SELECT DISTINCT to_char(day, 'YYYYMMDD')::int FROM span WHERE dimension <> 'product')) AND s.order_ts < until
          AND NOT (s.is_reversed AND EXISTS (SELECT FROM fact_returns AS r WHERE r.matched_sale_id = s.sale_id AND r.order_ts < until))
        GROUP BY 1, 2, 3
    ), amount AS (
        -- kind 1: key is a country, 2: a type of customer (1 guests, 2 new, 3 returning), 3: a product
        SELECT s.subject_id, s.k, m.kind, m.key, o.amount
        FROM span AS s JOIN orders AS o USING (day)
        CROSS JOIN LATERAL (VALUES (1, o.country_key::int), (2, o.type)) AS m (kind, key)
        WHERE s.dimension = 'total' OR s.dimension = 'country' AND o.country_key = s.entity_key AND m.kind <> 1
        UNION ALL
        SELECT s.subject_id, s.k, 3, l.product_key, l.amount
        FROM span AS s JOIN wide_line AS l USING (day)
        WHERE s.dimension = 'total' OR s.dimension = 'country' AND l.country_key = s.entity_key
        UNION ALL
        SELECT s.subject_id, s.k, m.kind, m.key, l.amount
        FROM span AS s JOIN product_line AS l ON l.product_key = s.entity_key AND l.day = s.day
        LEFT JOIN agg_customer AS c ON c.customer_key = l.customer_key
        CROSS JOIN LATERAL (VALUES (1, l.country_key::int),
                                   (2, CASE WHEN l.customer_key = 0 THEN 1 WHEN c.first_date = l.day THEN 2 ELSE 3 END)) AS m (kind, key)
        WHERE s.dimension = 'product'
    ), mover AS (
        SELECT a.subject_id, a.kind, a.key, coalesce(sum(a.amount) FILTER (WHERE a.k = 0), 0) AS now,
               coalesce(sum(a.amount) FILTER (WHERE a.k <> 0), 0) / b.n AS before
        FROM amount AS a JOIN basis AS b USING (subject_id)
        WHERE b.n > 0
        GROUP BY a.subject_id, a.kind, a.key, b.n
    ), moved AS (
        SELECT *, now - before AS move, sum(now - before) OVER same AS whole_move, before / nullif(sum(before) OVER same, 0) AS share
        FROM mover
        WINDOW same AS (PARTITION BY subject_id, kind)
    ), ranked AS (
        -- what moved up may drive a spike, what moved down a drop
        SELECT *, surprise >= 0.25 * abs(whole_move) AS stands_out
        FROM (SELECT *, sign(move)::int AS sign, sign(move) * (move - coalesce(share, 0) * whole_move) AS surprise FROM moved WHERE move <> 0) AS m
    ), best AS MATERIALIZED (
        SELECT DISTINCT ON (subject_id, sign) *
        FROM ranked
        -- A product says more than a kind of customer, so that it may be a little smaller. Where nobody stands out, the largest country.
        ORDER BY subject_id, sign, stands_out DESC, CASE WHEN stands_out THEN surprise * CASE kind WHEN 3 THEN 1.25 ELSE 1 END END DESC,
                 kind, sign * move DESC, key
    ), driver AS (
        SELECT a.series_id, a.date, b.kind, b.key, b.move, b.stands_out
        FROM alert AS a JOIN subject AS s USING (dimension, entity_key, date, more) JOIN best AS b USING (subject_id, sign)
    )
    UPDATE work_verdict AS w
    SET driver_kind = (ARRAY['country', 'customer_type', 'product'])[d.kind], driver = n.name, driver_impact = d.move,
        explanation = w.explanation || format(CASE WHEN d.stands_out THEN '; most of it %s: %s' ELSE '; most of it, with all the others, %s: %s' END,
                                              n.name, to_char(d.move, 'FMSG999,999,999,990'))
    FROM driver AS d
    LEFT JOIN dim_country AS c ON d.kind = 1 AND c.country_key = d.key
    LEFT JOIN dim_product AS p ON d.kind = 3 AND p.product_key = d.key
    CROSS JOIN LATERAL (SELECT CASE d.kind WHEN 1 THEN c.country WHEN 2 THEN (ARRAY['guests', 'new customers', 'returning customers'])[d.key]
                                    ELSE concat_ws(' ', p.stock_code, p.description) END AS name) AS n
    WHERE (w.series_id, w.date) = (d.series_id, d.date);
    PERFORM set_config('work_mem', room, true);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_find_drivers() IS
'Part of step anomaly: the country, product or type of customer that moved most on the alerts'' days, beyond its usual share.';

CREATE FUNCTION @extschema@.warehouse_find_reversals() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    until timestamp;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    SELECT coalesce(cut + 1, 'infinity'::timestamp) INTO until FROM warehouse_state;
    -- The largest order that was taken back: what a spike of gross revenue was made of. Revenue itself, which left it out,
    -- says so on the same day.
    WITH day AS (
        SELECT DISTINCT date FROM work_verdict WHERE metric = 'revenue_gross' AND severity IS NOT NULL
    ), taken_back AS (
        SELECT DISTINCT ON (d.date) d.date, s.invoice_no, s.customer_key, s.product_key, s.quantity, r.invoice_no AS credit_note,
               sum(s.amount) OVER (PARTITION BY d.date, s.invoice_no) AS amount
        FROM day AS d
        JOIN fact_sales AS s ON s.date_key = to_char(d.date, 'YYYYMMDD')::int AND s.is_reversed
        JOIN fact_returns AS r ON r.matched_sale_id = s.sale_id AND r.order_ts < until
        ORDER BY d.date, sum(s.amount) OVER (PARTITION BY d.date, s.invoice_no) DESC, s.invoice_no, s.amount DESC, s.sale_id
    ), told AS (
        SELECT t.date, t.amount,
               format('order %s of %s, %s x %s', t.invoice_no, coalesce('customer ' || c.customer_id, 'a guest'), to_char(t.quantity, 'FM999,999,990'),
                      concat_ws(' ', p.stock_code, p.description)) AS driver, t.credit_note
        FROM taken_back AS t JOIN dim_customer AS c USING (customer_key) JOIN dim_product AS p USING (product_key)
    )
    UPDATE work_verdict AS w
    SET driver_kind = CASE WHEN w.severity IS NULL OR w.metric = 'revenue_gross' THEN 'reversed_order' ELSE w.driver_kind END,
        driver = CASE WHEN w.severity IS NULL OR w.metric = 'revenue_gross' THEN t.driver ELSE w.driver END,
        driver_impact = CASE WHEN w.severity IS NULL OR w.metric = 'revenue_gross' THEN t.amount ELSE w.driver_impact END,
        explanation = CASE WHEN w.metric = 'revenue_gross' THEN format('%s; made of %s, taken back within 24 hours by %s; %s without reversed orders',
                                                                       w.explanation, t.driver, t.credit_note, to_char(d.revenue_clean, 'FM999,999,999,990'))
                           ELSE concat_ws('; ', w.explanation, 'left out: ' || t.driver || ' (' || to_char(t.amount, 'FM999,999,999,990') || '), taken back within 24 hours by ' || t.credit_note) END
    FROM told AS t JOIN mart_daily_sales AS d USING (date)
    WHERE w.date = t.date AND w.dimension = 'total' AND (w.metric = 'revenue' OR w.metric = 'revenue_gross' AND w.severity IS NOT NULL);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_find_reversals() IS
'Part of step anomaly: names the order, customer and product behind gross revenue that was taken back within 24 hours.';
