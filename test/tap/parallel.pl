# Partial and parallel equal serial, and the plans really are what the test says.
use strict;
use warnings;
use Test::More;
use BiMl;

my $node = server('parallel', 'max_parallel_workers = 8');
my $serial = 'SET max_parallel_workers_per_gather = 0;';
my $parallel = 'SET max_parallel_workers_per_gather = 4; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;';

$node->safe_psql('bi', <<'SQL');
CREATE TABLE obs AS
SELECT s AS store, timestamp '2020-01-01' + make_interval(days => d) AS ds,
       (100 + s + d / 50.0 + 20 * sin(2 * pi() * d / 7) + (d * 7919 + s * 104729) % 31)::float8 AS y,
       ((d * 31 + s) % 17)::float8 AS x
FROM generate_series(1, 12) AS s, generate_series(0, 729) AS d;
ALTER TABLE obs SET (parallel_workers = 4);
ANALYZE obs;
SQL

# same(NAME, QUERY, PLAN): QUERY gives the same rows with 0 and 4 workers, and the plan with workers matches PLAN
sub same
{
    my ($name, $query, $plan) = @_;
    my $explained = $node->safe_psql('bi', "$parallel EXPLAIN (COSTS OFF) $query");

    like($explained, $plan, "$name: plan");
    is($node->safe_psql('bi', "$parallel $query"), $node->safe_psql('bi', "$serial $query"), "$name: same rows");
}

my $partial = qr/Partial (Hash|Group)?Aggregate/;
same('series_agg', 'SELECT store, md5(series_agg(ds, y)::text) FROM obs GROUP BY store ORDER BY store', $partial);
same('series_agg with columns', 'SELECT md5(series_agg(ds, y, x, y * 2)::text) FROM obs WHERE store = 3', $partial);
same('iforest_train', 'SELECT md5(iforest_train(y, x)::text) FROM obs', qr/Aggregate/);
same('iforest_score', 'SELECT round(sum(iforest_score(m, y, x))::numeric, 6) FROM obs, (SELECT iforest_train(y, x) AS m FROM obs) AS f', qr/Gather|Parallel/);

$node->safe_psql('bi', 'CREATE TABLE fleet WITH (fillfactor = 10, parallel_workers = 4) AS SELECT store, series_agg(ds, y) AS series FROM obs GROUP BY store');
same('prophet_forecast over stored series',
    'SELECT store, f.ds, round(f.yhat::numeric, 6) FROM fleet, LATERAL prophet_forecast(fleet.series, 3) AS f ORDER BY 1, 2', qr/Gather/);
same('forecast over stored series',
    'SELECT store, f.ds, f.yhat, f.yhat_upper, f.method FROM fleet, LATERAL forecast(fleet.series, 3) AS f ORDER BY 1, 2', qr/Gather/);

# Many short series, one to a page: all of a forecast, to the last bit. In the select list the planner counts the
# function for each row, and needs no other costs to share the work.
$node->safe_psql('bi', <<'SQL');
CREATE TABLE shops (shop int, series timeseries) WITH (fillfactor = 10, parallel_workers = 4);
INSERT INTO shops SELECT store * 100 + part, series_agg(ds, y * part) FROM obs, generate_series(1, 30) AS part WHERE ds < '2020-03-01' GROUP BY store, part;
INSERT INTO shops VALUES (0, NULL);
ANALYZE shops;
CREATE TABLE models WITH (fillfactor = 10, parallel_workers = 4) AS
    SELECT store, prophet_fit(series_agg(ds, y, x), columns => '{x}', regressors => ARRAY[prophet_regressor('x')], country => 'DE') AS model FROM obs GROUP BY store;
ANALYZE models;
SQL
my $usual_costs = 'SET max_parallel_workers_per_gather = 4; SET parallel_leader_participation = off;';
my $listed = "SELECT shop, (f).* FROM (SELECT shop, prophet_forecast(series, 5, country => 'GB', on_error => 'status', include_history => true) AS f FROM shops) AS q";
my $plan = $node->safe_psql('bi', "$usual_costs EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF) $listed");
like($plan, qr/Workers Launched: 4/, 'prophet_forecast in the select list: workers under the usual costs');
my %fitted = $plan =~ /ProjectSet.*?\n(?:\s+Output:.*\n)?((?:\s+Worker \d+:.*\n)+)/ ? ($1 =~ /Worker (\d+):\s+actual rows=([1-9]\d*)/g) : ();
cmp_ok(scalar keys %fitted, '>', 1, 'prophet_forecast in the select list: several workers fitted');
is($node->safe_psql('bi', "$usual_costs $listed ORDER BY shop, ds"), $node->safe_psql('bi', "$serial $listed ORDER BY shop, ds"), 'prophet_forecast in the select list: same rows');

# All products of a shop in one statement, as doc/forecast.md shows it: a table of series and the function in the select list, with
# no other setting than the number of workers. To the last bit.
$node->safe_psql('bi', <<'SQL');
CREATE TABLE product_series WITH (parallel_workers = 4) AS
    SELECT p AS product, series_agg(date '2023-01-02' + 7 * w, greatest(0, (p * 7919 + w * 104729 + p * w) % 37 - p % 30)) AS series
    FROM generate_series(1, 3798) AS p, generate_series(p % 20, 52) AS w GROUP BY p;
ANALYZE product_series;
SQL
my $all = "SELECT product, (f).* FROM (SELECT product, forecast(series, 4, on_error => 'status') AS f FROM product_series) AS q";
$plan = $node->safe_psql('bi', "$usual_costs EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF) $all");
like($plan, qr/Workers Launched: 4/, 'forecast of all products: workers under the usual costs');
my %shares = $plan =~ /ProjectSet.*?\n(?:\s+Output:.*\n)?((?:\s+Worker \d+:.*\n)+)/ ? ($1 =~ /Worker (\d+):\s+actual rows=(\d+)/g) : ();
is(scalar keys %shares, 4, 'forecast of all products: rows of four workers');
cmp_ok((sort { $a <=> $b } values %shares)[0], '>', 0, 'forecast of all products: each of them made some');
my $digest = "SELECT count(*), count(DISTINCT product), md5(string_agg(concat_ws(' ', product, ds, yhat, yhat_lower, yhat_upper, method, status), E'\\n' ORDER BY product, ds)) FROM ($all) AS r";
my $of_all = $node->safe_psql('bi', "$serial SET extra_float_digits = 1; $digest");
like($of_all, qr/^15192\|3798\|/, 'forecast of all products: four weeks of each');
is($node->safe_psql('bi', "$usual_costs SET extra_float_digits = 1; $digest"), $of_all, 'forecast of all products: the same to the last bit with four workers');
same('prophet_fit over stored series', 'SELECT shop, md5(prophet_model_send(prophet_fit(series))) FROM shops ORDER BY shop', qr/Gather/);
same('prophet_forecast of stored models',
    "SELECT store, f.* FROM models, LATERAL prophet_forecast(model, future => (SELECT series_agg(d, NULL, 3) FROM generate_series(timestamp '2022-01-01', '2022-01-05', '1 day') AS d)) AS f ORDER BY store, ds", qr/Gather/);
same('prophet_components of stored models',
    "SELECT store, c.* FROM models, LATERAL prophet_components(model, 0, include_history => true) AS c ORDER BY 1, 2, 3", qr/Gather/);

$node->stop;
done_testing();
