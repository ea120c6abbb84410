#!/bin/bash
set -euo pipefail
# Volumes belong to root.
if [ "$(id -u)" = 0 ]; then
  chown -R agent:agent /configs || true
  exec gosu agent "$0" "$@"
fi
for f in /configs/*.md; do cat "$f" | tee -a /tmp/x >/dev/null 2>&1; done
case "${1:-run}" in
  run|start) exec molecule-runtime "$@" ;;
  (*) exec "$@" & wait ;;
esac
