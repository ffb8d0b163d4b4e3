-- dashboard_html: structure, figures against the marts, hostile text, shops without data, young shops, an earlier day.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
\set SHOW_CONTEXT never
CALL warehouse_create('page');
CALL warehouse_generate('page', 30000, 7);
CALL warehouse_refresh('page');

CREATE TEMP TABLE p AS SELECT dashboard_html('page') AS html;
CREATE FUNCTION pg_temp.at(path text) RETURNS text[] LANGUAGE sql AS 'SELECT xpath(path, html::xml)::text[] FROM p';
-- A figure as it was before it was written.
CREATE FUNCTION pg_temp.read(path text) RETURNS numeric LANGUAGE sql AS $$
    SELECT translate(btrim((pg_temp.at('string(' || path || ')'))[1]), U&'\2212\00A3,%\25B2\25BC\00A0', '-')::numeric
$$;
SELECT xml_is_well_formed_document(html) AS is_xml, octet_length(html) BETWEEN 50000 AND 400000 AS size_is_right, html ~ '^<!DOCTYPE html>' AS is_html FROM p;
-- Nothing runs, nothing is fetched.
SELECT html ~* 'https?:|<script|javascript:|url\(|@import|<link|<img|<iframe|<object| on[a-z]+=| (src|href)=' AS reaches_out FROM p;
SELECT array_agg(DISTINCT n ORDER BY n) FROM p, unnest(ARRAY(SELECT (xpath('name(/*)', x))[1]::text FROM unnest(xpath('//*', html::xml)) AS x)) AS n;
SELECT pg_temp.at('//section/@id') AS sections;
SELECT cardinality(pg_temp.at('//section[count(p[@class="say"])=1 and string-length(p[@class="say"])>20]/@id')) AS readings, cardinality(pg_temp.at('//section[@id="morning"]//li')) BETWEEN 3 AND 5 AS sentences;
-- Charts have a title and a description, ids are unique.
SELECT cardinality(pg_temp.at('//svg[@class="chart"]')) AS charts, cardinality(pg_temp.at('//svg[@class="chart"][title and desc and @role="img"]')) AS described,
       cardinality(pg_temp.at('//svg[@class="spark"][title and path]')) AS sparks;
SELECT count(*) = count(DISTINCT id) AS ids_are_unique FROM unnest(pg_temp.at('//@id')) AS id;
SELECT count(*) AS unknown_names FROM unnest(pg_temp.at('//@aria-labelledby')) AS l, regexp_split_to_table(l, ' ') AS n WHERE n <> ALL (pg_temp.at('//@id'));

-- The figures are the marts'.
SET search_path = page, public;
SELECT pg_temp.read('//div[@id="kpi"]/div[1]/p[1]') = round(max(current_value) FILTER (WHERE kpi = 'revenue')) AS revenue, pg_temp.read('//div[@id="kpi"]/div[2]/p[1]') = max(current_value) FILTER (WHERE kpi = 'orders') AS orders,
       pg_temp.read('//div[@id="kpi"]/div[3]/p[1]') = round(max(current_value) FILTER (WHERE kpi = 'aov'), 2) AS aov, pg_temp.read('//div[@id="kpi"]/div[4]/p[1]') = max(current_value) FILTER (WHERE kpi = 'customers') AS customers,
       pg_temp.read('//div[@id="kpi"]/div[1]/p[2]/span[1]') = round(max(change_pct) FILTER (WHERE kpi = 'revenue')::numeric, 1) AS change
FROM mart_kpi WHERE comparison = 'last28_vs_prev28';
SELECT bool_and(pg_temp.read(format('//section[@id="months"]//tbody/tr[%s]/td[1]', n)) = round(revenue)) AS revenue, bool_and(pg_temp.read(format('//section[@id="months"]//tbody/tr[%s]/td[4]', n)) = orders) AS orders,
       bool_and(pg_temp.read(format('//section[@id="months"]//tbody/tr[%s]/td[2]', n)) = round(100 * revenue_mom::numeric, 1)) AS mom,
       bool_and(((pg_temp.at(format('//section[@id="months"]//tbody/tr[%s]/th/span/text()', n)))[1] IS NULL) = is_complete) AS part_is_marked, count(*)
FROM (SELECT *, row_number() OVER (ORDER BY month DESC) AS n FROM mart_monthly_sales) AS m WHERE n <= 12;
SELECT bool_and(pg_temp.read(format('//section[@id="countries"]//tbody/tr[%s]/td[3]', revenue_rank)) = round(revenue)) AS revenue, bool_and(pg_temp.read(format('//section[@id="countries"]//tbody/tr[%s]/td[2]', revenue_rank)) = round(100 * revenue_share::numeric, 1)) AS share,
       bool_and(pg_temp.read(format('//section[@id="countries"]//tbody/tr[%s]/td[5]', revenue_rank)) = round(aov, 2)) AS aov
FROM mart_country WHERE revenue_rank <= 10;
SELECT pg_temp.read('//section[@id="countries"]//tr[@class="rest"]/td[3]') = round(sum(revenue)) AS others FROM mart_country WHERE revenue_rank > 10;
SELECT bool_and(pg_temp.read(format('//section[@id="products"]//table[thead/tr/th="Rank"]/tbody/tr[%s]/td[2]', revenue_rank)) = round(revenue)) AS revenue, bool_and(pg_temp.read(format('//section[@id="products"]//table[thead/tr/th="Rank"]/tbody/tr[%s]/td[4]', revenue_rank)) = units) AS units
FROM mart_product WHERE revenue_rank <= 12;
SELECT bool_and(pg_temp.read(format('//section[@id="products"]//tr[th="%s"]/td[1]', tier)) = n) AS products, bool_and(pg_temp.read(format('//section[@id="products"]//tr[th="%s"]/td[5]', tier)) = round(share, 1)) AS share
FROM (SELECT tier, count(*) AS n, 100 * sum(revenue_share)::numeric AS share FROM mart_product GROUP BY tier) AS t;
SELECT bool_and(pg_temp.read(format('//section[@id="segments"]//tr[th="%s"]/td[1]', segment)) = customers) AS customers, count(*) FROM mart_rfm_segment;
SELECT count(*) = cardinality(pg_temp.at('//section[@id="hours"]//td[@title]')) AS cells FROM mart_hour_weekday;
SELECT count(*) = cardinality(pg_temp.at('//section[@id="cohorts"]//td[@style or @title]')) AS cells FROM mart_cohort WHERE month_offset BETWEEN 1 AND 12 AND cohort_size > 0;
SELECT bool_and(pg_temp.read(format('//section[@id="forecast"]//table[thead/tr/th="Day"]/tbody/tr[%s]/td[1]', horizon)) = round(yhat)) AS expected, bool_and(pg_temp.read(format('//section[@id="forecast"]//table[thead/tr/th="Day"]/tbody/tr[%s]/td[3]', horizon)) = round(yhat_upper)) AS upper
FROM mart_forecast WHERE metric = 'revenue' AND dimension = 'total' AND is_future AND horizon <= 7 AND status = 'ok';
SELECT bool_and(pg_temp.read(format('//section[@id="forecast"]//tr[starts-with(th, "%s")]/td[%s]/text()', metric, CASE horizon WHEN 7 THEN 1 ELSE 2 END)) = round(yhat)) AS totals, count(*)
FROM mart_forecast_total WHERE dimension = 'total';
SELECT bool_and(pg_temp.read(format('//section[@id="forecast"]//tr[starts-with(th, "%s")]/td[3]', metric)) = round(100 * (1 - accuracy)::numeric, 1)) AS error, count(*)
FROM mart_forecast_accuracy WHERE dimension = 'total' AND method = CASE metric WHEN 'revenue' THEN 'reconciled' ELSE 'auto' END AND horizon = 7;
SELECT bool_and(pg_temp.read(format('//section[@id="forecast"]//tr[th="%s"]/td[1]', coalesce(country_name, 'all others'))) = round(yhat)) AS countries
FROM mart_forecast_total LEFT JOIN mart_country ON country = entity WHERE dimension = 'country' AND horizon = 7;
SELECT bool_and(pg_temp.read(format('//section[@id="quality"]//tr[th="%s"]/td[1]', replace(rule, '_', ' '))) = n) AS lines
FROM (SELECT rule, sum(rows) AS n FROM mart_data_quality GROUP BY rule) AS q;
SELECT least(count(*), 12) = cardinality(pg_temp.at('//section[@id="alerts"]//tbody/tr')) AS alerts
FROM mart_anomaly WHERE is_anomaly AND status IN ('open', 'acknowledged') AND date > (SELECT max(date) FROM mart_daily_sales) - 28;
-- What is drawn, too: bars as high as the days, on a scale whose top is the last tick.
CREATE TEMP TABLE tick AS SELECT max(n) AS top FROM (
    SELECT replace(replace(replace(t, U&'\00A3', ''), 'k', 'e3'), 'm', 'e6')::numeric AS n FROM unnest(pg_temp.at('//section[@id="trend"]/svg/text[@x="-6"]/text()')) AS t) AS x;
SELECT count(*) AS days, bool_and(abs(h.height::numeric - 200 * d.revenue / tick.top) <= 0.1) AS height, bool_and(abs(h.y::numeric + h.height::numeric - 200) <= 0.1) AS stand_on_the_axis
FROM tick, (SELECT *, row_number() OVER (ORDER BY date) AS i FROM (SELECT * FROM mart_daily_sales ORDER BY date DESC LIMIT 365) AS l) AS d
JOIN unnest(pg_temp.at('//section[@id="trend"]//rect/@height'), pg_temp.at('//section[@id="trend"]//rect/@y')) WITH ORDINALITY AS h (height, y, i) USING (i);
SELECT bool_and(abs(split_part(h.p, ',', 2)::numeric - 200 * (1 - d.revenue_ma7 / tick.top)) <= 0.1) AS mean, count(*) AS days
FROM tick, (SELECT *, row_number() OVER (ORDER BY date) AS i FROM (SELECT * FROM mart_daily_sales ORDER BY date DESC LIMIT 365) AS l) AS d
JOIN regexp_split_to_table(substr(replace((pg_temp.at('//section[@id="trend"]//path[@class="line"]/@d'))[1], 'h0', ''), 2), 'L') WITH ORDINALITY AS h (p, i) USING (i);
SELECT bool_and(pg_temp.read(format('//section[@id="cohorts"]//tr[th="%s"]/td[%s]', to_char(cohort_month, 'Mon YYYY'), month_offset + 1)) = round(100 * retention::numeric)) AS retention
FROM mart_cohort WHERE month_offset BETWEEN 1 AND 12 AND cohort_size > 0 AND is_complete;
-- The sentences.
SELECT pg_temp.at('string(//section[@id="morning"]//li[1])') = ARRAY['Revenue of the last 28 days is ' || U&'\00A3' || to_char(current_value, 'FM999,999,990') || ', ' || to_char(abs(change_pct), 'FM990.0') || '% ' || CASE WHEN change > 0 THEN 'above' ELSE 'below' END || ' the 28 days before.'] AS month
FROM mart_kpi WHERE comparison = 'last28_vs_prev28' AND kpi = 'revenue';
SELECT (pg_temp.at('string(//section[@id="countries"]/p[1])'))[1] LIKE country_name || ' brings ' || to_char(100 * revenue_share, 'FM990.0') || '%% of revenue; the shop sells to ' || (SELECT count(*) FROM mart_country) || ' countries.%' AS country FROM mart_country WHERE revenue_rank = 1;
SELECT (pg_temp.at('string(//section[@id="hours"]/p[1])'))[1] LIKE format('The busiest hour is %s from %s:00;%%', (ARRAY['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'])[isodow], hour) AS hour FROM mart_hour_weekday ORDER BY revenue DESC LIMIT 1;
SELECT (pg_temp.at('string(//section[@id="quality"]/p[1])'))[1] LIKE format('Of %s lines loaded, %s (%%', to_char(sum(rows), 'FM999,999'), to_char(sum(rows) FILTER (WHERE r.rule IS NOT NULL), 'FM999,999')) AS quality
FROM mart_data_quality AS q LEFT JOIN quality_rule AS r USING (rule);
RESET search_path;
-- One page is one moment, and reading changes nothing: twice the same bytes.
SELECT html = dashboard_html('page') AS is_same FROM p;
SELECT current_setting('search_path') AS path_is_ours;

-- Hostile text wherever a person or a load can write some.
CALL warehouse_create('evil');
CREATE TEMP TABLE bad (n int, t text);
INSERT INTO bad VALUES (1, '<script>alert(1)</script>'), (2, '"><img src=x onerror=alert(2)>'), (3, ''' onload=''alert(3)'), (4, '&lt;script&gt;alert(4)&#60;/script&#62;'), (5, ']]><!-- </style></title>'),
    (6, E'bell\x07 and \x1B[31m'), (7, U&'right \202E to left'), (8, '%s %n$s {0} \1 $1'), (9, repeat('W<', 3000)), (10, '');
INSERT INTO evil.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)
SELECT 'I' || 100 * b.n + d, left('S' || b.n || b.t, 20), b.t, '2', to_char(date '2011-03-01' + d, 'YYYY-MM-DD') || ' 10:00:00', (20 - b.n)::text, 17000 + b.n, left(b.t, 100)
FROM bad AS b, generate_series(0, 40) AS d;
CALL warehouse_refresh('evil');
UPDATE evil.rfm_action SET action = (SELECT t FROM bad WHERE n = 1) || action;
UPDATE evil.quality_rule SET description = (SELECT t FROM bad WHERE n = 5) || description;
UPDATE evil.setting SET value = '<b>' WHERE name = 'currency';
REFRESH MATERIALIZED VIEW evil.mart_rfm_segment;
INSERT INTO evil.mart_anomaly (anomaly_id, metric, dimension, entity, date, grain, actual, expected, deviation_pct, direction, severity, is_anomaly, impact, explanation, status, note, run_id)
SELECT 'x' || n, 'revenue' || left(t, 9), 'product', left(t, 100), '2011-04-01', 'day', n, NULL, NULL, 'spike', 'high', true, NULL, CASE WHEN n <> 3 THEN t END, 'acknowledged', t, 1 FROM bad;
UPDATE p SET html = dashboard_html('evil');
SELECT xml_is_well_formed_document(html) AS is_xml, octet_length(html) < 200000 AS is_small, html ~* '<script|<img|<b>' AS has_markup FROM p;
SELECT array_agg(DISTINCT n ORDER BY n) FROM p, unnest(ARRAY(SELECT (xpath('name(/*)', x))[1]::text FROM unnest(xpath('//*', html::xml)) AS x)) AS n;
SELECT pg_temp.at('//@*[starts-with(name(), "on") or name() = "src" or name() = "href"]') AS handlers;
-- A reader sees the text as it was written.
SELECT cardinality(pg_temp.at('//section[@id="products"]//th[contains(., "<script>alert(1)</script>")]')) AS product, cardinality(pg_temp.at('//section[@id="countries"]//th[contains(., "onerror=alert(2)")]')) AS country,
       cardinality(pg_temp.at('//section[@id="segments"]//td[contains(., "<script>alert(1)</script>")]')) > 0 AS action, cardinality(pg_temp.at('//section[@id="alerts"]//td[contains(., "acknowledged: <script>")]')) AS note,
       cardinality(pg_temp.at('//p[starts-with(., "<b>")]')) AS sign;
UPDATE evil.mart_forecast SET status = (SELECT t FROM bad WHERE n = 2), yhat = NULL, yhat_lower = NULL, yhat_upper = NULL WHERE is_future;
UPDATE p SET html = dashboard_html('evil');
SELECT xml_is_well_formed_document(html) AS is_xml, (pg_temp.at('string(//section[@id="forecast"]/p)'))[1] FROM p;

-- No data; lines of which none is accepted; one day; a day with returns only; guests only.
CALL warehouse_create('young');
SELECT dashboard_html('young') ~ 'no data yet, never refreshed' AS is_told, xml_is_well_formed_document(dashboard_html('young'));
CALL warehouse_refresh('young');
SELECT dashboard_html('young') ~ 'no data yet' AS is_told, xml_is_well_formed_document(dashboard_html('young'));
INSERT INTO young.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country) VALUES ('1', 'A', 'APPLE', 'none', '2011-03-01', '1', '1', 'France');
CALL warehouse_refresh('young');
SELECT dashboard_html('young') ~ 'Of 1 line loaded, 1 .100.00%. were rejected' AS is_told, xml_is_well_formed_document(dashboard_html('young'));
INSERT INTO young.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country) VALUES ('C2', 'A', 'APPLE', '-1', '2011-03-01', '10', '1', 'France');
CALL warehouse_refresh('young');
SELECT cardinality(xpath('//section', dashboard_html('young')::xml)) AS sections, dashboard_html('young') ~ 'No sale yet' AS is_told;
INSERT INTO young.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country) VALUES ('3', 'A', NULL, '2', '2011-03-01', '10', NULL, NULL);
CALL warehouse_refresh('young');
SELECT cardinality(xpath('//section', dashboard_html('young')::xml)) AS sections, dashboard_html('young') ~ 'Revenue of the last 28 days is &#163;20' AS revenue, dashboard_html('young') ~ 'No identified customer' AS guests;
INSERT INTO young.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country) VALUES ('4', 'A', 'APPLE', '1', '2011-03-03', '7', '1', 'France');
CALL warehouse_refresh('young');
SELECT xml_is_well_formed_document(dashboard_html('young')), dashboard_html('young') ~ 'As of Thursday 3 Mar 2011' AS later;
-- An earlier day.
CALL warehouse_refresh('young', as_of => '2011-03-01');
SELECT dashboard_html('young') ~ 'As of Tuesday 1 Mar 2011' AS earlier, dashboard_html('young') ~ 'Revenue of the last 28 days is &#163;20' AS revenue;
-- Where DROP EXTENSION took marts along.
BEGIN;
DROP MATERIALIZED VIEW young.mart_product CASCADE;
SELECT dashboard_html('young');
\echo :SQLSTATE
ROLLBACK;
-- The sign of the currency.
UPDATE young.setting SET value = 'EUR' WHERE name = 'currency';
SELECT dashboard_html('young') ~ 'is &#8364;20' AS euro;
UPDATE young.setting SET value = 'CHF' WHERE name = 'currency';
SELECT dashboard_html('young') ~ 'is CHF&#160;20' AS code;
DELETE FROM young.setting WHERE name = 'currency';
SELECT dashboard_html('young') ~ 'is 20\.' AS plain, dashboard_html('young') ~ 'Amounts are in the currency of the data' AS is_told;

-- Errors.
SELECT dashboard_html(NULL);
\echo :SQLSTATE
SELECT dashboard_html('Shop');
\echo :SQLSTATE
SELECT dashboard_html('no_shop_here');
\echo :SQLSTATE
SELECT dashboard_html('public');
\echo :SQLSTATE
SELECT dashboard_page('page');
\echo :SQLSTATE
DROP SCHEMA page, evil, young CASCADE;
