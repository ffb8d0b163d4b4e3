-- The pieces of the page: text, numbers, charts. Expected values by hand.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
\set SHOW_CONTEXT never
\pset null '(null)'

-- Text.
SELECT dashboard_escape('<script>"a" & ''b''</script>') AS markup, dashboard_escape('&amp;') AS twice, dashboard_escape(NULL) = '' AS is_empty;
SELECT dashboard_escape(E'a\x01b\x1Fc\x7Fd\te\nf') = E'a&#65533;b&#65533;c&#65533;d\te\nf' AS control,
       dashboard_escape(U&'a\202Eb\2066c\FFFEd\FFFFe') = 'a&#65533;b&#65533;c&#65533;d&#65533;e' AS turned, dashboard_escape(U&'caf\00E9') = U&'caf\00E9' AS letters_stay;
-- Every character that XML allows or forbids, in one document.
SELECT xml_is_well_formed_document('<a b="' || dashboard_escape(string_agg(chr(c), '' ORDER BY c)) || '"/>')
FROM generate_series(1, 65535) AS c WHERE c NOT BETWEEN 55296 AND 57343;

-- Numbers.
SELECT v, dashboard_number(v) AS whole, dashboard_number(v, 2, '&#163;') AS money
FROM unnest(ARRAY[0, 0.004, -0.004, 0.5, -0.5, 999.995, 1234567.891, -1234.5, 99999999999999999999.9999, NULL]::numeric[]) AS v;
SELECT dashboard_share(0.12345), dashboard_share(-0.5, 0), dashboard_share(0), dashboard_share(NULL);
SELECT dashboard_change(v), dashboard_change_words(v) FROM unnest(ARRAY[0.123, -0.04, 0, 0.0004, NULL]::float8[]) AS v;
SELECT dashboard_count(1, 'day', 'days'), dashboard_count(0, 'day', 'days'), dashboard_count(12000, 'day', 'days'), dashboard_date('2011-12-09'), dashboard_date(NULL);
SELECT v, svg_compact(v, '&#163;') FROM unnest(ARRAY[0, 0.25, 7.5, 12.5, 250, 999, 1000, 2500, 12500, 250000, 1.5e6, 3e9, -2500, NULL]::float8[]) AS v;

-- Ticks hold the range and 0, are round and few.
SELECT low, high, svg_ticks(low, high) FROM (VALUES (0, 100), (0, 198095), (3, 7), (-30, 70), (-5, -1), (0, 0), (0, 0.003), (5, 5), (NULL, NULL)) AS r (low, high);
SELECT bool_and(t[1] <= least(low, 0)) AND bool_and(t[cardinality(t)] >= greatest(high, 0)) AS holds, min(cardinality(t)), max(cardinality(t)), bool_and(0 = ANY (t)) AS has_zero
FROM (SELECT low, high, svg_ticks(low, high) AS t
      FROM (SELECT m * e AS high, -(1 - m) * e * f AS low
            FROM generate_series(0.05, 1, 0.05) AS m, unnest(ARRAY[1e-6, 1, 37, 1e9, 1e15]) AS e, unnest(ARRAY[0, 1]) AS f) AS r) AS x;

-- Lines, bands, bars: 4 slots of 250, their middles at 125, 375, ...; 0 at the bottom, 10 at the top of 100 pixels.
SELECT svg_line('{0,10,5,2.5}', '{0,10}', 100, 'line');
SELECT svg_line('{0,NULL,5,2.5}', '{0,10}', 100, 'line') AS gap, svg_line('{NULL,NULL}', '{0,10}', 100, 'line') AS nothing, svg_line('{}', '{0,10}', 100, 'line') AS empty;
SELECT svg_band('{NULL,1,2,NULL}', '{NULL,3,4,5}', '{0,10}', 100), svg_band('{NULL}', '{NULL}', '{0,10}', 100) AS nothing;
SELECT svg_bars(NULL, '{5,NULL}', '{a,b}', '{-10,10}', 100, 'bar') AS up, svg_bars(NULL, '{-5,0}', '{a,b}', '{-10,10}', 100, 'bar') AS down, svg_bars('{2}', '{5}', '{a}', '{0,10}', 100, 'bar') AS on_top;
SELECT svg_labels('{a,NULL,c,d}', 20);
SELECT array_remove(svg_date_labels(ARRAY(SELECT d::date FROM generate_series(date '2010-12-10', '2011-04-02', '1 day') AS d)), NULL) AS months,
       array_remove(svg_date_labels(ARRAY(SELECT d::date FROM generate_series(date '2011-01-05', '2011-02-01', '1 day') AS d)), NULL) AS weeks,
       svg_date_labels('{2011-01-05,2011-01-06,2011-01-08}') AS days, svg_date_labels('{2011-01-05}') AS one, svg_date_labels('{}') AS none;
SELECT max(cardinality(array_remove(svg_date_labels(ARRAY(SELECT d::date FROM generate_series(date '2001-01-05', date '2001-01-05' + n, '1 day') AS d)), NULL))) <= 14 AS are_few
FROM generate_series(0, 2000, 50) AS n;
SELECT svg_chart('c', 'T', 'D', '{0,10}', 100, '', svg_line('{1,2}', '{0,10}', 100, 'line'), '{a,b}');
SELECT xml_is_well_formed_document(svg_chart('c', 'T', 'D', '{0,10}', 100, '&#163;', svg_bars(NULL, '{1,2}', '{x,y}', '{0,10}', 100, 'bar'), '{a,b}')) AS chart,
       xml_is_well_formed_document(svg_sparkline('{1,2,NULL,2}', 's', 'T')) AS spark, xml_is_well_formed_document(svg_sparkline('{}', 's', 'T')) AS nothing,
       xml_is_well_formed_document(svg_sparkline('{3,3}', 's', 'T')) AS level;
SELECT svg_meter(0.425), svg_meter(-1, 'second') ~ 'fill second" width="0.0%"' AS cut, svg_meter(2) ~ 'width="100.0%" height="8" rx="2"/></svg>' AS full_width, svg_meter(NULL) ~ 'width="0.0%"' AS unknown;
