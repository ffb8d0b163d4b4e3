# Long calls stop soon after a cancel or timeout, and the session and the server go on.
use strict;
use warnings;
use Time::HiRes qw(time);
use Test::More;
use BiMl;

my $node = server('cancel');
$node->safe_psql('bi', <<'SQL');
CREATE TABLE long_series AS
SELECT timestamp '2000-01-01' + make_interval(hours => i) AS ds, (i::bigint * 7919 % 1009)::float8 AS y FROM generate_series(1, 60000) AS i;
CREATE TABLE wide AS SELECT (i::bigint * 7919 % 100003)::float8 AS a, (i::bigint * 104729 % 99991)::float8 AS b FROM generate_series(1, 500000) AS i;
SELECT 1;
SQL

# stops(NAME, QUERY, LIMIT): with a timeout of 150 ms, QUERY ends with 57014 within LIMIT seconds
sub stops
{
    my ($name, $query, $limit) = @_;
    my $started = time;
    my ($status, $out, $error) = $node->psql('bi', "SET statement_timeout = '150ms'; SET max_parallel_workers_per_gather = 0;\n\\set VERBOSITY verbose\n$query");
    my $took = time - $started;

    like($error, qr/57014/, "$name: cancelled");
    cmp_ok($took, '<', $limit, sprintf('%s: within %g s', $name, $limit));
    is($node->safe_psql('bi', 'SELECT 1'), '1', "$name: the server goes on");
}

stops('prophet_forecast', 'SELECT count(*) FROM prophet_forecast((SELECT series_agg(ds, y) FROM long_series), 24, yearly_seasonality => \'40\', n_changepoints => 200);', 2);
stops('prophet_forecast, intervals', 'SELECT count(*) FROM prophet_forecast((SELECT series_agg(ds, y) FROM long_series WHERE ds < \'2000-02-01\'), 20000, uncertainty_samples => 100000);', 2);
foreach my $options ('10000', "48, 'prophet'", "48, 'ensemble', season => 9000")
{
    stops("forecast, $options", "SELECT count(*) FROM forecast((SELECT series_agg(ds, y) FROM long_series), $options);", 2);
}
stops('forecast_explain', 'SELECT count(*) FROM forecast_explain((SELECT series_agg(ds, y) FROM long_series), 10000);', 2);
stops('forecast_backtest', 'SELECT count(*) FROM forecast_backtest((SELECT series_agg(ds, y) FROM long_series), 48);', 2);
foreach my $method ('ets', 'theta')
{
    stops("forecast_backtest, $method", "SELECT count(*) FROM forecast_backtest((SELECT series_agg(ds, y) FROM long_series), 24, '$method', period => '24 hours');", 2);
}
stops('forecast_backtest, many rows', 'SELECT count(*) FROM forecast_backtest((SELECT series_agg(ds, y) FROM long_series), 30, \'naive\', period => \'1 hour\');', 2);
stops('iforest_train', 'SELECT iforest_train(ARRAY[a, b], 128, 65536, 42) FROM wide;', 2);
stops('iforest_score over', 'SELECT count(*) FROM (SELECT iforest_score(ARRAY[a, b], 1000, 4096) OVER () AS s FROM wide) AS q WHERE s > 0;', 2);

$node->safe_psql('bi', "CALL warehouse_create('shop')");
stops('warehouse_generate', "CALL warehouse_generate('shop', 20000000);", 3);
is($node->safe_psql('bi', 'SELECT count(*) FROM shop.raw_sales'), '0', 'nothing of a cancelled load stays');

$node->stop;
done_testing();
