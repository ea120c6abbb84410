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

forget() { # Leaves no image behind, or ends
  podman rmi --all --force > /dev/null 2>&1 || true
  [[ -z $(podman images --quiet) ]] || { echo "images of an earlier run are still here" >&2; exit 1; }
}

timed() { # COMMAND…: the median of the runs, in milliseconds, in $took. Every run must bring all images here
  local run times=() before after found
  for ((run = 0; run < runs; run++)); do
    forget
    before=$(date +%s%N)
    "$@" > "$work/said" 2>&1 || { echo "failed: $*" >&2; cat "$work/said" >&2; exit 1; }
    after=$(date +%s%N)
    found=$(podman images --format '{{.Repository}}:{{.Tag}}' | grep -c ":latest$") || true
    [[ $found == "${#runtimes[@]}" ]] || { echo "$*: $found images are here, not ${#runtimes[@]}" >&2; exit 1; }
    times+=($(((after - before) / 1000000)))
  done
  took=$(printf '%s\n' "${times[@]}" | sort -n | sed -n "$(((runs + 1) / 2))p")
}

refresh() { # PULLS
  HOME=$work "$program" --fleet "$work/fleet.yaml" images refresh --pulls "$1" --no-recreate --state "$work/images.json"
}

by_hand() {
  local runtime
  for runtime in "${runtimes[@]}"; do
    podman pull --quiet "$registry/acme/template-$runtime:latest" || return 1
  done
}

seconds() { # MILLISECONDS…: as cells of a table
  printf '%s\n' "$@" | awk '{ printf " %.1f |", $1 / 1000 }'
}

measure() { # NAME
  local loop one four eight
  start_engine
  fleet "${runtimes[@]}"
  # Each on its own: what fails in a substitution among others would end nothing.
  timed by_hand; loop=$took
  timed refresh 1; one=$took
  timed refresh 4; four=$took
  timed refresh 8; eight=$took
  table+=("| $1 |$(seconds "$loop" "$one" "$four" "$eight") $(awk "BEGIN { printf \"%.1f\", $one / $eight }") times |")
  kill "$engine_pid"
  wait "$engine_pid" 2> /dev/null || true
}

table=("| line | podman pull, a loop | refresh --pulls 1 | --pulls 4 | --pulls 8 | 8 beside 1 |" "|---|---:|---:|---:|---:|---:|")
measure loopback
slow_port=$(free_port)
python3 "$here/benches/slow_line.py" "$slow_port" "${origin##*:}" 10 40 &
line=$!
registry=127.0.0.1:$slow_port
wait_for 20 curl -s -o /dev/null "http://$registry/v2/"
measure "10 MB/s, 40 ms"

echo "8 images of $mebibytes MiB, $runs runs, medians in seconds"
echo
printf '%s\n' "${table[@]}"
