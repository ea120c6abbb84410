# An organisation with eight templates of one kind, one that is archived, and nothing written down about them.
cat > forge.yaml <<'YAML'
owners: { acme: { type: organization } }
tokens:
  - { name: you, user: you, scopes: [repo, workflow, read:org] }
repositories:
  - { name: acme/workspace-template-old, archived: true, files: { README.md: gone } }
YAML
for number in 1 2 3 4 5 6 7 8; do
  imports='from acme_runtime import start\n'
  if [ "$number" = 8 ]; then imports='start = None\n'; fi
  echo "  - { name: acme/workspace-template-$number, files: { requirements.txt: acme-workspace-runtime, adapter.py: \"$imports\" } }" >> forge.yaml
done
shipshape sandbox --seed forge.yaml --clock virtual > sandbox.env 2> sandbox.log &
until grep -q CLOCK sandbox.env; do sleep 0.02; done
source sandbox.env
