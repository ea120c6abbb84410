#!/usr/bin/env bash
# Measures `shipshape package build` beside other tools on the same generated modules, as whole processes,
# start-up included, in one run. See benches/README.md.
#
#   benches/package.sh [FOLDER]    keeps the generated trees and the tools in FOLDER, to be used again
#   RUNS=9 LARGE=no benches/package.sh
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$here/target}
program=$target/${PROFILE:-release}/shipshape
folder=${1:-$(mktemp -d)}
runs=${RUNS:-7}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

if [[ -z ${KEEP_BUILD:-} ]]; then
    cargo build --quiet --release --manifest-path "$here/Cargo.toml" --bin shipshape
    # What makes the trees is not measured, and builds faster like this.
    cargo build --quiet --manifest-path "$here/Cargo.toml" --example generate_package
fi
generate() { # NAME MODULES BYTES
    [[ -d $folder/$1 ]] || "$target/debug/examples/generate_package" --modules "$2" --bytes "$3" --into "$folder/$1"
}
generate small 60 586000
if [[ ! -x $folder/tools/bin/uv ]]; then
    python3 -m venv "$folder/tools"
    "$folder/tools/bin/pip" install --quiet --disable-pip-version-check \
        build==1.6.1 setuptools==82.0.0 uv==0.13.9
fi
tools=$folder/tools/bin
export PATH=$tools:$PATH

# Prints the median and the least of milliseconds of some runs, then megabytes and milliseconds on processors
# of one more.
measure() {
    local times=() run begun ended used file
    "$@" > /dev/null 2>&1 # what is read once comes from the cache afterwards
    for ((run = 0; run < runs; run++)); do
        begun=${EPOCHREALTIME/./}
        "$@" > /dev/null 2>&1
        ended=${EPOCHREALTIME/./}
        times+=($((ended - begun)))
    done
    file=$(mktemp)
    python3 - "$file" "$@" << 'PYTHON'
import os, subprocess, sys
subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
import resource
used = resource.getrusage(resource.RUSAGE_CHILDREN)
open(sys.argv[1], "w").write(f"{used.ru_maxrss / 1024:.0f} {(used.ru_utime + used.ru_stime) * 1000:.0f}")
PYTHON
    used=$(cat "$file")
    rm -f "$file"
    printf '%s\n' "${times[@]}" | sort -n | awk -v used="$used" '{ time[NR] = $1 } END {
        print time[int((NR + 1) / 2)] / 1000, time[1] / 1000, used }'
}
row() { # NAME MEGABYTES COMMAND…
    local name=$1 size=$2 median least memory processors
    shift 2
    read -r median least memory processors < <(measure "$@")
    awk -v name="$name" -v median="$median" -v least="$least" -v cpu="$processors" -v mb="$memory" -v size="$size" \
        'BEGIN { printf "| %-44s | %8.1f | %8.1f | %7.0f | %5.0f | %6.1f |\n", name, median, least, cpu, mb, size / median * 1000 }'
}
head_of_table() {
    echo
    echo "| $1 |   median |    least |  CPU ms |    MB |   MB/s |"
    echo "|----------------------------------------------|---------:|---------:|--------:|------:|-------:|"
}
ours() { # TREE MORE…
    local tree=$1
    shift
    row "shipshape package build${*:+ $*}" "$megabytes" "$program" package build --version 0.1.6 \
        --package "$tree/flat/package.yaml" --out "$folder/out" --quiet "$@"
}

tree=$folder/small megabytes=0.586
head_of_table "60 modules, 586 KB: wheel and sdist, ms       "
row "shipshape --version" 0 "$program" --version
ours "$tree" --wheel --sdist
ours "$tree"
ours "$tree" --wheel --sdist --jobs 1
row "uv build, its own backend" "$megabytes" uv build --quiet --offline --out-dir "$folder/out-uv" "$tree/uv"
row "uv build, setuptools, no isolation" "$megabytes" \
    uv build --quiet --no-build-isolation --python "$tools/python" --out-dir "$folder/out-st" "$tree/setuptools"
row "python -m build, setuptools, no isolation" "$megabytes" \
    "$tools/python" -m build --no-isolation --outdir "$folder/out-b" "$tree/setuptools"
if [[ ${ISOLATED:-yes} = yes ]]; then
    runs=3
    row "uv build, setuptools, isolated" "$megabytes" uv build --quiet --out-dir "$folder/out-si" "$tree/setuptools"
    row "python -m build, setuptools, isolated" "$megabytes" \
        "$tools/python" -m build --outdir "$folder/out-bi" "$tree/setuptools"
fi

if [[ ${LARGE:-yes} = yes ]]; then
    generate large 10000 100000000
    tree=$folder/large megabytes=100 runs=3
    head_of_table "10,000 modules, 100 MB: wheel and sdist, ms   "
    ours "$tree" --wheel --sdist
    ours "$tree" --wheel --sdist --jobs 1
    row "uv build, its own backend" "$megabytes" uv build --quiet --offline --out-dir "$folder/out-uv" "$tree/uv"
fi
