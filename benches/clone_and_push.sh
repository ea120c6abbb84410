#!/usr/bin/env bash
# Makes one change in many repositories as the common tools do: clone, edit, commit, push, and open a pull request by REST.
#
#   at_once=4 benches/clone_and_push.sh FOLDER < names
#   until=diff benches/clone_and_push.sh FOLDER < names      shows what would be committed, and pushes nothing
#
# SHIPSHAPE_FORGE and GH_ENTERPRISE_TOKEN say where and as whom; a repository of `acme` stands on each line. For each: a
# shallow clone of the default branch over http, one file more, one commit on a branch, a push, one POST to pulls. Nothing
# is looked up before, nothing is judged, no limit is heeded, and what fails ends it all: the least that this way can take.
set -euo pipefail
folder=$1
mkdir -p "$folder"
export folder
export GIT_TERMINAL_PROMPT=0 GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=Robot GIT_AUTHOR_EMAIL=robot@example.com GIT_COMMITTER_NAME=Robot GIT_COMMITTER_EMAIL=robot@example.com

one() {
  local name=$1 host=${SHIPSHAPE_FORGE#http://}
  git clone --quiet --depth 1 "http://robot:$GH_ENTERPRISE_TOKEN@$host/acme/$name.git" "$folder/$name"
  cd "$folder/$name"
  git checkout --quiet -b shipshape/add-note
  echo "Part of the fleet." > NOTICE.md
  git add NOTICE.md
  if [[ ${until:-} = diff ]]; then
    git diff --cached
    cd / && rm -rf "${folder:?}/$name"
    return
  fi
  git commit --quiet --message "Add a notice"
  git push --quiet origin shipshape/add-note
  curl --silent --fail --output /dev/null -X POST "$SHIPSHAPE_FORGE/api/v3/repos/acme/$name/pulls" \
    -H "Authorization: Bearer $GH_ENTERPRISE_TOKEN" -H 'Accept: application/vnd.github+json' \
    -d '{"title": "Add a notice", "head": "shipshape/add-note", "base": "main"}'
  rm -rf "${folder:?}/$name"
}
export -f one
xargs -P "${at_once:-1}" -I NAME bash -euo pipefail -c 'one NAME'
