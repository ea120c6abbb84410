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
# shellcheck source=benches/fleet_on_a_sandbox.sh
source "$(dirname "$0")/fleet_on_a_sandbox.sh"
sizes=${SIZES:-100 1000 10000}
compared=${COMPARED:-1000}
budget=5000

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
  forget
  python3 -c 'import json, sys; log = json.load(sys.stdin); print(len(log), sum(entry["cost"] for entry in log))' < "$work/log"
}

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
  names_of "$size"
  # Limits are lifted: what is measured is the reading, not how long GitHub would have it wait.
  {
    echo 'limits: { rest: 1000000, graphql: 1000000, rest_points: 1000000, graphql_points: 1000000 }'
    repositories_of "$size"
  } > "$work/seed.yaml"
  manifest > "$work/fleet.yaml"
  serve real
  rm -rf "$work/clones" "$work/files"
  wanted=
  row "$size, nothing at hand" by_shipshape
  row "$size, nothing changed" by_shipshape
  if ((size <= compared)); then
    row "$size, everything cloned" by_clones
    row "$size, by REST" by_rest
  fi
  end
done
