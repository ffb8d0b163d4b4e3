#!/usr/bin/env bash
# cppcheck over the pure core and the server glue.
set -euo pipefail
cd "$(dirname "$0")/../.."
# ereport(ERROR) does not return, which cppcheck cannot see; unused functions are judged per file and mean nothing.
cppcheck --quiet --std=c11 --enable=warning,portability,performance --inline-suppr --error-exitcode=1 -j "$(nproc)" \
    --suppress=missingInclude --suppress=missingIncludeSystem --suppress=unknownMacro --suppress=uninitvar:*_pg.c --suppress=nullPointer:*_pg.c \
    --template='{file}:{line}: {message} [{id}]' -Isrc -Itest/unit src test tools
