#!/usr/bin/env bash
# The dashboards, and the page of dashboard_html, in a headless browser: starts Superset (make superset), runs check.py
# and page.py, stops what it started.
# Skipped, with the reason, where there is no Python 3.11 or 3.12, no PyPI, or no Chromium.
set -euo pipefail
cd "$(dirname "$0")/../.."
home=$PWD/build/superset

skip() {
    echo "superset: skipped, $*"
    exit 0
}

python3 -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null || [ -n "${PYTHON:-}" ] ||
    command -v python3.11 python3.12 >/dev/null || skip 'no Python 3.11 or 3.12'
tools/packages.sh browser || skip 'Chromium cannot be installed'
[ -x "$home/venv/bin/pip" ] || python3 -m pip download -q --no-deps -d "$(mktemp -d)" cachetools >/dev/null 2>&1 || skip 'PyPI cannot be reached'
was_up=$(tools/superset.sh is_up)
tools/superset.sh start
"$home/venv/bin/pip" install -q --disable-pip-version-check -r test/superset/requirements.txt
eval "$(tools/private_server.sh env dashboards)"
status=0
"$home/venv/bin/python" test/superset/parse_sql.py README.md doc/*.md superset/assets/datasets/bi_ml/*.yaml || status=$?
PGDATABASE=bi timeout 900 "$home/venv/bin/python" test/superset/check.py "http://127.0.0.1:${PORT:-8088}" "$(cat "$home/password")" build/screenshots || status=$?
PGDATABASE=bi timeout 300 "$home/venv/bin/python" test/superset/page.py build/screenshots || status=$?
[ "$was_up" = yes ] || tools/superset.sh stop
exit $status
