#!/usr/bin/env bash
# No file over 500 lines and no function over 80 without a reason, listed here as "FILE reason" or "FILE:FUNCTION reason".
set -euo pipefail
cd "$(dirname "$0")/../.."
reasons='
src/holiday/calendar.c generated reference data
'
find . -path ./build -prune -o -path ./src/upgrade -prune -o \( -name '*.[ch]' -o -name '*.sql' ! -name 'bi_ml--*' -o -name '*.sh' \) -print | sort |
    sed 's,^\./,,' | xargs awk -v reasons="$reasons" '
    function listed(what) { return index(reasons, "\n" what " ") > 0 }
    function end_file() {
        if (last != "" && lines > 500 && !listed(last)) { print last ":500: " lines " lines: cut it, or list the reason in tools/lint/sizes.sh"; bad = 1 }
    }
    FNR == 1 { end_file(); last = FILENAME; depth = 0 }
    { lines = FNR }
    # The format puts a function brace in the first column, its name at the start of a line above.
    FILENAME ~ /\.c$/ && /^[a-z_0-9]+\(/ { name = $0; sub(/\(.*/, "", name) }
    FILENAME ~ /\.c$/ && /^\{/ { from = FNR }
    FILENAME ~ /\.c$/ && /^\}$/ && from {
        if (FNR - from > 80 && !listed(FILENAME ":" name)) { print FILENAME ":" from ": " name " has " FNR - from " lines: cut it, or list the reason in tools/lint/sizes.sh"; bad = 1 }
        from = 0
    }
    END { end_file(); exit bad }'
