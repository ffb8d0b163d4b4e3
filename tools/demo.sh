#!/usr/bin/env bash
# The main job, end to end: packages, build, private server, load, refresh, the five answers.
#   DATA=FILE   a CSV of the UCI Online Retail form: plain, .gz, .xz or .zip, UTF-8 or Latin-1; else a generated shop
#   ROWS=N      the generated shop's size (default 200000)
set -euo pipefail
cd "$(dirname "$0")/.."
data=${DATA:-}
rows=${ROWS:-200000}
started=$SECONDS
. tools/load.sh

start_server() {
    say 'build and private server'
    tools/private_server.sh install
    local how
    how=$(tools/private_server.sh start demo)
    eval "$(tools/private_server.sh env demo)"
    if [ "$how" = reused ]; then
        echo "the demo server in $(tools/private_server.sh home)/demo is there already and is reused; the database \"demo\" is made anew"
    else
        echo "a new demo server in $(tools/private_server.sh home)/demo"
    fi
    query -d postgres -c 'DROP DATABASE IF EXISTS demo WITH (FORCE)' -c 'CREATE DATABASE demo TEMPLATE template0' 2>/dev/null
    export PGDATABASE=demo
    query -c 'CREATE EXTENSION bi_ml' -c "CALL warehouse_create('shop')"
}

answers() {
    psql -X -q -v ON_ERROR_STOP=1 -f tools/demo_answers.sql
}

page() {
    psql -X -q -A -t -c "SELECT dashboard_html('shop')" >build/demo.html
}

farewell() {
    local sudo=
    [ "$(id -u)" != 0 ] || sudo=' (as root)'
    say "done in $((SECONDS - started)) s"
    cat <<TEXT
look around$sudo:  psql -h $PGHOST -p $PGPORT -U postgres demo
                   SELECT * FROM warehouse_status('shop');   \\dm shop.*   \\df prophet_*
the same in charts: build/demo.html, a page for the browser or a mail
stop the server:   make demo-stop
TEXT
}

check_arguments
tools/packages.sh build demo
start_server
load
refresh
answers
page
farewell
