#!/usr/bin/env bash
# Builds the pure core and its unit tests with sanitizers, without a server, and runs them.
# usage: tools/unit.sh [topic ...]      environment: CC, UNIT_CFLAGS, BI_ML_FIXTURES
set -euo pipefail
cd "$(dirname "$0")/.."
cc=${CC:-gcc}
build=build/unit-$cc
sanitize='-fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all -fno-omit-frame-pointer'
flags="-std=gnu11 -O1 -g -Wall -Wextra -ffp-contract=off $sanitize ${UNIT_CFLAGS:-} -Isrc -Itest/unit"
if [ -z "${BI_ML_FIXTURES+set}" ] && [ -d ../shared/fixtures ]; then
    BI_ML_FIXTURES=$(cd ../shared/fixtures && pwd)
fi
export BI_ML_FIXTURES=${BI_ML_FIXTURES:-}
mkdir -p "$build"

core=$(find src -mindepth 2 -name '*.c' ! -name '*_pg.c' ! -path 'src/pg/*' | sort)
newest_header=$(ls -t src/*/*.h test/unit/*.h | head -n 1)
objects=()
for source in $core test/unit/unit.c; do
    object=$build/$(echo "$source" | tr / _ | sed 's/c$/o/')
    objects+=("$object")
    if [ ! -e "$object" ] || [ "$source" -nt "$object" ] || [ "$newest_header" -nt "$object" ]; then
        # shellcheck disable=SC2086
        $cc $flags -c "$source" -o "$object"
    fi
done

failed=0
for test in test/unit/test_*.c; do
    topic=$(basename "$test" .c | sed 's/^test_//')
    if [ $# -gt 0 ] && [[ " $* " != *" $topic "* ]]; then
        continue
    fi
    # shellcheck disable=SC2086
    $cc $flags "$test" "${objects[@]}" -lgsl -lgslcblas -lmd -lm -o "$build/test_$topic"
    timeout 240 "$build/test_$topic" || failed=1
done
exit $failed
