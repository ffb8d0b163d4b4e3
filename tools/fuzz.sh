#!/usr/bin/env bash
# Builds the fuzzers of test/fuzz with clang's libFuzzer and sanitizers, and runs each for a while.
# usage: tools/fuzz.sh [NAME ...]      environment: FUZZ_SECONDS (60), CLANG (clang)
# What a fuzzer finds is left in build/fuzz/NAME/ and repeated by build/fuzz/fuzz_NAME FILE.
set -euo pipefail
cd "$(dirname "$0")/.."
clang=${CLANG:-clang}
seconds=${FUZZ_SECONDS:-60}
if ! command -v "$clang" >/dev/null; then
    echo 'fuzz: skipped, no clang (Debian package clang)'
    exit 0
fi
build=build/fuzz
flags="-std=gnu11 -O1 -g -ffp-contract=off -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all -Isrc -Itest/unit"
mkdir -p "$build/objects"

for source in $(find src -mindepth 2 -name '*.c' ! -name '*_pg.c' ! -path 'src/pg/*' | sort) test/unit/unit.c; do
    object="$build/objects/$(echo "$source" | tr / _ | sed 's/c$/o/')"
    printf '%s\n' "$source" "$object"
done | xargs -n 2 -P "$(nproc)" bash -c "$clang $flags -fsanitize=fuzzer-no-link -c \"\$0\" -o \"\$1\""

status=0
for harness in test/fuzz/fuzz_*.c; do
    name=$(basename "$harness" .c | sed 's/^fuzz_//')
    [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
    mkdir -p "$build/$name/corpus"
    # shellcheck disable=SC2086
    "$clang" $flags -fsanitize=fuzzer "$harness" "$build"/objects/*.o -lgsl -lgslcblas -lmd -lm -o "$build/fuzz_$name"
    FUZZ_SEEDS=$build/$name/corpus "$build/fuzz_$name" -runs=0 >/dev/null 2>&1
    if timeout $((seconds + 120)) "$build/fuzz_$name" -max_total_time="$seconds" -max_len=4096 -print_final_stats=1 \
        -artifact_prefix="$build/$name/" "$build/$name/corpus" >"$build/$name.log" 2>&1; then
        echo "fuzz $name: $(awk '/number_of_executed_units/ { print $2 }' "$build/$name.log") runs, nothing found"
    else
        echo "fuzz $name: see $build/$name.log"
        tail -n 30 "$build/$name.log"
        status=1
    fi
done
exit $status
