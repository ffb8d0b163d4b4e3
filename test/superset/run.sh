#!/usr/bin/env bash
# The dashboards in a headless browser: starts Superset (make superset), runs check.py, stops what it started; then their
# queries under load (load.sh). The last line is "superset: N passed, N failed".
# Skipped, with the reason, where there is no Python 3.11 or 3.12, no PyPI, or no Chromium.
set -euo pipefail
cd "$(dirname "$0")/../.."
home=$PWD/build/superset
mkdir -p build

skip() {
    echo "superset: skipped, $*"
    exit 0
}

can_reach_pypi() {
    [ ! -x "$home/venv/bin/pip" ] || return 0
    python3 -m venv build/probe && build/probe/bin/pip download -q --disable-pip-version-check --no-deps -d build/probe cachetools
}

tools/packages.sh superset browser || skip 'Python, pg_cron or Chromium cannot be installed'
python3 -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' || [ -n "${PYTHON:-}" ] ||
    command -v python3.11 python3.12 >/dev/null || skip 'no Python 3.11 or 3.12'
can_reach_pypi >build/probe.log 2>&1 || skip 'PyPI cannot be reached'
rm -rf build/probe
was_up=$(tools/superset.sh is_up)
tools/superset.sh start
"$home/venv/bin/pip" install -q --disable-pip-version-check -r test/superset/requirements.txt
eval "$(tools/private_server.sh env dashboards)"
report=build/screenshots/report
mkdir -p build/screenshots
: >"$report"

# part COMMAND...: a part that ends without its closing line has failed
part() {
    local before
    before=$(grep -cE "$closing" "$report" || true)
    "$@" 2>&1 | tee -a "$report" || true
    [ "$(grep -cE "$closing" "$report")" = $((before + 1)) ] || echo "0 passed, 1 failed" | tee -a "$report"
}
closing='^[0-9]+ passed, [0-9]+ failed$'

part "$home/venv/bin/python" test/superset/parse_sql.py README.md doc/*.md superset/assets/datasets/bi_ml/*.yaml
PGDATABASE=bi part timeout 900 "$home/venv/bin/python" test/superset/check.py "http://127.0.0.1:${PORT:-8088}" "$(cat "$home/password")" build/screenshots
PGDATABASE=bi part timeout 300 "$home/venv/bin/python" test/superset/page.py build/screenshots
[ "$was_up" = yes ] || tools/superset.sh stop
part timeout 1800 test/superset/load.sh
awk -v closing="$closing" '$0 ~ closing { passed += $1; failed += $3 } END { print "superset: " passed " passed, " failed + 0 " failed"; exit failed > 0 }' "$report"
