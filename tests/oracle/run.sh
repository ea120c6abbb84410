#!/usr/bin/env bash
# The rewriter of imports against CPython; see README.md.
#
#   tests/oracle/run.sh [FOLDER]
#
# Needs cargo, Python 3.11 or newer with pip, and a package index. FOLDER keeps the installed packages for
# another run; without it they go into a temporary folder.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
python=${PYTHON:-python3}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
packages=${1:-$scratch/packages}

if [ ! -d "$packages" ]; then
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        --no-compile --target "$packages" --requirement "$here/requirements.txt"
fi
target=${CARGO_TARGET_DIR:-target}
# The build of the tests: an optimised one takes longer than it would save.
cargo build --quiet --locked --example rewrite_files
"$python" "$here/compare.py" "$target/debug/examples/rewrite_files" "$packages" "$scratch"
