# A stored model survives dump and restore bit for bit, and binary input takes no damaged one.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use BiMl;

my $node = server('prophet_model');
$node->safe_psql('bi', <<'SQL');
CREATE TABLE kept (name text, series timeseries, model prophet_model, options prophet_holiday[]);
INSERT INTO kept
SELECT growth || ' ' || scaling, s, prophet_fit(s, growth => growth, scaling => scaling, columns => '{promo,"Größe"}', country => 'FR',
           regressors => ARRAY[prophet_regressor('promo'), prophet_regressor('Größe', 0.3)], holidays => h, changepoint_prior_scale => 0.1), h
FROM (SELECT series_agg(timestamp '2023-01-01' + i * interval '1 day', CASE WHEN i % 50 > 0 THEN sqrt(i) + sin(i) + i % 7 / 3.0 END, (i % 9 = 0)::int, ln(1 + i)) AS s FROM generate_series(0, 400) AS i) AS q,
     unnest(ARRAY['linear', 'flat']) AS growth, unnest(ARRAY['absmax', 'minmax']) AS scaling,
     (SELECT ARRAY[prophet_holiday('Fête "nationale"', '2023-07-14', -1, 1, 2.5), prophet_holiday('Fête "nationale"', '2024-07-14', -1, 1, 2.5)] AS h) AS holidays;
SQL
my $bits = "SELECT name, md5(timeseries_send(series)), md5(prophet_model_send(model)), md5(model::text), options FROM kept ORDER BY name";
my $forecasts = 'SELECT k.name, f.* FROM kept AS k, prophet_forecast(model, 0, include_history => true, seed => 3) AS f ORDER BY 1, 2';
my ($before, $forecast_before) = (rows($node, 'bi', $bits), rows($node, 'bi', $forecasts));

my $folder = $PostgreSQL::Test::Utils::tmp_check;
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$folder/models.dump", '-d', $node->connstr('bi') ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE copy');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('copy'), "$folder/models.dump" ], 'pg_restore');
is(rows($node, 'copy', $bits), $before, 'models have the same bytes and the same text after the restore');
is(rows($node, 'copy', $forecasts), $forecast_before, 'and forecast the same');

# A COPY file of one model: signature (11 bytes), flags and extension (8), number of fields (2), length (4), the value.
my $value_at = 25;
my $file = "$folder/model.bin";
$node->safe_psql('bi', "COPY (SELECT model FROM kept WHERE name = 'linear absmax') TO '$file' (FORMAT binary)");
my $good = slurp_file($file);
my $length = unpack 'N', substr $good, $value_at - 4, 4;
my $value = substr $good, $value_at, $length;
cmp_ok($length, '>', 5000, 'a model to damage');

sub write_copy
{
    my ($name, $bytes) = @_;

    open my $out, '>:raw', "$folder/$name" or die "$name: $!";
    print $out substr($good, 0, $value_at - 4), pack('N', length $bytes), $bytes, "\xff\xff";
    close $out;
}

# Every byte of the first 300, then one in thirty, with one bit flipped; shorter and longer values.
my @at = (0 .. 299, map { 30 * $_ } 10 .. int(($length - 1) / 30));
my $n = 0;
foreach my $at (@at) {
    my $bytes = $value;

    substr($bytes, $at, 1) ^= chr(1 << ($at % 8));
    write_copy('damaged' . $n++, $bytes);
}
write_copy('damaged' . $n++, substr $value, 0, int($length * $_ / 20)) foreach 0 .. 19;
write_copy('damaged' . $n++, $value . ("\0" x $_)) foreach 1, 8, 16;
write_copy('whole', $value);

my $states = $node->safe_psql('bi', <<"SQL");
CREATE TEMP TABLE tried (state text);
CREATE TEMP TABLE loaded (model prophet_model);
DO \$\$
DECLARE
    i int; state text;
BEGIN
    FOR i IN 0 .. $n - 1 LOOP
        state := 'taken';
        BEGIN
            EXECUTE format('COPY loaded FROM %L (FORMAT binary)', '$folder/damaged' || i);
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
        END;
        INSERT INTO tried VALUES (state);
    END LOOP;
END \$\$;
SELECT state, count(*) FROM tried GROUP BY 1;
SQL
is($states, "22P03|$n", "each of $n damaged models is refused with 22P03");
is($node->safe_psql('bi', "CREATE TEMP TABLE loaded (model prophet_model); COPY loaded FROM '$folder/whole' (FORMAT binary);
    SELECT prophet_model_send(loaded.model) = prophet_model_send(kept.model) FROM loaded, kept WHERE name = 'linear absmax'"), 't', 'the whole model is taken');

$node->stop;
done_testing();
