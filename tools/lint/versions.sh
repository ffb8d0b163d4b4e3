#!/usr/bin/env bash
# The control file's version is the one that is written by hand; the others equal it.
set -euo pipefail
cd "$(dirname "$0")/../.."
status=0
version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" bi_ml.control)

expect() {
    if [ "$3" != "$version" ]; then
        echo "$1:$2: version $3, bi_ml.control says $version: make them equal"
        status=1
    fi
}

while IFS=: read -r line text; do
    expect META.json "$line" "$(sed -E 's/.*"version": *"([^"]*)".*/\1/' <<<"$text")"
done < <(grep -n '"version":' META.json | grep -v '"1.0.0", "url"')
IFS=: read -r line text < <(grep -nE '^## \[[0-9]' CHANGELOG.md)
expect CHANGELOG.md "$line" "$(sed -E 's/^## \[([^]]*)\].*/\1/' <<<"$text")"
if ! grep -m 1 '^## ' CHANGELOG.md | grep -q '^## \[Unreleased\]'; then
    echo 'CHANGELOG.md:1: the first section must be [Unreleased]'
    status=1
fi
exit $status
