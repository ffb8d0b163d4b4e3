# A warehouse is ordinary data of its owner: pg_dump keeps all of it, and dropping the extension takes none along.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use BiMl;

my $node = server('dump_restore');
$node->safe_psql('bi', "CALL warehouse_create('shop')");
$node->safe_psql('bi', "CALL warehouse_generate('shop', 20000)");
$node->safe_psql('bi', "CALL warehouse_refresh('shop')");
$node->safe_psql('bi', "UPDATE shop.quality_rule SET description = description || ' (edited)'");
$node->safe_psql('bi', "INSERT INTO shop.holiday VALUES ('GB', '2011-07-01', 'Stocktaking')");
my $alert = $node->safe_psql('bi', "SELECT min(anomaly_id) FROM shop.mart_anomaly WHERE is_anomaly AND dimension = 'total'");
$node->safe_psql('bi', "SELECT anomaly_acknowledge('$alert', 'the shop''s network was down')");
my $before = contents($node, 'bi', 'shop');
cmp_ok(scalar keys %$before, '>', 20, 'the warehouse has its tables and marts');

my $dump = "$PostgreSQL::Test::Utils::tmp_check/shop.dump";
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, '-d', $node->connstr('bi') ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE copy');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('copy'), $dump ], 'pg_restore');
is_deeply(contents($node, 'copy', 'shop'), $before, 'every table and mart has the same rows after the restore');

my $refreshed = $node->psql('copy', "CALL warehouse_refresh('shop')");
is($refreshed, 0, 'the restored warehouse can be refreshed');
is(rows($node, 'copy', "SELECT DISTINCT status, note, status_by FROM shop.mart_anomaly WHERE anomaly_id = '$alert'"),
    "acknowledged|the shop's network was down|postgres", 'an alert keeps what was said about it, over restore and refresh');
my $sales = "SELECT count(*), sum(amount) FROM shop.fact_sales";
is(rows($node, 'copy', $sales), rows($node, 'bi', $sales), 'a refresh without new rows changes no sale');

my ($status, $out, $error) = $node->psql('bi', 'DROP EXTENSION bi_ml');
isnt($status, 0, 'DROP EXTENSION without CASCADE is refused while a warehouse uses it');
$node->safe_psql('bi', 'SET client_min_messages = warning; DROP EXTENSION bi_ml CASCADE');
my $tables = "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind = 'r'";
is(rows($node, 'bi', $tables), rows($node, 'copy', $tables), 'DROP EXTENSION CASCADE leaves every table');
my $after = contents($node, 'bi', 'shop');
is_deeply([ map { $after->{$_} } grep { $_ !~ /^mart_/ } sort keys %$after ],
    [ map { $before->{$_} } grep { exists $after->{$_} && $_ !~ /^mart_/ } sort keys %$before ],
    'and every row in them');

$node->stop;
done_testing();
