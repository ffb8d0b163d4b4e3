# A refresh whose backend is killed (-9) at each of its steps: readers find the old marts or the new, the log tells the truth, no
# lock stays, and the next refresh ends in the same facts and marts as a warehouse that was left in peace. On the way: what a
# second refresh says while the first one holds the warehouse.
use strict;
use warnings;
use Cwd;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(sleep);
use Test::More;
use BiMl;

my $node = server('kill', 'restart_after_crash = on');
my $plain = getcwd() . '/data/plain_marts.sql';
my $columns = 'invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country';

# Where a refresh can be stopped: a lock that its step, and none before it, has to wait for.
my @stops = (
    [ 'accept', 'LOCK TABLE shop.setting IN ACCESS EXCLUSIVE MODE' ],
    [ 'accept', 'LOCK TABLE shop.dim_customer IN SHARE MODE' ],
    [ 'accept', 'LOCK TABLE shop.agg_load_rule IN SHARE MODE' ],
    [ 'returns', 'LOCK TABLE shop.dirty_invoice IN SHARE MODE' ],
    [ 'marts', 'LOCK TABLE shop.agg_order IN SHARE MODE' ],
    [ 'marts', 'REFRESH MATERIALIZED VIEW CONCURRENTLY shop.mart_data_quality' ],
    [ 'forecast', 'LOCK TABLE shop.mart_forecast IN SHARE MODE' ],
    [ 'anomaly', 'LOCK TABLE shop.mart_anomaly IN SHARE MODE' ]);

sub ask
{
    return $node->safe_psql('bi', $_[0]);
}

# A psql of its own that runs statements and then waits for more; ends with the server or with finish.
sub session
{
    my ($statements) = @_;
    my %session = (in => "$statements\n", out => '');

    $session{run} = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('bi') ], '<', \$session{in}, '>&', \$session{out});
    $session{run}->pump_nb;
    return \%session;
}

# The server ends all sessions after a crash and refuses new ones for a while: psql's complaints are part of it.
sub is_back
{
    for (1 .. 600)
    {
        my $answer = '';
        return 1 if eval { IPC::Run::run([ 'psql', '-XAtq', '-d', $node->connstr('bi'), '-c', 'SELECT 1' ], '<', \undef, '>', \$answer, '2>', '/dev/null') } && $answer =~ /1/;
        sleep 0.1;
    }
    return 0;
}

sub digests
{
    my ($shop) = @_;
    return { map { split /\|/, $_, 2 } split /\n/, ask("SELECT * FROM plain_marts.digests('$shop')") };
}

ask("\\i $plain\n");
ask("CREATE TABLE input AS SELECT row_number() OVER () AS n, l.* FROM generate_sales(8000, seed => 11, n_days => 120) AS l");
foreach my $shop ('calm', 'shop')
{
    ask("CALL warehouse_create('$shop')");
    ask("INSERT INTO $shop.raw_sales ($columns) SELECT $columns FROM input WHERE n % 10 = 9");
    ask("CALL warehouse_refresh('$shop')");
}

my $part = 0;
foreach my $stop (@stops)
{
    my ($step, $lock) = @$stop;
    my $name = "$step, $lock";

    foreach my $shop ('calm', 'shop')
    {
        ask("INSERT INTO $shop.raw_sales ($columns) SELECT $columns FROM input WHERE n % 10 = $part");
    }
    my $old = ask('SELECT md5(string_agg(m::text, \',\' ORDER BY date)) FROM shop.mart_daily_sales AS m');
    ask("CALL warehouse_refresh('calm')");
    my $new = ask('SELECT md5(string_agg(m::text, \',\' ORDER BY date)) FROM calm.mart_daily_sales AS m');

    my $blocker = session("SET application_name = 'blocker'; BEGIN; $lock;");
    $node->poll_query_until('bi', "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'blocker' AND state = 'idle in transaction'")
        or die 'the blocker does not hold its lock';
    my $refresh = session("SET application_name = 'refresh'; CALL warehouse_refresh('shop');");
    my $waiting = "FROM pg_stat_activity WHERE application_name = 'refresh' AND wait_event_type = 'Lock'";
    ok($node->poll_query_until('bi', "SELECT count(*) = 1 $waiting"), "$name: the refresh waits");
    is(ask('SELECT step FROM shop.warehouse_run WHERE status = \'running\' AND step <> \'refresh\''), $step, "$name: in that step");

    if ($part == 0)
    {
        my ($status, $out, $error) = $node->psql('bi', "\\set VERBOSITY verbose\nCALL warehouse_refresh('shop')");
        is($status, 0, 'a second refresh returns without an error');
        like($error, qr/WARNING:  55P03: warehouse "shop" is being refreshed by another session: skipped/, 'with a warning');
        my $pid = ask("SELECT pid $waiting");
        like($error, qr/DETAIL:  Process $pid of user "\w+" holds it since \d{4}-\d\d-\d\d /, 'that names process, user and time');
        like($error, qr/HINT:  Nothing is lost/, 'and a hint');
    }

    my $pid = ask("SELECT pid $waiting");
    kill 'KILL', $pid;
    foreach my $session ($blocker, $refresh)
    {
        eval { $session->{run}->finish };
    }
    ok(is_back(), "$name: the server is back");
    my $seen = ask('SELECT md5(string_agg(m::text, \',\' ORDER BY date)) FROM shop.mart_daily_sales AS m');
    is($seen, $step =~ /forecast|anomaly/ ? $new : $old, "$name: readers see one run's mart");
    is(ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), '0', "$name: no lock stays");

    is($node->psql('bi', "CALL warehouse_refresh('shop')"), 0, "$name: the next refresh completes");
    is(ask("SELECT step || ': ' || message FROM shop.warehouse_run WHERE status = 'failed' AND step <> 'refresh' ORDER BY run_id DESC LIMIT 1"),
        "$step: the session ended before the step did", "$name: and notes the end of the one before");
    is_deeply(digests('shop'), digests('calm'), "$name: facts and marts are those of a calm warehouse");
    is(ask('SELECT count(*) FROM shop.warehouse_conservation'), '0', "$name: every raw row is in exactly one place");
    $part++;
}
is(ask("SELECT plain_marts.wrong('shop')"), 'none', 'and those of a plain computation from the facts');

$node->stop;
done_testing();
