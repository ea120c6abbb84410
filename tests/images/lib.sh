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
    # Containers are started where that is possible at all: by runc, and within bounds that a container of our own has.
    cat >"$work/containers.conf" <<EOF
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
EOF
    export CONTAINERS_STORAGE_CONF=$work/storage.conf CONTAINERS_REGISTRIES_CONF=$work/registries.conf
    export CONTAINERS_CONF=$work/containers.conf
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

# An image with the Python of this machine, a package `acme_runtime` and an adapter that fit together; with $broken the
# adapter asks the package for what it does not have. Prints the digest that the tag leads to.
push_python() { # RUNTIME VERSION
    local folder python library
    folder=$(mktemp -d -p "$work")
    python=$(readlink -f /usr/bin/python3)
    library=/usr/lib/$(basename "$python")
    mkdir -p "$folder/usr/bin" "$folder/app" "$folder/tmp" "$folder/site/acme_runtime" "$folder/bin" "$folder/lib64" "$folder/etc"
    # The folder becomes the image's root, which others than its owner enter.
    chmod 755 "$folder"
    chmod 1777 "$folder/tmp"
    cp "$python" "$folder/usr/bin/python3"
    # What the program and the modules of its library are linked with.
    { ldd "$python"; find "$library/lib-dynload" -name '*.so' -exec ldd {} +; } 2>/dev/null |
        sed -n 's/.* => \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/lib64\/[^ ]*\) .*/\1/p' | sort -u |
        while read -r file; do mkdir -p "$folder$(dirname "$file")" && cp -L "$file" "$folder$file"; done
    mkdir -p "$folder$library"
    tar -C "$library" --exclude='test' --exclude='__pycache__' --exclude='config-*' --exclude='idlelib' --exclude='ensurepip' \
        --exclude='tkinter' --exclude='turtledemo' --exclude='lib2to3' --exclude='pydoc_data' -cf - . | tar -C "$folder$library" -xf -
    cp "$(command -v busybox)" "$folder/bin/busybox"
    printf 'agent:x:1000:1000::/app:/bin/busybox\n' >"$folder/etc/passwd"
    printf '__all__ = ["Base"]\n\n\nclass Base:\n    async def execute(self, context, queue):\n        await queue.put(str(context))\n' \
        >"$folder/site/acme_runtime/__init__.py"
    printf 'raise SystemExit("it listens")\n' >"$folder/site/acme_runtime/server.py"
    printf 'import os\nimport acme_runtime\n%s\n\nclass Adapter(acme_runtime.Base):\n    config = os.path.exists("/configs/config.yaml")\n' \
        "${broken:+from acme_runtime import gone}" >"$folder/app/adapter.py"
    push_tree "$1" "$2" "$folder" '"Cmd":["/usr/bin/python3","-c","import os, time, adapter; assert os.environ[\"WORKSPACE\"] and os.getuid() == 1000; open(\"/workspace/x\", \"w\"); time.sleep(60)"],"Env":["PATH=/usr/bin:/bin","PYTHONPATH=/site:/app"],"WorkingDir":"/app",'
}

# An image of one layer that holds a folder; $4 are more keys of its configuration.
push_tree() { # RUNTIME VERSION FOLDER KEYS
    local name=acme/template-$1 made
    made=$(mktemp -d -p "$work")
    tar --sort=name --mtime=@0 --owner=0 --group=0 -C "$3" -cf "$made/top.tar" .
    printf '{"architecture":"amd64","os":"linux","created":"2026-11-20T10:00:00Z","config":{%s"Labels":{"org.acme.runtime":"%s"}},"rootfs":{"type":"layers","diff_ids":["%s"]}}' \
        "$4" "$2" "$(digest_of "$made/top.tar")" >"$made/config.json"
    gzip -n -1 "$made/top.tar"
    blob "$name" "$made/config.json"
    blob "$name" "$made/top.tar.gz"
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%s},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"%s","size":%s}]}' \
        "$(digest_of "$made/config.json")" "$(stat -c %s "$made/config.json")" \
        "$(digest_of "$made/top.tar.gz")" "$(stat -c %s "$made/top.tar.gz")" >"$made/manifest.json"
    manifest "$name" latest image.manifest "$made/manifest.json"
    digest_of "$made/manifest.json"
    rm -rf "$made" "$3"
}

fleet() { # RUNTIME…: fleet.yaml of these in the folder; $images_more stands below `images`
    {
        printf 'schema: 1\nname: acme\nforge: { owner: acme }\nkinds: { template: { prefix: template- } }\n'
        printf 'runtime_package: { distribution: acme-runtime, import: acme_runtime }\n'
        printf "images: { registry: '%s', name: '%s/acme/template-{slug}', version_label: org.acme.runtime, containers: { prefix: ws- }%s }\n" "$registry" "$registry" "${images_more:-}"
        printf 'members: [%s]\n' "$(printf 'template-%s, ' "$@" | sed 's/, $//')"
    } >"$work/fleet.yaml"
}
