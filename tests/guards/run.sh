#!/usr/bin/env bash
# Counts the instructions of the five paths that users wait for, by Valgrind, with the build of the tests. Unlike seconds they
# hardly depend on the machine or on what else runs there, so that a path that grew by a tenth is seen.
#
#   tests/guards/run.sh            compares with tests/guards/instructions.txt
#   tests/guards/run.sh --bless    writes it
#
# Needs valgrind and curl. An unoptimised build executes many times what a shipped one does; what is guarded is growth.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")/../.." && pwd)
program=${CARGO_TARGET_DIR:-$here/target}/debug/shipshape
examples=${CARGO_TARGET_DIR:-$here/target}/debug/examples
held=$here/tests/guards/instructions.txt
allowed=10 # percent, up and down: a path that became faster is entered too, or the next loss hides in it

work=$(mktemp -d)
server=
finish() {
  if [[ -n $server ]]; then kill "$server" 2> /dev/null || true; wait "$server" 2> /dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT
# One thread, so that who waits for whom does not count; nothing of this machine's configuration.
export RAYON_NUM_THREADS=1 NO_COLOR=1 HOME=$work/home XDG_CACHE_HOME=$work/cache XDG_STATE_HOME=$work/state
export SHIPSHAPE_NOW=2026-01-01T00:00:00Z
mkdir -p "$HOME"
unset SHIPSHAPE_FLEET GITHUB_TOKEN GH_TOKEN

counted() { # NAME COMMAND…: prints the name and millions of instructions
  local name=$1 status=0
  shift
  valgrind --tool=none true > /dev/null 2>&1 || { echo "valgrind is needed" >&2; exit 2; }
  valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null --log-file="$work/counted" "$@" \
    > "$work/said" 2>&1 || status=$?
  [[ $status =~ ^[01]$ ]] || { cat "$work/said" "$work/counted" >&2; echo "$name: exit code $status" >&2; exit 1; }
  awk -v name="$name" '/I +refs:/ { gsub(/,/, "", $NF); printf "%s %.0f\n", name, $NF / 1e6; found = 1 }
    END { if (!found) exit 1 }' "$work/counted"
}

"$examples/generate_fleet" --repositories 24 --into "$work/fleet" > /dev/null
"$examples/generate_package" --modules 20 --bytes 200000 --into "$work/package" > /dev/null
for path in "$work/fleet"/*.git; do basename "$path" .git; done > "$work/names"
one=$work/fleet/$(head -n 1 "$work/names").git
mkdir "$work/few" && for name in $(head -n 6 "$work/names"); do ln -s "$work/fleet/$name.git" "$work/few/$name.git"; done

cd "$work"
{
  printf 'schema: 1\nname: guard\nforge: { owner: acme }\nkinds:\n  t: { prefix: workspace-template- }\nmembers:\n'
  sed 's/^/  - /' names
} > fleet.yaml
{
  echo 'repositories:'
  while read -r name; do echo "  - { name: acme/$name, from: $work/fleet/$name.git }"; done < names
} > seed.yaml
printf '%s\n' 'schema: 1' 'name: note' 'changes:' '  - add: { path: NOTE.md, content: "noted\n" }' \
  'pull_request: { title: Add a note }' > campaign.yaml
"$program" sandbox --seed seed.yaml > exports 2> sandbox.log &
server=$!
for _ in $(seq 300); do grep -qs GH_ENTERPRISE_TOKEN exports && break; sleep 0.1; done
grep -qs GH_ENTERPRISE_TOKEN exports || { cat sandbox.log >&2; exit 1; }

{
  counted start "$program" --version
  counted judge-1 "$program" validate "$one"
  counted judge-6 "$program" drift --local few/*.git --format json --output report.json
  counted judge-24 "$program" drift --local fleet/*.git --format json --output report.json
  counted build "$program" package build --package package/flat/package.yaml --version 1.0.0 --out built
  # shellcheck disable=SC1091
  source exports
  counted scan "$program" drift --fleet fleet.yaml --quiet --format json --output report.json
  counted scan-again "$program" drift --fleet fleet.yaml --quiet --format json --output report.json
  counted plan "$program" campaign plan --fleet fleet.yaml --quiet
} > measured
awk '{ found[$1] = $2 } END {
  # What grows faster than the number of repositories costs the same in no fleet.
  few = found["judge-6"] - found["start"]; many = found["judge-24"] - found["start"]
  if (many > 4.2 * few) { printf "24 repositories take %.1f times what 6 take\n", many / few > "/dev/stderr"; exit 1 } }' measured

if [[ ${1:-} = --bless ]]; then
  { echo "# Millions of instructions of the build of the tests; tests/guards/run.sh --bless writes them."; cat measured; } > "$held"
  cat "$held"
  exit
fi
awk -v allowed="$allowed" '
  FNR == NR { if ($1 !~ /^#/) held[$1] = $2; next }
  {
    if (!($1 in held)) { printf "%-12s is not in instructions.txt\n", $1; bad = 1; next }
    grown = 100 * ($2 - held[$1]) / held[$1]
    wrong = grown > allowed || grown < -allowed
    printf "%-12s %8d million instructions, %+.1f %%%s\n", $1, $2, grown, wrong ? "  TOO FAR" : ""
    bad = bad || wrong
    seen++
  }
  END {
    if (bad || !seen) { print "a path has grown or shrunk by more than " allowed " %; meant: tests/guards/run.sh --bless"; exit 1 }
    printf "%d passed, 0 failed\n", seen
  }' "$held" measured
