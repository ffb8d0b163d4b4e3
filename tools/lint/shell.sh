#!/usr/bin/env bash
# Every script is read by shellcheck. SC2016: programs for awk, perl and bash -c are meant to stand in single quotes.
# SC2012: ls -t sorts by time.
set -euo pipefail
cd "$(dirname "$0")/../.."
find tools test .ci \( -name '*.sh' -o -path .ci/run \) -print0 | xargs -0 shellcheck --exclude=SC2016,SC2012 --format=gcc --shell=bash
