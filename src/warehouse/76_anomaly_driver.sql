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
    until timestamp;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    SELECT coalesce(cut + 1, 'infinity'::timestamp) INTO until FROM warehouse_state;
    WITH subject AS MATERIALIZED (
        -- what is asked about; several metrics may ask about the same day
        SELECT DISTINCT dimension, entity_key, date, CASE grain WHEN 'week' THEN 6 ELSE 0 END AS more
        FROM work_verdict WHERE severity IS NOT NULL AND metric <> 'revenue_gross'
    ), span AS MATERIALIZED (
        -- its own days (k = 0) and those it is compared with, where the shop traded
        SELECT s.*, k, d.date AS day
        FROM subject AS s CROSS JOIN generate_series(-4, 4) AS k
        JOIN mart_daily_sales AS d ON d.date BETWEEN s.date + 7 * k AND s.date + 7 * k + s.more AND d.is_trading_day
        WHERE s.date + 7 * k + s.more <= (SELECT as_of FROM warehouse_state)
    ), basis AS (
        SELECT dimension, entity_key, date, count(DISTINCT k) FILTER (WHERE k <> 0) AS n FROM span GROUP BY dimension, entity_key, date
    ), orders AS (
        SELECT o.date AS day, o.country_key,
               CASE WHEN o.customer_key = 0 THEN 'guests' WHEN c.first_date = o.date THEN 'new customers' ELSE 'returning customers' END AS type,
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
        SELECT s.dimension, s.entity_key, s.date, s.k, m.kind, m.key, o.amount
        FROM span AS s JOIN orders AS o USING (day)
        CROSS JOIN LATERAL (VALUES ('country', o.country_key::text), ('customer_type', o.type)) AS m (kind, key)
        WHERE s.dimension = 'total' OR s.dimension = 'country' AND o.country_key = s.entity_key AND m.kind <> 'country'
        UNION ALL
        SELECT s.dimension, s.entity_key, s.date, s.k, 'product', l.product_key::text, l.amount
        FROM span AS s JOIN wide_line AS l USING (day)
        WHERE s.dimension = 'total' OR s.dimension = 'country' AND l.country_key = s.entity_key
        UNION ALL
        SELECT s.dimension, s.entity_key, s.date, s.k, m.kind, m.key, l.amount
        FROM span AS s JOIN product_line AS l ON l.product_key = s.entity_key AND l.day = s.day
        LEFT JOIN agg_customer AS c ON c.customer_key = l.customer_key
        CROSS JOIN LATERAL (VALUES ('country', l.country_key::text),
                                   ('customer_type', CASE WHEN l.customer_key = 0 THEN 'guests' WHEN c.first_date = l.day THEN 'new customers'
                                                          ELSE 'returning customers' END)) AS m (kind, key)
        WHERE s.dimension = 'product'
    ), mover AS (
        SELECT a.dimension, a.entity_key, a.date, a.kind, a.key, coalesce(sum(a.amount) FILTER (WHERE a.k = 0), 0) AS now,
               coalesce(sum(a.amount) FILTER (WHERE a.k <> 0), 0) / b.n AS before
        FROM amount AS a JOIN basis AS b USING (dimension, entity_key, date)
        WHERE b.n > 0
        GROUP BY a.dimension, a.entity_key, a.date, a.kind, a.key, b.n
    ), moved AS (
        SELECT *, now - before AS move, sum(now - before) OVER same AS whole_move, before / nullif(sum(before) OVER same, 0) AS share
        FROM mover
        WINDOW same AS (PARTITION BY dimension, entity_key, date, kind)
    ), ranked AS (
        SELECT w.series_id, m.*, x.sign, x.surprise, x.surprise >= 0.25 * abs(m.whole_move) AS stands_out
        FROM work_verdict AS w JOIN moved AS m USING (dimension, entity_key, date)
        CROSS JOIN LATERAL (SELECT CASE w.direction WHEN 'drop' THEN -1 ELSE 1 END AS sign) AS g
        CROSS JOIN LATERAL (SELECT g.sign, g.sign * (m.move - coalesce(m.share, 0) * m.whole_move) AS surprise) AS x
        WHERE w.severity IS NOT NULL AND w.metric <> 'revenue_gross' AND g.sign * m.move > 0
    ), driver AS (
        SELECT DISTINCT ON (series_id, date) *
        FROM ranked
        -- A product says more than a kind of customer, so that it may be a little smaller. Where nobody stands out, the largest country.
        ORDER BY series_id, date, stands_out DESC, CASE WHEN stands_out THEN surprise * CASE kind WHEN 'product' THEN 1.25 ELSE 1 END END DESC,
                 kind, sign * move DESC, key
    )
    UPDATE work_verdict AS w
    SET driver_kind = d.kind, driver = n.name, driver_impact = d.move,
        explanation = w.explanation || format(CASE WHEN d.stands_out THEN '; most of it %s: %s' ELSE '; most of it, with all the others, %s: %s' END,
                                              n.name, to_char(d.move, 'FMSG999,999,999,990'))
    FROM driver AS d
    LEFT JOIN dim_country AS c ON d.kind = 'country' AND c.country_key::text = d.key
    LEFT JOIN dim_product AS p ON d.kind = 'product' AND p.product_key::text = d.key
    CROSS JOIN LATERAL (SELECT CASE d.kind WHEN 'country' THEN c.country WHEN 'product' THEN concat_ws(' ', p.stock_code, p.description) ELSE d.key END AS name) AS n
    WHERE (w.series_id, w.date) = (d.series_id, d.date);
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
