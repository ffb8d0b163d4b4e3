# A refresh that is cancelled, killed or cut off by a crash leaves the marts of the old run or all of the new, frees its
# lock, and the next run completes with the same marts as a refresh that was never disturbed.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(sleep);
use Test::More;
use BiMl;

my $node = server('crash', 'restart_after_crash = on');
my @sales_marts = qw(mart_daily_sales mart_monthly_sales mart_kpi mart_country mart_country_monthly mart_rfm mart_rfm_segment
  mart_product mart_product_weekly mart_cohort mart_hour_weekday);

sub marts
{
    my ($schema) = @_;
    return { map { $_ => digest($node, 'bi', "$schema.$_") } @sales_marts };
}

# disturb(HOW): starts a refresh of "shop" in a session of its own, waits until one of its steps is done, does HOW
# to its backend; true if the refresh was still running then
sub disturb
{
    my ($how) = @_;
    my $output = '';
    my $hit = 0;
    my $refresh = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('bi'), '-c', "CALL warehouse_refresh('shop')" ],
        '<', \undef, '>&', \$output);

    for (1 .. 600)
    {
        my ($pid, $steps) = split /\|/, $node->safe_psql('bi', "SELECT (SELECT max(pid) FROM pg_stat_activity WHERE query LIKE 'CALL warehouse_refresh%' AND state = 'active'),
            (SELECT count(*) FROM shop.warehouse_run WHERE status = 'done' AND run_id = (SELECT max(run_id) FROM shop.warehouse_run))");
        if ($pid && $steps > 0)
        {
            $how->($pid);
            $hit = 1;
            last;
        }
        sleep 0.01;
    }
    $refresh->finish;
    return $hit;
}

# A psql that is refused ends before it reads its input, so the query is an argument.
sub recovers
{
    for (1 .. 300)
    {
        my $output = '';
        return 1 if IPC::Run::run([ 'psql', '-XAtq', '-d', $node->connstr('bi'), '-c', 'SELECT 1' ], '<', \undef, '>&', \$output);
        sleep 0.1;
    }
    return 0;
}

foreach my $schema ('calm', 'shop')
{
    $node->safe_psql('bi', "CALL warehouse_create('$schema')");
    $node->safe_psql('bi', "CALL warehouse_generate('$schema', 30000, seed => 7)");
}
$node->safe_psql('bi', "CALL warehouse_refresh('calm')");

ok(disturb(sub { $node->safe_psql('bi', "SELECT pg_cancel_backend($_[0])") }), 'cancelled');
ok(disturb(sub { $node->safe_psql('bi', "SELECT pg_terminate_backend($_[0])") }), 'terminated');
is($node->safe_psql('bi', "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), '0', 'no advisory lock stays');
ok(disturb(sub { kill 'KILL', $_[0] }), 'killed');
ok(recovers(), 'the server recovers from the killed backend');
ok(disturb(sub { $node->stop('immediate'); $node->start }), 'the server stopped at once');

is($node->psql('bi', "CALL warehouse_refresh('shop')"), 0, 'the next refresh completes');
is_deeply(marts('shop'), marts('calm'), 'and its marts are those of an undisturbed one');
is($node->safe_psql('bi', "SELECT count(*) FROM shop.raw_sales"),
    $node->safe_psql('bi', 'SELECT (SELECT count(*) FROM shop.fact_sales) + (SELECT count(*) FROM shop.fact_returns)
        + (SELECT count(*) FROM shop.fact_charge) + (SELECT count(*) FROM shop.rejected_sales)'),
    'every raw row is in exactly one place');

$node->stop;
done_testing();
