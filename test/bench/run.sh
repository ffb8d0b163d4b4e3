#!/usr/bin/env bash
# Ratios of speed, measured side by side on one private server; absolute seconds are printed, never judged.
#   BI_ML_DATA    folder of online_retail.csv.xz (default ../shared/data); where it is absent a shop is generated
#   ROWS          size of the generated shop (default 541909)
#   BENCH_FACTOR  how many times more rows the big shop has, with the same customers, products and days (default 10)
# A goal that is missed makes the run fail. Goals: a whole refresh three times as fast as plain.sql and no slower than the
# same work in pandas (skipped where there is none); one day's rows in at most a sixth of that refresh; the same day on the
# big shop in at most 1.5 times the time; 150 MB of private memory; a page of dashboard_html
# in at most the time of plain sums by day over the facts.
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=${ROWS:-541909}
factor=${BENCH_FACTOR:-10}
data=${BI_ML_DATA:-../shared/data}/online_retail.csv.xz
columns='invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country'
status=0

query() {
    psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

# seconds COMMAND...: sets took
seconds() {
    local started
    query -c CHECKPOINT
    started=$(date +%s.%N)
    "$@" >build/bench.log 2>&1 || {
        cat build/bench.log >&2
        exit 1
    }
    took=$(awk -v a="$started" -v b="$(date +%s.%N)" 'BEGIN { printf "%.2f", b - a }')
}

# seconds of the steps of the last refresh of schema $1, without or with only ($2 = NOT IN, IN) forecasts and anomalies
steps() {
    query -c "SELECT round(coalesce(sum(extract(epoch FROM finished_at - started_at)), 0)::numeric, 2) FROM $1.warehouse_run
              WHERE run_id = (SELECT max(run_id) FROM $1.warehouse_run) AND step <> 'refresh' AND step $2 ('forecast', 'anomaly')"
}

# judge WHAT VALUE at-least|at-most GOAL
judge() {
    local verdict=met
    if awk -v v="$2" -v g="$4" -v how="$3" 'BEGIN { exit !(how == "at-least" ? v < g : v > g) }'; then
        verdict='NOT MET'
        status=1
    fi
    printf '%-62s %8s   goal %s %s: %s\n' "$1" "$2" "${3/-/ }" "$4" "$verdict"
}

# The median of an odd number of figures
median() {
    printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}

ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / (b > 0 ? b : 0.001) }'
}

# milliseconds SQL: the median of five in one session, the first one left out
milliseconds() {
    local times
    mapfile -t times < <(for _ in 1 2 3 4 5 6; do echo "$1;"; done | psql -X -q -c '\timing on' -f - -o /dev/null | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p')
    median "${times[@]:1}"
}

load() {
    query -c "CALL warehouse_create('shop')"
    if [ -r "$data" ]; then
        xz -dc "$data" | query -c "\copy shop.raw_sales ($columns) FROM PSTDIN CSV HEADER"
    else
        query -c "CALL warehouse_generate('shop', $rows)"
    fi
    # Both peers find the rows in memory and vacuumed.
    query -c 'VACUUM (ANALYZE) shop.raw_sales'
}

# private_memory SQL: runs it, sets memory to the greatest private memory of its backend, in MB, and processor to its
# processor seconds
private_memory() {
    local pid='' peak=0 key value runner
    query -c 'SELECT pg_backend_pid()' -c "$1" -c "SELECT round((split_part(stat, ' ', 14)::numeric + split_part(stat, ' ', 15)::numeric)
        / $(getconf CLK_TCK), 2) FROM pg_read_file('/proc/self/stat') AS stat" >build/bench.log 2>&1 &
    runner=$!
    while kill -0 "$runner" 2>/dev/null; do
        [ -n "$pid" ] || read -r pid <build/bench.log || true
        # Without a process for each look, which would take time from the refresh. Pages of shared buffers that only this
        # backend has touched so far are no memory of its own: RssShmem has them.
        while read -r key value _; do
            [ "$key" != RssAnon: ] || peak=$((value / 1024 > peak ? value / 1024 : peak))
        done <"/proc/${pid:-self}/status" 2>/dev/null || true
        sleep 0.1
    done
    wait "$runner"
    memory=$peak
    processor=$(tail -n 1 build/bench.log)
}

# A day's worth of new rows for schema $1: the lines of the last full day under new numbers, one day after the last.
add_day() {
    query <<SQL
SET search_path = $1, pg_catalog;
WITH day AS (SELECT max(date) AS last FROM mart_daily_sales), model AS (
    SELECT date FROM mart_daily_sales WHERE date < (SELECT last FROM day) AND revenue > 0 ORDER BY date DESC LIMIT 1)
INSERT INTO raw_sales ($columns)
SELECT CASE WHEN l.kind = 'return' THEN 'C9' ELSE '9' END || right(l.invoice_no, 5), p.stock_code, p.description, l.quantity,
       to_char(l.order_ts + ((SELECT last FROM day) + 1 - l.order_ts::date) * interval '1 day', 'YYYY-MM-DD HH24:MI:SS'),
       l.unit_price, c.customer_id, k.country
FROM (SELECT invoice_no, product_key, customer_key, country_key, quantity, order_ts, unit_price, 'sale' AS kind FROM fact_sales
      UNION ALL SELECT invoice_no, product_key, customer_key, country_key, -quantity, order_ts, unit_price, 'return' FROM fact_returns) AS l
JOIN dim_product AS p USING (product_key)
JOIN dim_customer AS c USING (customer_key)
JOIN dim_country AS k ON k.country_key = l.country_key
WHERE l.order_ts::date = (SELECT date FROM model);
SQL
}

# The same work in pandas, where a python3 with it is at hand; it must come to the same figures as the marts of shop.
judge_pandas() {
    local python peer how
    for python in python3 /usr/bin/python3 ''; do
        [ -z "$python" ] || ! "$python" -c 'import pandas' 2>/dev/null || break
    done
    if [ -z "$python" ]; then
        echo 'pandas: skipped, no python3 has it (Debian package python3-pandas)'
        return
    fi
    query -c "\copy (SELECT $columns FROM shop.raw_sales ORDER BY source_line) TO 'build/bench.csv' CSV HEADER"
    query -c "\copy shop.country TO 'build/bench.countries.csv' CSV HEADER"
    query -F ' ' -c "SELECT 'gross', round(sum(revenue), 2) FROM shop.mart_daily_sales UNION ALL
                     SELECT 'net', round(sum(net_revenue), 2) FROM shop.mart_daily_sales UNION ALL
                     SELECT 'sales', count(*) FROM shop.fact_sales UNION ALL SELECT 'customers', count(*) FROM shop.mart_rfm UNION ALL
                     SELECT 'reversals', count(*) FROM shop.fact_sales WHERE is_reversed" >build/bench.figures
    for how in '' --categories; do
        "$python" test/bench/pandas_peer.py $how build/bench.countries.csv build/bench.csv >build/bench.peer
        if ! grep -v seconds build/bench.peer | cmp -s - build/bench.figures; then
            echo 'error: pandas_peer.py and the warehouse differ' >&2
            diff <(grep -v seconds build/bench.peer) build/bench.figures >&2 || true
            exit 1
        fi
        peer=$(awk '$1 == "wall_seconds" { print $2 }' build/bench.peer)
        printf '%-62s %8s s\n' "pandas, CSV in memory to marts${how:+ (text read as categories)}" "$peer"
        [ -n "$how" ] || judge 'pandas / warehouse_refresh' "$(ratio "$peer" "$full")" at-least 1
    done
    rm build/bench.csv build/bench.countries.csv
}

tools/packages.sh build demo
mkdir -p build
tools/private_server.sh install
tools/private_server.sh fresh bench
trap 'tools/private_server.sh stop bench' EXIT
eval "$(tools/private_server.sh env bench)"
query -d postgres -c 'CREATE DATABASE bench'
export PGDATABASE=bench PGOPTIONS='-c max_parallel_workers_per_gather=0 -c work_mem=64MB -c client_min_messages=warning'
query -c 'CREATE EXTENSION bi_ml'
load
echo "rows: $(query -c 'SELECT count(*) FROM shop.raw_sales'); one process per side, work_mem 64 MB, logged tables"

query -c 'CREATE SCHEMA plain'
seconds query -f test/bench/plain.sql
plain=$took
query -c 'DROP SCHEMA plain CASCADE' 2>/dev/null
private_memory "CALL warehouse_refresh('shop')"
full=$(steps shop 'NOT IN')
printf '%-62s %8s s\n' 'plain.sql' "$plain" 'warehouse_refresh: accept, returns, marts' "$full" \
    'warehouse_refresh: forecasts and anomalies' "$(steps shop IN)" 'warehouse_refresh: all, processor' "$processor"
judge 'plain.sql / warehouse_refresh' "$(ratio "$plain" "$full")" at-least 3
judge_pandas
judge 'private memory of the backend, MB' "$memory" at-most 150

# Three days, one after the other, on each shop; the median of each, since a first look at cold pages costs more than the work.
times=()
for day in 1 2 3; do
    add_day shop
    query -c "CALL warehouse_refresh('shop')"
    times+=("$(steps shop 'NOT IN')")
done
increment=$(median "${times[@]}")
printf '%-62s %8s s\n' "one day more: $(query -c 'SELECT count(*) FROM shop.raw_sales WHERE load_id = (SELECT max(load_id) FROM shop.raw_sales)') rows" "$increment"
judge 'one day / whole refresh' "$(ratio "$increment" "$full")" at-most 0.1667

judge 'dashboard_html / plain sums by day over the facts' "$(ratio "$(milliseconds "SELECT dashboard_html('shop')")" \
    "$(milliseconds 'SELECT date_key, sum(amount) FROM shop.fact_sales GROUP BY date_key')")" at-most 1

if [ "$factor" -gt 1 ]; then
    query -c "CALL warehouse_create('big')"
    for ((copy = 0; copy < factor; copy++)); do
        query -c "INSERT INTO big.raw_sales ($columns)
                  SELECT CASE WHEN invoice_no LIKE 'C%' THEN 'C' || '$copy' || substr(invoice_no, 2) ELSE '$copy' || invoice_no END,
                         stock_code, description, quantity, invoice_date, unit_price, customer_id, country
                  FROM shop.raw_sales WHERE load_id = 1"
    done
    query -c "CALL warehouse_refresh('big')"
    printf '%-62s %8s s\n' "$factor times the rows, the same customers, products, days" "$(steps big 'NOT IN')"
    times=()
    for day in 2 3 4; do
        query -c "INSERT INTO big.raw_sales ($columns) SELECT $columns FROM shop.raw_sales WHERE load_id = $day"
        query -c "CALL warehouse_refresh('big')"
        times+=("$(steps big 'NOT IN')")
    done
    big=$(median "${times[@]}")
    printf '%-62s %8s s\n' 'the same day on it' "$big"
    judge 'one day on the big shop / on the shop' "$(ratio "$big" "$increment")" at-most 1.5
fi
exit $status
