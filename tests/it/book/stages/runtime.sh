# A fleet whose members install one runtime package, on a sandbox whose index has two versions of it. In 0.2.0 a name is gone
# that one member uses.

release() { # VERSION: builds what is in workspace/, and brings it onto the index
  shipshape package build --version "$1" --out "built/$1" --quiet > /dev/null
  shipshape release publish "$1" --from "built/$1/dist" --no-smoke --no-compat --quiet > /dev/null
}

member() { # NAME REQUIREMENT IMPORTED
  mkdir -p "members/$1/.github/workflows"
  printf '%s\n' "$2" > "members/$1/requirements.txt"
  printf 'from acme_runtime.main import %s\n' "$3" > "members/$1/adapter.py"
  printf 'on: [push]\npermissions: { contents: read }\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4\n' \
    > "members/$1/.github/workflows/ci.yml"
}

member template-claude-code 'acme-runtime>=0.1.0' start
member template-crewai 'acme-runtime>=0.1.0' start
member template-hermes 'acme-runtime==0.1.0  # until the tools work' start
member template-langgraph 'acme-runtime>=0.1.0' stop
member template-openclaw 'acme-runtime>=0.1,<0.2' start

mkdir -p shape/files
printf 'to be written\n' > shape/files/adapter.py
cat > shape/shape.yaml <<'YAML'
schema: 1
name: template
paths: [{ path: adapter.py, policy: seeded }]
extras: ["**"]
YAML

cat > forge.yaml <<'YAML'
owners: { acme: { type: organization } }
tokens:
  - { name: you, user: you, scopes: [repo, workflow] }
repositories:
  - { name: actions/checkout, files: { README.md: The action }, branches: { v4: { a: a }, v5: { a: b } } }
  - { name: acme/ci, files: { README.md: Shared workflows }, branches: { v2: { .github/workflows/validate.yml: 'on: workflow_call' } } }
YAML
cat > fleet.yaml <<'YAML'
schema: 1
name: templates
forge: { owner: acme }
kinds:
  template: { prefix: template-, shape: { folder: shape } }
runtime_package:
  distribution: acme-runtime
  import: acme_runtime
members:
YAML
for folder in members/*; do
  echo "  - { name: acme/${folder#members/}, from: $folder }" >> forge.yaml
  echo "  - ${folder#members/}" >> fleet.yaml
done
shipshape sandbox --seed forge.yaml --clock virtual > sandbox.env 2> sandbox.log &
until grep -q CLOCK sandbox.env; do sleep 0.02; done
source sandbox.env

mkdir -p workspace
printf 'def start():\n    return 1\n\n\ndef stop():\n    return 2\n' > workspace/main.py
shipshape package init workspace --distribution acme-runtime --quiet
release 0.1.0
printf 'def start():\n    return 1\n' > workspace/main.py
release 0.2.0
