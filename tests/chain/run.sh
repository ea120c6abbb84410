#!/usr/bin/env bash
# A release from a pushed commit to containers that are made again, with real parts: git, the sandbox's forge, pypiserver, pip,
# Podman and docker-registry. Once in one go, once stopped between every two stages, once killed again and again.
#
#   run.sh SHIPSHAPE
#
# Beside it a builder plays what the members' workflows do: told of a version, it installs that from the index with pip,
# and pushes an image of what pip made.
set -euo pipefail
shipshape=$1
. "$(dirname "$0")/../images/lib.sh"
builder_pid=
forge_pid=
index_pid=
stop_everything() {
    local pid
    # The builder has a group of its own: what it started goes too.
    if [ -n "$builder_pid" ]; then kill -- "-$builder_pid" 2>/dev/null && wait "$builder_pid" 2>/dev/null || true; fi
    for pid in $forge_pid $index_pid; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
    done
    CONTAINERS_STORAGE_CONF=$work/builder.conf podman system reset --force >/dev/null 2>&1 || true
    stop_all
}
trap stop_everything EXIT

for program in podman docker-registry curl git python3; do
    command -v "$program" >/dev/null || { echo "chain_with_real_parts: $program is missing, nothing was checked" >&2; exit 1; }
done

checked=0
fail() {
    echo "FAILED: $*" >&2
    tail -n 60 "$work/said" >&2 || true
    tail -n 20 "$work/engine.log" "$work/builder.log" >&2 || true
    exit 1
}
is() { # WHAT FOUND WANTED
    checked=$((checked + 1))
    [ "$2" = "$3" ] || fail "$1: $2 instead of $3"
    echo "ok    $1"
}

# The index: pypiserver, with a password.
python3 -m venv "$work/tools"
"$work/tools/bin/python" -m pip install -q --disable-pip-version-check 'pypiserver[passlib]==2.4.2'
"$work/tools/bin/python" - "$work/passwords" <<'PYTHON'
import sys
from passlib.apache import HtpasswdFile
file = HtpasswdFile(sys.argv[1], new=True, default_scheme="apr_md5_crypt")
file.set_password("ann", "hunter2hunter2")
file.save()
PYTHON
mkdir "$work/served"
index=http://127.0.0.1:$(free_port)
"$work/tools/bin/pypi-server" run -p "${index##*:}" -i 127.0.0.1 --hash-algo sha256 --disable-fallback -a update \
    -P "$work/passwords" "$work/served" >"$work/index.log" 2>&1 &
index_pid=$!
wait_for 20 curl -sf -o /dev/null "$index/"

start_registry
if ! start_engine; then
    echo "chain_with_real_parts: Podman's API service cannot run here, nothing was checked:" >&2
    cat "$work/engine.log" >&2
    exit 1
fi

# The forge: the source of the runtime, and two members whose workflows hear of a release.
runtimes="hermes crewai"
workflow='name: publish-image\nrun-name: "runtime ${{ github.event.client_payload.runtime_version }} (${{ github.event.client_payload.release_id }})"\non:\n  repository_dispatch:\n    types: [runtime-published]\n'
{
    cat <<'YAML'
schema: 1
owners: { acme: { type: organization } }
tokens:
  - { name: writer, user: robot, value: writer-token, scopes: [repo, workflow] }
  - { name: dispatcher, user: robot, value: dispatcher-token, permissions: { contents: write, actions: read }, repositories: ['acme/*'] }
repositories:
  - name: acme/platform
    files:
      package.yaml: "schema: 1\ndistribution: acme-runtime\npackage: acme_runtime\nsource: workspace\nmodules: [main, plugins]\nmetadata: { description: A runtime, requires-python: '>=3.11' }\n"
      workspace/main.py: "from plugins import load\n"
      workspace/plugins.py: "def load():\n    return 0\n"
YAML
    for runtime in $runtimes; do
        printf '  - name: acme/template-%s\n    runs: [{ workflow: publish-image.yml, on: repository_dispatch, seconds: 90 }]\n' "$runtime"
        printf '    files: { README.md: x, adapter.py: "from acme_runtime.plugins import load\\n", requirements.txt: "acme-runtime>=0.1.0\\n", .github/workflows/publish-image.yml: %s }\n' \
            "$(printf '%b' "$workflow" | python3 -c 'import json, sys; print(json.dumps(sys.stdin.read()))')"
    done
} >"$work/seed.yaml"
"$shipshape" sandbox --seed "$work/seed.yaml" --clock virtual >"$work/exports" 2>"$work/forge.log" &
forge_pid=$!
wait_for 30 grep -q GH_ENTERPRISE_TOKEN "$work/exports"
# shellcheck disable=SC1091
. "$work/exports"
unset SHIPSHAPE_INDEX_URL SHIPSHAPE_UPLOAD_URL
control() { curl -sf -o /dev/null -X POST -H 'Content-Type: application/json' --data "$2" "$SHIPSHAPE_FORGE/_sandbox/$1"; }
asked() { curl -sf "$SHIPSHAPE_FORGE/_sandbox/requests?bodies=true"; }

# The fleet, and a consumer that says which digest really runs.
fleet $runtimes
python3 - "$work/fleet.yaml" "$index" "$work" <<'PYTHON'
import sys
path, index, work = sys.argv[1:]
text = open(path).read()
text = text.replace("import: acme_runtime }", "import: acme_runtime, source: { repository: platform, path: workspace }, "
                    f"index: {{ simple: '{index}/simple/', upload: '{index}/' }}, "
                    "release: { event: runtime-published, payload: runtime_version, workflow: publish-image.yml } }")
text = text.replace("{ prefix: template- }", "{ prefix: template-, shape: { folder: shape } }")
text += "consumers:\n" + "".join(
    f"  - {{ name: host, runtime: {runtime}, command: ['{work}/running', {runtime}] }}\n" for runtime in ("hermes", "crewai"))
open(path, "w").write(text)
PYTHON
mkdir -p "$work/shape/files" "$work/home"
cat >"$work/shape/shape.yaml" <<'YAML'
schema: 1
name: small
paths: [{ path: README.md, policy: seeded }, { path: requirements.txt, policy: contract, optional: true }]
extras: ['**']
demands:
  requirements: [{ path: requirements.txt, distribution: acme-runtime }]
  python: { package: acme_runtime }
YAML
printf x >"$work/shape/files/README.md"
cat >"$work/running" <<SH
#!/bin/sh
# The digest of the image that a runtime's container was made from.
export CONTAINERS_STORAGE_CONF=$CONTAINERS_STORAGE_CONF
podman image inspect --format '{{.Digest}}' "\$(podman container inspect --format '{{.Image}}' "ws-\$1")"
SH
chmod +x "$work/running"

state=$work/state
program() { # ARGUMENTS…: the program with what an operator's environment has; at most $patience seconds
    env -i HOME="$work/home" PATH="$PATH" TMPDIR="$work" DOCKER_HOST="$DOCKER_HOST" XDG_STATE_HOME="$state" \
        GH_ENTERPRISE_TOKEN=writer-token GH_HOST="${GH_HOST:-}" SHIPSHAPE_FORGE="$SHIPSHAPE_FORGE" SHIPSHAPE_FORGE_CLOCK="${SHIPSHAPE_FORGE_CLOCK:-}" \
        TEMPLATE_DISPATCH_TOKEN=dispatcher-token \
        SHIPSHAPE_UPLOAD_USERNAME=ann SHIPSHAPE_UPLOAD_PASSWORD=hunter2hunter2 \
        timeout -s KILL "${patience:-120}" "$shipshape" --fleet "$work/fleet.yaml" "$@"
}
run() { # EXIT ARGUMENTS…: standard output is in $out
    local wanted=$1 code=0
    shift
    out=$(program "$@" 2>"$work/said") || code=$?
    printf '%s\n' "$out" >>"$work/said"
    [ "$code" = "$wanted" ] || fail "$* ended with $code, not $wanted"
    if grep -qE 'hunter2|-token' "$work/said"; then fail "$* told a secret"; fi
}
states() { python3 -c 'import json, sys; print(" ".join(row["stage"] + "=" + row["state"] for row in json.loads(sys.argv[1])["stages"]))' "$out"; }

# What the members' workflows do.
build() { # RUNTIME VERSION
    local folder=$work/build-$1-$2 image=$registry/acme/template-$1:latest
    mkdir -p "$folder"
    python3 -m pip install -q --disable-pip-version-check --no-cache-dir --root-user-action ignore --no-deps \
        --target "$folder/site-packages" --index-url "$index/simple/" "acme-runtime==$2"
    printf 'FROM scratch\nCOPY site-packages /app\nCMD ["/app"]\n' >"$folder/Dockerfile"
    podman build -q --label "org.acme.runtime=$2" -t "$image" "$folder" >/dev/null
    podman push -q --tls-verify=false "$image"
}
# Built on another machine than the host: with a storage of its own.
sed "s|$work/run|$work/builder-run|; s|$work/graph|$work/builder-graph|" "$work/storage.conf" >"$work/builder.conf"
builds() { # for ever: one image for each dispatch. The forge's clock stands while there is something to build
    local done=0 told
    export CONTAINERS_STORAGE_CONF=$work/builder.conf
    while :; do
        told=$(asked | python3 -c '
import json, sys
for entry in json.load(sys.stdin):
    if entry["method"] == "POST" and entry["path"].endswith("/dispatches") and entry["status"] == 204:
        body = entry.get("request") or entry.get("body")
        body = json.loads(body) if isinstance(body, str) else body
        print(entry["path"].split("/")[-2].removeprefix("template-"), body["client_payload"]["runtime_version"])')
        while read -r runtime version; do
            { build "$runtime" "$version" </dev/null && echo "built $runtime $version"; } &
        done < <(printf '%s\n' "$told" | tail -n +$((done + 1)) | grep . || true)
        wait
        done=$(printf '%s\n' "$told" | grep -c . || true)
        control clock/sleep '{"client": "builder", "seconds": 10}'
        sleep 0.1
    done
}
control clock/clients '{"client": "builder"}'
set -m
builds >"$work/builder.log" 2>&1 &
builder_pid=$!
set +m

commit() { # NUMBER: somebody changes the runtime, and it is pushed
    rm -rf "$work/checkout"
    git -c http.extraHeader="Authorization: Basic $(printf 'x:writer-token' | base64)" clone -q "$SHIPSHAPE_FORGE/acme/platform.git" "$work/checkout"
    printf 'def load():\n    return %s\n' "$1" >"$work/checkout/workspace/plugins.py"
    git -C "$work/checkout" -c user.name=ann -c user.email=ann@example.com commit -qam "Load $1"
    git -C "$work/checkout" -c http.extraHeader="Authorization: Basic $(printf 'x:writer-token' | base64)" push -q
}
containers() { # the platform makes what is missing
    local runtime
    for runtime in $runtimes; do
        podman container exists "ws-$runtime" || podman create --name "ws-$runtime" "$registry/acme/template-$runtime:latest" >/dev/null
    done
}
inside() { # which version each container's image has, by what pip installed in it
    local runtime found
    for runtime in $runtimes; do
        podman cp "ws-$runtime:/app" "$work/inside-$runtime"
        found=$(cd "$work/inside-$runtime" && echo acme_runtime-*.dist-info)
        rm -rf "$work/inside-$runtime"
        found=${found#acme_runtime-}
        echo "$runtime=${found%.dist-info}"
    done
}
refreshed() { # VERSION: the host is refreshed, and runs it
    run 0 images refresh
    is "$1: the containers were removed" "$(podman ps -aq | grep -c . || true)" 0
    containers
    is "$1: what pip installed is inside" "$(inside | tr '\n' ' ')" "hermes=$1 crewai=$1 "
    run 0 images status
    run 0 release consumers --trust
}
once() { # VERSION: nothing was done twice
    is "$1: one tag" "$(git ls-remote --tags "$SHIPSHAPE_FORGE/acme/platform.git" "runtime-v$1" | grep -c .)" 1
    is "$1: two files" "$(find "$work/served" -name "acme_runtime-$1*" | grep -c .)" 2
    is "$1: each member told once" "$(asked | python3 -c '
import json, sys
print(sum(1 for entry in json.load(sys.stdin) if entry["path"].endswith("/dispatches") and sys.argv[1] in json.dumps(entry)))' "\"$1\"")" 2
}
through="plan=done tag=done build=done check=done smoke=done compat=done publish=done wait=done cascade=done images=done consumers=waiting"

commit 1
run 0 release run --version 0.1.0 --until images --format json
is "0.1.0: every stage" "$(states)" "$through"
once 0.1.0
run 0 images refresh
containers
is "0.1.0: what pip installed is inside" "$(inside | tr '\n' ' ')" "hermes=0.1.0 crewai=0.1.0 "

# Stopped between every two stages, each time by a process of its own.
commit 2
for stage in plan tag build check smoke compat publish wait cascade images; do
    run 0 release run --yes --until "$stage" --format json
done
is "0.1.1: every stage" "$(states)" "$through"
once 0.1.1
refreshed 0.1.1

# Killed again and again, a little later each time; what it says last is what it says when nobody kills it.
commit 3
kills=0
for attempt in $(seq 1 30); do
    patience=$(python3 -c "print(0.2 * 1.25 ** $attempt)")
    code=0
    (program release run --yes --until images --format json >"$work/said" 2>&1) 2>/dev/null || code=$?
    unset patience
    [ "$code" = 137 ] || break
    kills=$((kills + 1))
done
[ "$code" = 0 ] || fail "the run that nobody killed ended with $code"
[ "$kills" -gt 5 ] || fail "only $kills kills"
run 0 release status
once 0.1.2
refreshed 0.1.2
# Nothing is left to do.
run 0 release run --yes --until images --format json

echo "chain_with_real_parts: $checked checks passed, a run of 0.1.2 killed $kills times"
