#!/usr/bin/env bash
# cppcheck over the pure core and the server glue.
set -euo pipefail
cd "$(dirname "$0")/../.."
# cppcheck cannot see that ereport(ERROR) does not return, nor that a called function fills an array: clang-tidy and
# the sanitizers look after uninitialised values and NULL.
cppcheck --quiet --std=c11 --enable=warning,portability,performance --inline-suppr --error-exitcode=1 -j "$(nproc)" \
    --suppress=missingInclude --suppress=missingIncludeSystem --suppress=unknownMacro --suppress=uninitvar --suppress='nullPointer:*_pg.c' --suppress='nullPointerRedundantCheck:*_pg.c' \
    --suppress=nullPointerArithmeticRedundantCheck \
    --template='{file}:{line}: {message} [{id}]' -Isrc -Itest/unit src test tools
