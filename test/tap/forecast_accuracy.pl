# Forecasts of method auto are as accurate as they are said to be, on all hourly and weekly series of the M4 competition and on a shop's weeks.
#
# Thresholds are those that were set beforehand: MASE .80 and 2.10 (seasonal naive 1.193 and 2.777; published: AutoARIMA .92 and 2.34, Prophet
# 1.78 and 7.29); bands of 80 % cover 75 to 85 %; the shop's week total within .178 / .160 (revenue, 13 / 26 origins) and .09 / .105 (orders),
# and not above seasonal naive over 26 origins. Seasonal naive's own figures are the check on the scoring.
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

my %most = (Hourly => 0.80, Weekly => 2.10);
my %naive = (Hourly => '1.193', Weekly => '2.777');
foreach my $kind (sort keys %most)
{
    my ($n, $mase) = split /\|/, $node->safe_psql('bi', "SELECT n_forecast, round(mase::numeric, 3) FROM m4_score('$kind', 'seasonal_naive')");
    is($mase, $naive{$kind}, "$kind: seasonal naive is scored as elsewhere");
    my ($series, $forecast, $auto, $se, $worse, $coverage) = split /\|/, $node->safe_psql('bi',
        "SELECT n_series, n_forecast, round(mase::numeric, 3), round(standard_error::numeric, 3), round(worse::numeric, 2), round(coverage::numeric, 3) FROM m4_score('$kind', 'auto')");
    note("$kind: $series series, MASE $auto (standard error $se), worse than seasonal naive in $worse of them, coverage $coverage");
    is($forecast, $series, "$kind: every series is forecast");
    cmp_ok($auto, '<=', $most{$kind}, "$kind: MASE");
    cmp_ok($coverage, '>=', 0.75, "$kind: bands are wide enough");
    cmp_ok($coverage, '<=', 0.85, "$kind: and not too wide");
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
    note("$metric: error of the week's total $error13 ($se13) over 13 origins, $error26 ($se26) over 26; seasonal naive $naive26; coverage $coverage");
    is($origins, 26, "$metric: origins");
    cmp_ok($error13, '<=', $week{$metric}[0], "$metric: 13 origins");
    cmp_ok($error26, '<=', $week{$metric}[1], "$metric: 26 origins");
    cmp_ok($error26, '<=', $naive26, "$metric: not above seasonal naive");
    cmp_ok($coverage, '>=', 0.70, "$metric: bands are wide enough");
    cmp_ok($coverage, '<=', 0.90, "$metric: and not too wide");
}

$node->stop;
done_testing();
