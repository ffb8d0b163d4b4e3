# What the TAP tests share: a server with the extension, and comparison of whole schemas.
package BiMl;
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use Exporter 'import';
our @EXPORT = qw(server rows digest contents);

# A started server with database "bi" and the extension in it. Settings follow those of the private server.
sub server
{
    my ($name, @settings) = @_;
    my $node = PostgreSQL::Test::Cluster->new($name);

    $node->init(extra => [ '--locale=C.UTF-8', '--encoding=UTF8' ]);
    $node->append_conf('postgresql.conf', join("\n", "jit = off", "timezone = 'UTC'", "work_mem = '64MB'", @settings) . "\n");
    $node->start;
    $node->safe_psql('postgres', 'CREATE DATABASE bi');
    $node->safe_psql('bi', 'CREATE EXTENSION bi_ml');
    return $node;
}

# The rows of a query as text, one string.
sub rows
{
    my ($node, $database, $query) = @_;
    return $node->safe_psql($database, $query);
}

# "rows digest" of a relation, independent of its rows' order.
sub digest
{
    my ($node, $database, $relation) = @_;
    return $node->safe_psql($database,
        "SELECT count(*) || ' ' || coalesce(md5(string_agg(t, E'\\n' ORDER BY t COLLATE \"C\")), '') FROM (SELECT r::text AS t FROM $relation AS r) AS q");
}

# relation name => digest for every table and materialized view of a schema.
sub contents
{
    my ($node, $database, $schema) = @_;
    my $names = $node->safe_psql($database,
        "SELECT relname FROM pg_class WHERE relnamespace = '$schema'::regnamespace AND relkind IN ('r', 'm', 'p') AND relpersistence = 'p'");

    return { map { $_ => digest($node, $database, "$schema.\"$_\"") } split /\n/, $names };
}

1;
