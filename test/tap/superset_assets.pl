# superset/assets against a warehouse: every column and every measure of every dataset exists, so that a column renamed in a
# mart fails here and not on the screen; and the files are those that superset/generate.py writes.
use strict;
use warnings;
use Test::More;
use BiMl;
use File::Find;
use FindBin;
use JSON::PP;

my $top = "$FindBin::RealBin/../..";
my $assets = "$top/superset/assets";

sub contents_of
{
    my ($folder) = @_;
    my %text;
    find({ no_chdir => 1, wanted => sub {
        return unless -f;
        open(my $handle, '<:raw', $_) or die "$_: $!";
        $text{ s{^\Q$folder\E/}{}r } = do { local $/; <$handle> };
    } }, $folder);
    return \%text;
}

my $files = contents_of($assets);
my %document = map { $_ => decode_json($files->{$_}) } keys %$files;
my @datasets = map { $document{$_} } sort grep { m{^datasets/} } keys %document;
my @charts = map { $document{$_} } sort grep { m{^charts/} } keys %document;
my @dashboards = map { $document{$_} } sort grep { m{^dashboards/} } keys %document;
cmp_ok(scalar @datasets, '>', 10, 'there are datasets');
is(scalar @dashboards, 4, 'and four dashboards');

my $node = server('superset_assets');
$node->safe_psql('bi', "CALL warehouse_create('shop')");
for my $dataset (@datasets)
{
    my $from = $dataset->{sql} ? "($dataset->{sql}) AS q" : "$dataset->{schema}.$dataset->{table_name}";
    my $columns = join ', ', map { qq("$_->{column_name}") } @{ $dataset->{columns} };
    my ($status, undef, $message) = $node->psql('bi', "SELECT $columns FROM $from LIMIT 0");
    is($status, 0, "dataset $dataset->{table_name}: its columns") or diag($message);
    for my $metric (@{ $dataset->{metrics} })
    {
        ($status, undef, $message) = $node->psql('bi', "SELECT $metric->{expression} FROM $from");
        is($status, 0, "dataset $dataset->{table_name}: $metric->{metric_name}") or diag($message);
    }
}
my %dataset = map { $_->{uuid} => 1 } @datasets;
is(join(' ', map { $_->{slice_name} } grep { !$dataset{ $_->{dataset_uuid} } } @charts), '', 'every chart has its dataset');
is(join(' ', map { $_->{slice_name} } grep { !length $_->{description} } @charts), '', 'and says what it shows');
my %chart = map { $_->{uuid} => 1 } @charts;
my %placed = map { $_->{meta}{uuid} => 1 } grep { ref && ($_->{type} // '') eq 'CHART' } map { values %{ $_->{position} } } @dashboards;
is_deeply(\%placed, \%chart, 'the dashboards place every chart');

SKIP:
{
    skip 'python3 is not installed', 1 if system('python3 -c "" >/dev/null 2>&1') != 0;
    my $fresh = PostgreSQL::Test::Utils::tempdir() . '/assets';
    system("PYTHONDONTWRITEBYTECODE=1 python3 '$top/superset/generate.py' --output '$fresh'") == 0 or die 'generate.py failed';
    is_deeply($files, contents_of($fresh), 'superset/assets is what superset/generate.py writes');
}

$node->stop;
done_testing();
