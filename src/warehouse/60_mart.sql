-- The sales marts: what dashboards read. Materialized views over the rollups, so that each costs what its rollup costs,
-- never what the facts cost; views where a rollup already has the grain.
--
-- Money is numeric, counts bigint, shares and changes double precision fractions. No mart reads the clock: as_of is
-- the last day of the data, or the day given to warehouse_refresh. Every tie has a written order; text sorts by COLLATE "C".

CREATE FUNCTION @extschema@.warehouse_create_time_marts() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE MATERIALIZED VIEW mart_daily_sales AS
    WITH new_customer AS (
        SELECT first_date AS date, count(*) AS n FROM agg_customer WHERE orders > 0 GROUP BY first_date
    ), day AS (
        SELECT d::date AS date, coalesce(a.revenue, 0)::numeric(24,4) AS revenue,
               coalesce(a.revenue_clean, 0)::numeric(24,4) AS revenue_clean, coalesce(a.orders, 0) AS orders,
               coalesce(a.orders_clean, 0) AS orders_clean, coalesce(a.units, 0) AS units, coalesce(a.lines, 0) AS lines,
               coalesce(a.customers, 0) AS customers, coalesce(n.n, 0) AS new_customers,
               coalesce(a.returns, 0)::numeric(24,4) AS returns
        FROM warehouse_state AS s, generate_series(s.data_from::timestamp, s.as_of::timestamp, '1 day') AS d
        LEFT JOIN agg_day AS a ON a.date = d::date
        LEFT JOIN new_customer AS n ON n.date = d::date
    )
    SELECT date, revenue, revenue_clean, orders, orders_clean, units, lines, customers, new_customers,
           customers - new_customers AS repeat_customers, returns, revenue - returns AS net_revenue,
           revenue / nullif(orders, 0) AS aov,
           avg(revenue) OVER week AS revenue_ma7, avg(orders) OVER week AS orders_ma7, count(*) OVER week AS ma7_days,
           orders > 0 AS is_trading_day
    FROM day
    WINDOW week AS (ORDER BY date ROWS 6 PRECEDING);
    CREATE UNIQUE INDEX ON mart_daily_sales (date);
    COMMENT ON MATERIALIZED VIEW mart_daily_sales IS
        'Grain: calendar day from the first data day to as_of, zero-filled. Sources: agg_day, agg_customer. revenue is gross product sales; revenue_clean and orders_clean leave out sales reversed within 24 hours; aov is NULL without orders; *_ma7 is the mean of this and up to 6 days before (ma7_days of them). Refreshed by warehouse_refresh.';

    CREATE MATERIALIZED VIEW mart_monthly_sales AS
    WITH calendar AS (
        SELECT m::date AS month, (m + interval '1 month - 1 day')::date AS month_end, s.data_from, s.as_of
        FROM warehouse_state AS s,
             generate_series(date_trunc('month', s.data_from::timestamp), s.as_of::timestamp, '1 month') AS m
    ), basis AS (
        -- What a month is compared with: whole months, or for the running month its first days with as many.
        SELECT *, data_from <= month AND month_end <= as_of AS is_complete,
               least(month_end, as_of) - greatest(month, data_from) + 1 AS days,
               (month - interval '1 month')::date AS month_from,
               least((month - interval '1 month')::date + (least(month_end, as_of) - month), month - 1) AS month_to,
               (month - interval '1 year')::date AS year_from,
               least((month - interval '1 year')::date + (least(month_end, as_of) - month),
                     (month - interval '11 months')::date - 1) AS year_to
        FROM calendar
    ), span AS (
        SELECT month, is_complete, days, month AS current_from, least(month_end, as_of) AS current_to,
               CASE WHEN month_from >= data_from THEN month_from END AS month_from,
               CASE WHEN month_end <= as_of THEN month - 1 ELSE month_to END AS month_to,
               CASE WHEN year_from >= data_from THEN year_from END AS year_from,
               CASE WHEN month_end <= as_of THEN (month - interval '11 months')::date - 1 ELSE year_to END AS year_to
        FROM basis
    ), figure AS (
        SELECT s.month, k.basis, coalesce(sum(a.revenue), 0)::numeric(24,4) AS revenue,
               coalesce(sum(a.returns), 0)::numeric(24,4) AS returns, coalesce(sum(a.units), 0)::bigint AS units,
               (coalesce(sum(a.orders), 0) - (
                    SELECT count(DISTINCT (invoice_no, date)) - count(DISTINCT invoice_no) FROM agg_order
                    WHERE spans_days AND date BETWEEN k.first AND k.last))::bigint AS orders
        FROM span AS s
        CROSS JOIN LATERAL (VALUES ('current', s.current_from, s.current_to), ('month', s.month_from, s.month_to),
                                   ('year', s.year_from, s.year_to)) AS k (basis, first, last)
        LEFT JOIN agg_day AS a ON a.date BETWEEN k.first AND k.last
        WHERE k.first IS NOT NULL
        GROUP BY s.month, k.basis, k.first, k.last
    ), customer AS (
        SELECT month, count(*) AS customers FROM agg_customer_month GROUP BY month
    )
    SELECT s.month, c.revenue, c.orders, c.units, coalesce(u.customers, 0) AS customers, c.returns,
           c.revenue - c.returns AS net_revenue, c.revenue / nullif(c.orders, 0) AS aov,
           (c.revenue / nullif(m.revenue, 0) - 1)::float8 AS revenue_mom,
           ((c.revenue - c.returns) / nullif(m.revenue - m.returns, 0) - 1)::float8 AS net_revenue_mom,
           (c.orders / nullif(m.orders::numeric, 0) - 1)::float8 AS orders_mom,
           (c.revenue / nullif(y.revenue, 0) - 1)::float8 AS revenue_yoy,
           s.is_complete, s.days
    FROM span AS s
    JOIN figure AS c ON c.month = s.month AND c.basis = 'current'
    LEFT JOIN figure AS m ON m.month = s.month AND m.basis = 'month'
    LEFT JOIN figure AS y ON y.month = s.month AND y.basis = 'year'
    LEFT JOIN customer AS u ON u.month = s.month;
    CREATE UNIQUE INDEX ON mart_monthly_sales (month);
    COMMENT ON MATERIALIZED VIEW mart_monthly_sales IS
        'Grain: calendar month (its first day). Sources: agg_day, agg_order, agg_customer_month. *_mom and revenue_yoy compare a complete month with the whole month before or a year before, the running month with as many first days of it; NULL when that base is missing, begins before the data, or is 0. days: calendar days with data. Refreshed by warehouse_refresh.';

    CREATE VIEW mart_hour_weekday AS
    SELECT isodow, hour, revenue, orders FROM agg_hour_weekday WHERE orders > 0;
    COMMENT ON VIEW mart_hour_weekday IS
        'Grain: weekday (1 = Monday) and hour with a sale. Source: agg_hour_weekday, changed in place by warehouse_refresh.';
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_time_marts() IS 'Step of warehouse_create: daily and monthly sales, hours by weekday.';

CREATE FUNCTION @extschema@.warehouse_create_kpi_mart() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE MATERIALIZED VIEW mart_kpi AS
    WITH s AS (
        SELECT data_from, as_of, date_trunc('month', as_of::timestamp)::date AS month,
               -- the first day after the last complete month, and after the last complete quarter
               date_trunc('month', as_of + interval '1 day')::date AS next_month,
               date_trunc('quarter', as_of + interval '1 day')::date AS next_quarter
        FROM warehouse_state WHERE as_of IS NOT NULL
    ), span AS (
        SELECT c.*, s.data_from
        FROM s CROSS JOIN LATERAL (VALUES
            ('last7_vs_prev7', as_of - 6, as_of, as_of - 13, as_of - 7),
            ('last28_vs_prev28', as_of - 27, as_of, as_of - 55, as_of - 28),
            ('mtd_vs_prev_month_same_days', month, as_of, (month - interval '1 month')::date,
             least((month - interval '1 month')::date + (as_of - month), month - 1)),
            ('mtd_vs_prev_year_same_days', month, as_of, (month - interval '1 year')::date,
             least((month - interval '1 year')::date + (as_of - month), (month - interval '11 months')::date - 1)),
            ('last_complete_month_vs_previous', (next_month - interval '1 month')::date, next_month - 1,
             (next_month - interval '2 months')::date, (next_month - interval '1 month')::date - 1),
            ('last_complete_quarter_vs_previous', (next_quarter - interval '3 months')::date, next_quarter - 1,
             (next_quarter - interval '6 months')::date, (next_quarter - interval '3 months')::date - 1),
            ('h2_to_date_vs_h1', make_date(date_part('year', as_of)::int, 7, 1), next_month - 1,
             make_date(date_part('year', as_of)::int, 1, 1), (next_month - interval '6 months')::date - 1)
        ) AS c (comparison, current_from, current_to, previous_from, previous_to)
        WHERE c.current_from <= c.current_to
    ), side AS (
        SELECT comparison, true AS is_current, current_from AS first, current_to AS last FROM span
        UNION ALL
        -- Days before the data would make a base that is not like for like.
        SELECT comparison, false, previous_from, previous_to FROM span WHERE previous_from >= data_from
    ), part AS MATERIALIZED (
        -- The whole months of a window are counted from their rollup, the days before and after them from the orders.
        SELECT s.*, CASE WHEN m.first_month < m.end_month THEN m.first_month - 1 ELSE s.last END AS head_to,
               CASE WHEN m.first_month < m.end_month THEN m.end_month ELSE s.last + 1 END AS tail_from
        FROM side AS s
        CROSS JOIN LATERAL (SELECT date_trunc('month', s.first + interval '1 month - 1 day')::date AS first_month,
                                   date_trunc('month', s.last + interval '1 day')::date AS end_month) AS m
    ), figure AS (
        SELECT p.comparison, p.is_current, d.revenue, d.returns, d.units, d.orders - o.surplus AS orders, c.customers, n.new_customers
        FROM part AS p
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(revenue), 0)::numeric(24,4) AS revenue, coalesce(sum(returns), 0)::numeric(24,4) AS returns,
                   coalesce(sum(units), 0) AS units, coalesce(sum(orders), 0) AS orders
            FROM agg_day WHERE date BETWEEN p.first AND p.last) AS d
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT (invoice_no, date)) - count(DISTINCT invoice_no) AS surplus
            FROM agg_order WHERE spans_days AND date BETWEEN p.first AND p.last) AS o
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT customer_key) AS customers
            FROM (SELECT customer_key FROM agg_customer_month WHERE month > p.head_to AND month < p.tail_from
                  UNION ALL
                  SELECT customer_key FROM agg_order WHERE date BETWEEN p.first AND p.head_to AND customer_key <> 0
                  UNION ALL
                  SELECT customer_key FROM agg_order WHERE date BETWEEN p.tail_from AND p.last AND customer_key <> 0) AS k) AS c
        CROSS JOIN LATERAL (
            SELECT count(*) AS new_customers FROM agg_customer WHERE first_date BETWEEN p.first AND p.last) AS n
    ), kpi AS (
        SELECT comparison, is_current, k.*
        FROM figure CROSS JOIN LATERAL (VALUES
            ('revenue', revenue), ('returns', returns), ('net_revenue', revenue - returns), ('orders', orders::numeric),
            ('aov', revenue / nullif(orders, 0)), ('units', units::numeric), ('customers', customers::numeric),
            ('new_customers', new_customers::numeric)) AS k (kpi, value)
    )
    SELECT s.comparison COLLATE "C" AS comparison, s.current_from, s.current_to, s.previous_from, s.previous_to,
           c.kpi COLLATE "C" AS kpi, c.value AS current_value, p.value AS previous_value, c.value - p.value AS change,
           (100 * (c.value - p.value) / nullif(p.value, 0))::float8 AS change_pct
    FROM span AS s
    JOIN kpi AS c ON c.comparison = s.comparison AND c.is_current
    LEFT JOIN kpi AS p ON p.comparison = s.comparison AND NOT p.is_current AND p.kpi = c.kpi;
    CREATE UNIQUE INDEX ON mart_kpi (comparison, kpi);
    COMMENT ON MATERIALIZED VIEW mart_kpi IS
        'Grain: comparison and kpi. Windows include both bounds and end at as_of or at the last complete month or quarter. Sources: agg_day, agg_order, agg_customer, agg_customer_month. previous_value is NULL when its window begins before the data; change_pct = 100 x change / previous_value, NULL when that is 0 or NULL. Refreshed by warehouse_refresh.';
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_kpi_mart() IS 'Step of warehouse_create: KPI comparisons.';

CREATE FUNCTION @extschema@.warehouse_create_sales_marts() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE VIEW mart_country_monthly AS
    SELECT a.month, c.country, a.revenue, a.orders
    FROM agg_country_month AS a JOIN dim_country AS c USING (country_key)
    WHERE a.orders > 0;
    COMMENT ON VIEW mart_country_monthly IS
        'Grain: calendar month and country with a sale. Source: agg_country_month, changed in place by warehouse_refresh.';

    CREATE MATERIALIZED VIEW mart_country AS
    WITH s AS (
        SELECT (date_trunc('month', as_of + interval '1 day') - interval '1 month')::date AS last_month FROM warehouse_state
    ), identified AS (
        SELECT country_key, count(*) AS customers, sum(revenue) AS revenue FROM dim_customer_country GROUP BY country_key
    )
    SELECT c.country, c.country_name, c.iso2, c.iso3, a.revenue, a.orders, coalesce(i.customers, 0) AS customers, a.units,
           a.returns, a.revenue - a.returns AS net_revenue,
           (a.revenue / nullif(sum(a.revenue) OVER (), 0))::float8 AS revenue_share,
           ((a.revenue - a.returns) / nullif(sum(a.revenue - a.returns) OVER (), 0))::float8 AS net_revenue_share,
           a.revenue / nullif(a.orders, 0) AS aov,
           row_number() OVER (ORDER BY a.revenue DESC, c.country) AS revenue_rank,
           (coalesce(l.revenue, 0) / nullif(b.revenue, 0) - 1)::float8 AS revenue_mom,
           coalesce(i.revenue, 0)::numeric(24,4) AS identified_revenue,
           (i.revenue / nullif(sum(i.revenue) OVER (), 0))::float8 AS identified_revenue_share
    FROM s CROSS JOIN agg_country AS a
    JOIN dim_country AS c USING (country_key)
    LEFT JOIN identified AS i USING (country_key)
    LEFT JOIN agg_country_month AS l ON l.country_key = a.country_key AND l.month = s.last_month
    LEFT JOIN agg_country_month AS b ON b.country_key = a.country_key AND b.month = (s.last_month - interval '1 month')::date;
    CREATE UNIQUE INDEX ON mart_country (country);
    COMMENT ON MATERIALIZED VIEW mart_country IS
        'Grain: country as the source labels it. Sources: agg_country, agg_country_month, dim_customer_country. Shares are fractions of all countries; customers are identified ones; revenue_mom compares the last complete month with the one before; identified_* leave out guests. Refreshed by warehouse_refresh.';

    CREATE MATERIALIZED VIEW mart_product AS
    SELECT p.stock_code, p.description, a.revenue, a.units, a.orders, a.returns, a.revenue - a.returns AS net_revenue,
           row_number() OVER by_revenue AS revenue_rank,
           (a.revenue / nullif(sum(a.revenue) OVER (), 0))::float8 AS revenue_share,
           (sum(a.revenue) OVER by_revenue / nullif(sum(a.revenue) OVER (), 0))::float8 AS cumulative_share,
           @extschema@.pareto_tier(a.revenue) OVER by_revenue AS tier
    FROM agg_product AS a JOIN dim_product AS p USING (product_key)
    WHERE a.orders > 0
    WINDOW by_revenue AS (ORDER BY a.revenue DESC, p.stock_code ROWS UNBOUNDED PRECEDING)
    -- REFRESH sorts the rows by their first column, which costs little where they come so.
    ORDER BY p.stock_code;
    CREATE UNIQUE INDEX ON mart_product (stock_code);
    COMMENT ON MATERIALIZED VIEW mart_product IS
        'Grain: product with a sale. Sources: agg_product, dim_product. cumulative_share includes the row; tier A, B, C by the share before it (80 %, 95 %). Refreshed by warehouse_refresh.';

    CREATE VIEW mart_product_weekly AS
    SELECT p.stock_code, a.week, a.revenue, a.units, a.orders
    FROM agg_product_week AS a JOIN dim_product AS p USING (product_key)
    WHERE a.orders > 0;
    COMMENT ON VIEW mart_product_weekly IS
        'Grain: product and week (its Monday) with a sale. Source: agg_product_week, changed in place by warehouse_refresh.';
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_sales_marts() IS 'Step of warehouse_create: countries and products.';

CREATE FUNCTION @extschema@.warehouse_create_customer_marts() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE MATERIALIZED VIEW mart_rfm AS
    WITH s AS (
        SELECT as_of, (SELECT value FROM setting WHERE name = 'rfm_rule') AS rule,
               (SELECT value FROM setting WHERE name = 'rfm_map') AS map,
               (SELECT value FROM setting WHERE name = 'rfm_monetary') AS basis
        FROM warehouse_state
    ), base AS (
        SELECT d.customer_id, c.country, s.as_of + 1 - a.last_date AS recency_days, a.orders AS frequency,
               CASE s.basis WHEN 'gross' THEN a.revenue ELSE a.revenue - a.returns END AS monetary, s.rule, s.map
        FROM s CROSS JOIN agg_customer AS a
        JOIN dim_customer AS d USING (customer_key)
        LEFT JOIN dim_country AS c ON c.country_key = d.country_key
        WHERE a.orders > 0
    ), scored AS (
        SELECT *, @extschema@.rfm_score(recency_days, 5, false, rule) OVER by_id AS r_score,
               @extschema@.rfm_score(frequency, 5, true, rule) OVER by_id AS f_score,
               @extschema@.rfm_score(monetary, 5, true, rule) OVER by_id AS m_score
        FROM base
        WINDOW by_id AS (ORDER BY customer_id)
    )
    SELECT x.customer_id, x.country, x.recency_days, x.frequency, x.monetary, x.r_score, x.f_score, x.m_score,
           concat(x.r_score, x.f_score, x.m_score) AS rfm_code, r.segment
    FROM scored AS x
    LEFT JOIN rfm_rule AS r ON r.map = x.map AND r.r_score = x.r_score
        AND r.fm_score = CASE x.map WHEN 'seg11' THEN (x.f_score + x.m_score + 1) / 2 ELSE x.f_score END;
    CREATE UNIQUE INDEX ON mart_rfm (customer_id);
    COMMENT ON MATERIALIZED VIEW mart_rfm IS
        'Grain: identified customer with a sale. Sources: agg_customer, rfm_rule, setting. recency_days counts from as_of + 1; frequency = sale invoices; monetary = net revenue (setting rfm_monetary); scores 1 to 5 (setting rfm_rule); segment by map rfm_map. Refreshed by warehouse_refresh.';

    CREATE MATERIALIZED VIEW mart_rfm_segment AS
    WITH by_segment AS (
        SELECT segment, count(*) AS customers, sum(monetary) AS revenue, avg(recency_days) AS avg_recency_days,
               avg(frequency) AS avg_frequency, avg(monetary) AS avg_monetary
        FROM mart_rfm GROUP BY segment
    )
    SELECT a.segment, coalesce(b.customers, 0) AS customers,
           (coalesce(b.customers, 0) / nullif(sum(b.customers) OVER (), 0))::float8 AS customer_share,
           coalesce(b.revenue, 0)::numeric(24,4) AS revenue,
           (coalesce(b.revenue, 0) / nullif(sum(b.revenue) OVER (), 0))::float8 AS revenue_share,
           b.avg_recency_days, b.avg_frequency, b.avg_monetary, a.action, a.rank
    FROM (SELECT segment, action, rank FROM rfm_action
          UNION ALL
          SELECT DISTINCT segment, 'No action is written for this segment: add one to rfm_action', 99::smallint
          FROM rfm_rule WHERE segment NOT IN (SELECT segment FROM rfm_action)) AS a
    LEFT JOIN by_segment AS b USING (segment);
    CREATE UNIQUE INDEX ON mart_rfm_segment (segment);
    COMMENT ON MATERIALIZED VIEW mart_rfm_segment IS
        'Grain: segment, empty ones included. Sources: mart_rfm, rfm_action. revenue = sum of monetary. Refreshed by warehouse_refresh.';

    CREATE MATERIALIZED VIEW mart_cohort AS
    WITH calendar AS (
        SELECT m::date AS month, s.data_from <= m AND (m + interval '1 month - 1 day')::date <= s.as_of AS is_complete
        FROM warehouse_state AS s,
             generate_series(date_trunc('month', s.data_from::timestamp), s.as_of::timestamp, '1 month') AS m
    ), size AS (
        SELECT date_trunc('month', first_date::timestamp)::date AS cohort_month, count(*) AS n FROM agg_customer WHERE orders > 0 GROUP BY 1
    ), active AS (
        SELECT date_trunc('month', a.first_date::timestamp)::date AS cohort_month, m.month, count(*) AS customers, sum(m.revenue) AS revenue
        FROM agg_customer_month AS m JOIN agg_customer AS a USING (customer_key)
        GROUP BY 1, 2
    )
    SELECT c.month AS cohort_month,
           (12 * (date_part('year', m.month) - date_part('year', c.month)) + date_part('month', m.month) - date_part('month', c.month))::int AS month_offset,
           coalesce(s.n, 0) AS cohort_size, coalesce(a.customers, 0) AS customers,
           (coalesce(a.customers, 0) / nullif(s.n::numeric, 0))::float8 AS retention,
           coalesce(a.revenue, 0)::numeric(24,4) AS revenue, m.is_complete
    FROM calendar AS c
    JOIN calendar AS m ON m.month >= c.month
    LEFT JOIN size AS s ON s.cohort_month = c.month
    LEFT JOIN active AS a ON a.cohort_month = c.month AND a.month = m.month;
    CREATE UNIQUE INDEX ON mart_cohort (cohort_month, month_offset);
    COMMENT ON MATERIALIZED VIEW mart_cohort IS
        'Grain: month of first purchase and months since; the whole triangle up to as_of, zeros included. Sources: agg_customer, agg_customer_month. revenue is gross; is_complete: the cell''s calendar month is. The first cohort also holds customers who bought before the data begin. Refreshed by warehouse_refresh.';
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_customer_marts() IS 'Step of warehouse_create: RFM, segments, cohorts.';

CREATE FUNCTION @extschema@.warehouse_create_quality_marts() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE MATERIALIZED VIEW mart_data_quality AS
    SELECT a.load_id, a.rule, a.rows, (a.rows / nullif(l.raw_rows::numeric, 0))::float8 AS share, a.amount
    FROM agg_load_rule AS a JOIN warehouse_load AS l USING (load_id)
    WHERE a.rows > 0;
    CREATE UNIQUE INDEX ON mart_data_quality (load_id, rule);
    COMMENT ON MATERIALIZED VIEW mart_data_quality IS
        'Grain: load and class or rule. Source: agg_load_rule. share of the load''s raw rows; amount = sum of quantity x unit price where both can be read. Refreshed by warehouse_refresh.';

    CREATE VIEW warehouse_conservation AS
    SELECT l.load_id, l.raw_rows, coalesce(r.n, 0) AS raw, coalesce(s.n, 0) AS sales, coalesce(t.n, 0) AS returns,
           coalesce(c.n, 0) AS charges, coalesce(j.n, 0) AS rejected
    FROM warehouse_load AS l
    FULL JOIN (SELECT load_id, count(*) AS n FROM raw_sales GROUP BY load_id) AS r USING (load_id)
    FULL JOIN (SELECT load_id, count(*) AS n FROM fact_sales GROUP BY load_id) AS s USING (load_id)
    FULL JOIN (SELECT load_id, count(*) AS n FROM fact_returns GROUP BY load_id) AS t USING (load_id)
    FULL JOIN (SELECT load_id, count(*) AS n FROM fact_charge GROUP BY load_id) AS c USING (load_id)
    FULL JOIN (SELECT load_id, count(*) AS n FROM rejected_sales GROUP BY load_id) AS j USING (load_id)
    WHERE CASE WHEN l.load_id IS NULL THEN true
               WHEN l.accepted_run IS NULL THEN coalesce(s.n, t.n, c.n, j.n) IS NOT NULL
               ELSE l.raw_rows <> coalesce(r.n, 0)
                    OR coalesce(r.n, 0) <> coalesce(s.n, 0) + coalesce(t.n, 0) + coalesce(c.n, 0) + coalesce(j.n, 0) END;
    COMMENT ON VIEW warehouse_conservation IS
        'The conservation check: loads whose raw rows are not exactly their sales, returns, charges and rejects. Returns no row, always; counts everything anew each time.';

    CREATE VIEW mart_freshness AS
    SELECT o.object, r.finished_at AS refreshed_at, s.as_of AS data_to, now() - r.finished_at AS age,
           coalesce(now() - r.finished_at > interval '6 hours 15 minutes', true) AS is_stale
    FROM (VALUES ('mart_daily_sales', 'marts'), ('mart_monthly_sales', 'marts'), ('mart_kpi', 'marts'), ('mart_country', 'marts'),
                 ('mart_country_monthly', 'marts'), ('mart_rfm', 'marts'), ('mart_rfm_segment', 'marts'), ('mart_product', 'marts'),
                 ('mart_product_weekly', 'marts'), ('mart_cohort', 'marts'), ('mart_hour_weekday', 'marts'),
                 ('mart_data_quality', 'marts'), ('mart_forecast', 'forecast'), ('mart_forecast_accuracy', 'forecast'),
                 ('mart_forecast_band', 'forecast'), ('mart_forecast_total', 'forecast'), ('mart_forecast_scored', 'forecast'),
                 ('mart_forecast_lead', 'forecast'), ('mart_anomaly', 'anomaly')) AS o (object, step)
    CROSS JOIN warehouse_state AS s
    LEFT JOIN LATERAL (
        SELECT max(finished_at) AS finished_at FROM warehouse_run WHERE step = o.step AND status = 'done') AS r ON true;
    COMMENT ON VIEW mart_freshness IS
        'Grain: mart. When it was last refreshed, the last day it shows, and whether it missed the six-hourly refresh (age over 6 h 15 min, or never refreshed). With warehouse_status the only object that reads the clock.';
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_quality_marts() IS 'Step of warehouse_create: data quality, conservation check, freshness.';

CREATE FUNCTION @extschema@.warehouse_refresh_marts() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- REFRESH compares old and new rows by an operator that cannot be hashed.
    PERFORM set_config('enable_mergejoin', 'on', true);
    -- It also gathers statistics of the new rows, column by column, which that comparison has no use for.
    PERFORM set_config('default_statistics_target', '1', true);
    REFRESH MATERIALIZED VIEW CONCURRENTLY mart_daily_sales;
    REFRESH MATERIALIZED VIEW CONCURRENTLY mart_monthly_sales;
    REFRESH MATERIALIZED VIEW CONCURRENTLY mart_kpi;
    REFRESH MATERIALIZED VIEW CONCURRENTLY mart_country;
    REFRESH MATERIALIZED VIEW CONCURRENTLY mart_product;
    REFRESH MATERIALIZED VIEW CONCURRENTLY mart_rfm;
    REFRESH MATERIALIZED VIEW CONCURRENTLY mart_rfm_segment;
    REFRESH MATERIALIZED VIEW CONCURRENTLY mart_cohort;
    REFRESH MATERIALIZED VIEW CONCURRENTLY mart_data_quality;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_refresh_marts() IS 'Part of step marts: refreshes the materialized views without blocking readers.';

CREATE FUNCTION @extschema@.warehouse_step_marts(as_of_day date) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    n bigint := 0;
    day date;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    SELECT coalesce(as_of_day, data_to) INTO day FROM warehouse_state WHERE data_to IS NOT NULL;
    IF day IS NOT NULL THEN
        n := @extschema@.warehouse_roll_up(day);
    END IF;
    PERFORM @extschema@.warehouse_refresh_marts();
    RETURN n;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_step_marts(date) IS
'Step of a refresh: rollups and all sales marts, published in one transaction. as_of NULL: the last day of the data. Returns the number of invoices that changed.';
