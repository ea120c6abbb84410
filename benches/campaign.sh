#!/usr/bin/env bash
# Measures a campaign on the sandbox over loopback: its plan, its pull requests under GitHub's documented limits in virtual
# time, and how long they take without limits, beside clone-and-push done the plain way. See benches/README.md.
#
#   benches/campaign.sh [FOLDER]    keeps the generated fleets in FOLDER, to be used again
#   SIZES="8 100" PACED=50 benches/campaign.sh
#   SIZES=10000 COMPARED=0 PACED=0 benches/campaign.sh
#
# COMPARED: up to so many repositories (1000 when it is not said) the other ways are measured too.
# PACED repositories (1000 when it is not said; 0 for none) are applied at each pace. Every run must open one pull request
# in each repository, and is checked for it.
set -euo pipefail
# shellcheck source=benches/fleet_on_a_sandbox.sh
source "$(dirname "$0")/fleet_on_a_sandbox.sh"
sizes=${SIZES-8 100 1000}
compared=${COMPARED:-1000}
paced=${PACED:-1000}
paces=${PACES:-slow careful documented}

lifted='{ rest: 100000000, graphql: 100000000, rest_points: 100000000, graphql_points: 100000000, content_per_minute: 1000000, content_per_hour: 1000000, pulls_per_minute: 1000000 }'

begin() { # SIZE LIMITS CLOCK: a sandbox that holds the fleet, and a campaign
  names_of "$1"
  {
    [[ -n $2 ]] && echo "limits: $2"
    echo 'owners: { acme: { type: organization } }'
    echo 'tokens:'
    echo '  - { name: robot, user: robot, value: robot-token, scopes: [repo, workflow] }'
    echo '  - { name: ann, user: ann, value: ann-token, scopes: [repo] }'
    repositories_of "$1"
  } > "$work/seed.yaml"
  manifest > "$work/fleet.yaml"
  cat > "$work/campaign.yaml" << 'YAML'
schema: 1
name: add-note
changes:
  - add: { path: NOTICE.md, content: "Part of the fleet.\n" }
pull_request: { title: 'Add a notice to {{ slug }}' }
YAML
  unset SHIPSHAPE_FORGE_CLOCK
  serve "$3"
  rm -rf "$work/clones"
  forget
}

# The ways to make the same change everywhere.
plan() { cd "$work" && "$program" campaign plan --quiet > "$work/shown"; }
apply() { cd "$work" && "$program" campaign apply campaign.plan.json --yes --quiet --pace "$pace" > "$work/shown"; }
by_clones() { "$here/benches/clone_and_push.sh" "$work/clones" < "$work/names"; }
by_diffs() { until=diff by_clones > "$work/shown"; }
export -f plan apply by_clones by_diffs

timed() { # WAY: seconds and MB in $seconds and $memory
  local begun ended
  begun=${EPOCHREALTIME/./}
  /usr/bin/time -q -f '%M' -o "$work/used" bash -c "$1" 2> "$work/said" || { tail -n 20 "$work/said" "$work/shown" >&2; exit 1; }
  ended=${EPOCHREALTIME/./}
  seconds=$(awk -v us="$((ended - begun))" 'BEGIN { printf "%.2f", us / 1e6 }')
  memory=$(awk '{ printf "%d", $1 / 1024 }' < <(tail -n 1 "$work/used"))
}

counted() { # what was asked: requests, writes, and what else benches/count_requests.py is asked for
  curl --silent --fail "$SHIPSHAPE_FORGE/_sandbox/requests?bodies=true" > "$work/log"
  forget
  python3 "$here/benches/count_requests.py" "$@" < "$work/log"
}

every_one() { # each repository has exactly one pull request, of one commit
  curl --silent --fail "$SHIPSHAPE_FORGE/_sandbox/state" | python3 -c '
import json, sys
wrong = [name for name, it in json.load(sys.stdin)["repositories"].items()
         if [pull["state"] for pull in it["pulls"]] != ["open"]
         or it["references"]["refs/heads/" + it["pulls"][0]["head"]]["history"] != it["references"]["refs/heads/main"]["history"] + 1]
sys.exit("not one pull request of one commit: " + ", ".join(wrong[:5]) if wrong else 0)'
}

echo "| repositories, what is done           | requests | writes | seconds |    MB |"
echo "|--------------------------------------|---------:|-------:|--------:|------:|"
row() { # NAME WAY
  local requests writes rest
  timed "$2"
  read -r requests writes rest < <(counted)
  printf '| %-36s | %8d | %6d | %7s | %5d |\n' "$1" "$requests" "$writes" "$seconds" "$memory"
}

for size in $sizes; do
  begin "$size" "$lifted" real
  row "$size, plan, nothing at hand" plan
  row "$size, plan, nothing changed" plan
  export pace=unlimited
  row "$size, apply" apply
  every_one
  row "$size, apply once more" apply
  end
  ((size <= compared)) || continue
  begin "$size" "$lifted" real
  export at_once=4
  row "$size, cloned and compared, 4 at once" by_diffs
  export at_once=1
  row "$size, cloned and pushed" by_clones
  every_one
  end
  begin "$size" "$lifted" real
  export at_once=4
  row "$size, cloned and pushed, 4 at once" by_clones
  every_one
  end
done

[[ $paced = 0 ]] && exit
echo
echo "| $paced repositories, pace             | content a PR | other writes a PR | refused | minutes | at best | of the pace |"
echo "|--------------------------------------|-------------:|------------------:|--------:|--------:|--------:|------------:|"
paced_row() { # NAME PACE
  export pace=$2
  plan 2> /dev/null
  forget
  timed apply
  every_one
  printf '| %-36s | %s |\n' "$1" "$(counted --pace "$pace" --repositories "$paced")"
}
for pace in $paces; do
  begin "$paced" "" virtual
  paced_row "$pace" "$pace"
  end
done
begin "$paced" "" virtual
sed -i 's/^pull_request: {/pull_request: { labels: [bulk], reviewers: { users: [ann] },/' "$work/campaign.yaml"
paced_row "careful, with labels and reviewers" careful
end
