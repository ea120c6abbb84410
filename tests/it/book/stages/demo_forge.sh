# The forge, index and registry of the demo's folder again, as they were before the demo did anything, on a free port.
shipshape sandbox --seed forge.yaml --clock virtual > sandbox.env 2> sandbox.log &
until grep -q CLOCK sandbox.env; do sleep 0.02; done
source sandbox.env
# The demo's own forge is gone, and so is the member that it made there.
sed -i "s/127\.0\.0\.1:[0-9]*/127.0.0.1:${SHIPSHAPE_FORGE##*:}/" release.yaml
sed -i '/- aider/d' release.yaml fleet.yaml
