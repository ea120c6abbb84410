#!/bin/sh
main() { start "$@"; }
start() { . ./env.sh; source /x; "$CMD"; eval "exec $1"; bash -lc "exec -a n molecule-runtime"; }
main "$@" || exit 1
command -v x; builtin y; xargs -n 1 z; trap 'a' EXIT
sh ./entrypoint.sh
