# warehouse_schedule with pg_cron preloaded: the job is there, a second call changes it, NULL takes it away.
use strict;
use warnings;
use Test::More;
use BiMl;

my $library = `$ENV{PG_CONFIG} --pkglibdir 2>/dev/null` || `pg_config --pkglibdir`;
chomp $library;
plan skip_all => 'pg_cron is not installed (Debian: postgresql-15-cron)' unless -e "$library/pg_cron.so";

my $node = server('cron', "shared_preload_libraries = 'pg_cron'", "cron.database_name = 'bi'", 'cron.use_background_workers = on');

$node->safe_psql('bi', 'CREATE EXTENSION pg_cron');
$node->safe_psql('bi', "CALL warehouse_create('shop')");
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

$node->stop;
done_testing();
