#!/usr/bin/env bash
# Builds the pure core and its unit tests with sanitizers, without a server, and runs them, several at a time.
# usage: tools/unit.sh [topic ...]      environment: CC, UNIT_CFLAGS, UNIT_SANITIZE, BI_ML_FIXTURES
set -euo pipefail
cd "$(dirname "$0")/.."
cc=${CC:-gcc}
build=${UNIT_BUILD:-build/unit-$cc}
sanitize=${UNIT_SANITIZE--fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all -fno-omit-frame-pointer}
flags="-std=gnu11 -O1 -g -Wall -Wextra -ffp-contract=off $sanitize ${UNIT_CFLAGS:-} -Isrc -Itest/unit"
if [ -z "${BI_ML_FIXTURES+set}" ] && [ -d ../shared/fixtures ]; then
    BI_ML_FIXTURES=$(cd ../shared/fixtures && pwd)
fi
export BI_ML_FIXTURES=${BI_ML_FIXTURES:-}
mkdir -p "$build"

# Objects of other flags are of no use.
if [ "$(cat "$build/flags" 2>/dev/null)" != "$cc $flags" ]; then
    rm -rf "$build"
    mkdir -p "$build"
    echo "$cc $flags" >"$build/flags"
fi
core=$(find src -mindepth 2 -name '*.c' ! -name '*_pg.c' ! -path 'src/pg/*' | sort)
newest_header=$(ls -t src/*/*.h test/unit/*.h | head -n 1)
objects=()
stale=()
for source in $core test/unit/unit.c; do
    object=$build/$(echo "$source" | tr / _ | sed 's/c$/o/')
    objects+=("$object")
    if [ ! -e "$object" ] || [ "$source" -nt "$object" ] || [ "$newest_header" -nt "$object" ]; then
        stale+=("$source" "$object")
    fi
done
if [ ${#stale[@]} -gt 0 ]; then
    # An object appears whole or not at all, whatever interrupts the compiler.
    printf '%s\n' "${stale[@]}" |
        xargs -n 2 -P "$(nproc)" bash -c "$cc $flags -c \"\$0\" -o \"\$1.part\" && mv \"\$1.part\" \"\$1\""
fi

topics=()
for test in test/unit/test_*.c; do
    topic=$(basename "$test" .c | sed 's/^test_//')
    if [ $# -eq 0 ] || [[ " $* " == *" $topic "* ]]; then
        topics+=("$topic")
    fi
done
[ ${#topics[@]} -gt 0 ] || exit 0
status=0
printf '%s\n' "${topics[@]}" |
    xargs -P "$(nproc)" -I TOPIC bash -c "{ $cc $flags test/unit/test_TOPIC.c ${objects[*]} -lgsl -lgslcblas -lmd -lm -o $build/test_TOPIC &&
        timeout 240 $build/test_TOPIC; } >$build/TOPIC.log 2>&1" || status=1
for topic in "${topics[@]}"; do
    cat "$build/$topic.log"
done
exit $status
