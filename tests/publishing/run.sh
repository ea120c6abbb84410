#!/bin/sh
# Publishes to a real index of others: pypiserver on loopback, which wants a password and answers 409 to what it has.
#
#   tests/publishing/run.sh SHIPSHAPE
#
# SHIPSHAPE is the program. Needs Python 3.11 or newer with venv, and a package index to install pypiserver
# from; everything is installed into a temporary folder. One line a step, then `N passed, N failed`.
set -u

if [ $# -ne 1 ] || [ ! -x "$1" ]; then
    echo "usage: $0 SHIPSHAPE" >&2
    exit 2
fi
shipshape=$1
scratch=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2> /dev/null
    rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 130' INT TERM
cd "$scratch" || exit 2
# Nothing that a run remembers is the user's own.
export XDG_STATE_HOME=$scratch/state XDG_CACHE_HOME=$scratch/cache
unset GITHUB_ACTIONS ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN

passed=0
failed=0
ok() {
    passed=$((passed + 1))
    echo "ok    $1"
}
bad() {
    failed=$((failed + 1))
    echo "FAIL  $1"
    sed 's/^/      /' log
}
# Runs the program; the step passes when it ends with this code, says all of these words, and shows no password.
step() {
    label=$1
    code=$2
    words=$3
    shift 3
    "$shipshape" "$@" > log 2>&1
    ended=$?
    if [ "$ended" -ne "$code" ]; then
        echo "(ended with $ended instead of $code)" >> log
        bad "$label"
        return
    fi
    if grep -qE 'hunter2' log; then
        echo "(shows the password)" >> log
        bad "$label"
        return
    fi
    while IFS= read -r word; do
        if [ -n "$word" ] && ! grep -qF -- "$word" log; then
            echo "(does not say: $word)" >> log
            bad "$label"
            return
        fi
    done << WORDS
$words
WORDS
    ok "$label"
}

mkdir workspace served
cat > package.yaml << 'YAML'
schema: 1
distribution: acme-runtime
package: acme_runtime
source: workspace
modules: [client, main]
metadata: { description: the runtime, requires-python: '>=3.11' }
YAML
echo "NAME = 'client'" > workspace/client.py
echo "from client import NAME" > workspace/main.py

python3 -m venv tools || exit 3
tools/bin/python -m pip install -q --disable-pip-version-check 'pypiserver[passlib]==2.4.2' > log 2>&1 || { cat log; exit 3; }
tools/bin/python - << 'PYTHON' || exit 3
from passlib.apache import HtpasswdFile
file = HtpasswdFile("passwords", new=True, default_scheme="apr_md5_crypt")
file.set_password("ann", "hunter2hunter2")
file.save()
PYTHON
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
tools/bin/pypi-server run -p "$port" -i 127.0.0.1 --hash-algo sha256 --disable-fallback -a update \
    -P passwords served > server.log 2>&1 &
server=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
    python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:$port/')" 2> /dev/null && break
    sleep 0.5
done
export SHIPSHAPE_INDEX_URL="http://127.0.0.1:$port/simple/" SHIPSHAPE_UPLOAD_URL="http://127.0.0.1:$port/"
export SHIPSHAPE_UPLOAD_USERNAME=ann

step "without a password nothing is sent" 3 "nothing lets us upload" release publish 1.0 --no-compat --no-deps
export SHIPSHAPE_UPLOAD_PASSWORD=hunter2-wrong
step "with a wrong one the server says no" 3 "the index does not let us upload
answered 40" release publish 1.0 --no-compat --no-smoke
export SHIPSHAPE_UPLOAD_PASSWORD=hunter2hunter2
step "a rehearsal sends nothing" 0 "2 uploads with a token of the environment" release publish 1.0 --no-compat --no-deps --dry-run
if [ -z "$(ls served)" ]; then ok "nothing is served yet"; else ls served > log; bad "nothing is served yet"; fi
step "a version is smoked, uploaded and waited for" 0 "smoke    done
2 uploaded, 0 already published
wait     done         served as HTML" release publish 1.0 --no-compat --no-deps
step "again it is already published" 0 "0 uploaded, 2 already published" release publish 1.0 --no-compat --no-smoke

tools/bin/python -m pip install -q --disable-pip-version-check --no-deps --target installed \
    --index-url "$SHIPSHAPE_INDEX_URL" acme-runtime==1.0 > log 2>&1 \
    && PYTHONPATH=installed python3 -c 'from acme_runtime.main import NAME; assert NAME == "client"' >> log 2>&1
if [ $? -eq 0 ]; then ok "pip installs it from there"; else bad "pip installs it from there"; fi

rm -rf "$XDG_STATE_HOME"
step "another machine that builds the same bytes sees them" 0 "0 uploaded, 2 already published" \
    release publish 1.0 --no-compat --no-smoke
rm -rf "$XDG_STATE_HOME"
echo "NAME = 'another'" > workspace/client.py
step "another file of the same name is an error" 3 "the index has another file called
publish the next version" release publish 1.0 --no-compat --no-smoke

# The server has the wheel, and nobody remembers that: only the sdist is left to send.
echo "NAME = 'client'" > workspace/client.py
rm -f served/*.tar.gz
step "a release that is half there is completed" 0 "1 uploaded, 1 already published" \
    release publish 1.0 --no-compat --no-smoke

# An upload while the pages are away: pypiserver is stopped in the middle, and comes back.
kill "$server"
wait "$server" 2> /dev/null
server=
step "an index that is away is not waited for for ever" 3 "cannot read the page of" \
    release publish 1.1 --no-compat --no-smoke

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
