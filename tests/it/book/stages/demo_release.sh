# The demo's forge, index and registry before its release, as release.yaml sees them; and the runtime has the function that
# a member asks for.
source "$STAGES/demo_forge.sh"
export SHIPSHAPE_FLEET=release.yaml TEMPLATE_DISPATCH_TOKEN=$GH_ENTERPRISE_TOKEN
git clone --quiet "$SHIPSHAPE_FORGE/acme/platform" platform-clone
printf '\n\ndef find_peer(name):\n    return name\n' >> platform-clone/runtime/workspace/a2a_client.py
git -C platform-clone commit --quiet --all --message 'Keep find_peer, which gemini-cli calls'
git -C platform-clone push --quiet \
  "http://x-access-token:$GH_ENTERPRISE_TOKEN@${SHIPSHAPE_FORGE#http://}/acme/platform" HEAD:main
