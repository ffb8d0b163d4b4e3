#!/usr/bin/env bash
# The Debian packages that each job needs, in one place, and their installation.
# usage: tools/packages.sh GROUP...     groups: build test lint peers demo superset browser
# Installs what is missing, as root or through sudo, after saying which. Goes on silently where nothing is missing.
set -euo pipefail

declare -A packages=(
    [build]='gcc make libc6-dev libgsl-dev libmd-dev postgresql-15 postgresql-server-dev-15'
    [test]='libipc-run-perl perl binutils postgresql-15-cron'
    [lint]='binutils clang clang-format clang-tidy cppcheck shellcheck postgresql-15-plpgsql-check'
    [peers]='r-cran-prophet python3-venv g++'
    [demo]='gzip xz-utils unzip libc-bin'
    [superset]='python3 python3-venv postgresql-15-cron'
    [browser]='chromium fonts-dejavu-core'
)

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# A server of another make or major (PG_CONFIG) comes with its own headers.
is_replaced() {
    [ "${PG_CONFIG:-pg_config}" != pg_config ] && [[ $1 == postgresql-15 || $1 == postgresql-server-dev-15 ]]
}

missing=()
for group in "$@"; do
    for package in ${packages[$group]}; do
        if ! is_replaced "$package" && ! is_installed "$package" && [[ " ${missing[*]} " != *" $package "* ]]; then
            missing+=("$package")
        fi
    done
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "installing Debian packages: ${missing[*]}"
as_root=()
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "error: neither root nor sudo; install them as root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 -o Acquire::Retries=3)
"${apt[@]}" update </dev/null >/dev/null || echo "warning: apt-get update failed; trying with the lists that are there" >&2
"${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null >/dev/null
