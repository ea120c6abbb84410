#!/bin/sh
# Installs the emulator of emulator/package-lock.json, and serves it until standard input ends; see README.md.
#
#   tests/forge/emulator.sh [FOLDER]    installs it in FOLDER, which is used again; target/emulator without one
set -eu

here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-${CARGO_TARGET_DIR:-$here/../../target}/emulator}
mkdir -p "$folder"
# Again whenever the lock is another: what is compared with is what the lock says.
if ! cmp -s "$here/emulator/package-lock.json" "$folder/installed.json"; then
    cp "$here/emulator/package.json" "$here/emulator/package-lock.json" "$folder/"
    (cd "$folder" && npm ci --silent)
    cp "$folder/package-lock.json" "$folder/installed.json"
fi
cp "$here/emulator/serve.js" "$folder/"
exec node "$folder/serve.js"
