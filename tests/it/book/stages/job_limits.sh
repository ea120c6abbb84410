# Five small services and a person called ann: the campaign of docs/campaigns.md.
service() { # NAME OWNER LINES…: its workflow ends with these lines
  local name=$1 owner=$2
  mkdir -p "services/$name/.github/workflows"
  printf '# %s\n' "$name" > "services/$name/README.md"
  { printf 'on: [push]\npermissions: { contents: read }\njobs:\n  test:\n    runs-on: ubuntu-24.04\n'; printf '%s\n' "${@:3}"; } \
    > "services/$name/.github/workflows/ci.yml"
  echo "  - { name: acme/$name, from: services/$name, checks: [{ name: ci, seconds: 30 }] }" >> forge.yaml
  echo "  - { slug: ${name#svc-}, repository: $name, owner: \"$owner\" }" >> fleet.yaml
}

approve() { # REPOSITORY NUMBER
  say "$1/pulls/$2/reviews" '{"event": "APPROVE"}'
}

say() { # WHAT BODY [METHOD]: ann does something
  curl --silent --show-error --fail --output answer.json --request "${3:-POST}" -H 'Authorization: Bearer sandbox-ann' \
    -d "$2" "$SHIPSHAPE_FORGE/api/v3/repos/acme/$1"
}

# Time passes while somebody waits for it.
a_minute() {
  curl --silent --fail --output answer.json "$SHIPSHAPE_FORGE/_sandbox/clock/sleep" -d '{"client": "reader", "seconds": 60}'
}

meanwhile() { # ann closes one, pushes to another, and wants the third changed
  say svc-search/pulls/1 '{"state": "closed"}' PATCH
  say svc-mail/contents/mine.txt '{"message": "Mine", "content": "bWluZQo=", "branch": "shipshape/job-time-limits"}' PUT
  say svc-login/pulls/1/reviews '{"event": "REQUEST_CHANGES", "body": "Longer, please"}'
}

cat > forge.yaml <<'YAML'
owners: { acme: { type: organization, teams: [platform, docs] } }
tokens:
  - { name: robot, user: robot, scopes: [repo, workflow] }
  - { name: ann, user: ann, role: write }
repositories:
YAML
cat > fleet.yaml <<'YAML'
schema: 1
name: services
forge: { owner: acme }
kinds:
  service: { prefix: svc-, shape: { folder: shape } }
members:
YAML
steps=('    steps:' '      - uses: actions/checkout@v4' '      - run: make test')
service svc-billing @acme/platform "${steps[@]}"
service svc-search @acme/platform "${steps[@]}"
service svc-mail @acme/platform "${steps[@]}" '  lint:' '    runs-on: ubuntu-24.04' "${steps[@]}"
service svc-login @acme/platform "${steps[@]}"
service svc-wiki @acme/docs '    timeout-minutes: 5' "${steps[@]}"
mkdir -p shape/files
printf 'to be written\n' > shape/files/README.md
printf 'schema: 1\nname: service\npaths: [{ path: README.md, policy: seeded }]\nextras: ["**"]\n' > shape/shape.yaml
shipshape sandbox --seed forge.yaml --clock virtual > sandbox.env 2> sandbox.log &
until grep -q CLOCK sandbox.env; do sleep 0.02; done
source sandbox.env
