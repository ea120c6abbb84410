#!/usr/bin/env bash
# Measures a fleet that is read from its forge, on the sandbox over loopback: by shipshape, by cloning everything,
# and by REST. See benches/README.md.
#
#   benches/forge.sh [FOLDER]    keeps the generated fleets in FOLDER, to be used again
#   SIZES="100 1000" COMPARED=100 benches/forge.sh
#
# Fleets of more than COMPARED repositories (1000 when it is not said) are read by shipshape only. Prints requests, the
# points that GitHub counts and how much of an hour's 5,000 that is, seconds and the memory of the largest process. All
# ways must come to the same verdicts.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$here/target}
program=$target/release/shipshape
folder=${1:-$(mktemp -d)}
sizes=${SIZES:-100 1000 10000}
compared=${COMPARED:-1000}
budget=5000

for tool in git curl python3 /usr/bin/time; do
  command -v "$tool" > /dev/null || { echo "$tool is needed" >&2; exit 2; }
done
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

# The ways to read a fleet: each leaves a report. Clones and REST only bring the files here, to be judged as local ones.
by_shipshape() {
  "$program" drift --fleet "$work/fleet.yaml" --quiet --format json --output "$work/report.json"
}

by_clones() { # bare and shallow, four at a time: the least that can be cloned
  mkdir "$work/clones"
  (cd "$work/clones" && xargs -P 4 -I NAME git clone --quiet --bare --depth 1 "$SHIPSHAPE_FORGE/acme/NAME.git" < "$work/names") \
    || return 4
  "$program" drift --local "$work"/clones/*.git --quiet --format json --output "$work/report.json"
}

by_rest() {
  mkdir "$work/files"
  sed 's|^|acme/|' "$work/names" | python3 "$here/benches/read_by_rest.py" "$work/files" || return 4
  "$program" drift --local "$work"/files/* --quiet --format json --output "$work/report.json"
}

# Asks the sandbox what was asked of it since the last time: requests and points.
asked() {
  curl --silent --fail "$SHIPSHAPE_FORGE/_sandbox/requests" > "$work/log"
  curl --silent --fail -X DELETE "$SHIPSHAPE_FORGE/_sandbox/requests" > /dev/null
  python3 -c 'import json, sys; log = json.load(sys.stdin); print(len(log), sum(entry["cost"] for entry in log))' < "$work/log"
}

export work program here
export -f by_shipshape by_clones by_rest

row() { # NAME WAY
  local name=$1 way=$2 status=0 begun ended requests points memory verdicts
  begun=${EPOCHREALTIME/./}
  /usr/bin/time -q -f '%M' -o "$work/used" bash -c "$way" > "$work/said" 2>&1 || status=$?
  ended=${EPOCHREALTIME/./}
  [[ $status =~ ^[01]$ ]] || { cat "$work/said" >&2; echo "$name: exit code $status" >&2; exit 1; }
  memory=$(tail -n 1 "$work/used")
  read -r requests points < <(asked)
  verdicts=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["summary"])' < "$work/report.json")
  [[ ${wanted:=$verdicts} = "$verdicts" ]] || { echo "$name: $verdicts instead of $wanted" >&2; exit 1; }
  awk -v name="$name" -v us="$((ended - begun))" -v kb="$memory" -v requests="$requests" -v points="$points" -v budget="$budget" \
    'BEGIN { printf "| %-32s | %8d | %6d | %9.1f %% | %7.2f | %5.0f |\n", name, requests, points, 100 * points / budget, us / 1e6, kb / 1024 }'
}

echo "| repositories, how they are read  | requests | points | of an hour | seconds |    MB |"
echo "|----------------------------------|---------:|-------:|-----------:|--------:|------:|"
for size in $sizes; do
  fleet=$folder/$size
  [[ -d $fleet ]] || "$target/release/examples/generate_fleet" --repositories "$size" --into "$fleet" > /dev/null
  for path in "$fleet"/*.git; do basename "$path" .git; done > "$work/names"
  # Limits are lifted: what is measured is the reading, not how long GitHub would have it wait.
  {
    echo 'limits: { rest: 1000000, graphql: 1000000, rest_points: 1000000, graphql_points: 1000000 }'
    echo 'repositories:'
    while read -r name; do echo "  - { name: acme/$name, from: $fleet/$name.git }"; done < "$work/names"
  } > "$work/seed.yaml"
  {
    printf 'schema: 1\nname: bench\nforge: { owner: acme }\nkinds:\n  t: { prefix: workspace-template- }\nmembers:\n'
    sed 's/^/  - /' "$work/names"
  } > "$work/fleet.yaml"
  "$program" sandbox --seed "$work/seed.yaml" > "$work/exports" 2> /dev/null &
  server=$!
  for _ in $(seq 600); do
    grep -qs GH_ENTERPRISE_TOKEN "$work/exports" && break
    sleep 0.2
  done
  # shellcheck disable=SC1091
  source "$work/exports"
  rm -rf "$work/cache" "$work/state" "$work/clones" "$work/files"
  export XDG_CACHE_HOME=$work/cache XDG_STATE_HOME=$work/state
  wanted=
  row "$size, nothing at hand" by_shipshape
  row "$size, nothing changed" by_shipshape
  if ((size <= compared)); then
    row "$size, everything cloned" by_clones
    row "$size, by REST" by_rest
  fi
  kill "$server"
  wait "$server" 2> /dev/null || true
  server=
done
