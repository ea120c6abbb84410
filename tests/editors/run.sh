#!/bin/sh
# Schemas in an editor: files of each kind, opened in yaml-language-server.
#
#   tests/editors/run.sh PROGRAM
#
# PROGRAM is the shipshape that writes the schemas and the lines that name them. Needs Node.js 20 with npm, and a network to
# install from; everything is installed into a temporary folder. One line for each thing tried, then `N passed, N failed`.
set -eu

if [ $# -ne 1 ] || [ ! -x "$1" ]; then
    echo "usage: $0 PROGRAM" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
program=$(realpath "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

npm install --silent --prefix "$scratch/node" --no-audit --no-fund yaml-language-server@1.25.0 > /dev/null
# What is not as it should be, and what is: the examples, and the embedded shape.
cp -R "$here/files" "$scratch/files"
cp "$here"/../../docs/examples/*.yaml "$scratch/files/"
mkdir "$scratch/files/shape"
cp "$here/../../templates/starter/shape.yaml" "$scratch/files/shape/"
cd "$scratch/files"
"$program" schema --into .schemas --wire ./*.yaml shape/*.yaml
cd "$scratch/node"
node "$here/drive.js" "$scratch/files" "$here/expected.json"
