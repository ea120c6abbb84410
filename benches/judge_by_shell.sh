#!/usr/bin/env bash
# Says which files of repositories differ from a canon, as a loop in a shell would.
#
#   benches/judge_by_shell.sh CANON REPOSITORY…
#
# CANON is a folder. Each of its files is compared byte by byte with the one of the same name at HEAD: no file is parsed, nothing
# says whether a difference is an edit or an earlier canon. The least that this way can take: one `git show` a file.
set -euo pipefail
canon=$1
shift
mapfile -t paths < <(cd "$canon" && find . -type f -printf '%P\n')
for repository; do
  for path in "${paths[@]}"; do
    git -C "$repository" show "HEAD:$path" 2> /dev/null | cmp --silent - "$canon/$path" || echo "$repository: $path"
  done
done
