#!/bin/sh
# Holds what `shipshape package build` made against the tools that people use: pip, uv, twine, zipfile,
# check-wheel-contents, and `python -m build` from the sdist and from the tree.
#
#   tests/packaging/run.sh FOLDER MODULE…
#
# FOLDER is the folder of a build; each MODULE is imported from the installed wheel. Needs python3 (3.11 or
# newer) and a package index to install from; everything goes into a temporary folder. One line a step, then
# `N passed, N failed`.
set -u

if [ $# -lt 2 ] || [ ! -d "$1/dist" ]; then
    echo "usage: $0 FOLDER MODULE…" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
folder=$(cd "$1" && pwd)
shift
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

wheel=$(echo "$folder"/dist/*.whl)
sdist=$(echo "$folder"/dist/*.tar.gz)

python3 -m venv "$scratch/tools" || exit 3
tools=$scratch/tools/bin
"$tools/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" || exit 3

imports() { # PYTHON MODULE…
    python=$1
    shift
    cd "$scratch" || return 1
    for module in "$@"; do "$python" -c "import $module" || return 1; done
}
fresh() { # NAME
    python3 -m venv "$scratch/$1"
}
unpacked() {
    mkdir "$scratch/unpacked"
    "$tools/python" -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2], filter="data")' \
        "$sdist" "$scratch/unpacked"
}
rebuilt() { # SOURCE OUT
    "$tools/python" -m build --no-isolation --outdir "$2" "$1"
}

step "the wheel is a sound zip (python -m zipfile -t)" "$tools/python" -m zipfile -t "$wheel"
step "the sdist is a sound tar (tarfile)" unpacked
step "twine check --strict" "$tools/twine" check --strict "$wheel" "$sdist"
step "check-wheel-contents" "$tools/check-wheel-contents" --no-config "$wheel"
step "python -m build of the unpacked sdist" rebuilt "$scratch"/unpacked/* "$scratch/rebuilt"
step "its wheel has equal files and metadata" \
    "$tools/python" "$here/compare.py" "$wheel" "$scratch"/rebuilt/*.whl
cp -R "$folder" "$scratch/tree"
step "python -m build of the tree" rebuilt "$scratch/tree" "$scratch/from-tree"
step "its wheel has equal files and metadata" \
    "$tools/python" "$here/compare.py" "$wheel" "$scratch"/from-tree/*.whl
step "an environment for pip" fresh pip
step "pip install of the wheel" "$scratch/pip/bin/pip" install --quiet "$wheel"
step "every module is imported" imports "$scratch/pip/bin/python" "$@"
step "pip check" "$scratch/pip/bin/pip" check
step "an environment for the sdist" fresh source
step "pip install of the sdist" "$scratch/source/bin/pip" install --quiet "$sdist"
step "every module is imported" imports "$scratch/source/bin/python" "$@"
step "an environment for uv" "$tools/uv" venv --quiet "$scratch/uv"
step "uv pip install of the wheel" "$tools/uv" pip install --quiet --python "$scratch/uv" "$wheel"
step "every module is imported" imports "$scratch/uv/bin/python" "$@"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
