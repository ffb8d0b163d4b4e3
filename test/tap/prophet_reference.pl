# The SQL surface of Prophet against reference forecasts made with R prophet 1.0, with the exact optimum of the same
# posterior, and with Python Prophet 1.3.0 (README.md and PARITY.csv beside the cases). Each case is one call with the
# options a user would write; its lines show the measured differences, in units of the scale of y.
use strict;
use warnings;
use Test::More;
use BiMl;

my $fixtures = $ENV{BI_ML_FIXTURES};
plan skip_all => 'BI_ML_FIXTURES is not set' unless $fixtures && -d "$fixtures/prophet";
my $folder = "$fixtures/prophet";
my $node = server('prophet_reference');

# steps, their frequency, and the options of the call; without a frequency the case has a future.csv
my %call = (
    air_default => [ 50, '1 month' ],
    air_mult => [ 50, '1 month', "seasonality_mode => 'multiplicative'" ],
    air_short => [ 12, '1 month' ],
    or_orders => [ 30, '1 day' ],
    or_revenue => [ 30, '1 day' ],
    or_revenue_bt30 => [ 30, '1 day' ],
    or_revenue_na => [ 30, '1 day' ],
    or_revenue_uk => [ 30, '1 day' ],
    or_revenue_ukhol => [ 30, '1 day', 'holidays => (SELECT array_agg(prophet_holiday(holiday, ds)) FROM holidays)' ],
    ped_flat => [ 365, '1 day', "growth => 'flat'" ],
    ped_hourly => [ 120, '1 hour' ],
    ped_lockdown => [ 365, '1 day', 'holidays => (SELECT array_agg(prophet_holiday(holiday, ds, lower_window, upper_window)) FROM holidays)' ],
    peyton_conditional => [ 0, undef, "weekly_seasonality => 'false', columns => '{on_season,off_season}', seasonalities =>
        ARRAY[prophet_seasonality('weekly_on_season', 7, 3, condition_name => 'on_season'), prophet_seasonality('weekly_off_season', 7, 3, condition_name => 'off_season')]" ],
    peyton_cps001 => [ 365, '1 day', 'changepoint_prior_scale => 0.01' ],
    peyton_cps05 => [ 365, '1 day', 'changepoint_prior_scale => 0.5' ],
    peyton_default => [ 365, '1 day' ],
    peyton_holidays => [ 365, '1 day', 'holidays => (SELECT array_agg(prophet_holiday(holiday, ds, lower_window, upper_window)) FROM holidays)' ],
    peyton_minmax_scaled => [ 365, '1 day' ],
    peyton_monthly => [ 365, '1 day', "weekly_seasonality => 'false', seasonalities => ARRAY[prophet_seasonality('monthly', 30.5, 5)]" ],
    peyton_mult => [ 365, '1 day', "seasonality_mode => 'multiplicative'" ],
    peyton_nochange => [ 365, '1 day', 'n_changepoints => 0' ],
    peyton_noweekly => [ 365, '1 day', "weekly_seasonality => 'false'" ],
    peyton_regressors => [ 0, undef, "columns => '{nfl_sunday,tempx}', regressors => ARRAY[prophet_regressor('nfl_sunday'), prophet_regressor('tempx', 0.5)]" ],
    py_holidays_mode => [ 120, '1 day', "holidays_mode => 'multiplicative', holidays => (SELECT array_agg(prophet_holiday(holiday, ds, lower_window, upper_window)) FROM holidays)" ],
    py_large_y_minmax => [ 30, '1 day', "scaling => 'minmax'" ],
    py_logistic_floor_mult => [ 0, undef, "growth => 'logistic', seasonality_mode => 'multiplicative', columns => '{cap,floor}'" ],
    py_minmax_mult_air => [ 24, '1 month', "scaling => 'minmax', seasonality_mode => 'multiplicative'" ],
    py_minmax_peyton => [ 365, '1 day', "scaling => 'minmax'" ],
    py_ties_ncp10 => [ 14, '1 day', 'n_changepoints => 10' ],
    retail_default => [ 36, '1 month' ],
    synth_constant => [ 7, '1 day' ],
    synth_linear120 => [ 30, '1 day' ],
    synth_small20 => [ 7, '1 day' ],
    wp_R_logistic => [ 0, undef, "growth => 'logistic', columns => '{cap}'" ],
    wp_R_logistic_floor => [ 0, undef, "growth => 'logistic', columns => '{cap,floor}'" ],
    wp_R_outliers1 => [ 1096, '1 day' ],
    yosemite_default => [ 300, '1 hour', 'changepoint_prior_scale => 0.01' ],
);

# The table NAME with the rows of a CSV file; types follow from the columns' names.
sub load
{
    my ($path, $name) = @_;
    my %type = (ds => 'timestamp', holiday => 'text', lower_window => 'int', upper_window => 'int', on_season => 'bool', off_season => 'bool');

    open my $file, '<', $path or die "$path: $!";
    (my $header = <$file>) =~ s/["\r\n]//g;
    close $file;
    my $columns = join ', ', map { qq{"$_" } . ($type{$_} // 'float8') } split /,/, $header;
    $columns =~ s/"ds" timestamp/"ds" date/ if $name eq 'holidays';
    $node->safe_psql('bi', "DROP TABLE IF EXISTS $name; CREATE TABLE $name ($columns);\n\\copy $name FROM '$path' CSV HEADER");
}

# One number from meta.csv.
sub meta
{
    my ($case, $key) = @_;

    open my $file, '<', "$folder/$case/meta.csv" or die "$case: $!";
    while (my $line = <$file>) {
        return $1 if $line =~ /^"?$key"?,"?([-0-9.e+]+)"?/;
    }
    die "$case: meta.csv has no $key";
}

# Largest difference of yhat over y_scale, and the number of rows compared; WHERE is SQL over the joined rows f, e.
sub difference
{
    my ($case, $expected, $where) = @_;
    my $scale = meta($case, 'y_scale');

    return split /\|/, $node->safe_psql('bi',
        "SELECT max(abs($expected - e.yhat)) / $scale, count(*) FROM forecast AS f JOIN expected AS e USING (ds) WHERE $where");
}

my %tolerance_to_r;
open my $parity, '<', "$folder/PARITY.csv" or die "PARITY.csv: $!";
while (<$parity>) {
    my @field = split /,/;
    $tolerance_to_r{ $field[0] } = $field[-3];
}
close $parity;

foreach my $case (sort keys %call) {
    my ($steps, $frequency, @options) = @{ $call{$case} };
    my $is_python = $case =~ /^py_/;
    my $exact = -e "$folder/$case/exact_map_yhat.csv" ? 'exact_map_yhat' : 'output';
    my $tolerance = "@options" =~ /multiplicative|logistic/ ? 1e-5 : 1e-6;

    load("$folder/$case/input.csv", 'input');
    load("$folder/$case/holidays.csv", 'holidays') if -e "$folder/$case/holidays.csv";
    load("$folder/$case/future.csv", 'future') if !defined $frequency;
    my $when = defined $frequency ? "frequency => '$frequency'" : "future => 'future'";
    my $arguments = join ', ', $steps, $when, 'include_history => true', 'uncertainty_samples => 0', @options;
    $node->safe_psql('bi', "DROP TABLE IF EXISTS forecast; CREATE TABLE forecast AS SELECT DISTINCT ON (ds) * FROM prophet_forecast('input', 'ds', 'y', $arguments) ORDER BY ds");

    if ($case ne 'synth_constant') { # not optimised by the reference
        my @columns = "@options" =~ /columns => '\{(.*?)\}'/ ? map { ", $_" . (/season/ ? '::int' : '') } split /,/, $1 : ();
        my $fit = join ', ', "series_agg(ds, y@columns)", @options;
        my $gain = $node->safe_psql('bi', "SELECT prophet_params(prophet_fit($fit)) ->> 'log_posterior' FROM input") - meta($case, 'log_posterior');
        cmp_ok($is_python ? -abs $gain : $gain, '>=', -1e-6, sprintf('%s: log posterior %+.2f above the reference', $case, $gain));
    }

    # The forecasts of the reference leave out floor * M where both a floor and multiplicative terms are used.
    load("$folder/$case/$exact.csv", 'expected');
    $node->safe_psql('bi', 'ALTER TABLE expected RENAME yhat_exact TO yhat') if $exact eq 'exact_map_yhat';
    my $floor = $case eq 'py_logistic_floor_mult' ? 'e.floor' : $case eq 'py_minmax_mult_air' ? meta($case, 'y_min') : 0;
    my $ours = $floor eq '0' ? 'f.yhat' : "(f.yhat + $floor * f.multiplicative_terms)";
    my $where = $exact eq 'exact_map_yhat' ? 'e.identified = 1' : 'true';
    my ($largest, $n) = difference($case, $ours, $where);
    cmp_ok($n, '>', 0, "$case: rows to compare");
    cmp_ok($largest, '<=', $tolerance, sprintf('%s: exact optimum, %d rows, largest difference %.1e', $case, $n, $largest));
    next if $is_python || $exact eq 'output';

    $node->safe_psql('bi', 'ALTER TABLE expected RENAME TO marked');
    load("$folder/$case/output.csv", 'expected');
    ($largest, $n) = difference($case, 'f.yhat', 'e.ds IN (SELECT ds FROM marked WHERE identified = 1)');
    cmp_ok($largest, '<=', $tolerance_to_r{$case}, sprintf('%s: R prophet, %d rows, largest difference %.2f %%', $case, $n, 100 * $largest));
    $node->safe_psql('bi', 'DROP TABLE marked');
}

$node->stop;
done_testing();
