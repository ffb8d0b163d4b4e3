#!/usr/bin/env bash
# A virtual environment with the packages of test/bench/NAME.txt from PyPI, under build/peers/NAME; prints its python.
# usage: test/bench/peers.sh NAME
#   PYTHON   interpreter to make it with; otherwise the first fitting one of the machine
# The file pins every version; its line "# python LOWEST HIGHEST" says which versions of Python have them. Made once,
# and again when the file changes. Where something is missing, it says "skipped" and why, and prints no path.
set -euo pipefail
cd "$(dirname "$0")/../.."
name=$1
requirements=test/bench/$name.txt
home=$PWD/build/peers/$name

skip() {
    echo "$name: skipped, $1" >&2
    exit 0
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.10 python3.9 /usr/bin/python3; do
        # shellcheck disable=SC2086
        if "$candidate" - $range 2>/dev/null <<'PY'; then
import ensurepip, sys, venv
lowest, highest = (tuple(map(int, v.split("."))) for v in sys.argv[1:])
sys.exit(not lowest <= sys.version_info[:2] <= highest)
PY
            echo "$candidate"
            return
        fi
    done
}

range=$(sed -n 's/^# python //p' "$requirements")
stamp=$(sha256sum <"$requirements")
if [ "$(cat "$home/stamp" 2>/dev/null)" != "$stamp" ] || ! "$home/bin/python" -c '' 2>/dev/null; then
    python=$(find_python)
    [ -n "$python" ] || skip "no python ${range/ / to } with venv (Debian package python3-venv; PYTHON=PROGRAM names one)"
    rm -rf "$home"
    mkdir -p "${home%/*}"
    "$python" -m venv "$home" >"$home.log" 2>&1 || skip "$python makes no virtual environment, see $home.log"
    echo "$name: packages from PyPI" >&2
    "$home/bin/python" -m pip install -q --disable-pip-version-check --retries 1 -r "$requirements" >"$home.log" 2>&1 </dev/null ||
        skip "pip could not install $requirements, see $home.log: $(grep -m 1 '^ *ERROR: [^I]' "$home.log" || tail -n 1 "$home.log")"
    echo "$stamp" >"$home/stamp"
fi
echo "$home/bin/python"
