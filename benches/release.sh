#!/usr/bin/env bash
# Measures what `release run` adds of its own to the waits of a release: the whole chain, from a commit to members whose
# images contain it, on a sandbox whose clock does not make anybody wait. See benches/README.md.
#
#   benches/release.sh
#   MEMBERS=100 RUNS=9 benches/release.sh
#   PROFILE=debug KEEP_BUILD=1 benches/release.sh      to try the script
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$here/target}
profile=${PROFILE:-release}
program=$target/$profile/shipshape
members=${MEMBERS:-8}
runs=${RUNS:-7}
label=org.acme.runtime

for tool in git python3 /usr/bin/time; do
  command -v "$tool" > /dev/null || { echo "$tool is needed" >&2; exit 2; }
done
if [[ -z ${KEEP_BUILD:-} ]]; then
  flags=(); [[ $profile == release ]] && flags=(--release)
  cargo build --quiet "${flags[@]}" --manifest-path "$here/Cargo.toml" --bin shipshape --example generate_package
fi

work=$(mktemp -d)
server=
images=
end() { # PROCESS
  [[ -n $1 ]] || return 0
  kill "$1" 2> /dev/null || true
  wait "$1" 2> /dev/null || true
}
finish() {
  end "$server"
  end "$images"
  rm -rf "$work"
}
trap finish EXIT
cd "$work"

# The runtime: 60 modules of 586 KB, as benches/package.sh builds them.
"${EXAMPLES:-$target/$profile/examples}/generate_package" --into package > /dev/null
git init --quiet --initial-branch main package/flat
git -C package/flat add --all
git -C package/flat -c user.name=bench -c user.email=bench@example.com commit --quiet --message "The runtime"

python3 "$here/benches/labelled_images.py" "$label" 0.1.0 > registry &
images=$!
for _ in $(seq 100); do [[ -s registry ]] && break; sleep 0.1; done
registry=$(cat registry)

slugs=$(seq --format 'm%04g' --separator ', ' "$members")
mkdir -p shape/files
cat > shape/shape.yaml << 'YAML'
schema: 1
name: small
paths: [{ path: README.md, policy: seeded }, { path: requirements.txt, policy: contract, optional: true }]
extras: ['**']
demands:
  requirements: [{ path: requirements.txt, distribution: acme-runtime }]
  python: { package: acme_runtime }
YAML
echo x > shape/files/README.md
cat > fleet.yaml << YAML
schema: 1
name: bench
forge: { owner: acme }
kinds: { t: { prefix: t-, shape: { folder: shape } } }
members: [$slugs]
images: { registry: '$registry', name: '$registry/acme/t-{slug}', version_label: $label }
runtime_package:
  distribution: acme-runtime
  import: acme_runtime
  source: { repository: core, path: workspace }
  release: { event: runtime-published, payload: runtime_version, workflow: publish-image.yml }
YAML
{
  cat << YAML
schema: 1
owners: { acme: { type: organization } }
tokens: [{ name: all, user: robot, value: all-token, scopes: [repo, workflow] }]
repositories:
  - { name: acme/core, from: package/flat }
YAML
  for slug in ${slugs//,/}; do
    cat << YAML
  - name: acme/t-$slug
    runs: [{ workflow: publish-image.yml, on: repository_dispatch, seconds: 300 }]
    files:
      README.md: x
      adapter.py: "import acme_runtime\n"
      requirements.txt: "acme-runtime>=0.1.0\n"
      .github/workflows/publish-image.yml: "name: publish-image\nrun-name: \${{ github.event.client_payload.release_id }}\non: { repository_dispatch: { types: [runtime-published] } }\n"
YAML
  done
} > seed.yaml

measured() { # prints milliseconds, those of the program's own processor time, and requests
  "$program" sandbox --seed seed.yaml --clock virtual > exports 2> /dev/null &
  server=$!
  for _ in $(seq 600); do grep -qs SHIPSHAPE_UPLOAD_PASSWORD exports && break; sleep 0.1; done
  # shellcheck disable=SC1091
  source exports
  rm -rf state cache
  export XDG_STATE_HOME=$work/state XDG_CACHE_HOME=$work/cache TEMPLATE_DISPATCH_TOKEN=all-token
  local before after
  before=$(date +%s%N)
  /usr/bin/time -q -f '%U %S' -o used "$program" release run --no-smoke --yes --format json > run.json 2> said || { cat said >&2; exit 1; }
  after=$(date +%s%N)
  python3 - "$(((after - before) / 1000000))" << 'PYTHON'
import json, os, sys, urllib.request
run = json.load(open("run.json"))
open_ = [row["stage"] for row in run["stages"] if row["state"] not in ("done", "skipped", "unchecked")]
assert not open_, open_
read = lambda path: json.load(urllib.request.urlopen(os.environ["SHIPSHAPE_FORGE"] + "/_sandbox/" + path))
own = sum(float(word) for word in open("used").read().split())
print(sys.argv[1], round(1000 * own), len(read("requests")))
PYTHON
  end "$server"
  server=
}

for ((run = 0; run < runs; run++)); do measured; done > measured
python3 - "$members" "$runs" << 'PYTHON'
import statistics, sys
rows = [line.split() for line in open("measured")]
times = [int(row[0]) for row in rows]
members, runs = sys.argv[1:]
print(f"release run, {members} members, {runs} runs: median {statistics.median(times):.0f} ms, "
      f"{min(times)}-{max(times)} ms, of it {statistics.median(int(row[1]) for row in rows):.0f} ms of processor of its own, "
      f"{rows[0][2]} requests")
PYTHON
