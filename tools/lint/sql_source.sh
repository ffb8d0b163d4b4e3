#!/usr/bin/env bash
# What can be said of the install SQL by reading it, comments and strings told apart.
set -euo pipefail
cd "$(dirname "$0")/../.."
find src -name '*.sql' ! -path 'src/upgrade/*' -print0 | sort -z | xargs -0 perl -e '
    use strict; use warnings;
    my $bad = 0;
    foreach my $path (@ARGV) {
        open my $file, "<", $path or die "$path: $!";
        my $text = do { local $/; <$file> };
        my $say = sub { my ($at, $what) = @_;
            printf "%s:%d: %s\n", $path, 1 + (substr($text, 0, $at) =~ tr/\n//), $what; $bad = 1; };
        # Code keeps its place; comments, strings and (for the rules of the top level) bodies become blanks.
        my ($all, $top) = ($text, "");
        while ($text =~ /--[^\n]*|\/\*.*?\*\/|\x27(?:[^\x27]|\x27\x27)*\x27/gs) {
            my ($from, $piece) = ($-[0], $&);
            $say->($from, "\@extschema\@ inside quotes breaks on a schema name with a quote: write format(\x27%I\x27, ...)")
                if $piece =~ /^\x27/ && $piece =~ /\@extschema\@/;
            (my $blank = $piece) =~ s/[^\n]/ /g;
            substr($all, $from, length $piece) = $blank;
        }
        ($top = $all) =~ s{(\$(\w*)\$)(.*?)(\$\2\$)}{(my $b = "$1$3$4") =~ s/[^\n]/ /g; $b}gse;
        $say->($-[0], "CREATE OR REPLACE takes over an object of someone else: use CREATE") while $top =~ /\bcreate\s+or\s+replace\b/gi;
        $say->($-[0], "IF NOT EXISTS may adopt an object of someone else: use CREATE alone") while $top =~ /\bcreate\b[^;]*?\bif\s+not\s+exists\b/gi;
        $say->($-[0], "SECURITY DEFINER: functions run with the rights of the caller") while $all =~ /\bsecurity\s+definer\b/gi;
        $say->($-[0], "GRANT: privileges are for the owner of the database to give") while $top =~ /\bgrant\s(?!select on \@extschema\@\.public_holiday to public;)/gi;
    }
    exit $bad;'
