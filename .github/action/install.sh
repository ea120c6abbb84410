#!/usr/bin/env bash
# Has the program for the action: a released binary whose checksum is compared, or built from this commit, or the one
# that is there.
#
# In, as variables: INPUT_INSTALL, INPUT_VERSION, INPUT_SHA256, INPUT_RELEASES, ACTION_REPOSITORY, SERVER_URL, and what
# the runner says of itself. Out, in GITHUB_OUTPUT: `program`, a path, and `version`.
set -euo pipefail

fail() { # WHAT HINT
    local said="$1
$2"
    said=${said//%/%25}
    said=${said//$'\r'/%0D}
    echo "::error title=shipshape::${said//$'\n'/%0A}"
    exit 2
}

fetch() { # URL FILE: https, but for this machine
    local schemes='=https'
    case $1 in http://127.0.0.1:*) schemes='=http' ;; esac
    curl --fail --silent --show-error --location --proto "$schemes" --proto-redir "$schemes" \
        --connect-timeout 20 --max-time 300 --max-filesize 200000000 --retry 3 --retry-delay 1 \
        --output "$2" -- "$1"
}

released() { # FOLDER: prints the path of the program
    local folder=$1 version=${INPUT_VERSION#v} machine name base sum
    # What stands in an input goes into an address and a path.
    [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+([-+.][0-9A-Za-z.-]+)?$ ]] ||
        fail 'the input `version` is no version' 'write it as 0.1.0'
    [[ -z $INPUT_SHA256 || $INPUT_SHA256 =~ ^[0-9a-fA-F]{64}$ ]] ||
        fail 'the input `sha256` is no checksum' 'it has 64 hexadecimal digits'
    case ${RUNNER_OS:-}-${RUNNER_ARCH:-} in
    Linux-X64) machine=x86_64-unknown-linux-musl ;;
    Linux-ARM64) machine=aarch64-unknown-linux-musl ;;
    *) fail "there is no binary for ${RUNNER_OS:-} ${RUNNER_ARCH:-}" 'run the job on Linux, or set `install: cargo`' ;;
    esac
    if [ -z "$INPUT_RELEASES" ] && [ -z "${ACTION_REPOSITORY:-}" ]; then
        fail 'this action does not know whose releases to take' 'say where they are with the input `releases`, or set `install: cargo`'
    fi
    base=${INPUT_RELEASES:-$SERVER_URL/$ACTION_REPOSITORY/releases/download}/v$version
    name=shipshape-$version-$machine
    {
        fetch "$base/SHA256SUMS" "$folder/SHA256SUMS" &&
            fetch "$base/$name.tar.gz" "$folder/$name.tar.gz"
    } >&2 || fail "$name.tar.gz cannot be had from $base" 'is there a release of that version? `install: cargo` builds the program instead'
    # One line names the archive; two that do could be read either way.
    sum=$(awk -v name="$name.tar.gz" '$2 == name || $2 == "*" name { print $1 }' "$folder/SHA256SUMS")
    [[ $sum =~ ^[0-9a-f]{64}$ ]] || fail "SHA256SUMS at $base does not say the checksum of $name.tar.gz, once" 'nothing was installed'
    is_it() { # CHECKSUM
        echo "$1  $folder/$name.tar.gz" | sha256sum --check --status --strict
    }
    wanted=$(printf '%s' "$INPUT_SHA256" | tr '[:upper:]' '[:lower:]')
    is_it "$sum" || fail "$name.tar.gz from $base is not what its checksum says" "SHA256SUMS there says $sum; nothing was installed"
    [ -z "$wanted" ] || is_it "$wanted" ||
        fail "$name.tar.gz from $base is not what its checksum says" "the input \`sha256\` is $wanted; nothing was installed"
    tar --extract --gzip --file="$folder/$name.tar.gz" --directory="$folder" --no-same-owner --no-same-permissions \
        -- "$name/shipshape" >&2 || fail "$name.tar.gz does not hold $name/shipshape" 'nothing was installed'
    echo "$folder/$name/shipshape"
}

built() { # FOLDER
    command -v cargo >/dev/null || fail 'there is no cargo' 'install Rust in a step before this one, or leave `install` out'
    cargo install --quiet --locked --path "$GITHUB_ACTION_PATH" --root "$1" >&2 ||
        fail 'the program could not be built' 'the log above says why'
    echo "$1/bin/shipshape"
}

folder=$(mktemp -d "${RUNNER_TEMP:-/tmp}/shipshape.XXXXXX")
# A failure in a substitution would be lost in the assignment of a `local`.
case $INPUT_INSTALL in
release) program=$(released "$folder") || { echo "$program"; exit 2; } ;;
cargo) program=$(built "$folder") || { echo "$program"; exit 2; } ;;
path) program=$(command -v shipshape) || fail 'there is no shipshape on the PATH' 'install it in a step before this one' ;;
*) fail 'the input `install` is none of release, cargo and path' 'leave it out for a release' ;;
esac
version=$("$program" --version) || fail 'the program does not run on this machine' 'set `install: cargo`'
echo "$version, $program"
{
    echo "program=$program"
    echo "version=${version#shipshape }"
} >>"$GITHUB_OUTPUT"
