-- The page's first part: how the shop is doing. Sections read the marts of the warehouse of the search_path; sign is the
-- currency's, HTML. A section without data says so.

CREATE FUNCTION @extschema@.dashboard_sign() RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    code text;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- A warehouse or a reader's role may be older than the setting.
    IF has_table_privilege('setting', 'SELECT') THEN
        SELECT value INTO code FROM setting WHERE name = 'currency';
    END IF;
    RETURN CASE coalesce(code, '') WHEN '' THEN '' WHEN 'GBP' THEN '&#163;' WHEN 'EUR' THEN '&#8364;' WHEN 'USD' THEN '$'
                ELSE @extschema@.dashboard_escape(left(code, 8)) || '&#160;' END;
END
$$;
COMMENT ON FUNCTION @extschema@.dashboard_sign() IS
'Part of dashboard_html: what stands before an amount of money, by the setting currency; empty where it cannot be read.';

CREATE FUNCTION @extschema@.dashboard_kpis(sign text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    RETURN (
        WITH day AS (
            SELECT d.*, (max(d.date) OVER () - d.date) / 7 AS weeks_ago FROM mart_daily_sales AS d
        ), week AS (
            SELECT weeks_ago, sum(revenue)::float8 AS revenue, sum(orders)::float8 AS orders, (sum(revenue) / nullif(sum(orders), 0))::float8 AS aov,
                   avg(customers)::float8 AS customers
            FROM day WHERE weeks_ago < 13 GROUP BY weeks_ago HAVING count(*) = 7
        ), card AS (
            SELECT k.position, k.kpi, k.title, k.decimals, k.unit, k.trend, l.current_value, l.previous_value, l.change_pct / 100 AS change, m.change_pct / 100 AS month_change,
                   (SELECT array_agg(CASE k.kpi WHEN 'revenue' THEN w.revenue WHEN 'orders' THEN w.orders WHEN 'aov' THEN w.aov ELSE w.customers END
                                     ORDER BY w.weeks_ago DESC) FROM week AS w) AS points
            FROM (VALUES (1, 'revenue', 'Revenue', 0, sign, 'by week'), (2, 'orders', 'Orders', 0, '', 'by week'),
                         (3, 'aov', 'Average order value', 2, sign, 'by week'), (4, 'customers', 'Customers', 0, '', 'a day, by week'))
                 AS k (position, kpi, title, decimals, unit, trend)
            LEFT JOIN mart_kpi AS l ON l.kpi = k.kpi AND l.comparison = 'last28_vs_prev28'
            LEFT JOIN mart_kpi AS m ON m.kpi = k.kpi AND m.comparison = 'mtd_vs_prev_month_same_days'
        )
        SELECT '<p class="lead">The last 28 days against the 28 before; the lines are 13 weeks.</p><div class="cards" id="kpi">' || string_agg(
                   '<div class="card"><h2>' || title || '</h2><p class="figure">' || @extschema@.dashboard_number(current_value, decimals, unit) || '</p><p>'
                   || CASE WHEN previous_value IS NULL THEN '<span class="soft">no earlier 28 days to compare with</span>'
                           ELSE @extschema@.dashboard_change(change) || ' <span class="soft">from ' || @extschema@.dashboard_number(previous_value, decimals, unit) || '</span>' END
                   || '</p>' || @extschema@.svg_sparkline(coalesce(points, '{}'), 'spark-' || kpi, title || ' ' || trend || ', the last 13 weeks')
                   || CASE WHEN month_change IS NULL THEN '' ELSE '<p class="soft">month to date ' || @extschema@.dashboard_change(month_change) || '</p>' END
                   || '</div>', '' ORDER BY position) || '</div>' || E'\n'
        FROM card);
END
$$;
COMMENT ON FUNCTION @extschema@.dashboard_kpis(text) IS
'Part of dashboard_html: revenue, orders, order value and customers of the last 28 days against the 28 before, the month to date against the same days of the month before, a line of up to 13 weeks.';

CREATE FUNCTION @extschema@.dashboard_trend(sign text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    RETURN (
        WITH day AS (
            SELECT * FROM mart_daily_sales ORDER BY date DESC LIMIT 365
        ), a AS (
            SELECT array_agg(date ORDER BY date) AS days, array_agg(revenue::float8 ORDER BY date) AS revenue, array_agg(revenue_ma7::float8 ORDER BY date) AS mean,
                   array_agg(@extschema@.dashboard_date(date) || ': ' || @extschema@.dashboard_number(revenue, 0, sign) || ', ' || @extschema@.dashboard_count(orders, 'order', 'orders')
                             ORDER BY date) AS tips,
                   @extschema@.svg_ticks(min(revenue)::float8, max(revenue)::float8) AS ticks
            FROM day
        ), b AS (
            SELECT date, revenue FROM day ORDER BY revenue DESC, date LIMIT 1
        ), l AS (
            SELECT date, revenue_ma7, lag(revenue_ma7, 28) OVER (ORDER BY date) AS before FROM day ORDER BY date DESC LIMIT 1
        )
        SELECT @extschema@.dashboard_section('trend', 'Revenue by day',
                   format('In the 7 days to %s the shop took %s a day on average%s. The best day shown is %s with %s.',
                          @extschema@.dashboard_date(l.date), @extschema@.dashboard_number(l.revenue_ma7, 0, sign),
                          ', ' || @extschema@.dashboard_change_words((l.revenue_ma7 / nullif(l.before, 0) - 1)::float8) || ' four weeks before',
                          @extschema@.dashboard_date(b.date), @extschema@.dashboard_number(b.revenue, 0, sign)),
                   @extschema@.svg_chart('trend-chart', 'Revenue by day and its 7-day mean',
                       format('%s days to %s. Bars are days, the line is the mean of the 7 days up to each.', cardinality(a.days), @extschema@.dashboard_date(l.date)),
                       a.ticks, 200, sign,
                       @extschema@.svg_bars(NULL, a.revenue, a.tips, a.ticks, 200, 'bar pale') || @extschema@.svg_line(a.mean, a.ticks, 200, 'line'),
                       @extschema@.svg_date_labels(a.days))
                   || '<p class="key"><span><i class="bg-pale"></i>day, before returns</span><span><i class="rule bg-main"></i>mean of 7 days, closed days count as 0</span></p>')
        FROM a, b, l);
END
$$;
COMMENT ON FUNCTION @extschema@.dashboard_trend(text) IS 'Part of dashboard_html: revenue by day with its 7-day mean, the last 365 days.';

CREATE FUNCTION @extschema@.dashboard_months(sign text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    RETURN (
        WITH month AS (
            SELECT *, to_char(month::timestamp, 'Mon YYYY') AS name,
                   CASE WHEN is_complete THEN '' ELSE ' (' || @extschema@.dashboard_count(days, 'day', 'days') || ')' END AS part
            FROM mart_monthly_sales ORDER BY month DESC LIMIT 13
        ), a AS (
            SELECT array_agg(CASE WHEN is_complete THEN revenue::float8 END ORDER BY month) AS whole, array_agg(CASE WHEN NOT is_complete THEN revenue::float8 END ORDER BY month) AS part,
                   array_agg(name || part || ': ' || @extschema@.dashboard_number(revenue, 0, sign) ORDER BY month) AS tips,
                   array_agg(to_char(month::timestamp, CASE WHEN date_part('month', month) = 1 THEN 'YYYY' ELSE 'Mon' END) ORDER BY month) AS labels,
                   @extschema@.svg_ticks(min(revenue)::float8, max(revenue)::float8) AS ticks,
                   string_agg(format('<tr><th scope="row" class="w">%s<span class="soft">%s</span></th><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td></tr>',
                                     name, part, @extschema@.dashboard_number(revenue, 0, sign), @extschema@.dashboard_change(revenue_mom), @extschema@.dashboard_change(revenue_yoy),
                                     @extschema@.dashboard_number(orders), @extschema@.dashboard_number(aov, 2, sign), @extschema@.dashboard_number(customers)), E'\n' ORDER BY month DESC) AS rows
            FROM month
        ), l AS (
            SELECT * FROM month ORDER BY month DESC LIMIT 1
        ), w AS (
            SELECT * FROM month WHERE is_complete ORDER BY month DESC LIMIT 1
        )
        SELECT @extschema@.dashboard_section('months', 'Months',
                   CASE WHEN w.month IS NULL THEN 'No whole month yet.'
                        ELSE format('%s, the last whole month, took %s%s.', w.name, @extschema@.dashboard_number(w.revenue, 0, sign),
                                    ', ' || @extschema@.dashboard_change_words(w.revenue_mom) || ' the month before') END
                   || CASE WHEN l.is_complete THEN ''
                           ELSE format(' %s has %s so far%s.', l.name, @extschema@.dashboard_count(l.days, 'day', 'days'),
                                       ', which are ' || @extschema@.dashboard_change_words(l.revenue_mom) || ' the same days of the month before'
                                           || CASE WHEN abs(l.revenue_mom - l.net_revenue_mom) >= 0.05 THEN ', net of returns ' || @extschema@.dashboard_change_words(l.net_revenue_mom) ELSE '' END) END,
                   @extschema@.svg_chart('months-chart', 'Revenue by month', 'The last 13 months; a month that is not whole is paler.', a.ticks, 200, sign,
                       @extschema@.svg_bars(NULL, a.whole, a.tips, a.ticks, 200, 'bar') || @extschema@.svg_bars(NULL, a.part, a.tips, a.ticks, 200, 'bar part'), a.labels)
                   || '<p class="key"><span><i class="bg-main"></i>whole month</span><span><i class="bg-pale"></i>part of a month</span></p><div class="scroll"><table><thead><tr><th>Month</th><th class="n">Revenue</th><th class="n">Month before</th><th class="n">Year before</th><th class="n">Orders</th><th class="n">Order value</th><th class="n">Customers</th></tr></thead><tbody>'
                   || a.rows || '</tbody></table></div>')
        FROM a LEFT JOIN l ON true LEFT JOIN w ON true);
END
$$;
COMMENT ON FUNCTION @extschema@.dashboard_months(text) IS
'Part of dashboard_html: the last 13 months against the month and the year before; a month that is not whole against as many days.';

CREATE FUNCTION @extschema@.dashboard_newcomers() RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    RETURN (
        WITH week AS (
            SELECT date_trunc('week', date::timestamp)::date AS week, sum(new_customers) AS fresh, sum(repeat_customers) AS again, count(*) AS days
            FROM mart_daily_sales GROUP BY 1 ORDER BY 1 DESC LIMIT 53
        ), a AS (
            SELECT array_agg(week ORDER BY week) AS weeks, array_agg(fresh::float8 ORDER BY week) AS fresh, array_agg((fresh + again)::float8 ORDER BY week) AS both,
                   array_agg(format('week from %s%s: %s new, %s returning', @extschema@.dashboard_date(week), CASE WHEN days < 7 THEN format(' (%s days)', days) ELSE '' END,
                                    @extschema@.dashboard_number(fresh), @extschema@.dashboard_number(again)) ORDER BY week) AS tips,
                   @extschema@.svg_ticks(0, max(fresh + again)::float8) AS ticks
            FROM week
        ), m AS (
            SELECT sum(new_customers) AS fresh, sum(repeat_customers) AS again
            FROM (SELECT * FROM mart_daily_sales ORDER BY date DESC LIMIT 28) AS d
        )
        SELECT @extschema@.dashboard_section('customers', 'New and returning customers',
                   CASE WHEN m.fresh + m.again > 0
                        THEN format('In the last 28 days %s of %s customer visits were first orders (%s); a customer counts once a day.', @extschema@.dashboard_number(m.fresh),
                                    @extschema@.dashboard_number(m.fresh + m.again), @extschema@.dashboard_share((m.fresh / (m.fresh + m.again))::float8))
                        ELSE 'No identified customer ordered in the last 28 days.' END,
                   @extschema@.svg_chart('customers-chart', 'New and returning customers by week', 'Identified customers, each counted once a day; the last week may have begun only.', a.ticks, 160, '',
                       @extschema@.svg_bars(NULL, a.fresh, a.tips, a.ticks, 160, 'bar second') || @extschema@.svg_bars(a.fresh, a.both, a.tips, a.ticks, 160, 'bar'),
                       @extschema@.svg_date_labels(a.weeks))
                   || '<p class="key"><span><i class="bg-second"></i>new, on the day of their first order</span><span><i class="bg-main"></i>returning</span></p>')
        FROM a, m);
END
$$;
COMMENT ON FUNCTION @extschema@.dashboard_newcomers() IS 'Part of dashboard_html: new and returning customers by week, the last 53 weeks.';
