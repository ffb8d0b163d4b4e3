# UCI Online Retail in 13 monthly batches, in random order, each loaded twice, 1,000 random lines held back and loaded last: the
# same facts, dimensions and marts, as text, as those of a single load.
use strict;
use warnings;
use Cwd;
use Test::More;
use BiMl;

my $file = ($ENV{BI_ML_DATA} // '') . '/online_retail.csv.xz';
plan skip_all => 'BI_ML_DATA names no data set that can be read' unless -r $file;

my $columns = 'invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country';
my $plain = getcwd() . '/data/plain_marts.sql';
my $node = server('batches', 'fsync = off', 'synchronous_commit = off', 'full_page_writes = off', 'max_wal_size = 4GB', 'shared_buffers = 512MB', 'wal_level = minimal', 'max_wal_senders = 0', 'autovacuum = off');
my $n_batches = 13;

sub load
{
    my ($shop, $condition) = @_;
    $node->safe_psql('bi', "INSERT INTO $shop.raw_sales ($columns) SELECT $columns FROM input WHERE $condition");
}

sub digests
{
    my ($shop) = @_;
    return { map { split /\|/, $_, 2 } split /\n/, $node->safe_psql('bi', "SELECT * FROM plain_marts.digests('$shop')") };
}

# Verdicts on anomalies are a ledger and are not compared; one that is ahead of the data takes no time.
sub create
{
    my ($shop) = @_;
    $node->safe_psql('bi', "CALL warehouse_create('$shop')");
    $node->safe_psql('bi', "INSERT INTO $shop.mart_anomaly (metric, dimension, entity, date, grain, is_anomaly, run_id) VALUES ('none', 'total', '', '9999-12-31', 'day', false, 0)");
    $node->safe_psql('bi', "INSERT INTO $shop.anomaly_day VALUES ('9999-12-31', 0, 0, 0, 0)");
}

$node->safe_psql('bi', "CREATE UNLOGGED TABLE input (" . join(', ', map { "$_ text" } split(/, /, $columns)) . ', n int GENERATED ALWAYS AS IDENTITY)');
$node->safe_psql('bi', "\\copy input ($columns) FROM PROGRAM 'xz -dc $file' CSV HEADER\n");
$node->safe_psql('bi', "CREATE UNLOGGED TABLE late AS SELECT n FROM input ORDER BY md5(n::text) LIMIT 1000");
$node->safe_psql('bi', 'ANALYZE input, late');
$node->safe_psql('bi', "\\i $plain\n");
is($node->safe_psql('bi', 'SELECT count(DISTINCT substr(invoice_date, 1, 7)) FROM input'), $n_batches, 'the file has 13 months');

create('one');
load('one', 'true');
$node->safe_psql('bi', "CALL warehouse_refresh('one')");
my $expected = digests('one');
cmp_ok(scalar keys %$expected, '>=', 20, 'facts, dimensions and marts are compared');

create('many');
my @months = split /\n/, $node->safe_psql('bi', 'SELECT DISTINCT substr(invoice_date, 1, 7) AS month FROM input ORDER BY 1');
@months = map { $months[ $_ * 5 % $n_batches ] } 1 .. $n_batches;
foreach my $month (@months)
{
    load('many', "invoice_date LIKE '$month%' AND n NOT IN (SELECT n FROM late)");
    # every other batch again at once, the others in the batch after
    load('many', "invoice_date LIKE '$month%' AND n NOT IN (SELECT n FROM late)") if $month =~ /[02468]$/;
    $node->safe_psql('bi', "CALL warehouse_refresh('many')");
    load('many', "invoice_date LIKE '$month%' AND n NOT IN (SELECT n FROM late)") if $month =~ /[13579]$/;
}
load('many', 'n IN (SELECT n FROM late)');
$node->safe_psql('bi', "CALL warehouse_refresh('many')");
my $got = digests('many');
is($got->{$_}, $expected->{$_}, $_) foreach sort keys %$expected;

is($node->safe_psql('bi', 'SELECT count(*) FROM many.raw_sales'), 2 * 541909 - 1000, 'every batch was loaded twice');
is($node->safe_psql('bi', 'SELECT count(*) FROM many.warehouse_conservation'), '0', 'every raw row is in exactly one place');
my $rejected = "SELECT rule, count(*), count(DISTINCT source_row_hash) FROM %s.rejected_sales WHERE rule <> 'duplicate' GROUP BY rule ORDER BY rule";
is($node->safe_psql('bi', sprintf $rejected, 'many'), $node->safe_psql('bi', sprintf $rejected, 'one'), 'the same rejects by rule');
is($node->safe_psql('bi', "SELECT count(*) FROM many.rejected_sales WHERE rule = 'duplicate'"), 541909 - 1000 + 5268, 'and every copy is a duplicate');

$node->stop;
done_testing();
