#!/usr/bin/env bash
# shellcheck disable=SC2154
# How a private server gets a shop's data; sourced by the scripts that make one. They set:
#   data    a CSV of the UCI Online Retail form: plain, .gz, .xz or .zip, UTF-8 or Latin-1; empty: a generated shop
#   rows    the generated shop's size
# and stand in the top folder, with PGDATABASE and friends pointing at a database that has the warehouse "shop".

fail() {
    echo "error: $*" >&2
    exit 1
}

say() {
    printf '\n== %s\n' "$*"
}

query() {
    psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

check_arguments() {
    [[ $rows =~ ^[1-9][0-9]*$ ]] || fail "ROWS=$rows: a number of rows"
    [ -z "$data" ] || [ -r "$data" ] || fail "DATA=$data: there is no such file, or it cannot be read"
}

# unpack FILE: its text, whatever it is packed in; the first bytes decide, not the name
unpack() {
    local magic member
    magic=$(head -c 6 "$1" | od -An -v -tx1 | tr -d ' \n')
    case $magic in
    1f8b*) gzip -dc "$1" ;;
    fd377a585a00) xz -dc "$1" ;;
    504b0304*)
        member=$(unzip -Z1 "$1" | grep -iE '\.(csv|txt)$' | head -n 1) || true
        [ -n "$member" ] || fail "$1 holds no .csv file (a workbook must be saved as CSV first)"
        unzip -p "$1" "$member"
        ;;
    fffe* | feff*) fail "$1 is UTF-16: save it as CSV in UTF-8" ;;
    d0cf11e0*) fail "$1 is a workbook: save it as CSV" ;;
    *) cat "$1" ;;
    esac
}

load_file() {
    local scratch=build/load ragged=$PWD/build/ragged_lines.csv good bad first header
    say "load $data"
    mkdir -p "$scratch"
    ${CC:-cc} -O2 -o "$scratch/csv_reader" tools/csv_reader.c
    unpack "$data" >"$scratch/text" || fail "$data cannot be unpacked"
    if ! iconv -f UTF-8 -t UTF-8 "$scratch/text" >/dev/null 2>&1; then
        echo 'the file is not UTF-8: read as Latin-1'
        iconv -f ISO-8859-1 -t UTF-8 "$scratch/text" >"$scratch/utf8"
        mv "$scratch/utf8" "$scratch/text"
    fi
    "$scratch/csv_reader" "$scratch/text" "$ragged" >"$scratch/rows" 2>"$scratch/report" || fail "$data: $(cut -d' ' -f 2- "$scratch/report")"
    read -r good bad first header <"$scratch/report"
    [ "$good" -gt 0 ] || fail "$data holds no row"
    query -c '\copy shop.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country) FROM PSTDIN CSV' <"$scratch/rows"
    rm -r "$scratch"
    echo "$good rows loaded ($header)"
    if [ "$bad" -gt 0 ]; then
        echo "$bad lines with too few or too many fields were kept aside, the first is line $first: $ragged"
    else
        rm -f "$ragged"
    fi
}

load_generated() {
    say "generate a shop of $rows rows (DATA=FILE takes your own)"
    query -c "CALL warehouse_generate('shop', $rows)"
    query -c "SELECT to_char(count(*), 'FM999,999,999,999') || ' rows generated' FROM shop.raw_sales"
}

load() {
    if [ -n "$data" ]; then
        load_file
    else
        load_generated
    fi
}

# The refresh says "step rows, seconds" at the end of each step.
refresh() {
    say 'refresh: step, rows, seconds'
    query -c "CALL warehouse_refresh('shop')" 2>&1 | sed -u 's/^NOTICE:  //' || fail 'the refresh failed; its steps are in shop.warehouse_run'
}
