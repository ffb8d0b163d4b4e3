#!/usr/bin/env bash
# Runs the tests and counts them. The last line is exactly "N passed, N failed", the one before it "N skipped" where some
# were; the exit status is 0 only if something ran and nothing failed.
# usage: tools/check.sh KIND...      kinds: unit regress isolation tap
#        TESTS="name ..."            only these (topics of unit tests, file names without their ends)
# Counted: each check of a unit test, each SQL test file, each isolation spec, each TAP test.
set -euo pipefail
cd "$(dirname "$0")/.."
top=$PWD
started=$SECONDS
passed=0 failed=0 skipped=0
read -r -a only <<<"${TESTS:-}"

# Tests that want the shared reference data say that they are skipped where these are empty.
for pair in BI_ML_FIXTURES:fixtures BI_ML_DATA:data; do
    variable=${pair%%:*} folder=$top/../shared/${pair#*:}
    if [ -z "${!variable+set}" ] && [ -d "$folder" ]; then
        printf -v "$variable" %s "$(cd "$folder" && pwd -P)"
    fi
    export "${variable?}=${!variable:-}"
done

say() {
    printf '== %s (%d s)\n' "$*" $((SECONDS - started))
}

is_asked() {
    [ ${#only[@]} -eq 0 ] || [[ " ${only[*]} " == *" $1 "* ]]
}

# names FOLDER END: the tests of a kind that are asked for
names() {
    local file
    for file in "$1"/*"$2"; do
        if [ -e "$file" ] && is_asked "$(basename "$file" "$2")"; then
            basename "$file" "$2"
        fi
    done
}

count() {
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + ${3:-0}))
}

lines() {
    grep -cE "$1" "$2" || true
}

run_unit() {
    local log=build/unit.log sums
    say 'unit tests'
    if ! timeout 900 bash tools/unit.sh "${only[@]}" >"$log" 2>&1; then
        echo 'unit tests: status not 0' >>"$log"
    fi
    grep -v '^skipped: ' "$log" || true
    # A program that died has no closing line: it counts as one failure.
    sums=$(awk '/^unit [a-z0-9_]+: [0-9]+ passed, [0-9]+ failed$/ { p += $3; f += $5 }
                /^skipped: / { s++ } /^unit tests: status not 0$/ { bad = 1 }
                END { print p + 0, (bad && f == 0 ? 1 : f + 0), s + 0 }' "$log")
    grep '^skipped: ' "$log" || true
    # shellcheck disable=SC2086
    count $sums
}

start_server() {
    if [ -z "${server_is_up:-}" ]; then
        say 'build, private server'
        tools/private_server.sh fresh check
        trap 'tools/private_server.sh stop check' EXIT
        eval "$(tools/private_server.sh env check)"
        export LC_ALL=C.UTF-8
        server_is_up=yes
    fi
}

# PostgreSQL 15 writes "test NAME ... ok", 16 and later "ok 1 - NAME".
regress_ok='^(test .* \.\.\. +ok |ok [0-9]+ )'
regress_failed='^(test .* \.\.\. +FAILED|not ok [0-9]+ )'

# run_regress_program KIND PROGRAM ARGUMENT...: pg_regress and its twin print one line per test
run_regress_program() {
    local kind=$1 out=$top/build/$1
    shift
    mkdir -p "$out"
    timeout 1200 "$@" --outputdir="$out" --bindir="$(dirname "$(command -v postgres)")" --host="$PGHOST" \
        --port="$PGPORT" --user=postgres --encoding=UTF8 --no-locale --dbname="bi_ml_$kind" >"$out/log" 2>&1 || true
    if grep -E "$regress_failed" "$out/log"; then
        cat "$out/regression.diffs" 2>/dev/null || true
    fi
    count "$(lines "$regress_ok" "$out/log")" "$(lines "$regress_failed" "$out/log")"
}

# A run that ended before its last test: every test that was asked for must have a result.
check_complete() {
    local kind=$1 wanted=$2 seen
    seen=$(lines "$regress_ok|$regress_failed" "build/$kind/log")
    if [ "$seen" -lt "$wanted" ]; then
        tail -n 20 "build/$kind/log"
        count 0 $((wanted - seen))
    fi
}

pgxs_tests() {
    echo "$(dirname "$("${PG_CONFIG:-pg_config}" --pgxs)")/../test"
}

run_regress() {
    local tests
    mapfile -t tests < <(names sql .sql)
    say "SQL tests: ${#tests[@]}"
    [ ${#tests[@]} -gt 0 ] || return 0
    start_server
    run_regress_program regress "$(pgxs_tests)/regress/pg_regress" --inputdir="$top" "${tests[@]}"
    check_complete regress ${#tests[@]}
}

run_isolation() {
    local tests
    mapfile -t tests < <(names test/isolation/specs .spec)
    say "isolation tests: ${#tests[@]}"
    [ ${#tests[@]} -gt 0 ] || return 0
    start_server
    run_regress_program isolation "$(pgxs_tests)/isolation/pg_isolation_regress" --inputdir="$top/test/isolation" \
        "${tests[@]}"
    check_complete isolation ${#tests[@]}
}

# The server's user runs the TAP tests, which start servers of their own, in a copy that it can enter.
run_tap() {
    local tests home scratch name
    mapfile -t tests < <(names test/tap .pl)
    say "TAP tests: ${#tests[@]} files"
    [ ${#tests[@]} -gt 0 ] || return 0
    home=$(tools/private_server.sh home)
    scratch=$home/tap
    rm -rf "$scratch"
    mkdir -p "$scratch/tmp_check/log"
    cp -R test/tap/. "$scratch/"
    cp -R test/data "$scratch/"
    ${CC:-cc} -O2 -Wall -Wextra -o "$scratch/csv_reader" tools/csv_reader.c
    [ "$(id -u)" != 0 ] || chown -R postgres: "$scratch"
    printf '%s\n' "${tests[@]}" |
        xargs -P 2 -I NAME bash -c 'cd "$1" && timeout 600 "$2/tools/private_server.sh" run env \
            TESTDIR="$1" TESTDATADIR="$1/tmp_check" TESTLOGDIR="$1/tmp_check/log" PG_TEST_PORT_DIR="$1/portlock" \
            PG_REGRESS="$3/regress/pg_regress" PGPORT=65880 LC_ALL=C CSV_READER="$1/csv_reader" \
            prove -v -I "$3/perl" -I "$1" NAME.pl >NAME.log 2>&1 || echo "prove: not passed" >>NAME.log' \
            - "$scratch" "$top" "$(cd "$(pgxs_tests)" && pwd -P)"
    for name in "${tests[@]}"; do
        count_tap "$scratch/$name.log" "$name"
    done
}

count_tap() {
    local log=$1 good bad skips
    skips=$(lines '^ok .*# skip|^[a-z0-9_]+\.pl \.+ skipped' "$log")
    good=$(lines '^ok ' "$log")
    bad=$(lines '^not ok ' "$log")
    if [ "$bad" -eq 0 ] && grep -q '^prove: not passed$' "$log"; then
        bad=1
    fi
    good=$((good - $(lines '^ok .*# skip' "$log")))
    printf 'tap %s: %d passed, %d failed, %d skipped\n' "$2" "$good" "$bad" "$skips"
    grep -E '# skip|^[a-z0-9_]+\.pl \.+ skipped' "$log" || true
    if [ "$bad" -gt 0 ]; then
        tail -n 60 "$log"
        tail -n 15 "$(dirname "$log")/tmp_check/log/regress_log_$2" 2>/dev/null || true
    fi
    count "$good" "$bad" "$skips"
}

tools/packages.sh build test
mkdir -p build
if [ "$*" != unit ]; then
    say 'build'
    tools/private_server.sh install
fi
for kind in "$@"; do
    "run_$kind"
done
if [ -n "${server_is_up:-}" ]; then
    tools/private_server.sh stop check
    trap - EXIT
fi
say 'done'
[ "$skipped" -eq 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
