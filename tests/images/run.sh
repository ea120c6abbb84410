#!/usr/bin/env bash
# `shipshape images` on Debian's Podman and docker-registry: images pulled by digest with credentials, containers
# that were made from older ones removed, versions read from layers, a rollback, a watch, and a run that is killed again and again.
#
#   run.sh SHIPSHAPE
set -euo pipefail
shipshape=$1
. "$(dirname "$0")/lib.sh"
server_pid=
finish() {
    [ -z "$server_pid" ] || kill "$server_pid" 2>/dev/null || true
    stop_all
}
trap finish EXIT

for program in podman docker-registry busybox curl; do
    command -v "$program" >/dev/null || { echo "images_on_podman_and_a_registry: $program is missing, nothing was checked" >&2; exit 1; }
done

# me, p>~?~~word: where the two forms of Base64 differ. (htpasswd -nbB)
password='p>~?~~word'
echo 'me:$2b$05$abcdefghijklmnopqrstuu7qc56mG1RdIqlfHXexOzpB8TO0ZGqli' >"$work/htpasswd"
auth=(-u "me:$password")
start_registry "" "$work/htpasswd"
if ! start_engine; then
    echo "images_on_podman_and_a_registry: Podman's API service cannot run here, nothing was checked:" >&2
    cat "$work/engine.log" >&2
    exit 1
fi

checked=0
fail() {
    echo "FAILED: $*" >&2
    tail -n 40 "$work/said" "$work/engine.log" >&2 || true
    exit 1
}
images() { # EXIT ARGUMENTS…: runs it; standard output is in $out
    local wanted=$1 code=0
    shift
    out=$(env -i HOME="$work/home" PATH="$PATH" DOCKER_HOST="$DOCKER_HOST" TMPDIR="$work" "$shipshape" \
        --fleet "$work/fleet.yaml" images "$@" 2>"$work/said") || code=$?
    printf '%s\n' "$out" >>"$work/said"
    [ "$code" = "$wanted" ] || fail "images $* ended with $code, not $wanted"
    if grep -qF "$password" "$work/said"; then fail "images $* told the password"; fi
}
is() { # WHAT FOUND WANTED
    checked=$((checked + 1))
    [ "$2" = "$3" ] || fail "$1: $2 instead of $3"
}
starts() { # Whether the engine starts a container at all
    podman run --rm --network none "$registry/acme/template-crewai:latest" /bin/busybox true >"$work/started" 2>&1
}
containers() { podman ps -a --format '{{.Names}}' | sort | tr '\n' ' '; }
here() { podman image inspect --format "{{index .Labels \"org.acme.runtime\"}}" "$registry/acme/template-$1:latest"; }
create() { podman create --name "$2" "$registry/acme/template-$1:latest" >/dev/null; }
of() { python3 -c 'import json, sys; print(" ".join(it[sys.argv[2]] for it in json.loads(sys.argv[1])[sys.argv[3]]))' "$out" "$2" "$1"; }

mkdir -p "$work/home/.docker"
fleet hermes crewai codex
push hermes 1.0.0 >/dev/null
# The engine knows this one by the digest of its index and by that of its manifest.
index=yes push crewai 1.0.0 >/dev/null

# Without credentials nothing is pulled, and each runtime is told.
images 3 refresh --format json
is "not logged in" "$(of failed kind)" "not-logged-in not-logged-in not-logged-in"

printf '{"auths": {"%s": {"auth": "%s"}}}' "$registry" "$(printf 'me:%s' "$password" | base64 -w0)" >"$work/home/.docker/config.json"
images 3 refresh --format json
is "pulled" "$(of pulled runtime)" "hermes crewai"
is "missing" "$(of failed kind)" "missing"
is "the label" "$(of pulled version)" "1.0.0 1.0.0"
create hermes ws-1
create crewai ws-2
podman create --name other-1 "$registry/acme/template-hermes:latest" >/dev/null

first=$(podman image inspect --format '{{.Digest}}' "$registry/acme/template-hermes:latest")
second=$(push hermes 1.1.0)
push codex 1.1.0 >/dev/null
images 1 status --format json
is "status" "$(of runtimes verdict)" "behind current absent"
images 1 refresh --dry-run --format json
is "foreseen" "$(of pulled runtime) $(of recreated container)" "hermes codex ws-1"
is "nothing done" "$(containers)" "other-1 ws-1 ws-2 "
images 0 refresh --format json
is "pulled" "$(of pulled runtime)" "hermes codex"
is "recreated" "$(of recreated container)" "ws-1"
is "containers" "$(containers)" "other-1 ws-2 "
is "here" "$(here hermes)" "1.1.0"
is "the digest" "$(podman image inspect --format '{{.Digest}}' "$registry/acme/template-hermes:latest")" "$second"
images 0 refresh --format json
is "again" "$(of current runtime)$(of pulled runtime)$(of recreated container)" "hermes crewai codex"

# A container that is made anew is left alone; a rollback removes it and stays.
create hermes ws-1
images 0 refresh
is "left alone" "$(containers)" "other-1 ws-1 ws-2 "
images 0 rollback hermes --format json
is "rolled back" "$(of pulled digest) $(of recreated container) $(here hermes)" "$first ws-1 1.0.0"
images 0 refresh --format json
is "held" "$(of held runtime)" "hermes"
images 0 unhold hermes

# What no label says, the layers do.
label='' push codex 3.1.4 >/dev/null
images 0 refresh --runtime codex
images 0 status codex --layers --format json
is "the layers" "$(of runtimes version) $(of runtimes told_by)" "3.1.4 layers"

# The first look seeds; what moves after it is brought here.
images 0 watch --once
push crewai 2.0.0 >/dev/null
images 0 watch --once
is "watched" "$(here crewai) $(containers)" "2.0.0 other-1 "

# Killed again and again, and run to its end: the same as if it had not been.
for round in 1 2 3 4 5 6; do
    create hermes ws-1
    create crewai ws-2
    for runtime in hermes crewai codex; do padding=4096 push "$runtime" "4.$round.0" >/dev/null; done
    for pause in 0.02 0.05 0.1 0.2 0.4; do
        (
            env -i HOME="$work/home" PATH="$PATH" DOCKER_HOST="$DOCKER_HOST" TMPDIR="$work" \
                timeout -s KILL "$pause" "$shipshape" --fleet "$work/fleet.yaml" images refresh || true
        ) >/dev/null 2>&1
    done
    images 0 refresh
    is "after kills" "$(here hermes) $(here crewai) $(here codex) $(containers)" \
        "4.$round.0 4.$round.0 4.$round.0 other-1 "
done

# The same over HTTP: a server with the role `images`, asked with curl.
token=0123456789abcdef-the-token
env -i HOME="$work/home" PATH="$PATH" DOCKER_HOST="$DOCKER_HOST" TMPDIR="$work" XDG_STATE_HOME="$work/server-state" \
    SHIPSHAPE_SERVE_TOKEN=$token "$shipshape" --fleet "$work/fleet.yaml" serve --role images --listen 127.0.0.1:0 \
    >"$work/listening" 2>"$work/told" &
server_pid=$!
wait_for 20 grep -q '^Listening on ' "$work/listening"
server=$(sed -n 's/^Listening on //p' "$work/listening")
ask() { # STATUS QUERY: the answer is in $out
    local code
    code=$(curl -s -o "$work/answer" -w '%{http_code}' -X POST -H "Authorization: Bearer $token" \
        "$server/admin/images/refresh$2")
    out=$(cat "$work/answer")
    printf '%s\n' "$out" >"$work/said"
    [ "$code" = "$1" ] || fail "POST …/refresh$2 answered $code, not $1"
}
told() { python3 -c 'import json, sys; print(*json.loads(sys.argv[1])[sys.argv[2]])' "$out" "$1"; }
create hermes ws-1
push hermes 4.7.0 >/dev/null
ask 400 '?runtime=nobody'
is "the known runtimes" "$(told known_runtimes)" "hermes crewai codex"
ask 400 '?recrate=false'
is "nothing done" "$(here hermes)" "4.6.0"
ask 200 '?runtime=hermes&recreate=false'
is "pulled over HTTP" "$(told pulled)|$(told failed)|$(told recreated)|$(containers)" "hermes|||other-1 ws-1 "
ask 200 ''
is "recreated over HTTP" "$(told pulled)|$(told failed)|$(told recreated)|$(containers)" "hermes crewai codex||ws-1|other-1 "
is "here over HTTP" "$(here hermes)" "4.7.0"
is "without the token" "$(curl -s -o /dev/null -w '%{http_code}' -X POST "$server/admin/images/refresh")" 401
# Two callers at once: one run, whose result both get.
padding=32768 push hermes 4.8.0 >/dev/null
create hermes ws-1
callers=()
for caller in 1 2; do
    curl -s -o "$work/caller-$caller" -X POST -H "Authorization: Bearer $token" \
        "$server/admin/images/refresh?runtime=hermes" &
    callers+=($!)
done
wait "${callers[@]}"
joined=$(python3 -c 'import json, sys; print(*sorted((it["joined"], it["pulled"], it["recreated"]) for it in map(json.load, map(open, sys.argv[1:]))))' \
    "$work/caller-1" "$work/caller-2")
is "two callers" "$joined" "(False, ['hermes'], ['ws-1']) (True, ['hermes'], ['ws-1'])"
is "one refresh" "$(here hermes) $(containers)" "4.8.0 other-1 "
# What the engine cannot list: the images are here, and it is said that containers were not looked at.
push crewai 4.7.0 >/dev/null
create crewai ws-2
mv "$work/graph/vfs-containers/containers.json" "$work/containers.json"
mkdir "$work/graph/vfs-containers/containers.json"
ask 500 ''
is "the partial result" "$(told pulled)|$(told recreated)" "hermes crewai codex|"
python3 -c 'import json, sys; it = json.loads(sys.argv[1]); assert "cannot be listed" in it["error"], it' "$out" || fail "500 without a reason"
rmdir "$work/graph/vfs-containers/containers.json"
mv "$work/containers.json" "$work/graph/vfs-containers/containers.json"
# It is begun again, since it remembers what it could not read; the server asks whichever engine is there.
kill "$engine_pid"; wait "$engine_pid" 2>/dev/null || true
start_engine
ask 200 ''
is "made up for over HTTP" "$(told recreated) $(containers)" "ws-2 other-1 "
kill "$server_pid"
wait "$server_pid" || fail "the server did not end well"
server_pid=

# An image is tried as the platform runs it, where containers start at all.
mkdir -p "$work/stand-in"
echo 'name: x' >"$work/stand-in/config.yaml"
images_more=$(tr '\n' ' ' <<'EOF'
, smoke: { boot: { seconds: 3 }, imports: [acme_runtime, $ADAPTER], skip: { acme_runtime.server: it listens }, seconds: 20,
  execute: "import asyncio, adapter\nassert adapter.Adapter.config\nasyncio.run(adapter.Adapter().execute(stub('context'), stub('queue')))" }
EOF
)
fleet hermes crewai codex
sed -i 's|containers: { prefix: ws- }|containers: { prefix: ws-, user: agent, environment: { WORKSPACE: w, ADAPTER: adapter }, mounts: { /workspace: empty, /configs: stand-in } }|' "$work/fleet.yaml"
push_python codex 6.0.0 >/dev/null
images 0 refresh --runtime codex
verdict() { python3 -c 'import json, sys; it = json.loads(sys.argv[1]); print(it["verdict"], it["boot"]["state"], it["imports"]["state"], it["imports"]["imported"], it["execute"]["state"])' "$out"; }
if starts; then
    images 0 smoke codex --format json
    is "a good image" "$(verdict)" "well well well 2 well"
    is "nothing left behind" "$(containers)" "other-1 "
    broken=yes push_python codex 6.1.0 >/dev/null
    images 3 refresh --canary codex --smoke --format json
    is "a canary that is broken" "$(of failed stage)" "canary canary"
    images 1 smoke codex --format json
    is "a broken image" "$(verdict)" "broken broken broken 1 broken"
    grep -q "cannot import name 'gone'" "$work/said" || fail "the reason is not told"
    push_python codex 6.2.0 >/dev/null
    images 0 refresh --canary codex --smoke
    is "nothing left behind" "$(containers)" "other-1 "
else
    echo "images_on_podman_and_a_registry: no container starts here, so \`images smoke\` was held to saying so" >&2
    images 3 smoke codex --format json
    is "an image that cannot be tried" "$(verdict)" "unchecked unchecked unchecked 0 unchecked"
    is "nothing left behind" "$(containers)" "other-1 "
fi
unset images_more
fleet hermes crewai codex

# The engine ends in the middle: told, and made up for once it is back.
padding=16384 push hermes 5.0.0 >/dev/null
create crewai ws-2
kill "$engine_pid"; wait "$engine_pid" 2>/dev/null || true
images 3 refresh
grep -q 'no container engine answers' "$work/said" || fail "an engine that is gone is not told"
start_engine
images 0 refresh
is "made up for" "$(here hermes) $(containers)" "5.0.0 other-1 ws-2 "

# The demo refreshes two containers of its own, and leaves neither them nor their images behind.
everything() { { podman ps -aq; podman images -aq --no-trunc; } | sort; }
before=$(everything)
env -i HOME="$work/home" PATH="$PATH" DOCKER_HOST="$DOCKER_HOST" TMPDIR="$work" "$shipshape" demo --into "$work/demo" >"$work/said" 2>&1 ||
    fail "the demo ended with $?"
is "the demo's containers" "$(grep -c 'removed, to be recreated: shipshape-demo-' "$work/said")" 2
is "the demo's versions" "$(grep -c 'pulled .*, version 0.1.1, before ' "$work/said")" 2
is "what the demo left" "$(everything)" "$before"

# The registry ends: nothing is lost.
kill "$registry_pid"; wait "$registry_pid" 2>/dev/null || true
images 3 refresh --format json
is "no registry" "$(of failed kind)" "registry-unreachable registry-unreachable registry-unreachable"
is "nothing lost" "$(here hermes) $(containers)" "5.0.0 other-1 ws-2 "

echo "images_on_podman_and_a_registry: $checked checks passed"
