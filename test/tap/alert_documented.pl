# The ways to hear of an alert that doc/superset.md shows: the lines for psql, and the query for an alert in Superset.
use strict;
use warnings;
use File::Basename qw(dirname);
use IPC::Run qw(start timeout);
use Test::More;
use BiMl;

open my $page, '<', dirname(__FILE__) . '/../../doc/superset.md' or die "doc/superset.md: $!";
my $text = do { local $/; <$page> };
my ($lines) = $text =~ /^```sh\n(\(echo 'LISTEN.*?)^```/ms or die 'no lines that listen';
my ($query) = $text =~ /^ +```sql\n( +SELECT count\(\*\) FROM shop\.mart_anomaly.*?)^ +```/ms or die 'no query for an alert';
cmp_ok(scalar(split /\n/, $lines), '<=', 10, 'ten lines of psql');
$lines =~ s/DATABASE/bi/g;

my $node = server('alert_documented');
$node->safe_psql('bi', <<'SQL');
SET client_min_messages = error;
CALL warehouse_create('shop');
CREATE VIEW line AS SELECT NULL::date AS day;
CREATE RULE load AS ON INSERT TO line DO INSTEAD
INSERT INTO shop.raw_sales (invoice_no, stock_code, quantity, invoice_date, unit_price, customer_id, country)
VALUES ('I' || new.day, 'A', (100 + (new.day - '2011-01-31') * 7 % 5)::text, to_char(new.day, 'YYYY-MM-DD'), '10', '1', 'France');
INSERT INTO line SELECT d FROM generate_series(timestamp '2011-02-01', '2011-03-21', '1 day') AS d WHERE d <> '2011-03-20';
CALL warehouse_refresh('shop');
SQL
is($node->safe_psql('bi', $query), '0', 'nothing to tell');

local $ENV{PGHOST} = $node->host;
local $ENV{PGPORT} = $node->port;
my $heard = '';
my $listener = start([ 'bash', '-c', $lines ], '<', \undef, '>', \$heard, timeout(180));
$node->poll_query_until('bi', "SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE 'SELECT FROM pg_sleep%'");

# Nobody bought on 25 March.
$node->safe_psql('bi', "SET client_min_messages = error; INSERT INTO line VALUES ('2011-03-22'), ('2011-03-23'), ('2011-03-24'), ('2011-03-26')");
$node->safe_psql('bi', "SET client_min_messages = error; CALL warehouse_refresh('shop')");
$listener->pump while $heard !~ /2011-03-25 \| revenue/ and $listener->pumpable;
like($heard, qr/2011-03-25 \| revenue +\| +\| critical \|/, 'psql prints the alert');
$listener->kill_kill;

cmp_ok($node->safe_psql('bi', "SELECT count(*) FROM shop.mart_anomaly WHERE is_anomaly AND severity = 'critical' AND date = '2011-03-25'"), '>', 0, 'the table has it');

$node->stop;
done_testing();
