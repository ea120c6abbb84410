# A fleet of small services, as guides of the book find it: forge.yaml, fleet.yaml, shape/, clones in clones/, and a
# sandbox that has them, with its variables. `services COUNT` makes so many of them: of every ten, two lack their
# .editorconfig, three have yesterday's ci.yml, and one has edited it.

editorconfig='root = true\n\n[*]\nindent_style = space\n'
ci() { # LINES…: a workflow with these lines in its job
  printf 'on: [push]\npermissions: { contents: read }\njobs:\n  test:\n    runs-on: ubuntu-24.04\n'
  printf '    %s\n' "$@"
  printf '    steps:\n      - run: make test\n'
}

service() { # NAME NUMBER
  local folder="services/$1"
  mkdir -p "$folder/.github/workflows"
  printf '# %s\n\nOne of our services.\n' "$1" > "$folder/README.md"
  printf 'test:\n\ttrue\n' > "$folder/Makefile"
  printf '# How it is run.\nname: %s\nreplicas: 2\n' "$1" > "$folder/deploy.yaml"
  case $(($2 % 10)) in
    3 | 7) ;;
    *) printf "$editorconfig" > "$folder/.editorconfig" ;;
  esac
  case $(($2 % 10)) in
    1 | 4 | 8) ci 'timeout-minutes: 30' ;;
    5) ci 'timeout-minutes: 15' 'continue-on-error: true' ;;
    *) ci 'timeout-minutes: 15' ;;
  esac > "$folder/.github/workflows/ci.yml"
  echo "  - { name: acme/$1, from: $folder, checks: [{ name: ci }] }" >> forge.yaml
  echo "  - $1" >> fleet.yaml
}

shape() { # a pack whose ci.yml has changed once
  mkdir -p shape/files/.github/workflows
  printf "$editorconfig" > shape/files/.editorconfig
  ci 'timeout-minutes: 30' > shape/files/.github/workflows/ci.yml
  cat > shape/shape.yaml <<'YAML'
schema: 1
name: service
paths:
  - { path: .editorconfig, policy: exact }
  - { path: .github/workflows/ci.yml, policy: exact }
  - { path: README.md, policy: seeded }
  - { path: Makefile, policy: seeded }
extras: ["**"]
YAML
  for path in README.md Makefile; do printf 'to be written\n' > "shape/files/$path"; done
}

forge() { # starts a sandbox with forge.yaml, and points this shell at it
  shipshape sandbox --seed forge.yaml --clock virtual > sandbox.env 2> sandbox.log &
  until grep -q CLOCK sandbox.env; do sleep 0.02; done
  source sandbox.env
}

services() { # COUNT
  cat > forge.yaml <<'YAML'
owners: { acme: { type: organization, teams: [platform] } }
tokens:
  - { name: you, user: you, scopes: [repo, workflow] }
  - { name: ann, user: ann, role: write }
repositories:
YAML
  cat > fleet.yaml <<'YAML'
schema: 1
name: services
forge: { owner: acme }
kinds:
  service: { prefix: svc-, shape: { folder: shape }, owner: "@acme/platform" }
history: history.jsonl
members:
YAML
  for ((number = 1; number <= $1; number++)); do service "$(printf 'svc-%02d' "$number")" "$number"; done
  shape
  shipshape shape promote services/svc-02 .github/workflows/ci.yml --quiet > /dev/null
  forge
}

approve() { # REPOSITORY NUMBER: ann approves a pull request
  curl --silent --show-error --fail --output /dev/null -H 'Authorization: Bearer sandbox-ann' \
    -d '{"event": "APPROVE"}' "$SHIPSHAPE_FORGE/api/v3/repos/acme/$1/pulls/$2/reviews"
}
