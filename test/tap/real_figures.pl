# UCI Online Retail, all 541,909 rows: every figure of the reference tables, and the same file again changes nothing.
# Provenance of the expected numbers: test/data/README.md.
use strict;
use warnings;
use Cwd;
use Test::More;
use BiMl;

my $tables = ($ENV{BI_ML_FIXTURES} // '') . '/analytics';
my $file = ($ENV{BI_ML_DATA} // '') . '/online_retail.csv.xz';
plan skip_all => 'BI_ML_FIXTURES and BI_ML_DATA name no reference data that can be read' unless -r "$tables/monthly.csv" && -r $file;

my $columns = 'invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country';
my $load = "\\copy shop.raw_sales ($columns) FROM PROGRAM 'xz -dc $file' CSV HEADER\n";
my $figures = getcwd() . '/data/real_figures.sql';
my $node = server('real');
$node->safe_psql('bi', "CALL warehouse_create('shop')");
$node->safe_psql('bi', $load);
$node->safe_psql('bi', "CALL warehouse_refresh('shop')");

chdir $tables or die $!;
foreach my $line (split /\n/, $node->safe_psql('bi', "\\i $figures\n"))
{
    my ($name, $differences) = split /\|/, $line;
    is($differences, '0', $name);
}
is($node->safe_psql('bi', 'SELECT count(*) FROM shop.warehouse_conservation'), '0', 'every raw row is in exactly one place');

my @unchanged = qw(fact_sales fact_returns fact_charge dim_product dim_product_alias dim_customer dim_country dim_date
  mart_daily_sales mart_monthly_sales mart_kpi mart_country mart_country_monthly mart_rfm mart_rfm_segment mart_product
  mart_product_weekly mart_cohort mart_hour_weekday);
my %before = map { $_ => digest($node, 'bi', "shop.$_") } @unchanged;
$node->safe_psql('bi', $load);
$node->safe_psql('bi', "CALL warehouse_refresh('shop')");
my %after = map { $_ => digest($node, 'bi', "shop.$_") } @unchanged;
is_deeply(\%after, \%before, 'the same file again changes no fact, dimension or mart');
is($node->safe_psql('bi', 'SELECT count(*) FROM shop.warehouse_conservation'), '0', 'and every raw row is still in exactly one place');

$node->stop;
done_testing();
