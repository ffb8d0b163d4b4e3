# anomaly_detect against scikit-learn's Isolation Forest on raw values, in one run: 16 daily series of a shop with planted spikes,
# drops and outages. Provenance: fixtures/iforest/README.md; the floors are those of the spec that the rule was made from.
# Counted are days after the first 28 that are not marked to be ignored; average precision is the mean over series.
use strict;
use warnings;
use Test::More;
use BiMl;

my $file = ($ENV{BI_ML_FIXTURES} // '') . '/iforest/retail_planted_ts.csv';
my $python = $ENV{PYTHON} // 'python3';
plan skip_all => 'BI_ML_FIXTURES names no reference data that can be read' unless -r $file;
plan skip_all => "$python has no scikit-learn" if system("$python -c 'import sklearn' >/dev/null 2>&1") != 0;

# Mean over the planted days of the precision at their place in the order, best first; ties in the order of time.
sub average_precision
{
    my @rows = sort { $b->{rank} <=> $a->{rank} || $a->{n} <=> $b->{n} } @_;
    my ($sum, $hits) = (0, 0);
    foreach my $i (0 .. $#rows)
    {
        $sum += ++$hits / ($i + 1) if $rows[$i]{label};
    }
    return $sum / $hits;
}

sub mean { my $sum = 0; $sum += $_ foreach @_; return $sum / @_; }

my $node = server('peer');
$node->safe_psql('bi', 'CREATE TABLE planted (series text, date date, value float8, pre_plant float8, label int, kind text, ignore int)');
$node->safe_psql('bi', "\\copy planted FROM '$file' CSV HEADER\n");
my (%ours, %alerts, %hits);
my $planted = 0;
foreach my $line (split /\n/, $node->safe_psql('bi', q{
    SELECT series, n, label, coalesce(rank_score, -1), coalesce(severity::text, 'none')
    FROM (SELECT *, row_number() OVER (PARTITION BY series ORDER BY date) AS n FROM planted) AS p
    JOIN (SELECT series, a.* FROM (SELECT series, series_agg(date, value) AS s FROM planted GROUP BY series) AS q, LATERAL anomaly_detect(s) AS a) AS v
         USING (series)
    WHERE v.ds = p.date AND n > 28 AND ignore = 0 ORDER BY series, n}))
{
    my ($series, $n, $label, $rank, $severity) = split /\|/, $line;
    push @{ $ours{$series} }, { n => $n, label => $label, rank => $rank };
    $planted += $label;
    $alerts{$severity}++;
    $hits{$severity} += $label;
}
is(scalar keys %ours, 16, '16 series');
my $ours = mean(map { average_precision(@{ $ours{$_} }) } sort keys %ours);

# The peer sees whole series, raw, with five seeds; it prints series|seed|row|score.
my $script = "$PostgreSQL::Test::Utils::tmp_check/peer.py";
open my $out, '>', $script or die $!;
print $out <<'PYTHON';
import csv, sys
import numpy as np
from sklearn.ensemble import IsolationForest
series = {}
for row in csv.DictReader(open(sys.argv[1])):
    series.setdefault(row["series"], []).append(float(row["value"]))
for name, values in series.items():
    x = np.array(values).reshape(-1, 1)
    for seed in range(5):
        scores = -IsolationForest(n_estimators=100, max_samples=256, random_state=seed).fit(x).score_samples(x)
        for i, score in enumerate(scores):
            print(f"{name}|{seed}|{i + 1}|{score!r}".replace("np.float64(", "").replace(")", ""))
PYTHON
close $out;
my %label = map { my $s = $_; map { ("$s $_->{n}" => $_->{label}) } @{ $ours{$s} } } keys %ours;
my %peer;
foreach my $line (split /\n/, `$python $script $file`)
{
    my ($series, $seed, $n, $score) = split /\|/, $line;
    push @{ $peer{"$series $seed"} }, { n => $n, label => $label{"$series $n"}, rank => $score } if exists $label{"$series $n"};
}
is(scalar keys %peer, 80, 'five forests of the peer for each series');
my $peer = mean(map { average_precision(@{ $peer{$_} }) } sort keys %peer);
cmp_ok($peer, '>', 0.2, 'the peer finds some');

my $precision = sub { my ($n, $k) = (0, 0); foreach (@_) { $n += $alerts{$_} // 0; $k += $hits{$_} // 0 } return $n ? $k / $n : 0; };
my @all = qw(critical high medium low);
my ($p, $r) = ($precision->(@all), mean(map { $hits{$_} // 0 } @all) * @all / $planted);
my $f1 = 2 * $p * $r / ($p + $r);
diag(sprintf('average precision %.3f, scikit-learn on raw values %.3f: %.2f times; F1 %.3f; precision critical %.2f, high %.2f, medium %.2f, low %.2f',
    $ours, $peer, $ours / $peer, $f1, map { $precision->($_) } @all));
cmp_ok($ours, '>=', 1.6 * $peer, 'average precision at least 1.6 times that of the raw forest');
cmp_ok($f1, '>=', 0.58, 'F1 of the rule');
cmp_ok($precision->('critical'), '>=', 0.95, 'precision of critical alerts');
cmp_ok($precision->('high'), '>=', 0.70, 'precision of high alerts');
cmp_ok($precision->('high', 'critical'), '>', $precision->('medium', 'low'), 'the graver the surer');

$node->stop;
done_testing();
