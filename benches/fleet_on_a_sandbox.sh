# What measurements on the sandbox begin with: a fleet that is generated once, its manifest, and a sandbox that serves it.
# To be sourced, with the script's own arguments:
#
#   source benches/fleet_on_a_sandbox.sh
#   names_of 100; manifest; seed_of 100 > "$work/seed.yaml"; serve real; …; end
#
# Gives $here, $program, $folder (of generated fleets) and $work (gone at the end).
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=${CARGO_TARGET_DIR:-$here/target}
program=$target/${PROFILE:-release}/shipshape
folder=${1:-$(mktemp -d)}

for tool in git curl python3 /usr/bin/time; do
  command -v "$tool" > /dev/null || { echo "$tool is needed" >&2; exit 2; }
done
if [[ -z ${KEEP_BUILD:-} ]]; then
  cargo build --quiet --release --manifest-path "$here/Cargo.toml" --bin shipshape --example generate_fleet
fi

work=$(mktemp -d)
server=
served=0
stop() {
  [[ -n $server ]] || return 0
  kill "$server" 2> /dev/null || true
  wait "$server" 2> /dev/null || true
  server=
}
end() { # of a measurement, which counts only when the sandbox has lived through it
  alive "it ended during a measurement"
  stop
}
finish() {
  stop
  rm -rf "$work"
}
trap finish EXIT
export work program here

names_of() { # SIZE: generates the fleet, if it is not there, and writes the names of its repositories to $work/names
  local fleet=$folder/$1
  [[ -d $fleet ]] || "${EXAMPLES:-$target/${PROFILE:-release}/examples}/generate_fleet" --repositories "$1" --into "$fleet" > /dev/null
  for path in "$fleet"/*.git; do basename "$path" .git; done > "$work/names"
}

manifest() { # fleet.yaml of those names
  printf 'schema: 1\nname: bench\nforge: { owner: acme }\nkinds:\n  t: { prefix: workspace-template- }\nmembers:\n'
  sed 's/^/  - /' "$work/names"
}

repositories_of() { # SIZE: the part of a seed that names them
  echo 'repositories:'
  while read -r name; do echo "  - { name: acme/$name, from: $folder/$1/$name.git }"; done < "$work/names"
}

serve() { # CLOCK: a sandbox of $work/seed.yaml, and nothing at hand on this machine
  : > "$work/exports"
  "$program" sandbox --seed "$work/seed.yaml" --clock "$1" > "$work/exports" 2> "$work/sandbox.log" &
  server=$!
  for _ in $(seq 3000); do
    grep -qs GH_ENTERPRISE_TOKEN "$work/exports" && break
    alive "it did not take the seed"
    sleep 0.1
  done
  grep -qs GH_ENTERPRISE_TOKEN "$work/exports" || dead "it was not ready in five minutes"
  # shellcheck disable=SC1091
  source "$work/exports"
  # New folders, since a filesystem may be slow to make files where many were deleted a moment before.
  served=$((served + 1))
  export XDG_CACHE_HOME=$work/cache-$served XDG_STATE_HOME=$work/state-$served
}

alive() { # WHY: a sandbox that has ended measures nothing
  kill -0 "$server" 2> /dev/null || dead "$1"
}

dead() { # WHY: says so with the sandbox's own words, and ends the measurement
  echo "the sandbox has failed: $1" >&2
  tail -n 20 "$work/sandbox.log" >&2
  exit 3
}

forget() { # what was asked so far
  alive "it ended during a measurement"
  curl --silent --show-error --fail -X DELETE "$SHIPSHAPE_FORGE/_sandbox/requests" > /dev/null
}
