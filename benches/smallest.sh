#!/usr/bin/env bash
# Runs every measurement at its smallest, on the build of the tests, so that a script that no longer works is noticed before
# somebody needs it. Its figures mean nothing. `images.sh` is left out: it needs a container engine.
#
#   cargo test --locked --no-run && benches/smallest.sh
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
export PROFILE=debug KEEP_BUILD=yes RUNS=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# `run.sh`, `package.sh`, `forge.sh` and `campaign.sh`, one after the other.
SIZE=8 "$here/beside.sh" "$work"
SIZES='' PACED=8 PACES=documented "$here/campaign.sh" "$work"
MEMBERS=2 "$here/release.sh"
SECONDS_LONG=3 READS=20 DELIVERIES=5 "$here/serve.sh" "$work/8"
