#!/usr/bin/env bash
# The queries of the dashboards (queries.sql, as Superset sends them) by 8 clients, alone and while refreshes loop, each
# with a day of new rows: no error, and a 95th percentile of at most 10 times that without a refresh.
#   BI_ML_DATA      folder of online_retail.csv.xz (default ../shared/data); where it is absent a shop is generated
#   LOAD_SECONDS    how long without a refresh (default 30); with refreshes as long as three of them take
# Last line: "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/../.."
data=${BI_ML_DATA:-../shared/data}/online_retail.csv.xz
duration=${LOAD_SECONDS:-30}
scratch=build/load_test
passed=0
failed=0

query() {
    psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

# judge OK WHAT DETAIL
judge() {
    if [ "$1" = 1 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not ok: $2: $3"
    fi
}

prepare() {
    tools/private_server.sh install
    tools/private_server.sh fresh load
    trap 'tools/private_server.sh stop load' EXIT
    eval "$(tools/private_server.sh env load)"
    query -d postgres -c 'CREATE DATABASE load'
    export PGDATABASE=load PGOPTIONS='-c client_min_messages=warning'
    query -c 'CREATE EXTENSION bi_ml' -c "CALL warehouse_create('shop')"
    if [ -r "$data" ]; then
        xz -dc "$data" | query -c '\copy shop.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country) FROM PSTDIN CSV HEADER'
    else
        query -c "CALL warehouse_generate('shop', 541909)"
    fi
    query -c "CALL warehouse_refresh('shop')" -c 'VACUUM (ANALYZE)'
    query -v schema=shop -f tools/roles.sql >/dev/null
    query -c 'ALTER ROLE bi_reader LOGIN'
    rm -rf "$scratch"
    mkdir -p "$scratch"
    awk -v folder="$scratch" '/^-- .*, / { file = sprintf("%s/%02d.sql", folder, ++n); next } file && NF { print > file }' test/superset/queries.sql
}

# The lines of the last full day once more, under new numbers, a day after the last.
add_day() {
    query <<'SQL'
SET search_path = shop, pg_catalog;
WITH day AS (SELECT max(date) AS last FROM mart_daily_sales), model AS (
    SELECT date FROM mart_daily_sales WHERE date < (SELECT last FROM day) AND revenue > 0 ORDER BY date DESC LIMIT 1)
INSERT INTO raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)
SELECT '9' || right(l.invoice_no, 5), p.stock_code, p.description, l.quantity,
       to_char(l.order_ts + ((SELECT last FROM day) + 1 - l.order_ts::date) * interval '1 day', 'YYYY-MM-DD HH24:MI:SS'),
       l.unit_price, c.customer_id, k.country
FROM fact_sales AS l JOIN dim_product AS p USING (product_key) JOIN dim_customer AS c USING (customer_key)
JOIN dim_country AS k ON k.country_key = l.country_key
WHERE l.order_ts::date = (SELECT date FROM model);
SQL
}

# Three days come in, one after the other.
refreshes() {
    for _ in 1 2 3; do
        add_day
        query -c "CALL warehouse_refresh('shop')"
    done
}

# percentile NAME: sets n_queries of the runs NAME*, and p95 to their 95th percentile in ms
percentile() {
    n_queries=$(cat "$scratch/$1".[0-9]* | grep -cE '^[0-9]+ [0-9]+ [0-9]+ ' || true)
    p95=$(cat "$scratch/$1".[0-9]* | awk '/^[0-9]+ [0-9]+ [0-9]+ / { print $3 / 1000 }' | sort -g |
        awk '{ t[NR] = $1 } END { printf "%.1f", t[int(0.95 * (NR - 1)) + 1] }')
}

# clients NAME SECONDS: runs the queries, sets errors to the count of what went wrong
clients() {
    local files=()
    for file in "$scratch"/[0-9]*.sql; do
        files+=(-f "$file")
    done
    errors=0
    PGUSER=bi_reader pgbench -n -c 8 -j 2 -T "$2" --random-seed=42 -l --log-prefix="$scratch/$1" "${files[@]}" >"$scratch/$1.out" 2>&1 || errors=1
    errors=$((errors + $(grep -ciE 'error|aborted|failed: [1-9]|failed transactions: [1-9]' "$scratch/$1.out" || true)))
}

prepare
clients warm 5
clients alone "$duration"
percentile alone
judge "$([ "$errors" = 0 ] && [ "$n_queries" -gt 0 ] && echo 1)" 'queries alone' "$(tail -n 3 "$scratch/alone.out")"
alone=$p95
refreshes &
looping=$!
rounds=0
all_errors=0
while kill -0 "$looping" 2>/dev/null; do
    rounds=$((rounds + 1))
    clients "loaded.$rounds" 5
    all_errors=$((all_errors + errors))
done
failure=0
wait "$looping" || failure=1
percentile loaded
judge "$([ "$all_errors" = 0 ] && [ "$n_queries" -gt 0 ] && echo 1)" 'queries while refreshes loop' "$(tail -n 3 "$scratch/loaded.1.out")"
judge "$([ "$failure" = 0 ] && echo 1)" 'refreshes under load' 'one failed'
ratio=$(awk -v a="$p95" -v b="$alone" 'BEGIN { printf "%.2f", a / b }')
judge "$(awk -v r="$ratio" 'BEGIN { print r <= 10 }')" 'the 95th percentile' "$ratio times that without a refresh"
echo "8 clients, $n_queries runs of $(find "$scratch" -name '[0-9]*.sql' | wc -l) queries: 95th percentile $alone ms alone, $p95 ms while refreshes ran: $ratio times"
echo "$passed passed, $failed failed"
exit $((failed > 0))
