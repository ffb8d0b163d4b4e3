# UCI Online Retail, all 541,909 rows: every figure of the reference tables, and the same file again changes nothing.
# Provenance of the expected numbers: test/data/README.md.
use strict;
use warnings;
use Cwd;
use Test::More;
use BiMl;

my $tables = ($ENV{BI_ML_FIXTURES} // '') . '/analytics';
my $file = ($ENV{BI_ML_DATA} // '') . '/online_retail.csv.xz';
plan skip_all => 'BI_ML_FIXTURES and BI_ML_DATA name no reference data that can be read' unless -r "$tables/monthly.csv" && -r $file;

my $columns = 'invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country';
my $load = "\\copy shop.raw_sales ($columns) FROM PROGRAM 'xz -dc $file' CSV HEADER\n";
my $figures = getcwd() . '/data/real_figures.sql';
my $node = server('real');
$node->safe_psql('bi', "CALL warehouse_create('shop')");
$node->safe_psql('bi', $load);
$node->safe_psql('bi', "CALL warehouse_refresh('shop')");

chdir $tables or die $!;
foreach my $line (split /\n/, $node->safe_psql('bi', "\\i $figures\n"))
{
    my ($name, $differences) = split /\|/, $line;
    is($differences, '0', $name);
}
is($node->safe_psql('bi', 'SELECT count(*) FROM shop.warehouse_conservation'), '0', 'every raw row is in exactly one place');

# Anomalies. Two orders were taken back within minutes (spec of the data set: invoices 541431 and 581483); over Christmas the shop
# was closed; an order of 10 June was keyed wrong; the last day ends at noon.
my $total = "FROM shop.mart_anomaly WHERE dimension = 'total' AND is_anomaly";
is($node->safe_psql('bi', "SELECT date, driver_kind, substr(driver, 1, 14), round(driver_impact, 2) $total AND metric = 'revenue_gross' ORDER BY date"),
    "2011-01-18|reversed_order|order 541431 o|77183.60\n2011-12-09|reversed_order|order 581483 o|168469.60", 'orders taken back are explained');
is($node->safe_psql('bi', "SELECT count(*) FROM shop.mart_anomaly WHERE date IN ('2011-01-18', '2011-12-09') AND metric LIKE 'revenue%' AND dimension = 'total'
    AND explanation ~ '(541431 of customer 12346, 74,215 x 23166|581483 of customer 16446, 80,995 x 23843)'"), '4', 'with order, customer and product');
is($node->safe_psql('bi', "SELECT count(*) FROM shop.mart_anomaly WHERE is_anomaly AND grain = 'day' AND date BETWEEN '2010-12-24' AND '2011-01-03'"), '0', 'Christmas raises nothing');
is($node->safe_psql('bi', "SELECT count(*) $total AND date BETWEEN '2010-12-20' AND '2011-01-05' AND severity <> 'low'"), '0', 'and the days beside it at most low alerts');
is($node->safe_psql('bi', "SELECT string_agg(DISTINCT date::text, ' ' ORDER BY date::text) $total AND severity IN ('high', 'critical')"),
    '2011-01-18 2011-06-10 2011-12-09', 'nothing else is grave');
is($node->safe_psql('bi', "SELECT count(*) FROM shop.mart_product AS m JOIN shop.dim_product AS p USING (stock_code)
    WHERE tier = 'A' AND p.first_seen < '2011-10-16' AND NOT EXISTS (SELECT FROM shop.anomaly_series AS s WHERE s.dimension = 'product' AND s.entity = m.stock_code)"),
    '0', 'every product of tier A is watched');
is($node->safe_psql('bi', "SELECT string_agg(entity, ', ' ORDER BY entity) FROM shop.anomaly_series WHERE dimension = 'country'"),
    'Australia, EIRE, France, Germany, Netherlands, United Kingdom', 'and every country above a size');
is($node->safe_psql('bi', "SELECT count(*) FROM shop.mart_anomaly WHERE is_anomaly AND (driver IS NULL OR impact IS NULL OR explanation IS NULL)"), '0', 'every alert has a driver and an impact');

# The page that says so to people.
is($node->safe_psql('bi', "SELECT octet_length(h) BETWEEN 100000 AND 400000, xml_is_well_formed_document(h) FROM dashboard_html('shop') AS h"), 't|t', 'the page is of a bounded size and well-formed');
my $page = $node->safe_psql('bi', "SELECT dashboard_html('shop')");
like($page, qr/$_/, "and says $_") for 'As of Friday 9 Dec 2011', 'Nov 2011, the last whole month, took &#163;1,452,116, 31\.6% above the month before',
    'United Kingdom brings 85\.1% of revenue; the shop sells to 38 countries', '1[67]\d,\d{3} of it was taken back within 24 hours',
    'Dec 2011 has 9 days so far, which are 38\.4% above the same days of the month before, net of returns \d',
    'Of 541,909 lines loaded, 7,780 \(1\.44%\) were rejected';

# Forecasts. The archive, scored in plain SQL from the facts; the series as plain SQL makes them, forecast by forecast_backtest.
$node->safe_psql('bi', <<'SQL');
CREATE TABLE truth AS
SELECT m.metric, d::date AS date, m.y
FROM generate_series(timestamp '2010-12-01', '2011-12-09', '1 day') AS d
LEFT JOIN LATERAL (SELECT sum(amount) AS revenue, count(DISTINCT invoice_no) AS orders, sum(quantity) AS units FROM shop.fact_sales
                   WHERE date_key = to_char(d, 'YYYYMMDD')::int AND NOT is_reversed) AS s ON true
CROSS JOIN LATERAL (VALUES ('revenue', coalesce(s.revenue, 0)), ('orders', s.orders), ('units', coalesce(s.units, 0))) AS m (metric, y);
CREATE TABLE backtest AS
SELECT t.metric, m.method, b.cutoff::date AS as_of, b.ds::date AS date, round(b.yhat::numeric, 4) AS yhat, b.y
FROM (SELECT metric, series_agg(date, y::float8) AS series FROM truth GROUP BY metric) AS t, (VALUES ('auto'), ('prophet'), ('seasonal_naive')) AS m (method),
     forecast_backtest(t.series, 7, m.method, interval '283 days', interval '7 days', lower_limit => 0) AS b;
SQL
is($node->safe_psql('bi', "SELECT count(*), count(*) FILTER (WHERE s.actual <> t.y OR s.error <> s.yhat - t.y OR s.in_band <> (t.y BETWEEN s.yhat_lower AND s.yhat_upper))
    FROM shop.mart_forecast_scored AS s JOIN truth AS t USING (metric, date) WHERE s.dimension = 'total' AND s.lead <= 7"),
    (7 + 6 + 6) * 13 * 7 . '|0', 'archived forecasts of revenue, orders and units are scored by what came');
is($node->safe_psql('bi', "SELECT count(*), count(*) FILTER (WHERE abs(f.yhat - b.yhat) > 0.001) FROM shop.forecast_archive AS f JOIN backtest AS b USING (metric, method, as_of, date) WHERE f.dimension = 'total'"),
    3 * 3 * 13 * 7 . '|0', 'those of the past are what forecast_backtest makes');
is($node->safe_psql('bi', "SELECT count(*) FILTER (WHERE abs(a.accuracy - b.accuracy) > 1e-6) FROM shop.mart_forecast_accuracy AS a JOIN (
        SELECT metric, method, 1 - avg(error) AS accuracy FROM (SELECT metric, method, abs(sum(yhat) - sum(y)) / sum(y) AS error FROM backtest GROUP BY metric, method, as_of) AS w
        GROUP BY metric, method) AS b USING (metric, method) WHERE a.dimension = 'total' AND a.horizon = 7"), '0', 'and so is their accuracy');
is($node->safe_psql('bi', "SELECT count(*), count(*) FILTER (WHERE total <> parts) FROM (SELECT sum(yhat) FILTER (WHERE dimension = 'total') AS total,
    sum(yhat) FILTER (WHERE dimension = 'country') AS parts FROM shop.mart_forecast WHERE is_future AND metric = 'revenue' GROUP BY date) AS d"), '28|0', 'countries add up to the total, to the penny');
is($node->safe_psql('bi', "SELECT string_agg(date::text, ' ' ORDER BY date) FROM shop.mart_forecast WHERE metric = 'orders' AND is_future AND status = 'closed'"),
    '2011-12-10 2011-12-17 2011-12-24 2011-12-25 2011-12-26 2011-12-27 2011-12-31 2012-01-01 2012-01-02', 'Saturdays and public holidays are closed');
cmp_ok($node->safe_psql('bi', "SELECT accuracy FROM shop.mart_forecast_accuracy WHERE (metric, dimension, method, horizon) = ('orders', 'total', 'auto', 7)"), '>', 0.9, 'orders of the next week are met to 90 %');
note($node->safe_psql('bi', "SELECT metric, method, horizon, round(accuracy::numeric, 3) FROM shop.mart_forecast_accuracy WHERE dimension = 'total' ORDER BY 1, 3, 4 DESC"));

my @unchanged = qw(fact_sales fact_returns fact_charge dim_product dim_product_alias dim_customer dim_country dim_date
  mart_daily_sales mart_monthly_sales mart_kpi mart_country mart_country_monthly mart_rfm mart_rfm_segment mart_product
  mart_product_weekly mart_cohort mart_hour_weekday);
my %before = map { $_ => digest($node, 'bi', "shop.$_") } @unchanged;
$node->safe_psql('bi', $load);
$node->safe_psql('bi', "CALL warehouse_refresh('shop')");
my %after = map { $_ => digest($node, 'bi', "shop.$_") } @unchanged;
is_deeply(\%after, \%before, 'the same file again changes no fact, dimension or mart');
is($node->safe_psql('bi', 'SELECT count(*) FROM shop.warehouse_conservation'), '0', 'and every raw row is still in exactly one place');

$node->stop;
done_testing();
