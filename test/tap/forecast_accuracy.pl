# Forecasts are as accurate, and their intervals cover as much, as they are said to, on the hourly and weekly series of the M4 competition and on
# a shop's days.
#
# Thresholds are those that were set beforehand: MASE of auto .80 and 2.10 (seasonal naive 1.193 and 2.777; published: AutoARIMA .92 and 2.34,
# Prophet 1.78 and 7.29); the shop's week total within .178 / .160 (revenue, 13 / 26 origins) and .09 / .105 (orders), and not above seasonal naive
# over 26 origins; bands of 80 % of five methods cover 75 to 85 % on M4 and 70 to 90 % on 18 daily series of the shop. Seasonal naive's own figures
# are the check on the scoring.
#
# Of method ets one in five hourly series is taken. BI_ML_LONG=1 takes them all, and reports the other methods too.
use strict;
use warnings;
use Cwd;
use Test::More;
use BiMl;

my $data = $ENV{BI_ML_DATA} // '';
plan skip_all => 'BI_ML_DATA names no reference data that can be read' unless -r "$data/m4/Hourly-train.csv.xz" && -r "$data/online_retail.csv.xz";

my $node = server('accuracy', 'max_parallel_workers_per_gather = 0');
$node->safe_psql('bi', '\i ' . getcwd() . '/data/forecast_accuracy.sql');
foreach my $kind (qw(Hourly Weekly))
{
    foreach my $part (qw(train test))
    {
        $node->safe_psql('bi', "\\copy m4_line (line) FROM PROGRAM 'xz -dc $data/m4/$kind-$part.csv.xz'\n"
              . ";UPDATE m4_line SET kind = '$kind', part = '$part' WHERE kind IS NULL");
    }
}

$node->safe_psql('bi', 'SELECT fill_m4()');

my $long = $ENV{BI_ML_LONG} // '';
my @methods = qw(auto ensemble ets theta seasonal_naive);
my @others = $long ? qw(naive drift seasonal_mean seasonal_median ar ar_log ar_short ar_diff ets_damped ses theta_standard two_seasons tsb) : ();

# m4_score(KIND, METHOD, ONE_OF): the figures as text, by name
sub m4_score
{
    my ($kind, $method, $one_of) = @_;
    my %score;

    @score{qw(series forecast mase se ratio worse coverage)} = split /\|/, $node->safe_psql('bi',
        "SELECT n_series, n_forecast, round(mase::numeric, 3), round(standard_error::numeric, 3), round(ratio::numeric, 2), round(worse::numeric, 2), round(coverage::numeric, 3) FROM m4_score('$kind', '$method', $one_of)");
    note("$kind, $method: $score{forecast} of $score{series} series, MASE $score{mase} (standard error $score{se}), $score{ratio} of seasonal naive's, worse than it in $score{worse} of them, coverage $score{coverage}")
      if $score{forecast};
    return %score;
}

my %most = (Hourly => 0.80, Weekly => 2.10);
my %naive = (Hourly => '1.193', Weekly => '2.777');
foreach my $kind (sort keys %most)
{
    foreach my $method (@methods)
    {
        my %score = m4_score($kind, $method, $kind eq 'Hourly' && $method eq 'ets' && !$long ? 5 : 1);

        is($score{forecast}, $score{series}, "$kind, $method: every series is forecast");
        cmp_ok($score{coverage}, '>=', 0.75, "$kind, $method: bands are wide enough");
        cmp_ok($score{coverage}, '<=', 0.85, "$kind, $method: and not too wide");
        is($score{mase}, $naive{$kind}, "$kind: seasonal naive is scored as elsewhere") if $method eq 'seasonal_naive';
        cmp_ok($score{mase}, '<=', $most{$kind}, "$kind: MASE of auto") if $method eq 'auto';
    }
    m4_score($kind, $_, 1) foreach @others;
}

my $columns = 'invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country';
$node->safe_psql('bi', "CALL warehouse_create('shop')");
$node->safe_psql('bi', "\\copy shop.raw_sales ($columns) FROM PROGRAM 'xz -dc $data/online_retail.csv.xz' CSV HEADER\n");
$node->safe_psql('bi', "CALL warehouse_refresh('shop')");
$node->safe_psql('bi', 'SELECT fill_shop_series()');
my %week = (revenue => [ 0.178, 0.160 ], orders => [ 0.09, 0.105 ]);
foreach my $metric (sort keys %week)
{
    my ($naive26) = $node->safe_psql('bi', "SELECT round(error26::numeric, 4) FROM shop_score('$metric', 'seasonal_naive')");
    my ($origins, $error13, $se13, $error26, $se26, $coverage) = split /\|/, $node->safe_psql('bi',
        "SELECT origins, round(error13::numeric, 4), round(se13::numeric, 3), round(error26::numeric, 4), round(se26::numeric, 3), round(coverage::numeric, 3) FROM shop_score('$metric', 'auto')");
    note("$metric: error of the week's total $error13 (standard error $se13) over 13 origins, $error26 ($se26) over 26; seasonal naive $naive26; coverage $coverage");
    is($origins, 26, "$metric: origins");
    cmp_ok($error13, '<=', $week{$metric}[0], "$metric: 13 origins");
    cmp_ok($error26, '<=', $week{$metric}[1], "$metric: 26 origins");
    cmp_ok($error26, '<=', $naive26, "$metric: not above seasonal naive");
}
foreach my $method (@methods, @others, $long ? 'prophet' : ())
{
    my ($series, $points, $coverage, $open) =
      split /\|/, $node->safe_psql('bi', "SELECT n_series, points, round(coverage::numeric, 3), round(on_open_days::numeric, 3) FROM shop_coverage('$method')");
    note("shop, $method: coverage $coverage of $points days of $series series, $open of those not on closed weekdays") if $points;
    next unless grep { $_ eq $method } @methods;
    is("$series $points", '18 3276', "shop, $method: every day of every series is forecast");
    cmp_ok($coverage, '>=', 0.70, "shop, $method: bands are wide enough");
    cmp_ok($coverage, '<=', 0.90, "shop, $method: and not too wide");
}

$node->stop;
done_testing();
