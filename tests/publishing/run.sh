#!/bin/sh
# Publishes to a real index of others: pypiserver on loopback, which wants a password and answers 409 to what it has.
#
#   tests/publishing/run.sh SHIPSHAPE
#
# SHIPSHAPE is the program. Needs Python 3.11 or newer with venv, and a package index to install pypiserver
# from; everything is installed into a temporary folder. One line a step, then `N passed, N failed`.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../steps.sh"
never_said=hunter2
# Nothing that a run remembers is the user's own.
export XDG_STATE_HOME=$scratch/state XDG_CACHE_HOME=$scratch/cache
unset GITHUB_ACTIONS ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN

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
serve_pypi tools/bin/python --disable-fallback -a update -P passwords served || exit 3
export SHIPSHAPE_INDEX_URL="${pypi}simple/" SHIPSHAPE_UPLOAD_URL="$pypi"
export SHIPSHAPE_UPLOAD_USERNAME=ann

step "without a password nothing is sent" 3 "no credentials for uploading" release publish 1.0 --no-compat --no-deps
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
stop_server
step "an index that is away is not waited for for ever" 3 "cannot read the page of" \
    release publish 1.1 --no-compat --no-smoke

ended
