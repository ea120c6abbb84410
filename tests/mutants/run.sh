#!/usr/bin/env bash
# Mutation testing of the rooms that decide: what survives is killed by a test, or explained in survivors.txt.
#
#   tests/mutants/run.sh ROOM [K/N]     ROOM: checks, change or package; K/N: every Nth mutant from the Kth on
#
# BUDGET: seconds after which no further mutant is begun (default 1200). What was not reached is said.
# Fails when a mutant survives that survivors.txt does not explain, and names it. Needs cargo-mutants.
#
# The whole crate takes a minute a build. So two crates are made below the target folder: `below` with the rooms that
# the room stands on, built once, and `rooms` with the room itself and its unit tests, which a mutant builds in seconds.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
usage() {
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
}
room=${1:-} shard=${2:-0/1} budget=${BUDGET:-1200}
[[ $shard =~ ^[0-9]+/[0-9]+$ && $budget =~ ^[0-9]+$ ]] || usage

# The rooms beside it, those below, and the tests that are left out: some take longer than all others together, and one
# runs the examples of all rules, those of the fleet too, which is above.
beside=() below=() left_out=()
case $room in
    # What checks find is judged by `drift` in their tests.
    checks)
        beside=(drift) below=(change package shape)
        left_out=(bombs_are_not_unpacked a_record_of_a_million_lines every_example_that_fails_is_found)
        ;;
    # Distributions that are read are told apart by the tests of the rules about them.
    package)
        beside=(checks drift) below=(change shape)
        left_out=(bombs_are_not_unpacked a_record_of_a_million_lines every_example_that_fails_is_found)
        ;;
    change) ;;
    *) usage ;;
esac
below+=(counted digest edge error severity snapshot source)

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target} CARGO_TERM_COLOR=never INSTA_UPDATE=no RUST_BACKTRACE=0
scratch=$CARGO_TARGET_DIR/mutants/$room
rm -rf "$scratch/below" "$scratch/rooms" "$scratch/mutants.out"*
mkdir -p "$scratch/below/src" "$scratch/rooms/src"

# All dependencies, although few are used: so they are those of the crate's own tests, built already.
manifest() { # NAME
    printf '[package]\nname = "%s"\nversion = "0.0.0"\nedition = "2024"\npublish = false\n\n' "$1"
    printf '[workspace]\n\n[lib]\ndoctest = false\n\n[dependencies]\n'
    if [ "$1" != below ]; then echo 'below = { path = "../below" }'; fi
    sed -n '/^\[dependencies\]/,/^\[lints/p' "$root/Cargo.toml" | sed '1d; /^\[lints/d'
    sed -n '/^\[profile.dev\]/,/^$/p' "$root/Cargo.toml"
}
manifest below >"$scratch/below/Cargo.toml"
manifest shipshape >"$scratch/rooms/Cargo.toml"
cp "$root/Cargo.lock" "$scratch/rooms/"
cp -r "$root/templates" "$scratch/below/"

rooms() { # FOLDER ROOM…
    local folder=$1 name
    shift
    for name in "$@"; do
        if [ -d "$root/src/$name" ]; then cp -r "$root/src/$name" "$folder/"; fi
        if [ -f "$root/src/$name.rs" ]; then cp "$root/src/$name.rs" "$folder/"; fi
    done
}
rooms "$scratch/below/src" "${below[@]}"
rooms "$scratch/rooms/src" "$room" ${beside[@]+"${beside[@]}"}
# Between two crates only what is public is seen, and what is there for tests has to be built.
find "$scratch/below/src" -name '*.rs' -print0 |
    xargs -0 perl -0pi -e 's/\bpub\(crate\)/pub/g; s/#\[cfg\(test\)\]\s*(?=pub (mod testing;|fn ))//g'
printf 'pub mod %s;\n' isolation owner private_files process whole_file >"$scratch/below/src/edge/mod.rs"
{
    echo '#![allow(warnings)]'
    printf 'pub mod %s;\n' "${below[@]}"
    echo 'pub use error::{Error, Result};'
} >"$scratch/below/src/lib.rs"
{
    echo '#![allow(warnings)]'
    printf 'pub use below::%s;\n' "${below[@]}"
    printf 'pub mod %s;\n' "$room" ${beside[@]+"${beside[@]}"}
    echo 'pub use below::error::{Error, Result};'
} >"$scratch/rooms/src/lib.rs"
if [ "$room" != change ]; then
    # These take from `fleet` and `report`, which are above.
    sed -i '/^pub mod \(survey\|triage\|worst\);/d' "$scratch/rooms/src/drift/mod.rs"
    sed -i '/^mod lists;/d; s/, lists::judged//' "$scratch/rooms/src/checks/tests.rs"
fi

cd "$scratch/rooms"
# Everything is built, and holds, before anything is mutated.
skipped=()
for test in ${left_out[@]+"${left_out[@]}"}; do skipped+=(--skip "$test"); done
cargo test --quiet --lib ${skipped[@]+-- "${skipped[@]}"}
started=$SECONDS status=0
timeout --signal=INT --kill-after=60 "$budget" cargo mutants --in-place --baseline skip --shard "$shard" --sharding round-robin \
    --file "src/$room/**" --file "src/$room.rs" --timeout 60 --build-timeout 300 --colors never --no-times \
    --output "$scratch" -- --lib ${skipped[@]+-- "${skipped[@]}"} || status=$?
# 2: something survived; 3: something took too long; 124 and 130: the budget is spent.
case $status in 0 | 2 | 3 | 124 | 130) ;; *) exit "$status" ;; esac

out=$scratch/mutants.out
count() { wc -l <"$out/$1.txt"; }
# Lines move; a mutant is known by its file and by what it does. Two of one name are two.
names() { sed 's/^\([^:]*\):[0-9]*:[0-9]*: /\1: /' | LC_ALL=C sort; }
explained() { sed -n '/^src\//s/ # .*//p' "$root/tests/mutants/survivors.txt" | LC_ALL=C sort; }
wanted=$(cargo mutants --list --shard "$shard" --sharding round-robin --file "src/$room/**" --file "src/$room.rs" | wc -l)
tested=$(($(count caught) + $(count missed) + $(count timeout) + $(count unviable)))
new=$(LC_ALL=C comm -23 <(names <"$out/missed.txt") <(explained))
echo "::: $room $shard: $tested of $wanted mutants in $((SECONDS - started)) s: $(count caught) caught," \
    "$(count timeout) timed out, $(count unviable) not built, $(count missed) survived"
if [ -n "$new" ]; then
    echo "::: not explained in tests/mutants/survivors.txt:" >&2
    echo "$new" >&2
    exit 1
fi
