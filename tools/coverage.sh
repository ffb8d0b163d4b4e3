#!/usr/bin/env bash
# Line coverage of the pure core by its unit tests, per file, by gcov alone.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/packages.sh build
build=build/coverage
rm -rf "$build"
UNIT_BUILD=$build UNIT_SANITIZE='' UNIT_CFLAGS='--coverage -O0' CC=gcc bash tools/unit.sh "$@" >/dev/null || true
cd "$build"
gcov -r -s "$PWD/../.." ./src_*.gcda 2>/dev/null |
    awk '/^File .src\// { file = $2; gsub(/\x27/, "", file) }
         /^Lines executed:/ && file ~ /\.c$/ {
             split($2, p, /[:%]/); printf "%7.2f %% of %5d  %s\n", p[2], $NF, file; n += $NF; hit += p[2] * $NF; file = "" }
         END { if (n) printf "%7.2f %% of %5d  all\n", hit / n, n }' | sort -k 5
