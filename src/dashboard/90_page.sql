-- The whole page.

CREATE FUNCTION @extschema@.dashboard_morning(sign text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    RETURN (
        SELECT '<section class="morning" id="morning"><h2>What to know this morning</h2><ul><li>' || string_agg(sentence, E'</li>\n<li>' ORDER BY position) || '</li></ul></section>' || E'\n'
        FROM (
            SELECT 1 AS position, format('Revenue of the last 28 days is %s', @extschema@.dashboard_number(current_value, 0, sign))
                   || coalesce(', ' || @extschema@.dashboard_change_words(change_pct / 100) || ' the 28 days before', '') || '.'
                   -- One large order and its reversal can make a month.
                   || CASE WHEN c.undone > 0.01 * current_value
                           THEN format(' %s of it was taken back within 24 hours', @extschema@.dashboard_number(c.undone, 0, sign))
                                || CASE WHEN previous_value IS NULL THEN '.' ELSE coalesce('; without such orders it is ' || @extschema@.dashboard_change_words((c.clean / nullif(c.clean_before, 0) - 1)::float8) || '.', '.') END
                           ELSE '' END AS sentence
            FROM mart_kpi
            CROSS JOIN LATERAL (SELECT sum(revenue - revenue_clean) FILTER (WHERE date >= current_from) AS undone, sum(revenue_clean) FILTER (WHERE date >= current_from) AS clean,
                                       sum(revenue_clean) FILTER (WHERE date < current_from) AS clean_before
                                FROM mart_daily_sales WHERE date BETWEEN previous_from AND current_to) AS c
            WHERE kpi = 'revenue' AND comparison = 'last28_vs_prev28'
            UNION ALL
            SELECT 2, format('The last 7 days brought %s', @extschema@.dashboard_count(max(current_value) FILTER (WHERE kpi = 'orders'), 'order', 'orders'))
                   || coalesce(', ' || @extschema@.dashboard_change_words(max(change_pct) FILTER (WHERE kpi = 'orders') / 100) || ' the 7 days before', '')
                   || coalesce('; the average order was ' || @extschema@.dashboard_number(max(current_value) FILTER (WHERE kpi = 'aov'), 2, sign), '') || '.'
            FROM mart_kpi WHERE kpi IN ('orders', 'aov') AND comparison = 'last7_vs_prev7' HAVING count(*) > 0
            UNION ALL
            SELECT 3, format('The next 7 days should bring %s', @extschema@.dashboard_number(f.yhat, 0, sign))
                   || coalesce(format(' (%s to %s)', @extschema@.dashboard_number(f.yhat_lower, 0, sign), @extschema@.dashboard_number(f.yhat_upper, 0, sign)), '')
                   || coalesce(', ' || @extschema@.dashboard_change_words((f.yhat / nullif((SELECT sum(d.revenue_clean) FROM (SELECT revenue_clean FROM mart_daily_sales ORDER BY date DESC LIMIT 7) AS d), 0) - 1)::float8)
                               || ' what the last 7 brought', '') || '.'
            FROM mart_forecast_total AS f WHERE f.metric = 'revenue' AND f.dimension = 'total' AND f.horizon = 7 AND f.yhat IS NOT NULL
            UNION ALL
            SELECT 4, CASE WHEN count(*) = 0 THEN 'No high or critical alert of the last 28 days is open.'
                           ELSE format('%s of the last 28 days %s open, %s%s: %s.', @extschema@.dashboard_count(count(*), 'high or critical alert', 'high or critical alerts'),
                                       CASE count(*) WHEN 1 THEN 'is' ELSE 'are' END, CASE count(*) WHEN 1 THEN 'of ' ELSE 'the latest of ' END, @extschema@.dashboard_date(max(date)),
                                       @extschema@.dashboard_escape(left(split_part((array_agg(coalesce(explanation, metric) ORDER BY date DESC, dimension = 'total' DESC, abs(impact) DESC NULLS LAST, metric, dimension, entity))[1], '; ', 1), 200))) END
            FROM mart_anomaly
            WHERE is_anomaly AND status = 'open' AND severity IN ('high', 'critical') AND date > (SELECT max(date) FROM mart_daily_sales) - 28
            UNION ALL
            SELECT 5, format('%s, worth %s so far, are slipping away (At Risk, Cannot Lose Them).', @extschema@.dashboard_count(sum(customers), 'customer', 'customers'), @extschema@.dashboard_number(sum(revenue), 0, sign))
            FROM mart_rfm_segment WHERE segment IN ('At Risk', 'Cannot Lose Them') HAVING sum(customers) > 0) AS s);
END
$$;
COMMENT ON FUNCTION @extschema@.dashboard_morning(text) IS 'Part of dashboard_html: three to five sentences.';

CREATE FUNCTION @extschema@.dashboard_page(schema text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    sign text := @extschema@.dashboard_sign();
    head text;
    has_data boolean;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    SELECT '<header><h1>How ' || @extschema@.dashboard_escape(schema) || ' is doing</h1><p class="soft">'
           || CASE WHEN max(data_to) IS NULL THEN 'no data yet' ELSE 'As of ' || to_char(max(data_to)::timestamp, 'FMDay ') || @extschema@.dashboard_date(max(data_to)) END
           || coalesce(', refreshed ' || to_char(min(refreshed_at), 'YYYY-MM-DD HH24:MI TZ'), ', never refreshed')
           || CASE WHEN bool_or(is_stale) THEN ' <strong class="tag high">stale: a refresh is due</strong>' ELSE '' END || '</p></header>' || E'\n',
           coalesce(max(data_to) IS NOT NULL, false)
    INTO head, has_data FROM mart_freshness;
    RETURN '<!DOCTYPE html>' || E'\n<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><meta name="color-scheme" content="light dark"/><title>'
        || @extschema@.dashboard_escape(schema) || '</title><style>' || @extschema@.dashboard_style() || E'</style></head>\n<body><main>\n' || head
        || CASE WHEN has_data THEN
               coalesce(@extschema@.dashboard_morning(sign), '') || coalesce(@extschema@.dashboard_kpis(sign), '') || coalesce(@extschema@.dashboard_trend(sign), '') || coalesce(@extschema@.dashboard_months(sign), '')
               || coalesce(@extschema@.dashboard_newcomers(), '') || coalesce(@extschema@.dashboard_countries(sign), '') || coalesce(@extschema@.dashboard_hours(sign), '')
               || coalesce(@extschema@.dashboard_products(sign), '') || coalesce(@extschema@.dashboard_segments(sign), '') || coalesce(@extschema@.dashboard_cohorts(), '')
               || coalesce(@extschema@.dashboard_forecast(sign), '') || coalesce(@extschema@.dashboard_alerts(sign), '') || coalesce(@extschema@.dashboard_quality(sign), '')
           ELSE '<section><p>Load lines into raw_sales and CALL warehouse_refresh.</p></section>' || coalesce(@extschema@.dashboard_quality(sign), '') END
        || '<footer><p>Sales are before returns, without charges such as postage, unless it says net; forecasts, and what they are compared with, leave out orders taken back within 24 hours. '
        || CASE WHEN sign = '' THEN 'Amounts are in the currency of the data. ' ELSE '' END
        || 'Every figure is in a mart of the schema ' || @extschema@.dashboard_escape(schema) || E'.</p></footer>\n</main></body></html>\n';
END
$$;
COMMENT ON FUNCTION @extschema@.dashboard_page(text) IS 'Part of dashboard_html: the page, for the warehouse of the search_path.';

CREATE FUNCTION @extschema@.dashboard_html(schema text DEFAULT 'shop') RETURNS text
LANGUAGE plpgsql STABLE PARALLEL UNSAFE COST 100000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_name(schema);
    IF to_regclass(format('%I.warehouse_state', schema)) IS NULL THEN
        RAISE EXCEPTION 'warehouse "%" does not exist', schema
            USING ERRCODE = 'invalid_schema_name', HINT = format('Make one first: CALL warehouse_create(%L).', schema);
    END IF;
    IF to_regclass(format('%I.mart_product', schema)) IS NULL THEN
        RAISE EXCEPTION 'marts of warehouse "%" are missing', schema
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('CALL warehouse_repair(%L) makes them anew; no data is lost.', schema);
    END IF;
    PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', schema), true);
    RETURN @extschema@.dashboard_page(schema);
END
$$;
COMMENT ON FUNCTION @extschema@.dashboard_html(text) IS
'One self-contained HTML page about a warehouse, for a mail or a share: no script, nothing fetched, light, dark and on paper, all text from the data escaped, well-formed as XML. The same answers as the dashboards of superset/: sentences, figures of 28 days, days, months, customers, countries, hours, products, segments, cohorts, forecast, alerts, data quality. Reads the marts, quality_rule and, for the sign of the currency, setting; everything as of one moment. Errors: 22004 NULL, 42622 bad name, 3F000 no such warehouse, 55000 its marts are missing, 42501 a mart that the caller may not read.';
