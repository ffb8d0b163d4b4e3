#!/usr/bin/env bash
# What can be said of the installed extension: comments, search paths, labels, rights, plpgsql_check.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools/private_server.sh fresh lint
trap 'tools/private_server.sh stop lint' EXIT
eval "$(tools/private_server.sh env lint)"
psql -X -q -v ON_ERROR_STOP=1 -c 'CREATE SCHEMA bi' -c 'CREATE EXTENSION bi_ml SCHEMA bi' -c 'CREATE EXTENSION plpgsql_check SCHEMA bi' \
    -c "DO 'BEGIN IF to_regprocedure(''bi.warehouse_create(text, text)'') IS NOT NULL THEN CALL bi.warehouse_create(''shop''); END IF; END'"
found=$(psql -X -q -A -t -v ON_ERROR_STOP=1 -f tools/lint/_catalog.sql)
[ -z "$found" ] || {
    # The place of each object is where its declaration stands.
    while IFS='|' read -r object what; do
        name=$(sed -E 's/^.* ([a-z_0-9.]+)\(.*$/\1/; s/^.* ([a-z_0-9.]+)$/\1/; s/^.*\.//' <<<"$object")
        place=$(grep -rnEi -m 1 --include='*.sql' "create +(function|procedure|aggregate|type|domain|view|table) +[^ ]*\b$name\b" src | head -n 1 | cut -d: -f 1,2 || true)
        echo "${place:-src/bi_ml.sql:1}: $object: $what"
    done <<<"$found"
    exit 1
}
