#!/usr/bin/env bash
# C is formatted by .clang-format; `make format` does it.
set -euo pipefail
cd "$(dirname "$0")/../.."
find src test tools -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror 2>&1 |
    awk '/error:/ { print "" $0 " (make format)"; bad = 1 } END { exit bad }'
