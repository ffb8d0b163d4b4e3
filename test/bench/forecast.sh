#!/usr/bin/env bash
# Forecasts against their peers from PyPI, the same series on both sides, one process, CPU time; and all products in one statement.
#   BI_ML_DATA   folder of online_retail.csv.xz and m4 (default ../shared/data); absent: a generated shop, generated hours
#   ROWS         size of the generated shop (default 541909)
# Daily: a year of a shop's totals, largest countries and products. Product: weeks of products sold all year. Hourly: some 850
# hours. Goals: auto 20 times as fast as a default fit and forecast of prophet on the days; ets, with its intervals from twelve
# past origins, no slower than statsforecast's AutoETS, whose are its model's own, on each kind. A goal that is missed makes
# the run fail; peers that are absent are skipped (peers.sh). The products in parallel workers are timed, not judged.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=${BI_ML_DATA:-../shared/data}
columns='invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country'
hourly='timestamp '\''2024-01-01'\'' + i * interval '\''1 hour'\'
declare -A ours=() # [METHOD KIND]: milliseconds a series
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

# cpu_of METHOD KIND: the backend's CPU milliseconds a series, the median of three runs after one that is not counted
cpu_of() {
    local count
    count=$(query -c "SELECT count(*) FROM fleet WHERE kind = '$2'")
    {
        echo 'SELECT pg_backend_pid() AS pid \gset'
        echo '\setenv BACKEND :pid'
        for _ in warm 1 2 3; do
            # shellcheck disable=SC2016
            echo '\! cut -d" " -f1 /proc/$BACKEND/schedstat'
            echo "SELECT count(f.yhat) FROM fleet, LATERAL forecast(series, horizon, '$1') AS f WHERE kind = '$2' \\g /dev/null"
        done
        # shellcheck disable=SC2016
        echo '\! cut -d" " -f1 /proc/$BACKEND/schedstat'
    } | query | awk -v n="$count" 'NR > 2 { printf "%.3f\n", ($1 - last) / 1e6 / n } { last = $1 }' | sort -g | sed -n 2p
}

load() {
    query -c "CALL warehouse_create('shop')"
    if [ -r "$data/online_retail.csv.xz" ]; then
        xz -dc "$data/online_retail.csv.xz" | query -c "\copy shop.raw_sales ($columns) FROM PSTDIN CSV HEADER"
    else
        query -c "CALL warehouse_generate('shop', ${ROWS:-541909})"
    fi
    query -c "CALL warehouse_refresh('shop')" -f test/data/forecast_accuracy.sql -c 'SELECT fill_shop_series()' >build/bench.log
}

# All products, from the week of their first sale on; and fleet, what is measured beside the peers.
make_series() {
    query <<'SQL'
CREATE TABLE product WITH (parallel_workers = 4) AS
    SELECT p.product_key, p.first_week, p.revenue, series_agg(w.week, coalesce(u.units, 0)) AS series
    FROM (SELECT product_key, min(week) AS first_week, sum(revenue) AS revenue FROM shop.agg_product_week GROUP BY product_key) AS p
    JOIN (SELECT DISTINCT week FROM shop.agg_product_week) AS w ON w.week >= p.first_week
    LEFT JOIN shop.agg_product_week AS u ON u.product_key = p.product_key AND u.week = w.week
    GROUP BY p.product_key, p.first_week, p.revenue;
CREATE TABLE fleet (kind text, season int, horizon int, id text, series timeseries);
INSERT INTO fleet SELECT 'daily', 7, 7, metric, series FROM shop_series;
INSERT INTO fleet
    SELECT 'daily', 7, 7, 'product ' || p.product_key, series_agg(d.date, coalesce(s.units, 0))
    FROM (SELECT product_key FROM product ORDER BY revenue DESC, product_key LIMIT 18) AS p CROSS JOIN shop.mart_daily_sales AS d
    LEFT JOIN (SELECT product_key, order_ts::date AS date, sum(quantity) AS units FROM shop.fact_sales GROUP BY 1, 2) AS s
        ON s.product_key = p.product_key AND s.date = d.date
    WHERE d.date < (SELECT max(date) FROM shop.mart_daily_sales) GROUP BY p.product_key;
INSERT INTO fleet
    SELECT 'product', 1, 4, product_key::text, series FROM product
    WHERE first_week <= (SELECT min(first_week) + 7 FROM product) AND product_key % 20 = 0;
SQL
    if [ -r "$data/m4/Hourly-train.csv.xz" ]; then
        xz -dc "$data/m4/Hourly-train.csv.xz" | query -c '\copy m4_line (line) FROM PSTDIN'
        query -c "INSERT INTO fleet
            SELECT 'hourly', 24, 48, a[1], series_agg($hourly, y::float8)
            FROM m4_line, string_to_array(replace(line, '\"', ''), ',') AS a, unnest(a[2:]) WITH ORDINALITY AS u (y, i)
            WHERE a[1] ~ '^H[0-9]*[05]\$' AND y ~ '^[0-9]' GROUP BY a[1] HAVING substr(a[1], 2)::int % 20 = 0"
    else
        query -c "INSERT INTO fleet
            SELECT 'hourly', 24, 48, s::text, series_agg($hourly, (100 + s + i * (s % 3) / 50.0) * (1 + 0.3 * sin(2 * pi() * i / 24) + 0.1 * sin(2 * pi() * i / 168))
                + (i::bigint * 7919 * s % 1009) / 50.0)
            FROM generate_series(1, 20) AS s, generate_series(1, 850) AS i GROUP BY s"
    fi
    query -c 'VACUUM (ANALYZE) product, fleet'
    query -c "\copy (SELECT kind, season, horizon, id, p.ds, p.y FROM fleet, LATERAL series_points(series) AS p ORDER BY kind, id, p.ds) TO 'build/forecast_series.csv' CSV HEADER"
}

# all_products WORKERS: prints seconds of the clock and a digest of the forecasts
all_products() {
    local started digest
    started=$(date +%s.%N)
    digest=$(query -c "SET max_parallel_workers_per_gather = $1" -c "SELECT md5(string_agg(q::text, ' ' ORDER BY q.product_key, q.ds))
        FROM (SELECT product_key, (f).* FROM (SELECT product_key, forecast(series, 4, on_error => 'status') AS f FROM product) AS s) AS q")
    awk -v a="$started" -v b="$(date +%s.%N)" -v digest="$digest" 'BEGIN { printf "%.2f %s\n", b - a, digest }'
}

tools/packages.sh build
mkdir -p build
tools/private_server.sh install
tools/private_server.sh fresh bench
trap 'tools/private_server.sh stop bench' EXIT
eval "$(tools/private_server.sh env bench)"
query -d postgres -c 'CREATE DATABASE forecast'
export PGDATABASE=forecast PGOPTIONS='-c max_parallel_workers_per_gather=0 -c jit=off -c client_min_messages=warning'
query -c 'CREATE EXTENSION bi_ml'
load
make_series

for kind in daily product hourly; do
    for method in auto ets; do
        ours["$method $kind"]=$(cpu_of "$method" "$kind")
        printf '%-62s %8s ms\n' "forecast, method $method, $kind" "${ours["$method $kind"]}"
    done
done

read -r serial digest < <(all_products 0)
read -r parallel same < <(all_products "$(nproc)")
printf '%-62s %8s s\n' "all $(query -c 'SELECT count(*) FROM product') products in one statement, auto, one process" "$serial" \
    "the same with up to $(nproc) parallel workers" "$parallel"
if [ "$digest" != "$same" ]; then
    echo 'error: parallel workers forecast otherwise than one process' >&2
    exit 1
fi

python=$(test/bench/peers.sh forecast)
[ -n "$python" ] || exit $status
"$python" test/bench/forecast_peer.py build/forecast_series.csv >build/forecast_peers 2>build/forecast_peers.log || {
    cat build/forecast_peers.log >&2
    exit 1
}
grep -E '^(prophet|statsforecast)==' test/bench/forecast.txt
while read -r peer kind count took; do
    method=$([ "$peer" = prophet ] && echo auto || echo ets)
    printf '%-62s %8s ms\n' "$peer, $kind ($count series)" "$took"
    ratio=$(awk -v a="$took" -v b="${ours["$method $kind"]}" 'BEGIN { printf "%.2f", a / b }')
    case "$peer $kind" in
    'prophet daily') judge "$peer / $method, $kind" "$ratio" 20 ;;
    AutoETS*) judge "$peer / $method, $kind" "$ratio" 1 ;;
    *) printf '%-62s %8s   not judged\n' "$peer / $method, $kind" "$ratio" ;;
    esac
done <build/forecast_peers
exit $status
