# tools/roles.sql: what a reader sees and what it does not, what an operator can do.
use strict;
use warnings;
use Test::More;
use BiMl;
use FindBin;

my $script = "$FindBin::RealBin/../../tools/roles.sql";
my $node = server('roles');
$node->safe_psql('postgres', 'CREATE ROLE shop_owner LOGIN; GRANT CREATE ON DATABASE bi TO shop_owner');
$node->safe_psql('bi', $_, extra_params => [ '-U', 'shop_owner' ])
    for "CALL warehouse_create('shop')", "CALL warehouse_generate('shop', 5000)", "CALL warehouse_refresh('shop')";

sub run_script
{
    my ($database, @variables) = @_;
    return $node->run_log([ 'psql', '-X', '-q', '-d', $node->connstr($database), @variables, '-f', $script ]);
}

ok(!run_script('postgres'), 'where there is no warehouse the script fails');
is($node->safe_psql('bi', "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'bi\\_%'"), '0', 'and makes no role');
ok(run_script('bi'), 'the script runs');
ok(run_script('bi', '-v', 'schema=shop'), 'and again');
$node->safe_psql('bi', 'ALTER ROLE bi_reader LOGIN; ALTER ROLE bi_operator LOGIN');

# as ROLE, QUERY: "ok" or the SQLSTATE
sub as
{
    my ($role, $query) = @_;
    my ($status, undef, $message) = $node->psql('bi', "\\set VERBOSITY sqlstate\n$query", extra_params => [ '-U', $role ]);
    return $status == 0 ? 'ok' : $message =~ /ERROR:\s+(\w{5})/ ? $1 : $message;
}

# The reader: every mart, by its name; functions that read.
my @marts = split /\n/, $node->safe_psql('bi',
    "SELECT relname FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relname LIKE 'mart\\_%' AND relkind IN ('r', 'm', 'v') ORDER BY 1");
cmp_ok(scalar @marts, '>=', 17, 'there are marts');
is(join(' ', grep { as('bi_reader', "SELECT count(*) FROM shop.$_") ne 'ok' } @marts), '', 'the reader reads every one');
is(as('bi_reader', 'SELECT * FROM shop.' . $_), 'ok', "the reader reads $_") for qw(rfm_rule anomaly_rule quality_rule holiday setting);
is(as('bi_reader', "SELECT count(*) FROM prophet_forecast('shop.mart_daily_sales', 'date', 'revenue', 7)"), 'ok', 'it calls functions that read');
is(as('bi_reader', "SELECT length(dashboard_html('shop'))"), 'ok', 'and the page of the dashboard');
like($node->safe_psql('bi', "SELECT dashboard_html('shop')", extra_params => [ '-U', 'bi_reader' ]), qr/<h1>How shop is doing.*id="quality".*<\/html>/s, 'whole');
$node->safe_psql('bi', 'REVOKE EXECUTE ON FUNCTION dashboard_html(text), dashboard_page(text) FROM PUBLIC');
is(as('bi_reader', "SELECT length(dashboard_html('shop'))"), '42501', 'where functions are closed to the public it may not');
ok(run_script('bi'), 'but after the script');
is(as('bi_reader', "SELECT length(dashboard_html('shop'))"), 'ok', 'it may');
my @kept = split /\n/, $node->safe_psql('bi', <<'SQL');
SELECT relname FROM pg_class
WHERE relnamespace = 'shop'::regnamespace AND relkind IN ('r', 'm', 'v') AND relname NOT LIKE 'mart\_%'
  AND relname NOT IN ('rfm_rule', 'anomaly_rule', 'quality_rule', 'holiday', 'setting') ORDER BY 1
SQL
ok((grep { $_ eq 'raw_sales' } @kept) && (grep { $_ eq 'rejected_sales' } @kept) && (grep { $_ eq 'fact_sales' } @kept), 'raw lines, rejects and facts are not marts');
is(join(' ', grep { as('bi_reader', "SELECT count(*) FROM shop.$_") ne '42501' } @kept), '', 'and it reads nothing else');
is(as('bi_reader', "CALL warehouse_refresh('shop')"), '42501', 'it does not refresh');
is(as('bi_reader', "SET default_transaction_read_only = off;\nCALL warehouse_generate('shop', 10)"), '42501', 'nor fill');
is(as('bi_reader', "SELECT warehouse_schedule('shop')"), '42501', 'nor schedule');
is(as('bi_reader', "SET default_transaction_read_only = off; DELETE FROM shop.$_"), '42501', "it does not write $_") for qw(rfm_rule mart_forecast mart_anomaly);
is(as('bi_reader', 'CREATE TEMP TABLE t AS SELECT 1'), '25006', 'its transactions are read only');
is(as('bi_reader', 'SET default_transaction_read_only = off; CREATE TABLE shop.t (a int)'), '42501', 'it makes nothing in the schema');
is(as('bi_reader', 'SET ROLE shop_owner'), '42501', 'it is not the owner');
is($node->safe_psql('bi', 'SHOW statement_timeout', extra_params => [ '-U', 'bi_reader' ]), '30s', 'its statements end after 30 s');

# The operator.
is(join(' ', grep { as('bi_operator', "SELECT count(*) FROM shop.$_") ne 'ok' } @marts), '', 'the operator reads every mart');
is(as('bi_operator', "CALL warehouse_refresh('shop')"), '42501', 'it refreshes as the owner only');
is(as('bi_operator', 'SELECT count(*) FROM shop.raw_sales'), '42501', 'and inherits nothing without SET ROLE');
is(as('bi_operator', "SET ROLE shop_owner;\nCALL warehouse_refresh('shop')"), 'ok', 'after SET ROLE it refreshes');

# A superuser's warehouse gives no superuser away.
$node->safe_psql('bi', "CALL warehouse_create('root')");
ok(run_script('bi', '-v', 'schema=root'), 'the script runs for a superuser\'s warehouse');
is($node->safe_psql('bi', "SELECT string_agg(pg_get_userbyid(roleid), ' ') FROM pg_auth_members WHERE member = 'bi_operator'::regrole"), 'shop_owner',
    'of which the operator becomes no member');

$node->stop;
done_testing();
