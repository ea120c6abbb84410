# A registry and a container engine of its own, on loopback and a socket in a temporary folder; images made by
# hand from a static busybox and pushed by the registry's own API.
#
#   . lib.sh; start_registry; start_engine; push hermes 1.0.0
#
# What is started here is ended by `stop_all`, by number.

work=$(mktemp -d)
registry=
registry_pid=
engine_pid=

stop_all() {
    local pid
    for pid in $engine_pid $registry_pid; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
    done
    # What podman mounted below the folder would keep it from going.
    CONTAINERS_STORAGE_CONF=$work/storage.conf podman system reset --force >/dev/null 2>&1 || true
    rm -rf "$work"
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

wait_for() { # SECONDS COMMAND…: until the command succeeds
    local left=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        if [ "$left" = 0 ]; then
            echo "gave up waiting for: $*" >&2
            return 1
        fi
        sleep 0.1
    done
}

start_registry() { # [PORT] [HTPASSWD]: Debian's docker-registry; sets $registry
    local port=${1:-$(free_port)} htpasswd=${2:-}
    registry=127.0.0.1:$port
    cat >"$work/registry.yml" <<EOF
version: 0.1
storage: { filesystem: { rootdirectory: $work/registry }, delete: { enabled: true } }
http: { addr: $registry }
log: { level: error }
EOF
    if [ -n "$htpasswd" ]; then
        echo "auth: { htpasswd: { realm: test, path: $htpasswd } }" >>"$work/registry.yml"
    fi
    docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
    registry_pid=$!
    wait_for 20 curl -s -o /dev/null "http://$registry/v2/"
}

start_engine() { # Podman's API service, with storage of its own; sets $DOCKER_HOST
    mkdir -p "$work/run" "$work/xdg"
    cat >"$work/storage.conf" <<EOF
[storage]
driver = "vfs"
runroot = "$work/run"
graphroot = "$work/graph"
EOF
    cat >"$work/registries.conf" <<EOF
unqualified-search-registries = []
[[registry]]
location = "$registry"
insecure = true
[[registry]]
location = "127.0.0.1"
insecure = true
EOF
    export CONTAINERS_STORAGE_CONF=$work/storage.conf CONTAINERS_REGISTRIES_CONF=$work/registries.conf
    export DOCKER_HOST=unix://$work/podman.sock
    XDG_RUNTIME_DIR=$work/xdg podman system service --time=0 "$DOCKER_HOST" >"$work/engine.log" 2>&1 &
    engine_pid=$!
    wait_for 30 curl -sf --unix-socket "$work/podman.sock" http://engine/version
}

digest_of() { # FILE
    echo "sha256:$(sha256sum "$1" | cut -d' ' -f1)"
}

blob() { # REPOSITORY FILE: pushes a file unless it is there
    local digest place
    digest=$(digest_of "$2")
    if ! curl -sf "${auth[@]}" -o /dev/null -I "http://$registry/v2/$1/blobs/$digest"; then
        place=$(curl -sf "${auth[@]}" -o /dev/null -D - -X POST "http://$registry/v2/$1/blobs/uploads/" |
            tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
        case $place in *\?*) place="$place&" ;; *) place="$place?" ;; esac
        curl -sf "${auth[@]}" -o /dev/null -X PUT -H 'Content-Type: application/octet-stream' \
            --data-binary "@$2" "${place}digest=$digest"
    fi
}

manifest() { # REPOSITORY NAME KIND FILE: pushes a manifest or an index under a tag or its digest
    curl -sf "${auth[@]}" -o /dev/null -X PUT -H "Content-Type: application/vnd.oci.$3.v1+json" \
        --data-binary "@$4" "http://$registry/v2/$1/manifests/$2"
}

auth=()

# An image of two layers: busybox, and what an installer leaves of a runtime. Its label says the version, unless
# $label is empty. $padding adds so many KiB that cannot be packed; with $index the tag leads to an index. Prints the digest that the tag leads to.
push() { # RUNTIME VERSION
    local name=acme/template-$1 version=$2 folder digest diff1 diff2 labels
    folder=$(mktemp -d -p "$work")
    mkdir -p "$folder/base/bin" "$folder/top/site-packages/acme_runtime-$version.dist-info" "$folder/top/app"
    cp "$(command -v busybox)" "$folder/base/bin/busybox"
    ln -s busybox "$folder/base/bin/sh"
    printf 'Metadata-Version: 2.4\nName: acme-runtime\nVersion: %s\n' "$version" \
        >"$folder/top/site-packages/acme_runtime-$version.dist-info/METADATA"
    echo "$1" >"$folder/top/app/runtime"
    head -c "$((${padding:-0} * 1024))" /dev/urandom >"$folder/top/app/padding"
    tar --sort=name --mtime=@0 --owner=0 --group=0 -C "$folder/base" -cf "$folder/base.tar" .
    tar --sort=name --mtime=@0 --owner=0 --group=0 -C "$folder/top" -cf "$folder/top.tar" .
    diff1=$(digest_of "$folder/base.tar") diff2=$(digest_of "$folder/top.tar")
    gzip -n -1 "$folder/base.tar" "$folder/top.tar"
    labels="{\"org.acme.runtime\":\"${label-$version}\"}"
    printf '{"architecture":"amd64","os":"linux","created":"2026-11-20T10:00:00Z","config":{"Cmd":["/bin/busybox","sleep","600"],"Labels":%s},"rootfs":{"type":"layers","diff_ids":["%s","%s"]}}' \
        "$labels" "$diff1" "$diff2" >"$folder/config.json"
    local file
    for file in config.json base.tar.gz top.tar.gz; do blob "$name" "$folder/$file"; done
    layer() { printf '{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"%s","size":%s}' "$(digest_of "$1")" "$(stat -c %s "$1")"; }
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%s},"layers":[%s,%s]}' \
        "$(digest_of "$folder/config.json")" "$(stat -c %s "$folder/config.json")" \
        "$(layer "$folder/base.tar.gz")" "$(layer "$folder/top.tar.gz")" >"$folder/manifest.json"
    digest=$(digest_of "$folder/manifest.json")
    if [ -z "${index:-}" ]; then
        manifest "$name" latest image.manifest "$folder/manifest.json"
    else
        manifest "$name" "$digest" image.manifest "$folder/manifest.json"
        printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":%s,"platform":{"os":"linux","architecture":"amd64"}}]}' \
            "$digest" "$(stat -c %s "$folder/manifest.json")" >"$folder/index.json"
        digest=$(digest_of "$folder/index.json")
        manifest "$name" latest image.index "$folder/index.json"
    fi
    rm -rf "$folder"
    echo "$digest"
}

fleet() { # RUNTIME…: fleet.yaml of these in the folder
    {
        printf 'schema: 1\nname: acme\nforge: { owner: acme }\nkinds: { template: { prefix: template- } }\n'
        printf 'runtime_package: { distribution: acme-runtime, import: acme_runtime }\n'
        printf "images: { registry: '%s', name: '%s/acme/template-{slug}', version_label: org.acme.runtime }\n" "$registry" "$registry"
        printf 'members: [%s]\n' "$(printf 'template-%s, ' "$@" | sed 's/, $//')"
    } >"$work/fleet.yaml"
}
