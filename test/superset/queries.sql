-- What Superset sends for the charts of each dashboard as it opens; written by check.py.

-- executive_overview, Revenue of seven days
SELECT DATE_TRUNC('day', date) AS date, MAX(revenue_7d) AS revenue_week
FROM (SELECT date, SUM(revenue) OVER week AS revenue_7d, SUM(orders) OVER week AS orders_7d, CAST(SUM(revenue) OVER week AS DOUBLE PRECISION) / NULLIF(SUM(orders) OVER week, 0) AS aov_7d, AVG(customers) OVER week AS customers_per_day FROM shop.mart_daily_sales WINDOW week AS (ORDER BY date NULLS FIRST ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)
) AS virtual_table GROUP BY DATE_TRUNC('day', date)
 LIMIT 10000;

-- executive_overview, How fresh is this?
SELECT object AS object, data_to AS data_to, refreshed_at AS refreshed_at, is_stale AS is_stale
FROM shop.mart_freshness ORDER BY object ASC
 LIMIT 10000;

-- executive_overview, New and returning customers
SELECT DATE_TRUNC('week', date) AS date, SUM(new_customers) AS new_total, SUM(repeat_customers) AS returning_total
FROM shop.mart_daily_sales GROUP BY DATE_TRUNC('week', date) ORDER BY new_total DESC
 LIMIT 50000;

-- executive_overview, Revenue by month
SELECT DATE_TRUNC('month', month) AS month, SUM(revenue) AS revenue_total, SUM(net_revenue) AS net_total
FROM (SELECT month, revenue, net_revenue, orders, customers, aov, revenue_mom, orders_mom, revenue_yoy, CASE WHEN is_complete THEN 'whole month' ELSE days || ' days, against as many days before' END AS note FROM shop.mart_monthly_sales
) AS virtual_table GROUP BY DATE_TRUNC('month', month) ORDER BY revenue_total DESC
 LIMIT 50000;

-- executive_overview, Orders of seven days
SELECT DATE_TRUNC('day', date) AS date, MAX(orders_7d) AS orders_week
FROM (SELECT date, SUM(revenue) OVER week AS revenue_7d, SUM(orders) OVER week AS orders_7d, CAST(SUM(revenue) OVER week AS DOUBLE PRECISION) / NULLIF(SUM(orders) OVER week, 0) AS aov_7d, AVG(customers) OVER week AS customers_per_day FROM shop.mart_daily_sales WINDOW week AS (ORDER BY date NULLS FIRST ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)
) AS virtual_table GROUP BY DATE_TRUNC('day', date)
 LIMIT 10000;

-- executive_overview, Customers a day
SELECT DATE_TRUNC('day', date) AS date, MAX(customers_per_day) AS customers_day
FROM (SELECT date, SUM(revenue) OVER week AS revenue_7d, SUM(orders) OVER week AS orders_7d, CAST(SUM(revenue) OVER week AS DOUBLE PRECISION) / NULLIF(SUM(orders) OVER week, 0) AS aov_7d, AVG(customers) OVER week AS customers_per_day FROM shop.mart_daily_sales WINDOW week AS (ORDER BY date NULLS FIRST ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)
) AS virtual_table GROUP BY DATE_TRUNC('day', date)
 LIMIT 10000;

-- executive_overview, Month over month
SELECT month AS month, revenue AS revenue, revenue_mom AS revenue_mom, orders AS orders, orders_mom AS orders_mom, aov AS aov, note AS note
FROM (SELECT month, revenue, net_revenue, orders, customers, aov, revenue_mom, orders_mom, revenue_yoy, CASE WHEN is_complete THEN 'whole month' ELSE days || ' days, against as many days before' END AS note FROM shop.mart_monthly_sales
) AS virtual_table ORDER BY month DESC
 LIMIT 10000;

-- executive_overview, Period against period
SELECT comparison AS comparison, kpi AS kpi, current_value AS current_value, previous_value AS previous_value, change AS change, current_from AS current_from, current_to AS current_to
FROM (SELECT REPLACE(comparison, '_', ' ') AS comparison, REPLACE(kpi, '_', ' ') AS kpi, current_from, current_to, current_value, previous_value, CAST(change_pct AS DOUBLE PRECISION) / 100 AS change FROM shop.mart_kpi
) AS virtual_table ORDER BY comparison ASC
 LIMIT 10000;

-- executive_overview, Average order value
SELECT DATE_TRUNC('day', date) AS date, MAX(aov_7d) AS aov_week
FROM (SELECT date, SUM(revenue) OVER week AS revenue_7d, SUM(orders) OVER week AS orders_7d, CAST(SUM(revenue) OVER week AS DOUBLE PRECISION) / NULLIF(SUM(orders) OVER week, 0) AS aov_7d, AVG(customers) OVER week AS customers_per_day FROM shop.mart_daily_sales WINDOW week AS (ORDER BY date NULLS FIRST ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)
) AS virtual_table GROUP BY DATE_TRUNC('day', date)
 LIMIT 10000;

-- executive_overview, Revenue and its 7-day mean
SELECT DATE_TRUNC('day', date) AS date, SUM(revenue) AS revenue_total, MAX(revenue_ma7) AS revenue_mean7
FROM shop.mart_daily_sales GROUP BY DATE_TRUNC('day', date) ORDER BY revenue_total DESC
 LIMIT 50000;

-- markets_and_products, Countries
SELECT country AS country, revenue AS revenue, revenue_share AS revenue_share, orders AS orders, aov AS aov, customers AS customers, revenue_mom AS revenue_mom
FROM shop.mart_country ORDER BY revenue DESC
 LIMIT 10000;

-- markets_and_products, When do people order?
SELECT hour AS hour, weekday AS weekday, SUM(revenue) AS revenue_total
FROM (SELECT LPAD(CAST(hour AS TEXT), 2, '0') || ':00' AS hour, isodow || ' ' || CASE isodow WHEN 1 THEN 'Mon' WHEN 2 THEN 'Tue' WHEN 3 THEN 'Wed' WHEN 4 THEN 'Thu' WHEN 5 THEN 'Fri' WHEN 6 THEN 'Sat' ELSE 'Sun' END AS weekday, revenue, orders FROM shop.mart_hour_weekday
) AS virtual_table GROUP BY hour, weekday ORDER BY hour ASC, weekday DESC
 LIMIT 10000;

-- markets_and_products, Revenue by country
SELECT iso2 AS iso2, SUM(revenue) AS revenue_total, SUM(orders) AS orders_total
FROM shop.mart_country GROUP BY iso2
 LIMIT 1000;

-- markets_and_products, Top countries by month
SELECT DATE_TRUNC('month', month) AS month, country AS country, SUM(revenue) AS revenue_total
FROM shop.mart_country_monthly JOIN (SELECT country AS country__, SUM(revenue) AS mme_inner__
FROM shop.mart_country_monthly GROUP BY country ORDER BY SUM(revenue) DESC
 LIMIT 5) AS series_limit ON country = country__ GROUP BY DATE_TRUNC('month', month), country ORDER BY revenue_total DESC
 LIMIT 50000;

-- markets_and_products, Share of revenue
SELECT country AS country, SUM(revenue) AS revenue_total
FROM shop.mart_country GROUP BY country ORDER BY revenue_total DESC
 LIMIT 1000;

-- markets_and_products, Products by tier
SELECT tier AS tier, COUNT(*) AS products
FROM shop.mart_product GROUP BY tier ORDER BY products DESC
 LIMIT 50000;

-- markets_and_products, Top products
SELECT revenue_rank AS revenue_rank, description AS description, stock_code AS stock_code, revenue AS revenue, revenue_share AS revenue_share, units AS units, orders AS orders, returns AS returns, tier AS tier
FROM shop.mart_product ORDER BY revenue_rank ASC
 LIMIT 10000;

-- markets_and_products, Pareto curve
SELECT revenue_rank AS revenue_rank, tier AS tier, MAX(cumulative_share) AS cumulative
FROM shop.mart_product GROUP BY revenue_rank, tier ORDER BY cumulative DESC
 LIMIT 50000;

-- markets_and_products, Top products by week
SELECT DATE_TRUNC('week', week) AS week, product AS product, SUM(revenue) AS revenue_total
FROM (SELECT w.week, p.description AS product, p.tier, w.revenue, w.units FROM shop.mart_product_weekly AS w JOIN shop.mart_product AS p ON p.stock_code = w.stock_code
) AS virtual_table JOIN (SELECT product AS product__, SUM(revenue) AS mme_inner__
FROM (SELECT w.week, p.description AS product, p.tier, w.revenue, w.units FROM shop.mart_product_weekly AS w JOIN shop.mart_product AS p ON p.stock_code = w.stock_code
) AS virtual_table GROUP BY product ORDER BY SUM(revenue) DESC
 LIMIT 10) AS series_limit ON product = product__ GROUP BY DATE_TRUNC('week', week), product ORDER BY revenue_total DESC
 LIMIT 50000;

-- customers, Top customers
SELECT customer_id AS customer_id, country AS country, monetary AS monetary, frequency AS frequency, recency_days AS recency_days, segment AS segment
FROM shop.mart_rfm ORDER BY monetary DESC
 LIMIT 10000;

-- customers, Revenue by segment
SELECT segment AS segment, SUM(revenue) AS revenue_total
FROM shop.mart_rfm_segment GROUP BY segment ORDER BY revenue_total DESC
 LIMIT 1000;

-- customers, Segments and what to do
SELECT segment AS segment, customers AS customers, customer_share AS customer_share, revenue_share AS revenue_share, avg_recency_days AS avg_recency_days, avg_frequency AS avg_frequency, avg_monetary AS avg_monetary, action AS action
FROM shop.mart_rfm_segment ORDER BY revenue_share DESC
 LIMIT 10000;

-- customers, Customers by segment
SELECT segment AS segment, SUM(customers) AS customers_total
FROM shop.mart_rfm_segment GROUP BY segment ORDER BY customers_total DESC
 LIMIT 1000;

-- customers, What customers have spent
SELECT band AS band, COUNT(*) AS customers_total
FROM (SELECT country, segment, CASE WHEN monetary < 100 THEN '1: under £100' WHEN monetary < 250 THEN '2: £100 to 250' WHEN monetary < 500 THEN '3: £250 to 500' WHEN monetary < 1000 THEN '4: £500 to 1,000' WHEN monetary < 2500 THEN '5: £1,000 to 2,500' WHEN monetary < 10000 THEN '6: £2,500 to 10,000' ELSE '7: £10,000 and more' END AS band FROM shop.mart_rfm
) AS virtual_table GROUP BY band ORDER BY customers_total DESC
 LIMIT 50000;

-- customers, Do they come back?
SELECT months_later AS months_later, cohort AS cohort, MAX(retention) AS retained
FROM (SELECT TO_CHAR(cohort_month, 'YYYY-MM') AS cohort, LPAD(CAST(month_offset AS TEXT), 2, '0') AS months_later, retention, customers FROM shop.mart_cohort WHERE month_offset > 0 AND cohort_size > 0
) AS virtual_table GROUP BY months_later, cohort ORDER BY months_later ASC, cohort DESC
 LIMIT 10000;

-- what_s_next_what_broke, How right were we?
SELECT metric AS metric, method AS method, horizon AS horizon, origins AS origins, accuracy AS accuracy, wape AS wape, coverage AS coverage, recent_error AS recent_error, usual_error AS usual_error, is_drifting AS is_drifting
FROM shop.mart_forecast_accuracy
WHERE metric IN ('revenue') AND dimension = 'total' ORDER BY horizon ASC, accuracy DESC
 LIMIT 10000;

-- what_s_next_what_broke, The days ahead
SELECT date AS date, yhat AS yhat, yhat_lower AS yhat_lower, yhat_upper AS yhat_upper, method AS method
FROM (SELECT metric, dimension, CASE WHEN dimension = 'total' THEN 'all' ELSE entity END AS entity, date, yhat, yhat_lower, yhat_upper, method FROM shop.mart_forecast WHERE is_future
) AS virtual_table
WHERE metric IN ('revenue') AND dimension = 'total' ORDER BY date ASC
 LIMIT 10000;

-- what_s_next_what_broke, Actual and forecast
SELECT DATE_TRUNC('day', date) AS date, MAX(actual) AS "Actual", MAX(actual__yhat) AS "Actual__yhat", MAX(actual__yhat_lower) AS "Actual__yhat_lower", MAX(actual__yhat_upper) AS "Actual__yhat_upper"
FROM shop.mart_forecast_band
WHERE metric IN ('revenue') AND dimension = 'total' GROUP BY DATE_TRUNC('day', date) ORDER BY "Actual" DESC
 LIMIT 50000;

-- what_s_next_what_broke, Alerts by severity
SELECT DATE_TRUNC('month', date) AS date, severity AS severity, COUNT(*) AS alerts_total
FROM (SELECT date, metric, CASE WHEN dimension = 'total' THEN 'all' ELSE entity END AS entity, severity, CASE severity WHEN 'critical' THEN 4 WHEN 'high' THEN 3 WHEN 'medium' THEN 2 ELSE 1 END AS level, direction, actual, expected, CAST(deviation_pct AS DOUBLE PRECISION) / 100 AS deviation, impact, driver, explanation, status FROM shop.mart_anomaly WHERE is_anomaly
) AS virtual_table GROUP BY DATE_TRUNC('month', date), severity ORDER BY alerts_total DESC
 LIMIT 50000;

-- what_s_next_what_broke, What became of the raw lines
SELECT rule AS rule, description AS description, rows AS rows, amount AS amount
FROM (SELECT q.rule, COALESCE(r.description, 'kept as a fact') AS description, SUM(q.rows) AS rows, SUM(q.amount) AS amount FROM shop.mart_data_quality AS q LEFT JOIN shop.quality_rule AS r ON r.rule = q.rule GROUP BY q.rule, r.description
) AS virtual_table ORDER BY rows DESC
 LIMIT 10000;

-- what_s_next_what_broke, Alerts
SELECT date AS date, level AS level, severity AS severity, metric AS metric, entity AS entity, direction AS direction, actual AS actual, expected AS expected, deviation AS deviation, impact AS impact, driver AS driver, status AS status
FROM (SELECT date, metric, CASE WHEN dimension = 'total' THEN 'all' ELSE entity END AS entity, severity, CASE severity WHEN 'critical' THEN 4 WHEN 'high' THEN 3 WHEN 'medium' THEN 2 ELSE 1 END AS level, direction, actual, expected, CAST(deviation_pct AS DOUBLE PRECISION) / 100 AS deviation, impact, driver, explanation, status FROM shop.mart_anomaly WHERE is_anomaly
) AS virtual_table ORDER BY date DESC, level DESC
 LIMIT 10000;

-- what_s_next_what_broke, Pieces for four weeks
SELECT stock_code AS stock_code, description AS description, yhat AS yhat, yhat_upper AS yhat_upper, from_date AS from_date, to_date AS to_date
FROM (SELECT t.entity AS stock_code, p.description, t.from_date, t.to_date, t.yhat, t.yhat_upper FROM shop.mart_forecast_total AS t JOIN shop.mart_product AS p ON p.stock_code = t.entity WHERE t.dimension = 'product' AND t.metric = 'units' AND t.horizon = 28
) AS virtual_table ORDER BY yhat DESC
 LIMIT 10000;

-- what_s_next_what_broke, Error by days ahead
SELECT lead AS lead, MAX(wape) AS error
FROM (SELECT metric, lead, n, wape, coverage FROM shop.mart_forecast_lead WHERE dimension = 'total' AND method = 'auto' AND n > 0
) AS virtual_table
WHERE metric IN ('revenue') GROUP BY lead ORDER BY error DESC
 LIMIT 50000;

-- what_s_next_what_broke, Forecasts and what came
SELECT DATE_TRUNC('day', date) AS date, MAX(actual) AS came, AVG(yhat) AS said
FROM (SELECT metric, date, actual, yhat, abs_error, in_band FROM shop.mart_forecast_scored WHERE dimension = 'total' AND method = 'auto' AND lead <= 7
) AS virtual_table
WHERE metric IN ('revenue') GROUP BY DATE_TRUNC('day', date) ORDER BY came DESC
 LIMIT 50000;

-- what_s_next_what_broke, The next week and the next four
SELECT metric AS metric, horizon AS horizon, from_date AS from_date, to_date AS to_date, yhat AS yhat, yhat_lower AS yhat_lower, yhat_upper AS yhat_upper, method AS method
FROM (SELECT metric, horizon, from_date, to_date, yhat, yhat_lower, yhat_upper, method FROM shop.mart_forecast_total WHERE dimension = 'total' AND NOT yhat IS NULL
) AS virtual_table ORDER BY horizon ASC, metric ASC
 LIMIT 10000;

-- what_s_next_what_broke, Forecast by country
SELECT DATE_TRUNC('day', date) AS date, country AS country, SUM(yhat) AS expected
FROM (SELECT date, CASE WHEN entity = 'rest' THEN 'other countries' ELSE entity END AS country, yhat FROM shop.mart_forecast WHERE dimension = 'country' AND metric = 'revenue' AND is_future
) AS virtual_table GROUP BY DATE_TRUNC('day', date), country ORDER BY expected DESC
 LIMIT 50000;
