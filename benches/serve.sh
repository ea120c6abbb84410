#!/usr/bin/env bash
# Puts a load on `shipshape serve` over loopback: 500 reads of the dashboard and 50 deliveries a second for a minute, over a
# generated fleet. Every request must be answered, every delivery accepted, and memory stay as it is. See benches/README.md.
#
#   benches/serve.sh [FOLDER]      keeps the generated fleet in FOLDER, to be used again
#   benches/serve.sh --soak        ten minutes, with clients that are slow, vanish, lie and repeat themselves
#   SECONDS_LONG=20 READS=1000 DELIVERIES=100 REPOSITORIES=1000 benches/serve.sh
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$here/target}
program=$target/${PROFILE:-release}/shipshape
long=${SECONDS_LONG:-60} faults=
if [[ ${1:-} == --soak ]]; then
  shift
  long=${SECONDS_LONG:-600} faults=--faults
fi
repositories=${REPOSITORIES:-100}
[[ $# -le 1 ]] || { echo "one folder at most" >&2; exit 2; }

for tool in python3 openssl; do
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

fleet=${1:-$work/fleet}
[[ -d $fleet ]] || "${EXAMPLES:-$target/${PROFILE:-release}/examples}/generate_fleet" --repositories "$repositories" --into "$fleet" > /dev/null
# A folder that is used again may hold another number of them.
repositories=$(find "$fleet" -maxdepth 1 -name '*.git' | wc -l)
[[ $repositories -gt 0 ]] || { echo "$fleet holds no repository" >&2; exit 2; }
{
  printf 'schema: 1\nname: bench\nforge: { owner: acme }\nkinds:\n  t: { prefix: workspace-template- }\nmembers:\n'
  for path in "$fleet"/*.git; do echo "  - $(basename "$path" .git)"; done
} > "$work/fleet.yaml"

SHIPSHAPE_SERVE_TOKEN=$(openssl rand -hex 32)
SHIPSHAPE_WEBHOOK_SECRET=$(openssl rand -hex 32)
export SHIPSHAPE_SERVE_TOKEN SHIPSHAPE_WEBHOOK_SECRET
export XDG_STATE_HOME=$work/state
: > "$work/said"
"$program" serve --fleet "$work/fleet.yaml" --role dashboard --role webhooks --listen 127.0.0.1:0 --rate 10000 \
  --local "$fleet"/*.git > "$work/said" 2> "$work/told" &
server=$!
until url=$(sed -n 's/^Listening on //p' "$work/said") && [[ -n $url ]]; do
  kill -0 "$server" 2> /dev/null || { cat "$work/told" >&2; exit 1; }
  sleep 0.1
done
until python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1] + "/readyz")' "$url" 2> /dev/null; do sleep 0.2; done

named=()
for path in $(printf '%s\n' "$fleet"/*.git | head -5); do named+=(--repository "acme/$(basename "$path" .git)"); done
echo "$repositories repositories, ${long} s${faults:+, with faults}"
python3 "$here/benches/load_serve.py" --url "$url" --seconds "$long" --reads "${READS:-500}" \
  --deliveries "${DELIVERIES:-50}" "${named[@]}" $faults
kill "$server"
wait "$server" || { echo "it did not end well:" >&2; tail -n 20 "$work/told" >&2; exit 1; }
server=
if grep -nE 'panicked|cut short|could not be (judged|kept)|cannot be read' "$work/told" >&2; then
  echo "FAILED: it told of trouble" >&2
  exit 1
fi
echo "ended cleanly"
