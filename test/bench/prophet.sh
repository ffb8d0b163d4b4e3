#!/usr/bin/env bash
# Prophet: CPU time and memory beside R's prophet, whose ratios are judged, and prophet from PyPI, which is reported.
#   BI_ML_FIXTURES   folder of prophet/peyton_default and or_revenue (default ../shared/fixtures); absent, series of the
#                    same lengths are generated
#   PROPHET_PYTHON   a python3 that has prophet (default: python3 and /usr/bin/python3 are tried)
# Each side is one warmed-up process; ours is a backend that is asked in SQL, from stored series and models to rows. A goal
# that is missed makes the run fail. Goals, R's CPU time over ours: 300 for a fit of 2905 days, 200 for 305, 100 for 1000
# samples of 365 days ahead, 50 for multiplicative and logistic fits; 20 for the private memory of a fit of 10000 days and its
# forecast with the history. And the cost
# of a fit must be linear in the days: from 10000 to 100000 at most 1.25 times as much per day.
# Skipped where they are absent: R's prophet (tools/packages.sh peers installs it), Python's (pip install prophet).
set -euo pipefail
cd "$(dirname "$0")/../.."
fixtures=${BI_ML_FIXTURES:-../shared/fixtures}/prophet
names=(fit_long fit_short fit_multiplicative fit_logistic predict)
declare -A label=([fit_long]='fit, 2905 days' [fit_short]='fit, 305 days' [fit_multiplicative]='multiplicative fit, 2905 days'
    [fit_logistic]='logistic fit, 2905 days' [predict]='365 days ahead, 1000 samples' [memory]='10000 days and 365 ahead, peak MB')
declare -A goal=([fit_long]=300 [fit_short]=200 [fit_multiplicative]=50 [fit_logistic]=50 [predict]=100 [memory]=20)
declare -A figure # [SIDE NAME]
status=0

query() {
    psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

# A series as CSV: the fixture's, or days with breaks of trend, a year, a week and noise.
# series NAME FIXTURE DAYS
series() {
    if [ -r "$fixtures/$2/input.csv" ]; then
        tr -d '"' <"$fixtures/$2/input.csv" >"build/bench/$1.csv"
    else
        query -c "\copy (SELECT date '2008-01-01' + i AS ds, 8 + i / 2000.0 - greatest(0, i - 0.4 * $3) / 900 + sin(2 * pi() * i / 365.25)
            + 0.3 * sin(2 * pi() * i / 7) + 0.5 * ((i::bigint * 7919 % 1009) / 504.0 - 1) AS y FROM generate_series(0, $3 - 1) i) TO 'build/bench/$1.csv' CSV HEADER"
    fi
    query -c "CREATE TABLE input (ds timestamp, y float8)" -c "\copy input FROM 'build/bench/$1.csv' CSV HEADER NULL ''" \
        -c "CREATE TABLE $1 AS SELECT series_agg(ds, y) AS s, series_agg(ds, y, (SELECT 1.2 * max(y) FROM input)) AS capped FROM input" -c 'DROP TABLE input'
}

# cpu RUNS SQL: prints the backend's CPU seconds per run, the median of three batches after one that is not counted; in the
# statement :runs stands for the number of runs.
cpu() {
    {
        echo 'SELECT pg_backend_pid() AS pid \gset'
        echo '\setenv BACKEND :pid'
        for _ in warm 1 2 3; do
            # shellcheck disable=SC2016
            echo '\! cut -d" " -f1 /proc/$BACKEND/schedstat'
            echo "${2//:runs/$1} \\g /dev/null"
        done
        # shellcheck disable=SC2016
        echo '\! cut -d" " -f1 /proc/$BACKEND/schedstat'
    } | query | awk -v runs="$1" 'NR > 2 { print ($1 - last) / 1e9 / runs } { last = $1 }' | sort -g | sed -n 2p
}

# The greatest private memory of a backend that fits SERIES and forecasts it with its history, in MB
backend_memory() {
    {
        echo 'SELECT pg_backend_pid() AS pid \gset'
        echo '\setenv BACKEND :pid'
        echo "SELECT f.* FROM $1, prophet_forecast(s, 365, include_history => true) f \\g /dev/null"
        # shellcheck disable=SC2016
        echo '\! cat /proc/$BACKEND/status'
    } | query | awk '/^VmHWM/ { peak = $2 } /^Rss(File|Shmem)/ { shared += $2 } END { print (peak - shared) / 1024 }'
}

judge() {
    local verdict=met
    if awk -v v="$2" -v g="$4" -v how="$3" 'BEGIN { exit !(how == "at-least" ? v < g : v > g) }'; then
        verdict='NOT MET'
        status=1
    fi
    printf '%-62s %8s   goal %s %s: %s\n' "$1" "$2" "${3/-/ }" "$4" "$verdict"
}

ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'
}

# peer SIDE COMMAND...: takes what the peer prints, one "name value" a line
peer() {
    local side=$1 name value
    shift
    "$@" build/bench/long.csv build/bench/short.csv >build/bench/peer.out 2>build/bench/peer.log || {
        cat build/bench/peer.log >&2
        exit 1
    }
    "$@" --memory build/bench/ten_thousand.csv >>build/bench/peer.out 2>>build/bench/peer.log
    while read -r name value; do
        figure["$side $name"]=$value
    done <build/bench/peer.out
}

tools/packages.sh build
mkdir -p build/bench
tools/private_server.sh install
tools/private_server.sh fresh bench
trap 'tools/private_server.sh stop bench' EXIT
eval "$(tools/private_server.sh env bench)"
export PGOPTIONS='-c max_parallel_workers_per_gather=0 -c client_min_messages=warning'
query -c 'CREATE EXTENSION bi_ml'
series long peyton_default 2905
series short or_revenue 305
series ten_thousand none 10000
query -c 'CREATE TABLE model AS SELECT prophet_fit(s) AS m FROM long'

figure["ours fit_long"]=$(cpu 200 'SELECT prophet_fit(s) FROM long, generate_series(1, :runs)')
figure["ours fit_short"]=$(cpu 500 'SELECT prophet_fit(s) FROM short, generate_series(1, :runs)')
figure["ours fit_multiplicative"]=$(cpu 30 "SELECT prophet_fit(s, seasonality_mode => 'multiplicative') FROM long, generate_series(1, :runs)")
figure["ours fit_logistic"]=$(cpu 30 "SELECT prophet_fit(capped, columns => '{cap}', growth => 'logistic') FROM long, generate_series(1, :runs)")
figure["ours predict"]=$(cpu 50 'SELECT f.* FROM model, generate_series(1, :runs) g, prophet_forecast(m, 365, seed => g) f')
figure["ours memory"]=$(backend_memory ten_thousand)

if Rscript -e 'library(prophet)' >/dev/null 2>&1; then
    peer R Rscript test/bench/prophet_peer.R
else
    echo "R's prophet: skipped, it is not installed (tools/packages.sh peers)"
fi
for interpreter in ${PROPHET_PYTHON:-python3 /usr/bin/python3} ''; do
    [ -z "$interpreter" ] || ! "$interpreter" -c 'import prophet' 2>/dev/null || break
done
if [ -n "$interpreter" ]; then
    peer PyPI "$interpreter" test/bench/prophet_peer.py
else
    echo "prophet from PyPI: skipped, no python3 has it (PROPHET_PYTHON names one)"
fi

printf '%-36s %12s %12s %12s %10s\n' 'CPU seconds' 'bi_ml' "R's" "PyPI's" "R / bi_ml"
for name in "${names[@]}" memory; do
    printf '%-36s %12.5g %12.5g %12.5g %10s\n' "${label[$name]}" "${figure["ours $name"]}" "${figure["R $name"]:-nan}" "${figure["PyPI $name"]:-nan}" \
        "$(ratio "${figure["R $name"]:-nan}" "${figure["ours $name"]}")"
done

# shellcheck disable=SC2016
find src -mindepth 2 -name '*.c' ! -name '*_pg.c' ! -path 'src/pg/*' -print0 |
    CC=${CC:-cc} xargs -0 sh -c '"$CC" -std=gnu11 -O2 -ffp-contract=off -Isrc -o build/bench/prophet_core test/bench/prophet_core.c "$@" \
        -lgsl -lgslcblas -lmd -lm' sh
build/bench/prophet_core 1000 3000 10000 30000 100000 >build/bench/core.out
awk '{ printf "the core alone, %6d days: fit %.2f ms, 365 days ahead %.2f ms, peak memory %.0f MB\n", $1, 1e3 * $2, 1e3 * $3, $4 }' build/bench/core.out

for name in "${names[@]}" memory; do
    [ -z "${figure["R $name"]:-}" ] ||
        judge "R / bi_ml: ${label[$name]}" "$(ratio "${figure["R $name"]}" "${figure["ours $name"]}")" at-least "${goal[$name]}"
done
judge 'a day of a fit of 100000 days / of 10000' \
    "$(awk '$1 == 10000 { small = $2 } $1 == 100000 { big = $2 } END { printf "%.2f", big / small / 10 }' build/bench/core.out)" at-most 1.25
exit $status
