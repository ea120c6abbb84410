"""Reads a fleet as a tool does that knows REST and no more, to compare with.

    benches/read_by_rest.py FOLDER < names

SHIPSHAPE_FORGE and GH_ENTERPRISE_TOKEN say where and as whom; `owner/name` stands on each line. For each repository
it asks for the branch, for the whole tree, and for every blob that no repository before had: three things that cannot
be left out, and a cache as good as one can be. The files are written below FOLDER, to be judged from there. Four at
a time, each on a connection that is kept; nothing but the standard library.
"""

import base64
import http.client
import json
import os
import sys
import threading
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

ADDRESS = urllib.parse.urlsplit(os.environ["SHIPSHAPE_FORGE"])
HEADERS = {
    "Authorization": "Bearer " + os.environ["GH_ENTERPRISE_TOKEN"],
    "Accept": "application/vnd.github+json",
    "User-Agent": "read-by-rest",
}
ours = threading.local()
known = {}
asked_for = {}
lock = threading.Lock()


def get(path):
    if not hasattr(ours, "connection"):
        ours.connection = http.client.HTTPConnection(ADDRESS.hostname, ADDRESS.port)
    ours.connection.request("GET", "/api/v3" + path, headers=HEADERS)
    answer = ours.connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status} {body[:300]!r}")
    return json.loads(body)


def blob(repository, sha):
    """A blob, asked for once, whoever else wants it at the same time."""
    with lock:
        first = sha not in asked_for
        done = asked_for.setdefault(sha, threading.Event())
    if first:
        try:
            answer = get(f"/repos/{repository}/git/blobs/{sha}")
            known[sha] = base64.b64decode(answer["content"])
        finally:
            # Nobody waits for what does not come.
            done.set()
    done.wait()
    return known[sha]


def read(repository, folder):
    head = get(f"/repos/{repository}/git/ref/heads/main")["object"]["sha"]
    tree = get(f"/repos/{repository}/git/trees/{head}?recursive=1")
    if tree["truncated"]:
        raise SystemExit(f"{repository}: the tree is truncated")
    name = repository.split("/")[1]
    for entry in tree["tree"]:
        if entry["type"] != "blob":
            continue
        content = blob(repository, entry["sha"])
        path = os.path.join(folder, name, entry["path"])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        if entry["mode"] == "100755":
            os.chmod(path, 0o755)


def main():
    folder = sys.argv[1]
    names = sys.stdin.read().split()
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda name: read(name, folder), names):
            pass


main()
