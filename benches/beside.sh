#!/usr/bin/env bash
# The five hot paths, each beside what one would use instead, in one table. See benches/README.md.
#
#   benches/beside.sh [FOLDER]    keeps what is generated, and the other tools, in FOLDER, to be used again
#   SIZE=100 RUNS=3 benches/beside.sh
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$(mktemp -d)}
size=${SIZE:-1000}
tables=$(mktemp)
trap 'rm -f "$tables"' EXIT
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

{
  SIZES=$size COMPARED=$size RUNS=${RUNS:-3} "$here/run.sh" "$folder"
  LARGE=no ISOLATED=no RUNS=${RUNS:-7} "$here/package.sh" "$folder/trees"
  SIZES=$size COMPARED=$size "$here/forge.sh" "$folder"
  SIZES=$size PACED=0 "$here/campaign.sh" "$folder"
} | tee "$tables" >&2

# Both sides of a row come from one run; a row that is not there is an error, not a gap.
python3 - "$tables" "$size" << 'PYTHON'
import sys

size = sys.argv[2]
rows = {}
for line in open(sys.argv[1], encoding="utf-8"):
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    if line.startswith("|") and len(cells) > 1:
        rows[cells[0]] = cells[1:]


def row(name, time, memory, unit):
    cells = rows[name]
    return float(cells[time]) * unit, cells[memory]


number = f"{int(size):,}"
local, built, read, planned = (0, 3, 1), (0, 3, 1), (3, 4, 1000), (2, 3, 1000)
pairs = [
    ("judge one repository", "validate, one repository", "a shell's loop of `git show` and `cmp`", "a loop in a shell, one", local),
    (f"judge {number}", f"drift, {size} repositories", "the same loop", f"a loop in a shell, {size}", local),
    ("build a wheel and an sdist", "shipshape package build --wheel --sdist", "`uv build`, its own backend", "uv build, its own backend", built),
    (f"read {number} from a forge, and judge", f"{size}, nothing at hand", "`git clone --depth 1`, 4 at once, then `drift --local`", f"{size}, everything cloned", read),
    (f"plan a change in {number}", f"{size}, plan, nothing at hand", "clone, edit, `git diff`, 4 at once", f"{size}, cloned and compared, 4 at once", planned),
]
print("\n| what | ms | MB | beside it | ms | MB | times |\n|---|---:|---:|---|---:|---:|---:|")
for what, ours, name, theirs, columns in pairs:
    (ms, mb), (other, other_mb) = row(ours, *columns), row(theirs, *columns)
    print(f"| {what} | {ms:,.0f} | {mb} | {name} | {other:,.0f} | {other_mb} | {other / ms:.1f} |")
PYTHON
