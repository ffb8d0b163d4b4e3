#!/usr/bin/env bash
# clang-tidy (.clang-tidy names the checks), several files at a time.
set -euo pipefail
cd "$(dirname "$0")/../.."
server=$("${PG_CONFIG:-pg_config}" --includedir-server)
find src tools test -name '*.c' -print0 | sort -z |
    xargs -0 -P "$(nproc)" -n 4 bash -c 'clang-tidy --quiet "$@" -- -std=gnu11 -Isrc -Itest/unit -isystem "$0" -DBI_ML_VERSION="\"0\"" 2>/dev/null' "$server" |
    { grep -E '(warning|error):' && exit 1 || exit 0; }
