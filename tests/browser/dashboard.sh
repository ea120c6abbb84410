#!/bin/sh
# Looks at a dashboard that runs, in Chromium; ends with a line `N passed, N failed`.
# Usage: tests/browser/dashboard.sh URL TOKEN
# CHROMIUM names another browser than /usr/bin/chromium; SHOTS a folder for a picture of every page.
set -eu

if [ $# -ne 2 ]; then
    echo "usage: $0 URL TOKEN" >&2
    exit 2
fi
cd "$(dirname "$0")"
[ -d node_modules/playwright-core ] || npm ci --omit=optional --silent
exec node dashboard.test.js "$1" "$2"
