#!/usr/bin/env bash
# Measures shipshape as a process, start-up included, and prints a table. See benches/README.md.
#
#   benches/run.sh [FOLDER]    keeps the generated fleets in FOLDER, to be used again
#   SIZES="10 100" RUNS=3 benches/run.sh
#   COMPARED=1000 benches/run.sh      up to so many repositories a loop in a shell is measured beside it
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$here/target}
profile=${PROFILE:-release}
program=$target/$profile/shipshape
folder=${1:-$(mktemp -d)}
sizes=${SIZES:-10 100 1000 10000}
runs=${RUNS:-5}

if [[ -z ${KEEP_BUILD:-} ]]; then
  cargo build --quiet --release --manifest-path "$here/Cargo.toml" --bin shipshape --example generate_fleet
fi

# Prints the median of milliseconds of some runs of a command, then its most memory in MB and its
# milliseconds on processors in one more run. Exit codes 0, 1 and 3 are endings like any.
measure() {
  local times=() run begun ended status used
  "$@" > /dev/null 2>&1 || true # what is read once comes from the cache afterwards
  for ((run = 0; run < runs; run++)); do
    begun=${EPOCHREALTIME/./}
    status=0
    "$@" > /dev/null 2>&1 || status=$?
    ended=${EPOCHREALTIME/./}
    [[ $status =~ ^[013]$ ]] || { echo "exit code $status: $1 $2 …" >&2; exit 1; }
    times+=($((ended - begun)))
  done
  used="0 0 0"
  if [[ -x /usr/bin/time ]]; then
    local file
    file=$(mktemp)
    /usr/bin/time -q -f '%M %U %S' -o "$file" "$@" > /dev/null 2>&1 || true
    used=$(tail -n 1 "$file")
    rm -f "$file"
  fi
  printf '%s\n' "${times[@]}" | sort -n | awk -v used="$used" '{ time[NR] = $1 } END {
    split(used, part, " ")
    print time[int((NR + 1) / 2)] / 1000, part[1] / 1024, (part[2] + part[3]) * 1000 }'
}

row() {
  local name=$1 count=$2 milliseconds megabytes processors
  shift 2
  read -r milliseconds megabytes processors < <(measure "$@")
  awk -v name="$name" -v ms="$milliseconds" -v cpu="$processors" -v mb="$megabytes" -v count="$count" \
    'BEGIN { printf "| %-25s | %9.1f | %9.0f | %9.3f | %5.0f |\n", name, ms, cpu, ms / count, mb }'
}

echo "| command                   |        ms |    CPU ms | ms / repo |    MB |"
echo "|---------------------------|----------:|----------:|----------:|------:|"
row "--help" 1 "$program" --help
for size in $sizes; do
  fleet=$folder/$size
  [[ -d $fleet ]] || "${EXAMPLES:-$target/$profile/examples}/generate_fleet" --repositories "$size" --into "$fleet" > /dev/null
  if [[ ${first:-yes} = yes ]]; then
    one=$fleet/workspace-template-agent-00000.git
    row "validate, one repository" 1 "$program" validate "$one"
    # The files that the fleet shares; the others are each repository's own.
    canon=$(mktemp -d)
    trap 'rm -rf "$canon"' EXIT
    git -C "$one" archive HEAD | tar --extract --directory "$canon"
    rm "$canon"/{adapter.py,README.md,config.yaml,Dockerfile}
    row "a loop in a shell, one" 1 "$here/benches/judge_by_shell.sh" "$canon" "$one"
    first=no
  fi
  row "drift, $size repositories" "$size" \
    "$program" drift --local "$fleet"/*.git --format json -o /dev/null
  if ((size <= ${COMPARED:-100})); then
    row "a loop in a shell, $size" "$size" "$here/benches/judge_by_shell.sh" "$canon" "$fleet"/*.git
  fi
done
