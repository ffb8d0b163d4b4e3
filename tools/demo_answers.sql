-- The five questions of the business, answered from the marts of the warehouse "shop".
-- psql -f tools/demo_answers.sql: nothing here is more than a SELECT over one mart or two.
\set QUIET on
\pset pager off
\pset footer off
\pset border 1
\pset linestyle unicode
\pset null '–'
SET search_path = shop, pg_catalog;

\echo
\echo '── 1. Are we growing? ───────────────────────────────────────────────────────────────'
\echo
\echo 'The last 28 days against the 28 before, and this month so far against the same days before'
SELECT CASE kpi WHEN 'aov' THEN 'average order' ELSE replace(kpi, '_', ' ') END AS "KPI",
       max(to_char(current_value, '999,999,999,990')) FILTER (WHERE comparison = 'last28_vs_prev28') AS "last 28 days",
       max(lpad(to_char(change_pct, 'FMSG999990.0'), 7) || ' %') FILTER (WHERE comparison = 'last28_vs_prev28') AS "vs 28 before",
       max(to_char(current_value, '999,999,999,990')) FILTER (WHERE comparison = 'mtd_vs_prev_month_same_days') AS "month to date",
       max(lpad(to_char(change_pct, 'FMSG999990.0'), 7) || ' %') FILTER (WHERE comparison = 'mtd_vs_prev_month_same_days') AS "vs last month",
       max(lpad(to_char(change_pct, 'FMSG999990.0'), 7) || ' %') FILTER (WHERE comparison = 'mtd_vs_prev_year_same_days') AS "vs last year"
FROM mart_kpi
WHERE kpi IN ('revenue', 'net_revenue', 'orders', 'aov', 'customers', 'new_customers')
GROUP BY kpi
ORDER BY array_position(ARRAY['revenue', 'net_revenue', 'orders', 'aov', 'customers', 'new_customers'], kpi);

SELECT to_char(month, 'YYYY-MM') || CASE WHEN is_complete THEN '' ELSE ' (' || days || ' d)' END AS month,
       to_char(revenue, '999,999,999,990') AS revenue,
       lpad(to_char(100 * revenue_mom, 'FMSG999990.0'), 7) || ' %' AS "vs month before",
       lpad(to_char(100 * revenue_yoy, 'FMSG999990.0'), 7) || ' %' AS "vs year before",
       to_char(orders, '999,999,990') AS orders,
       to_char(aov, '999,990.00') AS "average order",
       repeat('█', round(30 * revenue / nullif(max(revenue) OVER (), 0))::int) AS chart
FROM mart_monthly_sales
ORDER BY mart_monthly_sales.month;

\echo 'Revenue by week (whole weeks)'
SELECT min(week) AS "from", max(week) + 6 AS "to", to_char(min(revenue), '999,999,990') AS least, to_char(max(revenue), '999,999,990') AS most,
       string_agg(substr('▁▂▃▄▅▆▇█', 1 + least(7, floor(8 * revenue / nullif(most, 0)))::int, 1), '' ORDER BY week) AS trend
FROM (SELECT date_trunc('week', date)::date AS week, sum(revenue) AS revenue, max(sum(revenue)) OVER () AS most
      FROM mart_daily_sales GROUP BY 1 HAVING count(*) = 7) AS weekly;

\echo
\echo '── 2. Where is the money? ───────────────────────────────────────────────────────────'
\echo
SELECT revenue_rank AS rank, coalesce(country_name, country) AS country, iso2 AS iso,
       to_char(revenue, '999,999,999,990') AS revenue,
       to_char(100 * revenue_share, '990.0') || ' %' AS share,
       to_char(orders, '999,990') AS orders, to_char(customers, '999,990') AS customers,
       lpad(to_char(100 * revenue_mom, 'FMSG999990.0'), 7) || ' %' AS "vs month before"
FROM mart_country
ORDER BY revenue_rank
LIMIT 8;

\echo 'Products by Pareto tier: A earns the first 80 % of revenue, B the next 15 %, C the rest'
SELECT tier, to_char(count(*), '999,990') AS products,
       to_char(100.0 * count(*) / sum(count(*)) OVER (), '990.0') || ' %' AS "of products",
       to_char(sum(revenue), '999,999,999,990') AS revenue,
       to_char(100 * sum(revenue_share), '990.0') || ' %' AS "of revenue",
       (array_agg(coalesce(description, stock_code) ORDER BY revenue_rank))[1] AS "best seller"
FROM mart_product
GROUP BY tier
ORDER BY tier;

\echo
\echo '── 3. Who are our customers? ────────────────────────────────────────────────────────'
\echo
SELECT segment, to_char(customers, '999,990') AS customers,
       to_char(100 * customer_share, '990.0') || ' %' AS "of customers",
       to_char(revenue, '999,999,990') AS revenue,
       to_char(100 * revenue_share, '990.0') || ' %' AS "of revenue",
       to_char(avg_recency_days, '9990') AS "days since",
       to_char(avg_frequency, '9990.0') AS orders, action
FROM mart_rfm_segment
ORDER BY mart_rfm_segment.revenue DESC, segment;

\echo
\echo '── 4. What will next week bring? ────────────────────────────────────────────────────'
\echo
\echo 'Revenue of the last 14 days (●) and the next 7: forecast (◆) in its band (░)'
WITH days AS (
    SELECT date, is_future, actual, yhat, yhat_lower, yhat_upper, coalesce(actual, yhat) AS value,
           max(greatest(actual, yhat_upper)) OVER () AS most
    FROM mart_forecast
    WHERE metric = 'revenue' AND dimension = 'total'
      AND horizon <= 7 AND date > (SELECT max(date) - 14 FROM mart_forecast WHERE metric = 'revenue' AND dimension = 'total' AND NOT is_future)
), places AS (
    SELECT *, round(44 * value / nullif(most, 0))::int AS at,
           round(44 * yhat_lower / nullif(most, 0))::int AS low, round(44 * yhat_upper / nullif(most, 0))::int AS high
    FROM days
)
SELECT to_char(date, 'YYYY-MM-DD Dy') AS day,
       to_char(actual, '999,999,990') AS actual, to_char(yhat, '999,999,990') AS forecast,
       to_char(yhat_lower, '999,999,990') AS "from", to_char(yhat_upper, '999,999,990') AS "to",
       rtrim(overlay(rpad(repeat(' ', low) || repeat('░', greatest(1, high - low + 1)), 46)
                     PLACING CASE WHEN is_future THEN '◆' ELSE '●' END FROM at + 1 FOR 1)) AS chart
FROM places
ORDER BY date;

\echo 'How good such forecasts were: 7 days ahead from 13 past origins'
SELECT metric, method, to_char(100 * accuracy, '990.0') || ' %' AS "accuracy of the week",
       to_char(100 * wape, '990.0') || ' %' AS "error of a day (WAPE)", to_char(mase, '990.00') AS "MASE (1 = naive)",
       to_char(100 * coverage, '990') || ' %' AS "days in the 80 % band"
FROM mart_forecast_accuracy
WHERE dimension = 'total' AND horizon = 7
ORDER BY metric DESC, mart_forecast_accuracy.accuracy DESC NULLS LAST;

\echo
\echo '── 5. What broke? ───────────────────────────────────────────────────────────────────'
\echo
SELECT severity, count(*) AS alerts, max(date) AS latest
FROM mart_anomaly
WHERE is_anomaly
GROUP BY severity
ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], severity);

\echo 'The gravest'
SELECT severity, to_char(date, 'YYYY-MM-DD Dy') AS day, rtrim(metric || ' ' || entity) AS metric,
       CASE WHEN actual > expected THEN '▲ ' ELSE '▼ ' END || direction AS what,
       to_char(actual, '999,999,990') AS actual, to_char(expected, '999,999,990') AS expected,
       lpad(to_char(deviation_pct, 'FMSG999990'), 7) || ' %' AS deviation,
       to_char(lower_bound, '999,999,990') AS "normal from", to_char(upper_bound, '999,999,990') AS "to"
FROM mart_anomaly
WHERE is_anomaly
ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], severity), mart_anomaly.date DESC, mart_anomaly.metric, entity
LIMIT 12;
