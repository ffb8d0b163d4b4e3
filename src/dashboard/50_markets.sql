-- Where the money is made: countries, hours, products.

CREATE FUNCTION @extschema@.dashboard_countries(sign text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    RETURN (
        WITH line AS (
            SELECT least(revenue_rank, 11) AS place, min(country_name) AS name, count(*) AS n, sum(revenue) AS revenue, sum(revenue_share) AS share, sum(orders) AS orders,
                   sum(revenue) / nullif(sum(orders), 0) AS aov, sum(customers) AS customers, CASE WHEN count(*) = 1 THEN min(revenue_mom) END AS growth
            FROM mart_country GROUP BY 1
        ), a AS (
            SELECT string_agg(format('<tr%s><th scope="row">%s</th><td class="m">%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td></tr>',
                                     CASE WHEN place = 11 THEN ' class="rest"' ELSE '' END,
                                     CASE WHEN place = 11 THEN @extschema@.dashboard_count(n, 'other', 'others') ELSE @extschema@.dashboard_escape(left(name, 80)) END,
                                     @extschema@.svg_meter(share), @extschema@.dashboard_share(share), @extschema@.dashboard_number(revenue, 0, sign), @extschema@.dashboard_number(orders),
                                     @extschema@.dashboard_number(aov, 2, sign), @extschema@.dashboard_number(customers),
                                     CASE WHEN place = 11 THEN '' ELSE @extschema@.dashboard_change(growth) END), E'\n' ORDER BY place) AS rows,
                   sum(n) AS countries
            FROM line
        ), f AS (
            SELECT country_name, revenue_share FROM mart_country WHERE revenue_rank = 1
        ), g AS (
            -- Growth of a handful of orders says little.
            SELECT country_name, revenue_mom FROM mart_country WHERE revenue_rank BETWEEN 2 AND 10 AND revenue_mom IS NOT NULL ORDER BY revenue_mom DESC, revenue_rank LIMIT 1
        )
        SELECT @extschema@.dashboard_section('countries', 'Countries',
                   CASE WHEN f.country_name IS NULL THEN 'No sale yet.'
                        ELSE format('%s brings %s of revenue; the shop sells to %s.', @extschema@.dashboard_escape(left(f.country_name, 80)), @extschema@.dashboard_share(f.revenue_share),
                                    @extschema@.dashboard_count(a.countries, 'country', 'countries'))
                             || CASE WHEN g.revenue_mom > 0 THEN format(' Of the next nine, %s grew most in the last whole month (+%s).', @extschema@.dashboard_escape(left(g.country_name, 80)), @extschema@.dashboard_share(g.revenue_mom)) ELSE '' END END,
                   '<div class="scroll"><table><thead><tr><th>Country</th><th colspan="2">Share of revenue</th><th class="n">Revenue</th><th class="n">Orders</th><th class="n">Order value</th><th class="n">Customers</th><th class="n">Last month</th></tr></thead><tbody>'
                   || a.rows || '</tbody></table></div><p class="key">All the time of the data. Last month: the last whole month against the one before.</p>')
        FROM a LEFT JOIN f ON true LEFT JOIN g ON true);
END
$$;
COMMENT ON FUNCTION @extschema@.dashboard_countries(text) IS 'Part of dashboard_html: the ten largest countries and the others together.';

CREATE FUNCTION @extschema@.dashboard_hours(sign text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    RETURN (
        WITH name AS (
            SELECT * FROM unnest(ARRAY['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'], ARRAY['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'])
                 WITH ORDINALITY AS u (short, long, isodow)
        ), cell AS (
            SELECT n.isodow, n.short, n.long, h.hour, m.revenue, m.orders, greatest(m.revenue / nullif(max(m.revenue) OVER (), 0), 0) AS heat
            FROM name AS n
            CROSS JOIN (SELECT generate_series(min(hour)::int, max(hour)::int) AS hour FROM mart_hour_weekday) AS h
            LEFT JOIN mart_hour_weekday AS m ON m.isodow = n.isodow AND m.hour = h.hour
        ), line AS (
            SELECT isodow, '<tr><th scope="row">' || short || '</th>' || string_agg(
                       CASE WHEN revenue IS NULL THEN '<td></td>'
                            ELSE format('<td style="--v:%s" title="%s %s:00, %s, %s">%s</td>', round(heat, 2), long, hour, @extschema@.dashboard_number(revenue, 0, sign),
                                        @extschema@.dashboard_count(orders, 'order', 'orders'), @extschema@.svg_compact(revenue::float8)) END, '' ORDER BY hour) || '</tr>' AS html
            FROM cell GROUP BY isodow, short
        ), top AS (
            SELECT * FROM cell WHERE revenue IS NOT NULL ORDER BY revenue DESC, isodow, hour LIMIT 1
        ), best AS (
            SELECT long, sum(revenue) AS revenue FROM cell GROUP BY isodow, long HAVING sum(revenue) IS NOT NULL ORDER BY 2 DESC, isodow LIMIT 1
        )
        SELECT @extschema@.dashboard_section('hours', 'When people order',
                   coalesce((SELECT format('The busiest hour is %s from %s:00; of the days, %s brings most (%s of revenue).', t.long, t.hour, b.long,
                                           @extschema@.dashboard_share((b.revenue / nullif((SELECT sum(revenue) FROM cell), 0))::float8)) FROM top AS t, best AS b), 'No sale yet.'),
                   '<div class="scroll"><table class="heat"><thead><tr><th></th>' || coalesce((SELECT string_agg('<th scope="col">' || hour || '</th>', '' ORDER BY hour) FROM (SELECT DISTINCT hour FROM cell) AS h), '')
                   || '</tr></thead><tbody>' || (SELECT coalesce(string_agg(html, E'\n' ORDER BY isodow), '') FROM line) || '</tbody></table></div><p class="key">Revenue by weekday and hour of the order'
                   || CASE WHEN sign = '' THEN '' ELSE ', in ' || sign END || '; all the time of the data.</p>'));
END
$$;
COMMENT ON FUNCTION @extschema@.dashboard_hours(text) IS 'Part of dashboard_html: revenue by weekday and hour.';

CREATE FUNCTION @extschema@.dashboard_products(sign text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    RETURN (
        WITH tier AS (
            SELECT tier, count(*) AS products, (count(*) / sum(count(*)) OVER ())::float8 AS product_share, sum(revenue) AS revenue, sum(revenue_share) AS share
            FROM mart_product GROUP BY tier
        ), t AS (
            SELECT string_agg(format('<tr><th scope="row" class="w">%s</th><td class="n">%s</td><td class="m">%s</td><td class="n">%s</td><td class="m">%s</td><td class="n">%s</td><td class="n">%s</td></tr>', tier,
                                     @extschema@.dashboard_number(products), @extschema@.svg_meter(product_share, 'second'), @extschema@.dashboard_share(product_share),
                                     @extschema@.svg_meter(share), @extschema@.dashboard_share(share), @extschema@.dashboard_number(revenue, 0, sign)), E'\n' ORDER BY tier) AS rows,
                   sum(products) AS products
            FROM tier
        ), p AS (
            SELECT string_agg(format('<tr><td class="n">%s</td><th scope="row" class="name">%s <span class="soft">%s</span></th><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td></tr>',
                                     revenue_rank, @extschema@.dashboard_escape(left(coalesce(nullif(btrim(description), ''), 'no description'), 60)), @extschema@.dashboard_escape(left(stock_code, 20)),
                                     @extschema@.dashboard_number(revenue, 0, sign), @extschema@.dashboard_share(revenue_share), @extschema@.dashboard_number(units), @extschema@.dashboard_number(orders),
                                     @extschema@.dashboard_number(returns, 0, sign)), E'\n' ORDER BY revenue_rank) AS rows
            FROM mart_product WHERE revenue_rank <= 12
        ), curve AS (
            SELECT array_agg(c.share ORDER BY g.i) AS share, array_agg(CASE WHEN g.i IN (0, 20, 40, 60, 80, 100) THEN g.i || '%' END ORDER BY g.i) AS labels
            FROM (SELECT i, ceil(i * (SELECT count(*) FROM mart_product) / 100.0)::bigint AS rank FROM generate_series(0, 100) AS i) AS g
            LEFT JOIN (SELECT 0 AS rank, 0 AS share UNION ALL SELECT revenue_rank, 100 * cumulative_share FROM mart_product) AS c USING (rank)
        )
        SELECT @extschema@.dashboard_section('products', 'Products',
                   coalesce((SELECT format('%s of %s (%s) bring %s of revenue: tier A.', @extschema@.dashboard_number(a.products), @extschema@.dashboard_count(t.products, 'product', 'products'),
                                           @extschema@.dashboard_share(a.product_share), @extschema@.dashboard_share(a.share)) FROM tier AS a WHERE a.tier = 'A'), 'No sale yet.'),
                   '<div class="two wide"><div><h3>Revenue that the first products bring, %</h3>'
                   || @extschema@.svg_chart('pareto-chart', 'Pareto curve', 'The share of revenue that the best-selling 0 to 100% of products bring together.', '{0,25,50,75,100}', 150, '',
                                            @extschema@.svg_line(curve.share, '{0,100}', 150, 'line'), curve.labels)
                   || '</div><div class="scroll"><h3>Tiers: the first 80%, the next 15%, the rest of revenue</h3><table><thead><tr><th>Tier</th><th class="n">Products</th><th colspan="2">Of products</th><th colspan="2">Of revenue</th><th class="n">Revenue</th></tr></thead><tbody>'
                   || coalesce(t.rows, '') || '</tbody></table></div></div><h3>Top products</h3><div class="scroll"><table><thead><tr><th class="n">Rank</th><th>Product</th><th class="n">Revenue</th><th class="n">Share</th><th class="n">Units</th><th class="n">Orders</th><th class="n">Returns</th></tr></thead><tbody>'
                   || coalesce(p.rows, '') || '</tbody></table></div>')
        FROM t, p, curve);
END
$$;
COMMENT ON FUNCTION @extschema@.dashboard_products(text) IS 'Part of dashboard_html: Pareto curve, tiers, the first 12 products.';
