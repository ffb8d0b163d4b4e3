# Forests of every kind survive dump and restore, binary copies and new processes bit for bit; training on four million rows
# stays within its memory.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use BiMl;

my $node = server('iforest_model', 'max_parallel_workers = 4');
$node->safe_psql('bi', <<'SQL');
CREATE TABLE rows AS SELECT i, ARRAY[sin(i) * 10, (i * 7919 % 101)::float8] AS x, ARRAY[chr(97 + i % 5), CASE WHEN i % 7 > 0 THEN 'k' || i % 40 END] AS c
    FROM generate_series(1, 3000) AS i;
ALTER TABLE rows SET (parallel_workers = 3);
ANALYZE rows;
CREATE TABLE model AS
    SELECT 'numbers' AS kind, false AS mixed, iforest_train(x, iforest_options(contamination => 0.1)) AS m FROM rows
    UNION ALL SELECT 'sums', false, iforest_train(x, iforest_options(ndim => 2)) FROM rows
    UNION ALL SELECT 'categories', true, iforest_train(x, c, NULL) FROM rows
    UNION ALL SELECT 'sets', true, iforest_train(x, c, iforest_options(categ_split => 'subset', missing_action => 'impute')) FROM rows
    UNION ALL SELECT 'mixed sums', true, iforest_train(x, c, iforest_options(ndim => 3)) FROM rows;
INSERT INTO model SELECT 'updated', true, iforest_update(m, (SELECT iforest_train(x, c, iforest_options(seed => 7)) FROM rows WHERE i > 2500), 0.3)
    FROM model WHERE kind = 'categories';
SQL
my $scores = <<'SQL';
SELECT kind, md5(m::text), (SELECT md5(string_agg(CASE WHEN mixed THEN iforest_score(m, x, c) ELSE iforest_score(m, VARIADIC x) END::text, ' ' ORDER BY i)) FROM rows WHERE i <= 500)
FROM model ORDER BY kind
SQL
my $before = rows($node, 'bi', $scores);
is(() = $before =~ /^/gm, 6, 'six models score');

# Workers
my $all = "SELECT md5(iforest_train(x, c, iforest_options(ndim => 2))::text), md5(iforest_train(x, c, NULL)::text) FROM rows";
my $serial = $node->safe_psql('bi', "SET max_parallel_workers_per_gather = 0; $all");
my $settings = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 3;';
like($node->safe_psql('bi', "$settings EXPLAIN (COSTS OFF) $all"), qr/Partial Aggregate/, 'workers collect rows with categories');
is($node->safe_psql('bi', "$settings $all"), $serial, 'and the forests are those of one process');

# Dumps
for my $format ('custom', 'plain')
{
    my $file = "$PostgreSQL::Test::Utils::tmp_check/model.$format";
    $node->command_ok([ 'pg_dump', '-F', $format, '-f', $file, '-d', $node->connstr('bi') ], "pg_dump, $format");
    $node->safe_psql('postgres', "CREATE DATABASE copy_$format");
    $node->command_ok($format eq 'custom'
        ? [ 'pg_restore', '--exit-on-error', '-d', $node->connstr('copy_custom'), $file ]
        : [ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $file, '-d', $node->connstr('copy_plain') ],
        "restore, $format");
    is(rows($node, "copy_$format", $scores), $before, "the same bytes and scores after it");
}

# Binary copies, whole and damaged
my $binary = "$PostgreSQL::Test::Utils::tmp_check/model.binary";
$node->safe_psql('bi', "COPY model TO '$binary' (FORMAT binary)");
$node->safe_psql('bi', "CREATE TABLE original AS TABLE model; TRUNCATE model; COPY model FROM '$binary' (FORMAT binary)");
is(rows($node, 'bi', $scores), $before, 'a binary copy is the same');
my $bytes = slurp_file($binary);
for my $at (map { int(length($bytes) * $_ / 23) } 1 .. 22)
{
    my $damaged = $bytes;
    substr($damaged, $at, 1) = chr(ord(substr($damaged, $at, 1)) ^ 0x55);
    open(my $file, '>:raw', "$binary.damaged") or die $!;
    print $file $damaged;
    close($file);
    my ($status, $out, $error) = $node->psql('bi', "\\set VERBOSITY sqlstate\nCOPY model FROM '$binary.damaged' (FORMAT binary)");
    ok($status != 0 && $error =~ /22P03/, "a damaged byte $at is refused") or diag($error);
}
$node->safe_psql('bi', 'SELECT 1');

# Memory: the peak of one backend beyond the 128 MB that 2^22 rows of four numbers are
my $grown = $node->safe_psql('bi', <<'SQL');
CREATE FUNCTION peak() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)')::bigint / 1024 $$;
CREATE TEMP TABLE at_first AS SELECT peak() AS mb;
CREATE TEMP TABLE trained AS SELECT iforest_train(a * 2048 + b, a - b, sin(a * b), cos(a + b)) AS m FROM generate_series(1, 2048) AS a, generate_series(1, 2048) AS b;
SELECT peak() - mb - 128 FROM at_first;
SQL
cmp_ok($grown, '<=', 64, 'training on 2^22 rows takes at most 64 MB beyond them');
cmp_ok($grown, '>', -128, 'and the peak was measured');

$node->stop;
done_testing();
