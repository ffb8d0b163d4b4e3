#!/usr/bin/env bash
# The Isolation Forest against its peers: 100 trees of 256 rows, training and scoring all rows, one process, CPU time.
#   ROWS   rows (default 1000000)
# The peers come from PyPI by peers.sh; without it nothing is judged against them. Goals: through SQL 8 times scikit-learn and
# 2.5 times isotree for 4 and 16 features, 30 times scikit-learn for one, against the release that they were set with; in the
# kernel 600,000 rows a second for several features, 5,000,000 for one. A goal that is missed makes the run fail. The newest
# scikit-learn is measured in the same run and reported, beside what the executor leaves room for: a window function that
# reads the same arguments and does nothing (doc/decisions/0016-peers-of-a-release.md).
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=${ROWS:-1000000}
status=0

query() {
    psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

judge() {
    local verdict=met
    if awk -v v="$2" -v g="$3" 'BEGIN { exit !(v < g) }'; then
        verdict='NOT MET'
        status=1
    fi
    printf '%-62s %8s   goal at least %s: %s\n' "$1" "$2" "$3" "$verdict"
}

# cpu_of SQL: the CPU seconds of the statement's execution, the best of three
cpu_of() {
    local best='' took
    for _ in 1 2 3; do
        took=$(PGOPTIONS="$PGOPTIONS -c client_min_messages=log -c log_executor_stats=on" psql -X -q -c "$1" 2>&1 |
            awk '/ s user, .* s system, .* s elapsed/ { sum = $2 + $5 } END { printf "%.3f", sum }')
        if [ -z "$best" ] || awk -v a="$took" -v b="$best" 'BEGIN { exit !(a < b) }'; then
            best=$took
        fi
    done
    echo "$best"
}

kernel() {
    local d train speed
    find src/kit src/iforest -name '*.c' ! -name '*_pg.c' -print0 |
        xargs -0 "${CC:-gcc}" -std=gnu11 -O2 -ffp-contract=off -Isrc -Itest/unit test/bench/iforest_kernel.c test/unit/unit.c \
            -lgsl -lgslcblas -lmd -lm -o build/iforest_kernel
    while read -r d train speed; do
        printf '%-62s %8s ms\n' "kernel, $d features: training on 2,000 rows" "$train"
        judge "kernel, $d features: rows scored a second" "$speed" "$([ "$d" = 1 ] && echo 5000000 || echo 600000)"
    done < <(build/iforest_kernel)
}

# peer NAME FEATURES...: "PACKAGE VERSION FEATURES SECONDS" of each package of test/bench/NAME.txt
peer() {
    local python
    python=$(test/bench/peers.sh "$1")
    [ -z "$python" ] || "$python" test/bench/iforest_peer.py "$rows" "${@:2}"
}

# times SECONDS FEATURES: how often ours goes into it
times() {
    awk -v a="$1" -v b="${ours[$2]}" 'BEGIN { printf "%.1f", a / b }'
}

tools/packages.sh build
mkdir -p build
kernel
tools/private_server.sh install
tools/private_server.sh fresh bench
trap 'tools/private_server.sh stop bench' EXIT
eval "$(tools/private_server.sh env bench)"
query -d postgres -c 'CREATE DATABASE forest'
export PGDATABASE=forest PGOPTIONS='-c max_parallel_workers_per_gather=0 -c work_mem=512MB -c jit=off'
query -c 'CREATE EXTENSION bi_ml'
# Standard normal numbers by Box and Muller.
normal='sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())'
columns=$(for i in $(seq 16); do printf '%s AS x%s, ' "$normal" "$i"; done)
query -c "SELECT setseed(0.5)" -c "CREATE TABLE normal16 AS SELECT ${columns%, } FROM generate_series(1, $rows)"
# Each has the features that the peers get, and no others.
query -c 'CREATE TABLE normal4 AS SELECT x1, x2, x3, x4 FROM normal16' -c 'CREATE TABLE normal1 AS SELECT x1 FROM normal16' -c 'VACUUM (ANALYZE)'

declare -A ours=() floor=()
for d in 1 4 16; do
    list=$(seq -s ', ' -f 'x%.0f' "$d")
    ours[$d]=$(cpu_of "SELECT count(s) FROM (SELECT iforest_score($list) OVER () AS s FROM normal$d) AS q")
    floor[$d]=$(cpu_of "SELECT count(s) FROM (SELECT lag($([ "$d" = 1 ] && echo x1 || echo "ARRAY[$list]"), 0) OVER () AS s FROM normal$d) AS q")
    printf '%-62s %8s s\n' "iforest_score over, $d features" "${ours[$d]}" \
        "iforest_train and iforest_score(model), $d features" \
        "$(cpu_of "SELECT count(iforest_score(m, $list)) FROM normal$d, (SELECT iforest_train($list) AS m FROM normal$d) AS q")" \
        "a window function that reads $d features and does nothing" "${floor[$d]}"
done

peer iforest 1 4 16 >build/iforest_peers
while read -r package version d took; do
    printf '%-62s %8s s\n' "$package $version, $d features" "$took"
    goal=2.5
    [ "$package" = isotree ] || goal=$([ "$d" = 1 ] && echo 30 || echo 8)
    [ "$package-$d" != isotree-1 ] || goal=0
    judge "$package $version / iforest_score over, $d features" "$(times "$took" "$d")" "$goal"
done <build/iforest_peers

peer iforest_newest 1 4 16 >build/iforest_peers
while read -r package version d took; do
    printf '%-62s %8s s\n' "$package $version, $d features" "$took"
    printf '%-62s %8s   not judged; the floor alone allows %s\n' "$package $version / iforest_score over, $d features" \
        "$(times "$took" "$d")" "$(awk -v a="$took" -v b="${floor[$d]}" 'BEGIN { printf "%.1f", a / b }')"
done <build/iforest_peers
exit $status
