#!/bin/sh
# Smokes wheels with a real Python, and reads a real index server.
#
#   tests/smoke/run.sh SHIPSHAPE
#
# SHIPSHAPE is the program. Needs Python 3.11 or newer with venv, and a package index to install pypiserver
# from; everything is installed into a temporary folder. One line a step, then `N passed, N failed`.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../steps.sh"

python3 "$here/wheels.py" || exit 2

step "a sound wheel" 0 "8 things tried (modules, entry points, invariants): 8 as they should be" \
    package smoke --no-deps --package sound.yaml sound/acme_runtime-1.0-py3-none-any.whl
step "stubs stand for what is missing" 0 "stubs replaced httpx, pydantic" \
    package smoke --no-deps sound/acme_runtime-1.0-py3-none-any.whl
step "every kind of failure, each by itself" 1 "acme_runtime.broken\` raises \`ModuleNotFoundError
acme_runtime/broken.py:2:5
acme_runtime.crash\` crashes Python (signal 11)
acme_runtime.exits\` exits the program (\`SystemExit: 3\`)
acme_runtime.hangs\` does not end in time
acme_runtime.quits\` ends the process (exit status 4)
acme_runtime.patched\` raises \`ValueError: told all the same
acme_runtime.forged\` ends the process (exit status 0)
acme_runtime.syntax\` raises \`SyntaxError
\`old\` of \`console_scripts\` does not resolve: \`acme_runtime.main\` has no \`gone\`
\`version\` of \`console_scripts\` does not resolve
\`acme_runtime.server\` was not imported: it listens
does not hold: it is \`False\`" \
    package smoke --no-deps --time-limit 3 --package broken.yaml broken/acme_runtime-1.1-py3-none-any.whl
step "what kills the process that smokes hides no other" 1 "4 things tried (modules, entry points, invariants): 2 as they should be
hostile.killer\` kills the process that supervises it
hostile.mute\` raises \`Mute: (its __str__ raises Mute)\`" \
    package smoke --no-deps hostile/hostile-1.0-py3-none-any.whl
step "what was removed is not called missing from the wheel" 1 "something that was imported removed it after it was installed" \
    package smoke --no-deps erased/erased-1.0-py3-none-any.whl
step "a dependency that is not declared" 1 "No module named 'httpx'
declare the distribution that provides \`httpx\` as a dependency" \
    package smoke sound/acme_runtime-1.0-py3-none-any.whl
step "what package.yaml would build" 0 "4 things tried (modules, entry points, invariants): 4 as they should be" \
    package smoke --package built/package.yaml
GITHUB_TOKEN=hunter2 SHIPSHAPE_INDEX_PASSWORD=hunter2 \
    step "no secrets in the environment of imports" 0 "1 thing tried" \
    package smoke --no-deps secret/nosy-1.0-py3-none-any.whl

# What was begun does not outlive a command that is killed: neither what imports, nor what installs.
left=$scratch/left
mkdir "$left"
gone() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        if ! kill -0 "$1" 2> /dev/null && [ -z "$(ls "$left")" ]; then
            ok "$2"
            return
        fi
        sleep 0.5
    done
    { ps -o pid,args -p "$1"; ls -l "$left"; } > log 2>&1
    kill -KILL "$1" 2> /dev/null
    bad "$2"
}
for signal in TERM INT KILL; do
    rm -f pid
    TMPDIR=$left python3 -c '
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$shipshape" package smoke --no-deps --package sleeps.yaml \
        sleeps/sleeps-1.0-py3-none-any.whl > log 2>&1 &
    smoking=$!
    for _ in $(seq 120); do
        [ -s pid ] && break
        sleep 0.5
    done
    kill "-$signal" "$smoking"
    wait "$smoking" 2> /dev/null
    if [ -s pid ]; then
        gone "$(cat pid)" "nothing outlives a command that is killed with $signal"
    else
        bad "a module that sleeps is imported"
    fi
done

# A server that speaks HTML only.
if python3 -m venv server && server/bin/python -m pip install -q pypiserver==2.4.2 > log 2>&1; then
    mkdir served
    cp sound/*.whl broken/*.whl served
    serve_pypi server/bin/python served
    index=${pypi}simple/
    step "a version on pypiserver" 1 "\`acme_runtime.main\` has no \`other\` in acme-runtime 1.0" \
        package compat 1.0 --fleet fleet.yaml --shape shape --local template --index-url "$index" --index-cache cache
    step "earlier versions on pypiserver" 1 "has no \`other\`" \
        package compat 1.1 --fleet fleet.yaml --shape shape --local template --index-url "$index" --index-cache cache --earlier 3
    step "a version that it does not have" 3 "its newest versions are 1.1, 1.0" \
        package compat 9.9 --fleet fleet.yaml --shape shape --local template --index-url "$index" --index-cache cache
else
    bad "pypiserver installs"
fi

ended
