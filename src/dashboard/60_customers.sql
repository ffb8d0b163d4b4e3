-- Who the customers are and whether they come back.

CREATE FUNCTION @extschema@.dashboard_segments(sign text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    RETURN (
        WITH a AS (
            SELECT string_agg(format('<tr><th scope="row" class="w">%s</th><td class="n">%s</td><td class="m">%s%s</td><td class="n">%s<br/>%s</td><td class="n">%s</td><td class="n">%s</td><td class="t">%s</td></tr>',
                                     @extschema@.dashboard_escape(left(segment, 40)), @extschema@.dashboard_number(customers),
                                     @extschema@.svg_meter(customer_share, 'second'), @extschema@.svg_meter(revenue_share),
                                     @extschema@.dashboard_share(customer_share), @extschema@.dashboard_share(revenue_share),
                                     @extschema@.dashboard_number(avg_recency_days), @extschema@.dashboard_number(avg_monetary, 0, sign), @extschema@.dashboard_escape(left(action, 200))),
                              E'\n' ORDER BY rank, segment) AS rows
            FROM (SELECT * FROM mart_rfm_segment ORDER BY rank, segment LIMIT 30) AS s
        ), b AS (
            SELECT * FROM mart_rfm_segment WHERE customers > 0 ORDER BY revenue DESC, segment LIMIT 1
        ), r AS (
            SELECT sum(customers) AS customers, sum(revenue) AS revenue FROM mart_rfm_segment WHERE segment IN ('At Risk', 'Cannot Lose Them')
        )
        SELECT @extschema@.dashboard_section('segments', 'Customer segments',
                   CASE WHEN b.segment IS NULL THEN 'No identified customer yet.'
                        ELSE format('%s are %s of customers and have brought %s of what customers spent.', @extschema@.dashboard_escape(left(b.segment, 40)), @extschema@.dashboard_share(b.customer_share),
                                    @extschema@.dashboard_share(b.revenue_share))
                             || CASE WHEN r.customers > 0 THEN format(' %s worth %s so far: At Risk and Cannot Lose Them.',
                                                                      CASE WHEN r.customers = 1 THEN 'One customer is slipping away,' ELSE @extschema@.dashboard_number(r.customers) || ' customers are slipping away,' END,
                                                                      @extschema@.dashboard_number(r.revenue, 0, sign)) ELSE '' END END,
                   '<div class="scroll"><table><thead><tr><th>Segment</th><th class="n">Customers</th><th colspan="2">Share of customers,<br/>share of money</th><th class="n">Days since<br/>last order</th><th class="n">Spent each</th><th>What to do</th></tr></thead><tbody>'
                   || coalesce(a.rows, '') || '</tbody></table></div><p class="key"><span><i class="bg-second"></i>share of customers</span><span><i class="bg-main"></i>share of what they spent, net of returns</span></p>')
        FROM a LEFT JOIN b ON true CROSS JOIN r);
END
$$;
COMMENT ON FUNCTION @extschema@.dashboard_segments(text) IS 'Part of dashboard_html: RFM segments, their shares of customers and of money, what to do.';

CREATE FUNCTION @extschema@.dashboard_cohorts() RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    RETURN (
        WITH cell AS (
            SELECT *, max(retention) FILTER (WHERE month_offset > 0) OVER () AS most
            FROM mart_cohort
            WHERE cohort_size > 0 AND month_offset <= 12 AND cohort_month > (SELECT max(cohort_month) - interval '13 months' FROM mart_cohort)
        ), line AS (
            SELECT cohort_month, '<tr><th scope="row">' || to_char(cohort_month::timestamp, 'Mon YYYY') || '</th><td>' || @extschema@.dashboard_number(max(cohort_size)) || '</td>'
                   || coalesce(string_agg(CASE WHEN is_complete THEN format('<td style="--v:%s">%s</td>', round((retention / nullif(most, 0))::numeric, 2), @extschema@.dashboard_share(retention, 0))
                                               ELSE format('<td class="flat" title="the month is not over">%s*</td>', @extschema@.dashboard_share(retention, 0)) END, '' ORDER BY month_offset)
                               FILTER (WHERE month_offset > 0), '') || '</tr>' AS html
            FROM cell GROUP BY cohort_month
        ), m AS (
            SELECT sum(customers) FILTER (WHERE month_offset = 1) / nullif(sum(cohort_size) FILTER (WHERE month_offset = 1), 0) AS first_month
            FROM cell WHERE is_complete
        )
        SELECT @extschema@.dashboard_section('cohorts', 'Do they come back?',
                   CASE WHEN m.first_month IS NULL THEN 'No whole month after a first order yet.'
                        ELSE format('Of the customers shown, %s ordered again in the month after their first.', @extschema@.dashboard_share(m.first_month::float8)) END,
                   '<div class="scroll"><table class="heat"><thead><tr><th>First order in</th><th>Customers</th>'
                   || (SELECT coalesce(string_agg('<th scope="col">+' || month_offset || '</th>', '' ORDER BY month_offset), '') FROM (SELECT DISTINCT month_offset FROM cell WHERE month_offset > 0) AS o)
                   || '</tr></thead><tbody>' || (SELECT coalesce(string_agg(html, E'\n' ORDER BY cohort_month), '') FROM line)
                   || '</tbody></table></div><p class="key">Share of the month''s new customers who ordered again so many months later. * the month is not over. The first month of the data holds older customers too.</p>')
        FROM m);
END
$$;
COMMENT ON FUNCTION @extschema@.dashboard_cohorts() IS 'Part of dashboard_html: retention by month of the first order, the last 13 cohorts and up to 12 months.';
