"""Counts what a sandbox was asked, from its log with bodies.

    benches/count_requests.py < log                     requests and writes
    benches/count_requests.py --pace PACE --repositories N < log

With a pace: content a pull request, other writes a pull request, requests that were refused for a limit, minutes from the
first write to the last, the least that the pace allows, and what part of it was used.
"""

import argparse
import json
import sys

# As src/campaign/plan/forecast.rs has them: created in a minute and in an hour, seconds after each.
PACES = {"slow": (5, 150), "careful": (10, 300), "documented": (80, 500)}
GAP = {"propose": 3, "labels": 1, "reviewers": 3}


def kind(entry):
    """What a request writes; nothing when it reads."""
    if entry["path"].endswith("/graphql"):
        return "propose" if entry.get("operation", "").startswith("mutation") else None
    if "/_sandbox" in entry["path"] or entry["method"] in ("GET", "HEAD"):
        return None
    if entry["path"].endswith("/labels"):
        return "labels"
    if entry["path"].endswith("/requested_reviewers"):
        return "reviewers"
    return "propose" if entry["path"].endswith("/pulls") else "other"


def is_refused(entry):
    said = json.dumps(entry.get("response") or "")
    return entry["status"] in (403, 429) or "submitted too quickly" in said or "rate limit" in said


def least(kinds, pace):
    """Seconds until the last of these writes, one after the other, none before the pace has room."""
    minute, hour = PACES[pace]
    created, following, last = [], 0, 0
    for what in kinds:
        last = following
        if what in GAP:
            for most, span in ((minute, 60), (hour, 3600)):
                if len(created) >= most:
                    last = max(last, created[-most] + span)
            created.append(last)
        following = last + GAP.get(what, 1)
    return last


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pace")
    parser.add_argument("--repositories", type=int, default=1)
    arguments = parser.parse_args()
    log = json.load(sys.stdin)
    writes = [(kind(entry), entry) for entry in log if kind(entry)]
    if not arguments.pace:
        print(len(log), len(writes))
        return
    kinds = [what for what, _ in writes]
    content = kinds.count("propose") / arguments.repositories
    other = (len(kinds) - kinds.count("propose")) / arguments.repositories
    refused = sum(is_refused(entry) for entry in log)
    took = (writes[-1][1]["time"] - writes[0][1]["time"]) / 60
    best = least(kinds, arguments.pace) / 60
    print(f"{content:12.2f} | {other:17.2f} | {refused:7d} | {took:7.1f} | {best:7.1f} | {100 * best / took:9.1f} %")


main()
