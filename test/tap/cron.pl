# warehouse_schedule with pg_cron preloaded: the job is there, a second call changes it, NULL takes it away; and a minute
# job really refreshes what was loaded, while one that meets a running refresh stays green.
use strict;
use warnings;
use Test::More;
use BiMl;

my $library = `$ENV{PG_CONFIG} --pkglibdir 2>/dev/null` || `pg_config --pkglibdir`;
chomp $library;
plan skip_all => 'pg_cron is not installed (Debian: postgresql-15-cron)' unless -e "$library/pg_cron.so";

my $node = server('cron', "shared_preload_libraries = 'pg_cron'", "cron.database_name = 'bi'", 'cron.use_background_workers = on');

$node->safe_psql('bi', "CALL warehouse_create('shop')");
my ($refused, undef, $advice) = $node->psql('bi', "\\set VERBOSITY verbose\nSELECT warehouse_schedule('shop')");
isnt($refused, 0, 'without CREATE EXTENSION pg_cron nothing is scheduled');
like($advice, qr/0A000.*pg_cron is not installed in database "bi".*shared_preload_libraries = 'pg_cron'.*cron\.schedule_in_database\('bi_ml:bi:shop'/s,
    'and the message says what to set and what to run');

$node->safe_psql('bi', 'CREATE EXTENSION pg_cron');
my $id = $node->safe_psql('bi', "SELECT warehouse_schedule('shop')");
is($node->safe_psql('bi', 'SELECT jobid, jobname, schedule, command, username = current_user FROM cron.job'),
    "$id|bi_ml:bi:shop|0 */6 * * *|CALL public.warehouse_refresh('shop')|t", 'the job, every six hours');
is($node->safe_psql('bi', "SELECT warehouse_schedule('shop', '30 5 * * *')"), $id, 'a second call changes the same job');
is($node->safe_psql('bi', 'SELECT count(*), min(schedule) FROM cron.job'), '1|30 5 * * *', 'its schedule is the new one');
is($node->safe_psql('bi', "SELECT warehouse_schedule('shop', NULL) IS NULL"), 't', 'NULL gives NULL');
is($node->safe_psql('bi', 'SELECT count(*) FROM cron.job'), '0', 'and takes the job away');
my ($status, undef, $message) = $node->psql('bi', "SELECT warehouse_schedule('shop', 'now and then')");
isnt($status, 0, 'pg_cron refuses what is no schedule');
like($message, qr/invalid schedule/, 'and says so');

# Live: "shop" gets new rows, "busy" is being refreshed by somebody else when its job comes.
$node->safe_psql('bi', "CALL warehouse_create('busy')");
$node->safe_psql('bi', "CALL warehouse_generate('$_', 3000)") for ('shop', 'busy');
my $holder = $node->background_psql('bi');
$holder->query_safe("SELECT pg_advisory_lock(1651076460, 'busy'::regnamespace::oid::int)");
my %job = map { $_ => $node->safe_psql('bi', "SELECT warehouse_schedule('$_', '* * * * *')") } ('shop', 'busy');
ok($node->poll_query_until('bi',
        "SELECT count(DISTINCT jobid) = 2 AND bool_and(end_time IS NOT NULL) FROM cron.job_run_details WHERE status IN ('succeeded', 'failed')"),
    'both jobs ran within minutes');
$node->safe_psql('bi', "SELECT warehouse_schedule('$_', NULL)") for ('shop', 'busy');
$holder->query_safe('SELECT pg_advisory_unlock_all()');
$holder->quit;
is($node->safe_psql('bi', 'SELECT count(*) FROM cron.job'), '0', 'unscheduled');

is($node->safe_psql('bi', "SELECT count(*) > 0 AND bool_and(accepted_run IS NOT NULL) FROM shop.warehouse_load"), 't', 'the new rows were accepted');
is($node->safe_psql('bi', 'SELECT sum(revenue) = (SELECT sum(amount) FROM shop.fact_sales) FROM shop.mart_daily_sales'), 't', 'and are in the marts');
# pg_cron's account and the warehouse's own: the same outcome at the same time. pg_cron notes a start when it hears of it.
my $agree = <<'SQL';
SELECT d.status, r.status, d.command = 'CALL public.warehouse_refresh(''%1$s'')', abs(extract(epoch FROM r.started_at - d.start_time)) < 30
FROM cron.job_run_details AS d, %1$s.warehouse_run AS r
WHERE d.jobid = %2$s AND r.step = 'refresh' ORDER BY d.runid, r.run_id LIMIT 1
SQL
is($node->safe_psql('bi', sprintf($agree, 'shop', $job{shop})), 'succeeded|done|t|t', 'pg_cron and warehouse_run agree on the refresh');
is($node->safe_psql('bi', sprintf($agree, 'busy', $job{busy})), 'succeeded|skipped|t|t', 'and on the one that was skipped');
is($node->safe_psql('bi', 'SELECT count(*) FROM busy.mart_daily_sales'), '0', 'which did nothing');

$node->stop;
done_testing();
