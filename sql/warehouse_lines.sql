-- sales_line: what one raw line becomes. Expected values by hand from the rules; hashes from md5() of the canonical text.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
CREATE FUNCTION pg_temp.line(variadic f text[]) RETURNS TABLE (class text, rejected_column text, reason text, amount numeric) LANGUAGE sql AS
$$ SELECT l.class, l.rejected_column, l.reason, l.amount FROM sales_line(f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], '{POST,M,BANK CHARGES,GIFT_%}') AS l $$;

-- All of a line; everything is normalised, order_ts does not depend on DateStyle or the session's zone.
\x on
SELECT * FROM sales_line('536365', '85123A', 'WHITE HANGING HEART T-LIGHT HOLDER', '6', '12/1/2010 8:26', '2.55', '17850.0', 'United Kingdom');
SET datestyle = 'German'; SET timezone = 'Asia/Kolkata';
SELECT order_ts::text, source_row_hash FROM sales_line(E'\t536365 ', '85123a', E'WHITE  HANGING\u00a0 HEART T-LIGHT HOLDER', '6.000', '2010-12-01T08:26:00', '2.5500', '17850', E'\ufeffUnited Kingdom\r');
RESET datestyle; RESET timezone;
\x off
SELECT source_row_hash = md5('6:5363656:85123A34:WHITE HANGING HEART T-LIGHT HOLDER1:626:2010-12-01 08:26:00.0000006:2.55005:1785014:United Kingdom')::uuid AS documented
FROM sales_line('536365', '85123A', 'WHITE HANGING HEART T-LIGHT HOLDER', '6', '12/1/2010 8:26', '2.55', '17850.0', 'United Kingdom');
SELECT source_row_hash = md5('2:C11:X-2:-326:1999-12-31 23:59:59.5000006:0.0010--')::uuid AS documented
FROM sales_line('C1', 'x', ' ', '-3', '1999-12-31 23:59:59.5', '.001', NULL, '');

-- The classes, in their precedence.
SELECT n, l.* FROM (VALUES
    (1, ARRAY['1', 'A', 'x', '2', '2010-12-01', '1.5', '7', 'UK']),
    (2, ARRAY['C1', 'A', 'x', '-2', '2010-12-01', '1.5', '7', 'UK']),
    (3, ARRAY['c1', 'A', 'x', '-2', '2010-12-01', '1.5', '7', 'UK']),
    (4, ARRAY['1', 'post', 'x', '2', '2010-12-01', '1.5', '7', 'UK']),
    (5, ARRAY['C1', 'M', 'x', '-2', '2010-12-01', '1.5', '7', 'UK']),
    (6, ARRAY['1', 'Gift_0001_20', 'x', '2', '2010-12-01', '1.5', '7', 'UK']),
    (7, ARRAY['1', 'POSTER', 'x', '2', '2010-12-01', '1.5', '7', 'UK']),
    (8, ARRAY['C1', 'A', 'x', '2', '2010-12-01', '1.5', '7', 'UK']),
    (9, ARRAY['C1', 'A', 'x', '0', '2010-12-01', '1.5', '7', 'UK']),
    (10, ARRAY['C1', 'A', 'x', '2', '2010-12-01', '0', '7', 'UK']),
    (11, ARRAY['1', 'A', 'damages', '-2', '2010-12-01', '0', NULL, 'UK']),
    (12, ARRAY['1', 'POST', 'x', '0', '2010-12-01', '1.5', NULL, 'UK']),
    (13, ARRAY['1', 'A', 'gift', '2', '2010-12-01', '0.00', '7', 'UK']),
    (14, ARRAY['A1', 'B', 'Adjust bad debt', '1', '2010-12-01', '-11062.06', NULL, 'UK'])) AS t (n, f), pg_temp.line(VARIADIC f) AS l ORDER BY n;

-- Every reason for which a line cannot be read; the first column in the file's order is named.
SELECT n, l.* FROM (VALUES
    (1, ARRAY['', 'A', 'x', '2', '2010-12-01', '1', '7', 'UK']),
    (2, ARRAY['1', NULL, 'x', '2', '2010-12-01', '1', '7', 'UK']),
    (3, ARRAY['1', 'A', 'x', E'\u00a0', '2010-12-01', '1', '7', 'UK']),
    (4, ARRAY['1', 'A', 'x', '2', NULL, '1', '7', 'UK']),
    (5, ARRAY['1', 'A', 'x', '2', '2010-12-01', NULL, '7', 'UK']),
    (6, ARRAY['1', 'A', 'x', 'two', '2010-12-01', '1', '7', 'UK']),
    (7, ARRAY['1', 'A', 'x', '2.5', '2010-12-01', '1', '7', 'UK']),
    (8, ARRAY['1', 'A', 'x', '2147483648', '2010-12-01', '1', '7', 'UK']),
    (9, ARRAY['1', 'A', 'x', '2', 'yesterday', '1', '7', 'UK']),
    (10, ARRAY['1', 'A', 'x', '2', '31/12/2010 8:26', '1', '7', 'UK']),
    (11, ARRAY['1', 'A', 'x', '2', '2010-13-01', '1', '7', 'UK']),
    (12, ARRAY['1', 'A', 'x', '2', '2011-02-29', '1', '7', 'UK']),
    (13, ARRAY['1', 'A', 'x', '2', '1969-12-31', '1', '7', 'UK']),
    (14, ARRAY['1', 'A', 'x', '2', '2010-12-01 25:00', '1', '7', 'UK']),
    (15, ARRAY['1', 'A', 'x', '2', '2010-12-01T08:26Z', '1', '7', 'UK']),
    (16, ARRAY['1', 'A', 'x', '2', '2010-12-01', '1,234.50', '7', 'UK']),
    (17, ARRAY['1', 'A', 'x', '2', '2010-12-01', 'NaN', '7', 'UK']),
    (18, ARRAY['1', 'A', 'x', '2', '2010-12-01', '1e8', '7', 'UK']),
    (19, ARRAY['1', 'A', 'x', '1000', '2010-12-01', '10000000', '7', 'UK']),
    (20, ARRAY['1', 'A', 'x', '2', '2010-12-01', '1', 'guest', 'UK']),
    (21, ARRAY['1', 'A', 'x', '2', '2010-12-01', '1', '9999999999999999999', 'UK']),
    (22, ARRAY[repeat('1', 101), 'A', 'x', '2', '2010-12-01', '1', '7', 'UK']),
    (23, ARRAY['1', repeat(U&'\00e9', 51), 'x', '2', '2010-12-01', '1', '7', 'UK']),
    (24, ARRAY['1', 'A', 'x', '2', '2010-12-01', '1', '7', repeat('U', 101)]),
    (25, ARRAY['InvoiceNo', 'StockCode', 'Description', 'Quantity', 'InvoiceDate', 'UnitPrice', 'CustomerID', 'Country']),
    (26, ARRAY['1', 'A', 'x', 'two', 'soon', 'cheap', 'me', 'UK'])) AS t (n, f), pg_temp.line(VARIADIC f) AS l ORDER BY n;
SELECT class, rejected_column, reason FROM sales_line(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

-- Times with an offset become the local time of the business zone: winter, summer, the hour that is there twice, the day before.
SELECT t, order_ts::text FROM unnest(ARRAY['2010-12-01T08:26:00Z', '2011-06-01T08:26:00Z', '2011-06-01 23:30:00Z', '2011-06-01 08:26:00+05:30',
    '2011-10-30T00:30:00Z', '2011-10-30T01:30:00Z', '2011-03-27T01:30:00', '2010-12-31T23:30:00-0030']) AS t,
    sales_line('1', 'A', NULL, '1', t, '1', NULL, NULL, '{}', 'Europe/London');
SELECT order_ts::text FROM sales_line('1', 'A', NULL, '1', '2011-06-01T23:30:00-04', '1', NULL, NULL, '{}', 'Australia/Sydney');
\set SHOW_CONTEXT never
SELECT class FROM sales_line('1', 'A', NULL, '1', '2011-06-01', '1', NULL, NULL, '{}', 'Europe/Atlantis');
\echo :SQLSTATE

-- Charge codes: NULL elements and no list at all are no codes.
SELECT class FROM sales_line('1', 'POST', NULL, '1', '2011-06-01', '1', NULL, NULL, '{NULL}');
SELECT class FROM sales_line('1', 'POST', NULL, '1', '2011-06-01', '1', NULL, NULL, NULL);
SELECT class FROM sales_line('1', 'POST', NULL, '1', '2011-06-01', '1', NULL, NULL, '{%}');

-- Codes and zone may change from row to row.
SELECT codes, zone, class, order_ts::text
FROM (VALUES ('{POST}'::text[], 'Europe/London'), ('{}', 'Europe/London'), (NULL, 'Asia/Tokyo'), ('{M,POST}', NULL), ('{POST}', 'Asia/Tokyo')) AS t (codes, zone),
     sales_line('1', 'POST', NULL, '1', '2010-12-01T08:26Z', '1', NULL, NULL, codes, zone);

-- Long texts, which the table keeps compressed or out of line: the description is cut at 1000 bytes, between characters.
CREATE TEMP TABLE long_line AS SELECT '1' AS i, 'A' AS s, repeat(E'\u20ac', 100000) AS d, '2010-12-01' AS t;
SELECT class, length(normal_description) AS characters, octet_length(normal_description) AS bytes FROM long_line, sales_line(i, s, d, '1', t, '1', NULL, NULL);
SELECT class, rejected_column FROM long_line, sales_line(i, s, NULL, d, t, '1', NULL, NULL);

-- A sum over many lines with one charge code list prepared once: 1 + 2 + ... + 1000.
SELECT count(*), sum(units), sum(amount), count(DISTINCT source_row_hash)
FROM generate_series(1, 1000) AS i, sales_line(i::text, 'A', NULL, i::text, '2010-12-01', '0.5', NULL, NULL, '{POST}');
