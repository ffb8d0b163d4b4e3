#!/usr/bin/env bash
# Apache Superset with the dashboards of superset/, on a private server whose warehouse pg_cron refreshes.
# usage: tools/superset.sh start      DATA=FILE, ROWS=N as for make demo; PORT=N (8088); prints the address and the login
#        tools/superset.sh stop
#        tools/superset.sh is_up     prints yes or no
# Everything stands under build/superset: the virtual environment, Superset's own database, secrets, the log. A second
# start reuses all of it and takes seconds; remove build/superset, or run with DATA=..., to load anew.
set -euo pipefail
cd "$(dirname "$0")/.."
top=$PWD
home=$top/build/superset
data=${DATA:-}
rows=${ROWS:-200000}
port=${PORT:-8088}
loaded='loaded, scheduled and with its roles'
. tools/load.sh

# Superset 6.1 runs on these.
find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.12 python3.11; do
        if "$candidate" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail 'Superset needs Python 3.11 or 3.12 (PYTHON=PROGRAM names one)'
}

install_superset() {
    local stamp python
    stamp=$(sha256sum <superset/requirements.txt)
    [ "$(cat "$home/venv/stamp" 2>/dev/null)" != "$stamp" ] || return 0
    python=$(find_python)
    say 'virtual environment and packages from PyPI (some minutes)'
    rm -rf "$home/venv"
    "$python" -m venv "$home/venv"
    "$home/venv/bin/pip" install -q --disable-pip-version-check -r superset/requirements.txt >"$home/pip.log" 2>&1 || {
        tail -n 20 "$home/pip.log" >&2
        fail 'pip could not install superset/requirements.txt'
    }
    echo "$stamp" >"$home/venv/stamp"
}

# One line of random letters in a file that only its owner reads.
secret() {
    [ -s "$home/$1" ] || (umask 077 && head -c 24 /dev/urandom | base64 | tr -d '/+=' >"$home/$1")
    cat "$home/$1"
}

start_server() {
    say 'build and private server'
    tools/private_server.sh install
    tools/private_server.sh start dashboards $'shared_preload_libraries = \'pg_cron\'\ncron.database_name = \'bi\'\ncron.use_background_workers = on' >"$home/server"
    eval "$(tools/private_server.sh env dashboards)"
    echo "$(cat "$home/server"): $(tools/private_server.sh home)/dashboards"
}

# As one does in earnest: an ordinary role owns the warehouse and refreshes it.
make_database() {
    query -d postgres -c 'DROP DATABASE IF EXISTS bi WITH (FORCE)' -c 'CREATE DATABASE bi TEMPLATE template0' 2>/dev/null
    [ "$(query -d postgres -c "SELECT count(*) FROM pg_roles WHERE rolname = 'shop_owner'")" = 1 ] || query -d postgres -c 'CREATE ROLE shop_owner LOGIN'
    query -c 'CREATE EXTENSION pg_cron' -c 'CREATE EXTENSION bi_ml' -c 'GRANT CREATE ON DATABASE bi TO shop_owner' -c 'GRANT USAGE ON SCHEMA cron TO shop_owner'
}

# The warehouse is loaded when it is new, when DATA asks for other rows, or when a load before did not come to its end.
make_warehouse() {
    export PGDATABASE=bi
    if [ -z "$data" ] && [ "$(query -c "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'bi'" 2>/dev/null)" = "$loaded" ]; then
        say "the warehouse is there: $(query -c 'SELECT min(date) || $$ to $$ || max(date) FROM shop.mart_daily_sales')"
        return
    fi
    make_database
    export PGUSER=shop_owner
    query -c "CALL warehouse_create('shop')"
    load
    refresh
    query -c "SELECT 'refreshed by pg_cron every six hours, job ' || warehouse_schedule('shop')"
    export PGUSER=postgres
    query -v schema=shop -f tools/roles.sql >/dev/null
    query -c 'ALTER ROLE bi_reader LOGIN' -c "COMMENT ON DATABASE bi IS '$loaded'"
}

# The process becomes Superset.
become_superset() {
    BI_ML_SUPERSET_SECRET=$(secret secret)
    export BI_ML_SUPERSET_SECRET BI_ML_SUPERSET_HOME=$home SUPERSET_CONFIG_PATH=$top/superset/superset_config.py
    export FLASK_APP=superset
    unset PGHOST PGPORT PGUSER PGDATABASE PGCLIENTENCODING
    exec "$home/venv/bin/superset" "$@"
}

superset() {
    (become_superset "$@")
}

# logged WHAT COMMAND...: says what is done, keeps the output, shows its end when it fails
logged() {
    say "$1"
    "${@:2}" >"$home/setup.log" 2>&1 || {
        tail -n 30 "$home/setup.log" >&2
        fail "$1: see $home/setup.log"
    }
}

set_up_superset() {
    local stamp
    stamp=$(cat superset/requirements.txt superset/superset_config.py | sha256sum)
    if [ "$(cat "$home/superset.stamp" 2>/dev/null)" != "$stamp" ]; then
        logged "Superset's own database" superset db upgrade
        superset fab create-admin --username admin --firstname Shop --lastname Admin --email admin@localhost --password "$(secret password)" \
            >"$home/setup.log" 2>&1 || fail "create-admin: see $home/setup.log"
        logged 'roles and permissions of Superset' superset init
        echo "$stamp" >"$home/superset.stamp"
        rm -f "$home/assets.stamp"
    fi
    "$home/venv/bin/python" superset/generate.py --uri "postgresql+psycopg2://bi_reader@/bi?host=$PGHOST&port=$PGPORT" --output "$home/assets"
    stamp=$(find "$home/assets" -type f | sort | xargs cat | sha256sum)
    if [ "$(cat "$home/assets.stamp" 2>/dev/null)" != "$stamp" ]; then
        logged 'import of the dashboards' superset import-directory -o "$home/assets"
        echo "$stamp" >"$home/assets.stamp"
    fi
}

# The process noted, if it is alive and ours.
server_pid() {
    local pid
    pid=$(cat "$home/pid" 2>/dev/null) || return 1
    [ -n "$pid" ] && [ -r "/proc/$pid/cmdline" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q "$home/venv/bin/superset run" && echo "$pid"
}

is_serving() {
    "$home/venv/bin/python" - "$port" <<'PYTHON' 2>/dev/null
import sys, urllib.request
sys.exit(urllib.request.urlopen(f'http://127.0.0.1:{sys.argv[1]}/health', timeout=5).read() != b'OK')
PYTHON
}

# end PID: its port is free again afterwards
end() {
    kill "$1"
    for _ in $(seq 100); do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.1
    done
}

serve() {
    local pid
    if pid=$(server_pid) && [ "$(cat "$home/port" 2>/dev/null)" != "$port" ]; then
        end "$pid"
    fi
    if ! server_pid >/dev/null; then
        ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || fail "port $port is taken by another program (PORT=N chooses another)"
        say 'Superset starts'
        become_superset run -h 127.0.0.1 -p "$port" --with-threads </dev/null >"$home/superset.log" 2>&1 &
        echo $! >"$home/pid"
        echo "$port" >"$home/port"
        disown
    fi
    for _ in $(seq 240); do
        ! is_serving || return 0
        kill -0 "$(cat "$home/pid")" 2>/dev/null || break
        sleep 0.5
    done
    tail -n 20 "$home/superset.log" >&2
    fail "Superset does not answer: $home/superset.log"
}

farewell() {
    cat <<TEXT

dashboards:   http://127.0.0.1:$port/dashboard/list/
              http://127.0.0.1:$port/superset/dashboard/executive_overview/
login:        admin
password:     $(secret password)
stop:         make superset-stop
TEXT
}

start() {
    check_arguments
    if ! [[ $port =~ ^[1-9][0-9]{1,4}$ ]] || [ "$port" -gt 65535 ]; then
        fail "PORT=$port: a port's number"
    fi
    tools/packages.sh build demo superset
    mkdir -p "$home"
    install_superset
    start_server
    make_warehouse
    set_up_superset
    serve
    farewell
}

stop() {
    local pid
    if pid=$(server_pid); then
        end "$pid"
    fi
    tools/private_server.sh stop dashboards
    echo 'Superset and its server are stopped; their data are kept until the next make superset'
}

is_up() {
    if server_pid >/dev/null; then echo yes; else echo no; fi
}

case ${1:-} in
start | stop | is_up) "$1" ;;
*) fail 'usage: tools/superset.sh start | stop | is_up' ;;
esac
