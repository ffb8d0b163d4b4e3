-- What comes and what broke: forecast, alerts, quality of the data.

CREATE FUNCTION @extschema@.dashboard_forecast_totals(sign text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    RETURN (
        WITH cell AS (
            SELECT t.metric, t.horizon, format('<td class="n">%s<br/><span class="band-text">%s&#8211;%s</span></td>', @extschema@.dashboard_number(t.yhat, 0, m.sign),
                                               @extschema@.dashboard_number(t.yhat_lower, 0, m.sign), @extschema@.dashboard_number(t.yhat_upper, 0, m.sign)) AS html, m.position
            FROM mart_forecast_total AS t
            JOIN (VALUES (1, 'revenue', sign), (2, 'orders', ''), (3, 'units', ''), (4, 'customers', '')) AS m (position, metric, sign) USING (metric)
            WHERE t.dimension = 'total'
        ), line AS (
            SELECT c.position, format('<tr><th scope="row">%s</th>%s%s<td class="n">%s</td></tr>', c.metric || CASE c.metric WHEN 'customers' THEN '*' ELSE '' END,
                                      coalesce(max(c.html) FILTER (WHERE c.horizon = 7), '<td></td>'), coalesce(max(c.html) FILTER (WHERE c.horizon = 28), '<td></td>'),
                                      @extschema@.dashboard_share((SELECT 1 - a.accuracy FROM mart_forecast_accuracy AS a
                                                                   WHERE a.metric = c.metric AND a.dimension = 'total' AND a.method = @extschema@.warehouse_shown_method(a.metric, a.dimension) AND a.horizon = 7))) AS html
            FROM cell AS c GROUP BY c.position, c.metric
        ), country AS (
            SELECT t.yhat, t.entity, format('<tr><th scope="row">%s</th><td class="n">%s</td><td class="n w soft">%s to %s</td></tr>',
                                            CASE t.entity WHEN 'rest' THEN 'all others' ELSE @extschema@.dashboard_escape(left(coalesce(c.country_name, t.entity), 80)) END,
                                            @extschema@.dashboard_number(t.yhat, 0, sign), @extschema@.dashboard_number(t.yhat_lower, 0, sign), @extschema@.dashboard_number(t.yhat_upper, 0, sign)) AS html
            FROM mart_forecast_total AS t LEFT JOIN mart_country AS c ON c.country = t.entity
            WHERE t.dimension = 'country' AND t.metric = 'revenue' AND t.horizon = 7 AND t.yhat IS NOT NULL
            ORDER BY t.yhat DESC, t.entity LIMIT 8
        )
        SELECT CASE WHEN EXISTS (SELECT FROM line) THEN
                   '<div class="two wide"><div class="scroll"><h3>In all</h3><table><thead><tr><th></th><th class="n">7 days,<br/>80% band</th><th class="n">28 days,<br/>80% band</th><th class="n">Mean error<br/>of 7 days</th></tr></thead><tbody>'
                   || (SELECT string_agg(html, E'\n' ORDER BY position) FROM line) || '</tbody></table><p class="key">* each counted once a day</p></div>' ELSE '<div class="two wide">' END
               || CASE WHEN EXISTS (SELECT FROM country) THEN
                   '<div class="scroll"><h3>Revenue by country, 7 days</h3><table><thead><tr><th>Country</th><th class="n">Expected</th><th class="n">80% band</th></tr></thead><tbody>'
                   || (SELECT string_agg(html, E'\n' ORDER BY yhat DESC, entity) FROM country) || '</tbody></table></div>' ELSE '' END || '</div>');
END
$$;
COMMENT ON FUNCTION @extschema@.dashboard_forecast_totals(text) IS
'Part of dashboard_html: what 7 and 28 days bring in all, with the band of the sum and the mean error of earlier forecasts of 7 days; revenue by country.';

CREATE FUNCTION @extschema@.dashboard_forecast(sign text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    RETURN (
        WITH future AS (
            SELECT * FROM mart_forecast WHERE metric = 'revenue' AND dimension = 'total' AND is_future
        ), slot AS (
            -- Closed days have no place in the chart: their 0 is no forecast to look at.
            SELECT * FROM (
                SELECT date, actual::float8 AS actual, yhat::float8 AS yhat, NULL::float8 AS lower, NULL::float8 AS upper
                FROM mart_forecast WHERE metric = 'revenue' AND dimension = 'total' AND NOT is_future AND (status <> 'closed' OR actual > 0) ORDER BY date DESC LIMIT 56) AS past
            UNION ALL
            SELECT date, NULL, yhat::float8, yhat_lower::float8, yhat_upper::float8 FROM future WHERE yhat IS NOT NULL AND status <> 'closed'
        ), a AS (
            SELECT array_agg(date ORDER BY date) AS days, array_agg(actual ORDER BY date) AS actual, array_agg(yhat ORDER BY date) AS yhat, array_agg(lower ORDER BY date) AS lower,
                   array_agg(upper ORDER BY date) AS upper, array_agg(greatest(actual, yhat, upper) ORDER BY date) AS tops, @extschema@.svg_ticks(0, max(greatest(actual, yhat, upper))) AS ticks,
                   array_agg(@extschema@.dashboard_date(date) || ': ' || concat_ws(', ', @extschema@.dashboard_number(actual::numeric, 0, sign), @extschema@.dashboard_number(yhat::numeric, 0, sign) || ' expected',
                             @extschema@.dashboard_number(lower::numeric, 0, sign) || ' to ' || @extschema@.dashboard_number(upper::numeric, 0, sign)) ORDER BY date) AS tips
            FROM (SELECT date, actual, yhat, lower, upper FROM slot) AS s
        ), t AS (
            SELECT min(status) FILTER (WHERE yhat IS NULL) AS problem, count(*) AS days, count(yhat) AS known,
                   string_agg(format('<tr><th scope="row" class="w">%s</th>%s</tr>', to_char(date::timestamp, 'Dy FMDD Mon'),
                                     CASE WHEN yhat IS NOT NULL AND status <> 'closed' THEN format('<td class="n">%s</td><td class="n">%s</td><td class="n">%s</td>', @extschema@.dashboard_number(yhat, 0, sign),
                                                                                                   @extschema@.dashboard_number(yhat_lower, 0, sign), @extschema@.dashboard_number(yhat_upper, 0, sign))
                                          ELSE '<td class="soft" colspan="3">' || @extschema@.dashboard_escape(left(status, 120)) || '</td>' END), E'\n' ORDER BY date) AS rows
            FROM future WHERE horizon <= 7
        ), w AS (
            SELECT * FROM mart_forecast_total WHERE metric = 'revenue' AND dimension = 'total' AND horizon = 7
        ), q AS (
            SELECT * FROM mart_forecast_accuracy WHERE metric = 'revenue' AND dimension = 'total' AND horizon = 7 AND method = @extschema@.warehouse_shown_method(metric, dimension)
        )
        SELECT @extschema@.dashboard_section('forecast', 'What comes next',
                   CASE WHEN t.days = 0 THEN 'There is no forecast yet.'
                        WHEN t.known = 0 THEN format('There is no forecast: %s.', @extschema@.dashboard_escape(left(t.problem, 120)))
                        ELSE format('From %s to %s the shop should take %s', @extschema@.dashboard_date(w.from_date), @extschema@.dashboard_date(w.to_date), @extschema@.dashboard_number(w.yhat, 0, sign))
                             || coalesce(format(', in four of five such weeks %s to %s', @extschema@.dashboard_number(w.yhat_lower, 0, sign), @extschema@.dashboard_number(w.yhat_upper, 0, sign)), '') || '.'
                             || CASE WHEN q.accuracy IS NULL THEN ' No such forecast could be checked yet.'
                                     ELSE format(' %s made this way missed the week''s total by %s on average.',
                                                 CASE WHEN q.origins = 1 THEN 'The one earlier forecast' ELSE format('The %s earlier forecasts', q.origins) END, @extschema@.dashboard_share(1 - q.accuracy)) END
                             || CASE WHEN q.is_drifting THEN format(' <strong class="down">Lately they have become worse: %s in the last four weeks.</strong>', @extschema@.dashboard_share(q.recent_error)) ELSE '' END END,
                   CASE WHEN a.days IS NULL OR t.known = 0 THEN '' ELSE
                   '<div class="two"><div>' || @extschema@.svg_chart('forecast-chart', 'Revenue and its forecast',
                       'The last 56 trading days with what had been forecast for them, and the forecast of the next 28 days with its band; closed days are left out.', a.ticks, 220, sign,
                       @extschema@.svg_band(a.lower, a.upper, a.ticks, 220) || @extschema@.svg_line(a.actual, a.ticks, 220, 'line') || @extschema@.svg_line(a.yhat, a.ticks, 220, 'line ahead')
                       || @extschema@.svg_bars(NULL, a.tops, a.tips, a.ticks, 220, 'hover'), @extschema@.svg_date_labels(a.days))
                   || '<p class="key"><span><i class="rule bg-main"></i>what came</span><span><i class="rule bg-second"></i>what was and is expected</span><span>shaded: four of five days should fall here</span></p></div>'
                   || '<div class="scroll"><table><thead><tr><th>Day</th><th class="n">Expected</th><th class="n">At least</th><th class="n">At most</th></tr></thead><tbody>'
                   || t.rows || '</tbody></table></div></div>' || @extschema@.dashboard_forecast_totals(sign) END)
        FROM a CROSS JOIN t LEFT JOIN w ON true LEFT JOIN q ON true);
END
$$;
COMMENT ON FUNCTION @extschema@.dashboard_forecast(text) IS
'Part of dashboard_html: revenue of the days to come with its band, what had been forecast for the days gone by, how good such forecasts were; revenue without sales that were reversed within a day.';

CREATE FUNCTION @extschema@.dashboard_alerts(sign text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    RETURN (
        WITH alert AS (
            SELECT *, array_position(ARRAY['low', 'medium', 'high', 'critical'], severity) AS gravity, metric IN ('orders', 'customers', 'units') AS is_count
            FROM mart_anomaly WHERE is_anomaly AND date > (SELECT max(date) FROM mart_daily_sales) - 28
        ), shown AS (
            SELECT * FROM alert WHERE status IN ('open', 'acknowledged') ORDER BY gravity DESC, dimension = 'total' DESC, date DESC, abs(impact) DESC NULLS LAST, metric, dimension, entity LIMIT 12
        ), a AS (
            SELECT string_agg(format('<tr><td class="w"><span class="tag %s">%s</span><br/><span class="soft">%s</span></td><td class="t">%s%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td></tr>',
                       severity, severity, to_char(date::timestamp, 'FMDD Mon') || CASE grain WHEN 'week' THEN ', week' ELSE '' END,
                       @extschema@.dashboard_escape(left(coalesce(explanation, metric || ' ' || entity), 400)),
                       CASE status WHEN 'acknowledged' THEN ' <span class="soft">acknowledged' || coalesce(': ' || @extschema@.dashboard_escape(left(note, 200)), '') || '</span>' ELSE '' END,
                       @extschema@.dashboard_number(actual, CASE metric WHEN 'aov' THEN 2 ELSE 0 END, CASE WHEN is_count THEN '' ELSE sign END),
                       @extschema@.dashboard_number(expected, CASE metric WHEN 'aov' THEN 2 ELSE 0 END, CASE WHEN is_count THEN '' ELSE sign END),
                       @extschema@.dashboard_change(deviation_pct / 100), @extschema@.dashboard_number(impact, 0, sign)),
                       E'\n' ORDER BY gravity DESC, dimension = 'total' DESC, date DESC, abs(impact) DESC NULLS LAST, metric, dimension, entity) AS rows,
                   count(*) AS n
            FROM shown
        ), c AS (
            SELECT count(*) FILTER (WHERE status IN ('open', 'acknowledged')) AS open, count(*) FILTER (WHERE status IN ('open', 'acknowledged') AND gravity >= 3) AS grave,
                   count(*) FILTER (WHERE status = 'resolved') AS resolved
            FROM alert
        )
        SELECT @extschema@.dashboard_section('alerts', 'Alerts',
                   CASE WHEN c.open = 0 THEN 'Nothing in the last 28 days was out of the ordinary and is still open.'
                        ELSE format('%s of the last 28 days %s not as expected and still open; %s.', @extschema@.dashboard_count(c.open, 'figure', 'figures'), CASE WHEN c.open = 1 THEN 'was' ELSE 'were' END,
                                    CASE c.grave WHEN 0 THEN 'none is high or critical' WHEN 1 THEN 'one is high or critical' ELSE @extschema@.dashboard_number(c.grave) || ' are high or critical' END) END
                   || CASE c.resolved WHEN 0 THEN '' ELSE format(' %s resolved.', @extschema@.dashboard_number(c.resolved)) END,
                   CASE WHEN a.n = 0 THEN '' ELSE '<div class="scroll"><table><thead><tr><th>Severity, day</th><th>What and why</th><th class="n">Actual</th><th class="n">Expected</th><th class="n">Deviation</th><th class="n">Impact</th></tr></thead><tbody>'
                       || a.rows || '</tbody></table></div>'
                       || CASE WHEN c.open > a.n THEN format('<p class="key">The gravest %s of %s; all are in mart_anomaly.</p>', a.n, c.open) ELSE '' END END)
        FROM a, c);
END
$$;
COMMENT ON FUNCTION @extschema@.dashboard_alerts(text) IS 'Part of dashboard_html: open and acknowledged alerts of the last 28 days, the gravest 12.';

CREATE FUNCTION @extschema@.dashboard_quality(sign text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    RETURN (
        WITH class AS (
            SELECT q.rule, r.description, r.precedence, sum(q.rows) AS rows, (sum(q.rows) / sum(sum(q.rows)) OVER ())::float8 AS share, sum(q.amount) AS amount
            FROM mart_data_quality AS q LEFT JOIN quality_rule AS r USING (rule) GROUP BY q.rule, r.description, r.precedence
        ), a AS (
            SELECT string_agg(format('<tr><th scope="row" class="w">%s</th><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td class="t">%s</td></tr>',
                                     replace(@extschema@.dashboard_escape(rule), '_', ' '), @extschema@.dashboard_number(rows), @extschema@.dashboard_share(share, 2), @extschema@.dashboard_number(amount, 0, sign),
                                     CASE WHEN precedence IS NULL THEN 'kept' ELSE 'rejected: ' || @extschema@.dashboard_escape(left(description, 160)) END), E'\n' ORDER BY precedence NULLS FIRST, rows DESC, rule) AS lines,
                   sum(rows) AS rows, coalesce(sum(rows) FILTER (WHERE precedence IS NOT NULL), 0) AS rejected, coalesce(sum(share) FILTER (WHERE precedence IS NOT NULL), 0) AS rejected_share
            FROM class
        ), l AS (
            SELECT count(*) AS loads, count(*) FILTER (WHERE abs(share - 1) < 1e-9) AS whole FROM (SELECT load_id, sum(share) AS share FROM mart_data_quality GROUP BY load_id) AS s
        )
        SELECT @extschema@.dashboard_section('quality', 'Data quality',
                   CASE WHEN a.rows IS NULL THEN 'No line was taken yet.'
                        ELSE format('Of %s loaded, %s (%s) were rejected by a rule and kept with the reason. ', @extschema@.dashboard_count(a.rows, 'line', 'lines'), @extschema@.dashboard_number(a.rejected),
                                    @extschema@.dashboard_share(a.rejected_share, 2))
                             || CASE WHEN l.whole = l.loads THEN format('Sales, returns, charges and rejects add up to the lines of %s.',
                                                                        CASE l.loads WHEN 1 THEN 'the one load' ELSE format('each of the %s loads', @extschema@.dashboard_number(l.loads)) END)
                                     ELSE format('<strong class="down">In %s the lines do not add up: look at warehouse_conservation.</strong>', @extschema@.dashboard_count(l.loads - l.whole, 'load', 'loads')) END END,
                   CASE WHEN a.rows IS NULL THEN '' ELSE '<div class="scroll"><table><thead><tr><th>Class or rule</th><th class="n">Lines</th><th class="n">Share</th><th class="n">Amount</th><th>What became of them</th></tr></thead><tbody>'
                       || a.lines || '</tbody></table></div>' END)
        FROM a, l);
END
$$;
COMMENT ON FUNCTION @extschema@.dashboard_quality(text) IS 'Part of dashboard_html: what became of the loaded lines, by class or rule, and whether they add up.';
