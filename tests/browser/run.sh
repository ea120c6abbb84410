#!/bin/sh
# Looks at one HTML report in Chromium; ends with a line `N passed, N failed`.
# Usage: tests/browser/run.sh REPORT.html   (CHROMIUM names another browser than /usr/bin/chromium)
set -eu

if [ $# -ne 1 ]; then
    echo "usage: $0 REPORT.html" >&2
    exit 2
fi
report=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")"
[ -d node_modules/playwright-core ] || npm ci --omit=optional --silent
exec node report.test.js "$report"
