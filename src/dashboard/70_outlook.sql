-- What comes and what broke: forecast, alerts, quality of the data.

CREATE FUNCTION @extschema@.dashboard_forecast(sign text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    RETURN (
        WITH future AS (
            SELECT * FROM mart_forecast WHERE metric = 'revenue' AND dimension = 'total' AND is_future AND horizon <= 7
        ), slot AS (
            -- Closed days have no place in the chart: their 0 is no forecast to look at.
            (SELECT date, actual::float8 AS actual, NULL::float8 AS yhat, NULL::float8 AS lower, NULL::float8 AS upper
             FROM mart_forecast WHERE metric = 'revenue' AND dimension = 'total' AND NOT is_future ORDER BY date DESC LIMIT 56)
            UNION ALL
            SELECT date, NULL, yhat::float8, yhat_lower::float8, yhat_upper::float8 FROM future WHERE status = 'ok'
        ), a AS (
            SELECT array_agg(date ORDER BY date) AS days, array_agg(actual ORDER BY date) AS actual, array_agg(yhat ORDER BY date) AS yhat, array_agg(lower ORDER BY date) AS lower,
                   array_agg(upper ORDER BY date) AS upper, array_agg(greatest(actual, upper) ORDER BY date) AS tops, @extschema@.svg_ticks(min(least(actual, lower)), max(greatest(actual, upper))) AS ticks,
                   array_agg(@extschema@.dashboard_date(date) || ': ' || CASE WHEN yhat IS NULL THEN @extschema@.dashboard_number(actual::numeric, 0, sign)
                             ELSE format('%s expected, %s to %s', @extschema@.dashboard_number(yhat::numeric, 0, sign), @extschema@.dashboard_number(lower::numeric, 0, sign),
                                         @extschema@.dashboard_number(upper::numeric, 0, sign)) END ORDER BY date) AS tips
            FROM slot
        ), t AS (
            SELECT sum(yhat) AS yhat, min(date) AS first, max(date) AS last, min(status) FILTER (WHERE status NOT IN ('ok', 'closed')) AS problem, count(*) AS days,
                   string_agg(format('<tr><th scope="row" class="w">%s</th>%s</tr>', to_char(date::timestamp, 'Dy FMDD Mon'),
                                     CASE WHEN status = 'ok' THEN format('<td class="n">%s</td><td class="n">%s</td><td class="n">%s</td>', @extschema@.dashboard_number(yhat, 0, sign),
                                                                         @extschema@.dashboard_number(yhat_lower, 0, sign), @extschema@.dashboard_number(yhat_upper, 0, sign))
                                          ELSE '<td class="soft" colspan="3">' || @extschema@.dashboard_escape(left(status, 120)) || '</td>' END), E'\n' ORDER BY date) AS rows
            FROM future
        ), q AS (
            SELECT * FROM mart_forecast_accuracy WHERE metric = 'revenue' AND dimension = 'total' AND horizon = 7 ORDER BY accuracy DESC NULLS LAST, method LIMIT 1
        )
        SELECT @extschema@.dashboard_section('forecast', 'Next week',
                   CASE WHEN t.days = 0 THEN 'There is no forecast yet.'
                        WHEN t.problem IS NOT NULL THEN format('There is no forecast: %s.', @extschema@.dashboard_escape(left(t.problem, 120)))
                        ELSE format('From %s to %s the shop should take %s.', @extschema@.dashboard_date(t.first), @extschema@.dashboard_date(t.last), @extschema@.dashboard_number(t.yhat, 0, sign))
                             || CASE WHEN q.accuracy IS NULL THEN ' No such forecast could be checked yet.'
                                     ELSE format(' %s made this way came within %s of the week''s total on average, and %s of the days fell into the band of 80%%.',
                                                 CASE WHEN q.origins = 1 THEN 'The one earlier forecast' ELSE format('The %s earlier forecasts', q.origins) END,
                                                 @extschema@.dashboard_share(1 - q.accuracy), @extschema@.dashboard_share(q.coverage, 0)) END END,
                   CASE WHEN a.days IS NULL THEN '' ELSE
                   '<div class="two"><div>' || @extschema@.svg_chart('forecast-chart', 'Revenue and its forecast', 'The last 56 trading days and the forecast of the next 7 days with its band; closed days are left out.', a.ticks, 200, sign,
                       @extschema@.svg_band(a.lower, a.upper, a.ticks, 200) || @extschema@.svg_line(a.actual, a.ticks, 200, 'line') || @extschema@.svg_line(a.yhat, a.ticks, 200, 'ahead')
                       || @extschema@.svg_bars(NULL, a.tops, a.tips, a.ticks, 200, 'hover'), @extschema@.svg_date_labels(a.days))
                   || '<p class="key"><span><i class="rule bg-main"></i>trading days</span><span>dotted: expected</span><span>shaded: four of five days should fall here</span></p></div>' END
                   || CASE WHEN t.rows IS NULL OR a.days IS NULL THEN '' ELSE '<div class="scroll"><table><thead><tr><th>Day</th><th class="n">Expected</th><th class="n">At least</th><th class="n">At most</th></tr></thead><tbody>'
                      || t.rows || '</tbody></table></div></div>' END)
        FROM a CROSS JOIN t LEFT JOIN q ON true);
END
$$;
COMMENT ON FUNCTION @extschema@.dashboard_forecast(text) IS
'Part of dashboard_html: revenue of the next seven days with its band, and how good such forecasts were; revenue without sales that were reversed within a day.';

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
