#!/usr/bin/env bash
# Measures `images refresh` of 8 images on Debian's Podman and docker-registry: one after the other, several at once, and
# `podman pull` in a loop. Once on loopback as it is, and once over a line that is as slow as registries are from a
# host (10 MB/s for each connection, 40 ms before each answer). See benches/README.md.
#
#   benches/images.sh
#   MEBIBYTES=32 RUNS=5 benches/images.sh
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")/.." && pwd)
program=${PROGRAM:-${CARGO_TARGET_DIR:-$here/target}/release/shipshape}
mebibytes=${MEBIBYTES:-16}
runs=${RUNS:-3}
runtimes=(one two three four five six seven eight)

for tool in podman docker-registry busybox curl python3; do
  command -v "$tool" > /dev/null || { echo "$tool is needed" >&2; exit 2; }
done
if [[ -z ${KEEP_BUILD:-} ]]; then
  cargo build --quiet --release --manifest-path "$here/Cargo.toml" --bin shipshape
fi

. "$here/tests/images/lib.sh"
line=
finish() {
  [[ -n $line ]] && kill "$line" 2> /dev/null && wait "$line" 2> /dev/null || true
  stop_all
}
trap finish EXIT

start_registry
origin=$registry
for runtime in "${runtimes[@]}"; do padding=$((mebibytes * 1024)) push "$runtime" 1.0.0 > /dev/null; done

forget() { podman rmi --all --force > /dev/null 2>&1 || true; }

timed() { # COMMAND…: the median of the runs, in seconds
  local run times=()
  for ((run = 0; run < runs; run++)); do
    forget
    local before after
    before=$(date +%s%N)
    "$@" > "$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
    after=$(date +%s%N)
    times+=($(((after - before) / 1000000)))
  done
  printf '%s\n' "${times[@]}" | sort -n | sed -n "$(((runs + 1) / 2))p" | awk '{ printf "%.1f", $1 / 1000 }'
}

refresh() { # PULLS
  HOME=$work "$program" --fleet "$work/fleet.yaml" images refresh --pulls "$1" --no-recreate --state "$work/images.json"
}

by_hand() {
  for runtime in "${runtimes[@]}"; do podman pull --quiet "$registry/acme/template-$runtime:latest"; done
}

measure() { # NAME
  start_engine
  fleet "${runtimes[@]}"
  echo "| $1 | $(timed by_hand) | $(timed refresh 1) | $(timed refresh 4) | $(timed refresh 8) |"
  kill "$engine_pid"
  wait "$engine_pid" 2> /dev/null || true
}

echo "8 images of $mebibytes MiB, $runs runs, medians in seconds"
echo
echo "| line | podman pull, a loop | refresh --pulls 1 | --pulls 4 | --pulls 8 |"
echo "|---|---:|---:|---:|---:|"
measure loopback
slow_port=$(free_port)
python3 "$here/benches/slow_line.py" "$slow_port" "${origin##*:}" 10 40 &
line=$!
registry=127.0.0.1:$slow_port
wait_for 20 curl -s -o /dev/null "http://$registry/v2/"
measure "10 MB/s, 40 ms"
