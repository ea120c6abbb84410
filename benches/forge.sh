#!/usr/bin/env bash
# Measures a fleet that is read from its forge, on the sandbox over loopback. See benches/README.md.
#
#   benches/forge.sh [FOLDER]    keeps the generated fleets in FOLDER, to be used again
#   SIZES="100 1000" benches/forge.sh
#
# Prints requests, points of GraphQL, seconds and memory of a first run, with nothing at hand, and of a second one,
# with nothing changed.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$here/target}
program=$target/release/shipshape
folder=${1:-$(mktemp -d)}
sizes=${SIZES:-100 1000 10000}

if [[ -z ${KEEP_BUILD:-} ]]; then
  cargo build --quiet --release --manifest-path "$here/Cargo.toml" --bin shipshape --example generate_fleet
fi

work=$(mktemp -d)
server=
finish() {
  [[ -n $server ]] && kill "$server" 2> /dev/null && wait "$server" 2> /dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# Asks the sandbox what was asked of it since the last time: requests and points.
asked() {
  local log
  log=$(curl --silent --fail "$SHIPSHAPE_FORGE/_sandbox/requests")
  curl --silent --fail -X DELETE "$SHIPSHAPE_FORGE/_sandbox/requests" > /dev/null
  printf '%s' "$log" | tr '{' '\n' | awk '/"n":/ {
    requests++; match($0, /"cost":[0-9]+/); points += substr($0, RSTART + 7, RLENGTH - 7)
  } END { print requests + 0, points + 0 }'
}

row() {
  local name=$1 used status=0 begun ended requests points memory
  begun=${EPOCHREALTIME/./}
  /usr/bin/time -q -f '%M' -o "$work/used" "$program" drift --fleet "$work/fleet.yaml" --quiet > "$work/report" 2> "$work/said" || status=$?
  ended=${EPOCHREALTIME/./}
  [[ $status =~ ^[01]$ ]] || { cat "$work/said" >&2; echo "exit code $status" >&2; exit 1; }
  memory=$(tail -n 1 "$work/used")
  read -r requests points < <(asked)
  awk -v name="$name" -v us="$((ended - begun))" -v kb="$memory" -v requests="$requests" -v points="$points" \
    'BEGIN { printf "| %-24s | %8d | %6d | %7.2f | %5.0f |\n", name, requests, points, us / 1e6, kb / 1024 }'
}

echo "| fleet                    | requests | points | seconds |    MB |"
echo "|--------------------------|---------:|-------:|--------:|------:|"
for size in $sizes; do
  fleet=$folder/$size
  [[ -d $fleet ]] || "$target/release/examples/generate_fleet" --repositories "$size" --into "$fleet" > /dev/null
  # Limits are lifted: what is measured is the client, not how long GitHub would have it wait.
  {
    echo 'limits: { rest: 1000000, graphql: 1000000, rest_points: 1000000, graphql_points: 1000000 }'
    echo 'repositories:'
    for path in "$fleet"/*.git; do
      name=$(basename "$path" .git)
      echo "  - { name: acme/$name, from: $path }"
    done
  } > "$work/seed.yaml"
  {
    printf 'schema: 1\nname: bench\nforge: { owner: acme }\nkinds:\n  t: { prefix: workspace-template- }\nmembers:\n'
    for path in "$fleet"/*.git; do echo "  - $(basename "$path" .git)"; done
  } > "$work/fleet.yaml"
  "$program" sandbox --seed "$work/seed.yaml" > "$work/exports" 2> /dev/null &
  server=$!
  for _ in $(seq 600); do
    grep -qs GH_ENTERPRISE_TOKEN "$work/exports" && break
    sleep 0.2
  done
  # shellcheck disable=SC1091
  source "$work/exports"
  rm -rf "$work/cache" "$work/state"
  export XDG_CACHE_HOME=$work/cache XDG_STATE_HOME=$work/state
  row "$size, nothing at hand"
  row "$size, nothing changed"
  kill "$server"
  wait "$server" 2> /dev/null || true
  server=
done
