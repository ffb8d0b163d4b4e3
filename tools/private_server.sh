#!/usr/bin/env bash
# A private PostgreSQL server for tests and the demo; nothing is written to the system and no other cluster is touched.
#
# usage: tools/private_server.sh install          copy the server's programs, install the extension into the copy
#        tools/private_server.sh start NAME [CONF]  start server NAME; prints "reused" or "started". CONF: more lines for the
#                                                 postgresql.conf of a server that is made anew
#        tools/private_server.sh fresh NAME       stop it, forget its data, start an empty one without fsync (for tests)
#        tools/private_server.sh stop NAME        stop it, keep its data
#        tools/private_server.sh env NAME         shell lines that point psql and friends at it: eval "$(... env NAME)"
#        tools/private_server.sh run COMMAND...   run COMMAND as the server's user with the copied programs first in PATH
#
# PostgreSQL's programs find their share and library folders relative to themselves, so a copy that keeps the relative
# places is a whole installation. Everything stands under one home: build/, or, where root runs this and the postgres
# user cannot enter the checkout, a fresh folder under /var/tmp; the file build/server names it.
#   HOME/pg/        the copied programs and the extension        HOME/NAME/data, server.log, socket/
set -euo pipefail
umask 022
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
pg_config=${PG_CONFIG:-pg_config}
port=5432 # only part of the socket's name: the socket folder is our own

fail() {
    echo "error: $*" >&2
    exit 1
}

# initdb and postgres refuse to run as root.
as_server() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/nonexistent "$@"
    else
        "$@"
    fi
}

find_home() {
    local noted=
    mkdir -p "$top/build" 2>/dev/null || true
    [ -w "$top/build" ] || fail "$top/build is not writable (left by a run as root?): remove it, or run as root"
    [ ! -f "$top/build/server" ] || noted=$(<"$top/build/server")
    if as_server test -x "$top/build"; then
        home=$top/build
    elif [ -n "$noted" ] && [ -O "$noted/checkout" ] && [ "$(<"$noted/checkout")" = "$top" ]; then
        home=$noted
    else
        home=$(mktemp -d /var/tmp/bi_ml.XXXXXX)
        chmod 755 "$home"
        echo "$top" >"$home/checkout"
        echo "the postgres user cannot enter $top: the private server lives in $home" >&2
    fi
    echo "$home" >"$top/build/server"
}

install_server() {
    local version folder
    local build=(make -C "$top" -s "PG_CONFIG=$pg_config" ${CC:+"CC=$CC"} ${COPT:+"COPT=$COPT"})
    # The second time is that of the folder of libraries: an extension installed later, such as pg_cron, is to be copied too.
    version="$("$pg_config" --version) $(stat -c %Y "$("$pg_config" --bindir)/postgres") $(stat -c %Y "$("$pg_config" --pkglibdir)")"
    if [ "$(cat "$home/pg/version" 2>/dev/null)" != "$version" ]; then
        rm -rf "$home/pg"
        for folder in "$("$pg_config" --bindir)" "$("$pg_config" --pkglibdir)" "$("$pg_config" --sharedir)"; do
            mkdir -p "$home/pg$folder"
            cp -RL "$folder/." "$home/pg$folder/"
        done
        # Found first in PATH, it would send every build to the copy.
        rm -f "$bin/pg_config"
        echo "$version" >"$home/pg/version"
    fi
    "${build[@]}" -j"$(nproc)" all
    "${build[@]}" install DESTDIR="$home/pg" >"$home/install.log" 2>&1 || {
        cat "$home/install.log" >&2
        fail "make install failed"
    }
}

use_server() {
    [[ $1 =~ ^[a-z_]+$ ]] || fail "server name \"$1\": small letters only"
    dir=$home/$1
    data=$dir/data
    socket=$dir/socket
    # A socket's whole path may have 107 bytes; a deep checkout's socket folder stands elsewhere and is noted.
    if [ ${#socket} -gt 80 ]; then
        socket=$(cat "$dir/socket_folder" 2>/dev/null || echo none)
    fi
}

make_socket() {
    rm -rf "$dir/socket"
    if [ "$socket" = "$dir/socket" ]; then
        mkdir -m 700 "$socket"
    else
        socket=$(mktemp -d /var/tmp/bi_ml.XXXXXX)
        echo "$socket" >"$dir/socket_folder"
    fi
    [ "$(id -u)" != 0 ] || chown postgres: "$socket"
}

# The postmaster's pid, if the one noted in the data folder is alive and really works in it.
postmaster() {
    local pid
    pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) || return 1
    [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd")" = "$data" ] && echo "$pid"
}

stop() {
    local pid process
    if pid=$(postmaster); then
        kill -INT "$pid"
        for _ in $(seq 200); do
            postmaster >/dev/null || break
            sleep 0.1
        done
        ! postmaster >/dev/null || kill -QUIT "$pid"
    fi
    # A killed postmaster may leave children, which would keep the next one from starting, ...
    for process in /proc/[0-9]*; do
        if [ "$(readlink "$process/cwd" 2>/dev/null)" = "$data" ]; then
            kill -KILL "${process#/proc/}" 2>/dev/null || true
        fi
    done
    # ... and a lock file, whose pid may be a zombie or someone else's by now: nothing works in the folder any more.
    rm -f "$data/postmaster.pid"
    if [ "$socket" != none ] && as_server test -O "$socket"; then
        rm -rf "$socket"
    fi
}

make_data() {
    local shared_memory=posix
    rm -rf "$dir"
    mkdir -p "$dir"
    [ "$(id -u)" != 0 ] || chown postgres: "$dir"
    cd "$dir"
    as_server timeout 120 "$bin/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
        --no-instructions >"$home/initdb.log" 2>&1 || {
        cat "$home/initdb.log" >&2
        fail "initdb failed"
    }
    # A container's /dev/shm often has 64 MB, too little for parallel plans.
    [ "$(df --output=avail -B1M /dev/shm 2>/dev/null | tail -n 1)" -ge 512 ] 2>/dev/null || shared_memory=mmap
    cat >>"$data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 40
shared_buffers = 256MB
work_mem = 64MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
dynamic_shared_memory_type = $shared_memory
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'ISO, MDY'
lc_messages = 'C'
log_line_prefix = '%m [%p] %a '
$1
CONF
}

start() {
    make_socket
    cd "$dir"
    as_server timeout 120 "$bin/pg_ctl" -D "$data" -l "$dir/server.log" -w -t 100 -s \
        -o "-k '$socket' -p $port" start </dev/null >/dev/null || {
        tail -n 20 "$dir/server.log" >&2
        return 1
    }
    # Programs and sockets are found by absolute path: a server that was moved along with its folder is of no use.
    echo "$dir" >"$dir/place"
}

is_ready() {
    postmaster >/dev/null && [ "$(cat "$dir/place" 2>/dev/null)" = "$dir" ] &&
        timeout 20 "$bin/psql" -X -q -h "$socket" -p "$port" -U postgres -d postgres -c 'SELECT 1' >/dev/null 2>&1
}

start_or_reuse() {
    if is_ready; then
        echo reused
        return
    fi
    if [ -d "$data" ]; then
        stop
        if as_server test -O "$data/PG_VERSION" && start 2>/dev/null; then
            echo reused
            return
        fi
        stop
    fi
    make_data "$1"
    start || fail "the private server does not start: $dir/server.log"
    echo started
}

print_env() {
    cat <<LINES
for variable in \${!PG*}; do [ "\$variable" = PG_CONFIG ] || unset "\$variable"; done
export PGHOST='$socket' PGPORT=$port PGUSER=postgres PGDATABASE=postgres PGCLIENTENCODING=UTF8
export PATH='$bin':"\$PATH"
LINES
}

find_home
bin=$home/pg$("$pg_config" --bindir)
command=${1:-}
shift || true
case $command in
install) install_server ;;
home) echo "$home" ;;
start) use_server "$1" && start_or_reuse "${2:-}" ;;
fresh)
    use_server "$1"
    stop
    make_data $'fsync = off\nsynchronous_commit = off\nfull_page_writes = off'
    start || fail "the private server does not start: $dir/server.log"
    ;;
stop) use_server "$1" && stop ;;
env) use_server "$1" && print_env ;;
run) PATH=$bin:$PATH as_server "$@" ;;
*) fail "usage: tools/private_server.sh install | start NAME | fresh NAME | stop NAME | env NAME | home | run COMMAND" ;;
esac
