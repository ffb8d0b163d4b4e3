#!/usr/bin/env bash
# Includes point one way, down: capability → pg → kit; the pure core sees no PostgreSQL header; a capability uses
# another one only if that stands earlier in the Makefile's CAPABILITIES, and only through its one public header.
set -euo pipefail
cd "$(dirname "$0")/../.."
read -r -a order < <(sed -n 's/^CAPABILITIES = //p' Makefile)
find src -name '*.[ch]' | sort | xargs grep -nE '^[[:space:]]*#[[:space:]]*include' |
    awk -v order="${order[*]}" '
    function say(what) { print file ":" line ": " what; bad = 1 }
    BEGIN { n = split(order, names, " "); for (i = 1; i <= n; i++) rank[names[i]] = i }
    {
        split($0, part, ":"); file = part[1]; line = part[2]
        match($0, /[<"][^>"]+[>"]/); header = substr($0, RSTART + 1, RLENGTH - 2)
        split(file, path, "/"); room = path[2]; if (room ~ /\.[ch]$/) room = "top"
        glue = room == "top" || room == "pg" || file ~ /_pg\.[ch]$/
        server = system("test -e src/" header) != 0 && ($0 ~ /#[[:space:]]*include[[:space:]]*"/ || header ~ /^(postgres|server)/ || header == "libpq-fe.h")
        if (room in rank || room == "kit" || glue) ; else say("src/" room " is not in CAPABILITIES of the Makefile: add it there in its order")
        if (!glue && server) say("the pure core includes " header ": move what needs the server to a *_pg.c file")
        if (server || header !~ /\//) next
        split(header, target, "/"); to = target[1]
        if (system("test -e src/" header) != 0) next
        if (to == "pg" && !glue) say("the pure core includes " header ": only *_pg.c may use the server glue")
        if (to == room || to == "kit") next
        if (to == "pg") { if (room == "kit") say("kit may not use pg: the number code knows no server"); next }
        if (room == "kit" || room == "pg") { say("src/" room " includes " header ": the lower floor may not know a capability"); next }
        if (room == "top") { if (header !~ /_pg\.h$/) say("bi_ml.c is start-up only: it includes " header); next }
        if (rank[to] >= rank[room]) say(room " stands before " to " in CAPABILITIES and may not include " header ": move what both need to kit/ or pg/")
        else if (header != to "/" to ".h" && !(glue && header == to "/" to "_pg.h")) say("includes " header ": use the public header " to "/" to ".h")
    }
    END { exit bad }'
