-- Which sale does a credit note give back: one to one, the latest that is left; expected pairs by hand from the rule.
-- Sales are named S<n>, credits CR<n>; a case has a product of its own, price 1 unless it says otherwise.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
CALL warehouse_create('wh_returns');
SET search_path = wh_returns, public;
CREATE PROCEDURE pg_temp.load(lines text) LANGUAGE plpgsql AS $$
BEGIN
    -- invoice product quantity time [customer [price]], one a line
    INSERT INTO wh_returns.raw_sales (invoice_no, stock_code, quantity, invoice_date, customer_id, unit_price, country)
    SELECT f[1], f[2], f[3], f[4], CASE f[5] WHEN '-' THEN NULL ELSE coalesce(f[5], '7') END, coalesce(f[6], '1'), 'France'
    FROM regexp_split_to_table(lines, E'\n') AS line, regexp_split_to_array(trim(line), ' +') AS f WHERE trim(line) <> '';
END $$;
CREATE FUNCTION pg_temp.pairs(product text) RETURNS TABLE (credit text, gives_back text, kind text) LANGUAGE sql AS $$
    SELECT r.invoice_no, s.invoice_no, r.match_kind
    FROM wh_returns.fact_returns AS r JOIN wh_returns.dim_product AS p USING (product_key) LEFT JOIN wh_returns.fact_sales AS s ON s.sale_id = r.matched_sale_id
    WHERE p.stock_code LIKE product ORDER BY r.order_ts, r.invoice_no, s.invoice_no
$$;

CALL pg_temp.load('
    S1   LAST  5  2011-03-01T10:00
    S2   LAST  5  2011-03-02T10:00
    S3   LAST  5  2011-03-03T10:00
    CR1  LAST -5  2011-03-02T12:00
    CR2  LAST -5  2011-03-03T12:00
    CR3  LAST -5  2011-03-20T12:00
    CR4  LAST -5  2011-03-21T12:00
    S1   EDGE  5  2011-03-01T10:00
    CR1  EDGE -5  2011-03-02T10:00
    S2   OVER  5  2011-03-01T10:00
    CR2  OVER -5  2011-03-02T10:00:00.000001
    S1   SAME  5  2011-03-01T10:00
    CR1  SAME -5  2011-03-01T10:00
    CR1  EARLY -5 2011-03-01T09:59:59
    S1   EARLY 5  2011-03-01T10:00
    S1   GUEST 5  2011-03-01T10:00 -
    CR1  GUEST -5 2011-03-01T11:00 -
    S1   OTHER 5  2011-03-01T10:00 8
    S2   OTHER 4  2011-03-01T10:00
    S3   OTHER 5  2011-03-01T10:00 7 1.0001
    CR1  OTHER -5 2011-03-01T11:00
    S2   TIE   5  2011-03-01T10:00
    S3   TIE   5  2011-03-01T10:00
    S1   TIE   5  2011-03-01T10:00
    CR2  TIE  -5  2011-03-01T10:00
    CR1  TIE  -5  2011-03-01T10:00
    CR1  NEST -5  2011-03-01T09:00
    S1   NEST  5  2011-03-01T10:00
    S2   NEST  5  2011-03-02T10:00
    CR2  NEST -5  2011-03-05T10:00
    S3   NEST  5  2011-03-06T10:00
    CR3  NEST -5  2011-03-06T11:00
    CR4  NEST -5  2011-03-06T12:00
    CR5  NEST -5  2011-03-06T13:00
    S4   NEST  5  2011-03-07T10:00
');
CALL warehouse_refresh('wh_returns');
-- The latest sale before the credit; one sale once; the fourth credit finds nothing.
SELECT * FROM pg_temp.pairs('LAST');
-- 24 hours count in, a microsecond more does not; the same moment counts; a sale after the credit does not.
SELECT * FROM pg_temp.pairs('EDGE') UNION ALL SELECT * FROM pg_temp.pairs('OVER') UNION ALL SELECT * FROM pg_temp.pairs('SAME') UNION ALL SELECT * FROM pg_temp.pairs('EARLY');
-- Guests never; customer, quantity and price must be equal.
SELECT * FROM pg_temp.pairs('GUEST') UNION ALL SELECT * FROM pg_temp.pairs('OTHER');
-- At one moment: credits in the order of their invoice, each takes the sale with the greatest invoice that is left.
SELECT * FROM pg_temp.pairs('TIE');
-- Brackets: 1) S1 S2 (2 S3 (3 4 5) S4.
SELECT * FROM pg_temp.pairs('NEST');
SELECT s.invoice_no, p.stock_code FROM fact_sales AS s JOIN dim_product AS p USING (product_key) WHERE is_reversed ORDER BY p.stock_code, s.invoice_no;

-- Late lines change the past: S9 comes between S2 and CR1, so CR1 takes it, and what CR1 had goes down the line.
CALL pg_temp.load('S9 LAST 5 2011-03-02T11:00');
CALL warehouse_refresh('wh_returns');
SELECT * FROM pg_temp.pairs('LAST');
-- The day's clean revenue follows: the first of March loses 5 when a credit of S1 within 24 hours comes in later ...
CALL pg_temp.load('S1 LATE 5 2011-04-01T10:00');
CALL warehouse_refresh('wh_returns');
SELECT date, revenue, revenue_clean, orders, orders_clean, returns FROM mart_daily_sales WHERE date >= '2011-04-01' ORDER BY date;
CALL pg_temp.load('CR1 LATE -5 2011-04-02T09:00');
CALL warehouse_refresh('wh_returns');
SELECT * FROM pg_temp.pairs('LATE');
SELECT date, revenue, revenue_clean, orders, orders_clean, returns FROM mart_daily_sales WHERE date >= '2011-04-01' ORDER BY date;
-- ... and has it back when a sale nearer to the credit turns up; that one is then the reversed one.
CALL pg_temp.load('S2 LATE 5 2011-04-02T08:00');
CALL warehouse_refresh('wh_returns');
SELECT * FROM pg_temp.pairs('LATE');
SELECT date, revenue, revenue_clean, orders, orders_clean, returns FROM mart_daily_sales WHERE date >= '2011-04-01' ORDER BY date;
-- A credit earlier than the known one takes the older sale, and nothing is counted twice.
CALL pg_temp.load('CR0 LATE -5 2011-04-01T12:00');
CALL warehouse_refresh('wh_returns');
SELECT * FROM pg_temp.pairs('LATE');
SELECT date, revenue, revenue_clean, orders, orders_clean, returns FROM mart_daily_sales WHERE date >= '2011-04-01' ORDER BY date;
-- As of an earlier day, later credits have not come yet.
CALL warehouse_refresh('wh_returns', '2011-04-01');
SELECT date, revenue, revenue_clean, orders_clean, returns FROM mart_daily_sales WHERE date >= '2011-04-01' ORDER BY date;
CALL pg_temp.load('
    S1   CUT  5  2011-04-03T10:00
    CR1  CUT -5  2011-04-04T09:00');
CALL warehouse_refresh('wh_returns', '2011-04-03');
SELECT date, revenue, revenue_clean, orders_clean, returns FROM mart_daily_sales WHERE date >= '2011-04-03' ORDER BY date;
CALL warehouse_refresh('wh_returns');
SELECT date, revenue, revenue_clean, orders_clean, returns FROM mart_daily_sales WHERE date >= '2011-04-03' ORDER BY date;
-- Several lines of one invoice: the order stays as long as one line of it is not reversed.
CALL pg_temp.load('
    S8   TWO  5  2011-05-01T10:00
    S8   SET  5  2011-05-01T10:00
    CR8  TWO -5  2011-05-01T12:00');
CALL warehouse_refresh('wh_returns');
SELECT date, revenue, revenue_clean, orders, orders_clean FROM mart_daily_sales WHERE date = '2011-05-01';
CALL pg_temp.load('CR9 SET -5 2011-05-02T10:00');
CALL warehouse_refresh('wh_returns');
SELECT date, revenue, revenue_clean, orders, orders_clean FROM mart_daily_sales WHERE date = '2011-05-01';
SELECT count(*) AS unaccounted FROM warehouse_conservation;
DROP SCHEMA wh_returns CASCADE;
