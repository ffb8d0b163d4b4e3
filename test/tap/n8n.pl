# n8n/workflow.json: what n8n's importer needs is there, its nodes' SQL runs, and n8n itself runs it where it is installed
# (N8N=PROGRAM, or n8n in PATH).
use strict;
use warnings;
use Test::More;
use BiMl;
use FindBin;
use JSON::PP;

my $file = "$FindBin::RealBin/../../n8n/workflow.json";
open(my $handle, '<', $file) or die "$file: $!";
my $workflow = decode_json(do { local $/; <$handle> });
close $handle;

# Structure.
ok(defined $workflow->{$_} && length $workflow->{$_}, "the importer's key $_") for qw(id versionId name);
is(ref $workflow->{nodes}, 'ARRAY', 'nodes are a list');
is(ref $workflow->{connections}, 'HASH', 'connections are an object');
my %node = map { $_->{name} => $_ } @{ $workflow->{nodes} };
is(scalar(keys %node), scalar(@{ $workflow->{nodes} }), 'names of nodes differ');
my %id = map { $_->{id} => 1 } @{ $workflow->{nodes} };
is(scalar(keys %id), scalar(keys %node), 'and so do their ids');
is(join(' ', sort grep { my $n = $node{$_}; grep { !defined $n->{$_} } qw(id name type typeVersion position parameters) } keys %node), '',
    'every node has what n8n asks for');
my (%target, @dangling);
for my $from (keys %{ $workflow->{connections} })
{
    push @dangling, $from unless $node{$from};
    for my $outputs (@{ $workflow->{connections}{$from}{main} })
    {
        for my $link (@$outputs)
        {
            $target{ $link->{node} } = 1;
            push @dangling, $link->{node} unless $node{ $link->{node} };
        }
    }
}
is("@dangling", '', 'every connection joins two nodes');
is(join(' ', sort map { $node{$_}{type} =~ s/.*\.//r } grep { !$target{$_} } keys %node), 'manualTrigger scheduleTrigger', 'it starts by schedule or by hand');
my @postgres = grep { $_->{type} eq 'n8n-nodes-base.postgres' } @{ $workflow->{nodes} };
is(scalar(grep { ($_->{onError} // '') eq 'continueErrorOutput' && $workflow->{connections}{ $_->{name} }{main}[1][0] } @postgres),
    scalar(@postgres), 'every Postgres node has an error branch');

# The nodes' SQL, as n8n sends it: one statement at a time, in autocommit.
my $server = server('n8n');
$server->safe_psql('bi', "CALL warehouse_create('shop')");
$server->safe_psql('bi', "CALL warehouse_generate('shop', 2000)");
my ($refresh, $status) = map { $_->{parameters}{query} } @postgres;
like($refresh, qr/\bwarehouse_refresh\('shop'\)/, 'the first Postgres node refreshes');
$server->safe_psql('bi', $refresh);
is($server->safe_psql('bi', 'SELECT status FROM shop.warehouse_run WHERE step = \'refresh\''), 'done', 'and the refresh is done');
is($server->safe_psql('bi', "SELECT count(*) > 10 AND bool_and(section <> '') FROM ($status) AS s"), 't', 'the second reads the state of the warehouse');

SKIP:
{
    my $n8n = $ENV{N8N} || `sh -c 'command -v n8n' 2>/dev/null`;
    chomp $n8n;
    skip 'n8n is not installed (npm package n8n; N8N=PROGRAM names it)', 4 unless $n8n;

    my $folder = PostgreSQL::Test::Utils::tempdir();
    my $credentials = "$folder/credentials.json";
    open(my $out, '>', $credentials) or die "$credentials: $!";
    print $out encode_json([ { id => 'bimlWarehouse001', name => 'bi_ml warehouse', type => 'postgres',
        data => { host => $server->host, port => $server->port + 0, database => 'bi', user => $server->safe_psql('bi', 'SELECT current_user'),
                  password => 'none', ssl => 'disable', allowUnauthorizedCerts => JSON::PP::false } } ]);
    close $out;
    $server->safe_psql('bi', "CALL warehouse_generate('shop', 1000, seed => 7)");
    # n8n keeps its own tables in a database of their own.
    $server->safe_psql('postgres', 'CREATE DATABASE n8n');
    local %ENV = (%ENV, N8N_USER_FOLDER => $folder, N8N_ENCRYPTION_KEY => 'only for this test', N8N_DIAGNOSTICS_ENABLED => 'false',
        N8N_RUNNERS_ENABLED => 'false', DB_TYPE => 'postgresdb', DB_POSTGRESDB_HOST => $server->host, DB_POSTGRESDB_PORT => $server->port,
        DB_POSTGRESDB_DATABASE => 'n8n', DB_POSTGRESDB_USER => $server->safe_psql('bi', 'SELECT current_user'), DB_POSTGRESDB_PASSWORD => 'none');
    delete local @ENV{ grep { /^PG/ } keys %ENV };
    my $log = "$folder/log";
    is(system("timeout 300 $n8n import:credentials --input=$credentials >$log 2>&1"), 0, 'n8n takes the credentials') or diag(tail($log));
    is(system("timeout 300 $n8n import:workflow --input=$file >$log 2>&1"), 0, 'n8n takes the workflow') or diag(tail($log));
    is(system("timeout 300 $n8n execute --id=$workflow->{id} >$log 2>&1"), 0, 'n8n runs it') or diag(tail($log));
    is($server->safe_psql('bi', "SELECT count(*), min(status), max(status) FROM shop.warehouse_run WHERE step = 'refresh'"), '2|done|done', 'which refreshed the warehouse');
}

sub tail
{
    my ($path) = @_;
    return scalar `tail -n 30 '$path'`;
}

$server->stop;
done_testing();
