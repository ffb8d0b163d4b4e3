#!/usr/bin/env bash
# Runs the rules of tools/lint/, two at a time. Each prints what it found as file:line: what to do, and fails then.
# usage: tools/lint.sh [RULE ...]
set -euo pipefail
cd "$(dirname "$0")/.."
rules=("$@")
if [ ${#rules[@]} -eq 0 ]; then
    mapfile -t rules < <(basename -s .sh tools/lint/[!_]*.sh)
fi
tools/packages.sh build lint
tools/private_server.sh install
log=build/lint-log
rm -rf "$log"
mkdir -p "$log"
printf '%s\n' "${rules[@]}" |
    xargs -P "$(nproc)" -I RULE bash -c 'timeout 900 bash tools/lint/RULE.sh >"$0/RULE" 2>&1 || touch "$0/RULE.failed"' "$log"
passed=0 failed=0
for rule in "${rules[@]}"; do
    if [ -e "$log/$rule.failed" ]; then
        echo "lint $rule: not passed"
        cat "$log/$rule"
        failed=$((failed + 1))
    else
        echo "lint $rule: passed"
        passed=$((passed + 1))
    fi
done
echo "lint: $passed rules passed, $failed failed"
[ "$failed" -eq 0 ]
