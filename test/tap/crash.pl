# A refresh that is cancelled, killed or cut off by a crash leaves the marts of the old run or all of the new, frees its
# lock, and the next run completes with the same marts as a refresh that was never disturbed.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(sleep);
use Test::More;
use BiMl;

my $node = server('crash');
my @sales_marts = qw(mart_daily_sales mart_monthly_sales mart_kpi mart_country mart_country_monthly mart_rfm mart_rfm_segment
  mart_product mart_product_weekly mart_cohort mart_hour_weekday);

sub marts
{
    my ($schema) = @_;
    my $found = contents($node, 'bi', $schema);
    return { map { $_ => $found->{$_} } grep { exists $found->{$_} } @sales_marts };
}

# disturb(NAME, AFTER, HOW): starts a refresh of "shop", waits until step AFTER is done, does HOW to its backend
sub disturb
{
    my ($name, $how) = @_;
    my $refresh = $node->background_psql('bi', on_error_stop => 0);
    $refresh->query_until(qr/ready/, "\\echo ready\nCALL warehouse_refresh('shop');\n");
    for (1 .. 600)
    {
        my $running = $node->safe_psql('bi', "SELECT pid FROM pg_stat_activity WHERE query LIKE 'CALL warehouse_refresh%' AND state = 'active'");
        my $steps = $node->safe_psql('bi', "SELECT count(*) FROM shop.warehouse_run WHERE status = 'done' AND run_id = (SELECT max(run_id) FROM shop.warehouse_run)");
        if ($running ne '' && $steps >= 1)
        {
            $how->($running);
            last;
        }
        sleep 0.01;
    }
    eval { $refresh->quit };
}

foreach my $schema ('calm', 'shop')
{
    $node->safe_psql('bi', "CALL warehouse_create('$schema')");
    $node->safe_psql('bi', "CALL warehouse_generate('$schema', 30000, seed => 7)");
}
$node->safe_psql('bi', "CALL warehouse_refresh('calm')");

disturb('cancel', sub { $node->safe_psql('bi', "SELECT pg_cancel_backend($_[0])") });
disturb('terminate', sub { $node->safe_psql('bi', "SELECT pg_terminate_backend($_[0])") });
is($node->safe_psql('bi', "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), '0', 'no advisory lock stays');
disturb('crash', sub { kill 'KILL', $_[0] });
ok($node->poll_query_until('bi', 'SELECT true'), 'the server recovers from the killed backend');
disturb('immediate stop', sub { $node->stop('immediate'); $node->start });

is($node->psql('bi', "CALL warehouse_refresh('shop')"), 0, 'the next refresh completes');
is_deeply(marts('shop'), marts('calm'), 'and its marts are those of an undisturbed one');
is($node->safe_psql('bi', "SELECT count(*) FROM shop.raw_sales"),
    $node->safe_psql('bi', 'SELECT (SELECT count(*) FROM shop.fact_sales) + (SELECT count(*) FROM shop.fact_returns)
        + (SELECT count(*) FROM shop.fact_charge) + (SELECT count(*) FROM shop.rejected_sales)'),
    'every raw row is in exactly one place');

$node->stop;
done_testing();
