# What suites begin with that run the program step by step, and the index of others that they run it against. To be sourced
# by a script whose one argument is the program:
#
#   here=$(cd "$(dirname "$0")" && pwd)
#   . "$here/../steps.sh"
#   step "what it is about" 0 "words that it says" package list
#   ended
#
# Goes into a temporary folder, $scratch, which is gone at the end, as is a server that was begun. One line a step, then
# `N passed, N failed`.
if [ $# -ne 1 ] || [ ! -x "$1" ]; then
    echo "usage: $0 SHIPSHAPE" >&2
    exit 2
fi
shipshape=$1
scratch=$(mktemp -d)
server=
stop_server() {
    [ -n "$server" ] || return 0
    kill "$server" 2> /dev/null
    wait "$server" 2> /dev/null
    server=
}
finish() {
    stop_server
    rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 130' INT TERM
cd "$scratch" || exit 2

passed=0
failed=0
# What no step may say, as a pattern of grep; none when empty.
never_said=

ok() {
    passed=$((passed + 1))
    echo "ok    $1"
}
bad() {
    failed=$((failed + 1))
    echo "FAIL  $1"
    sed 's/^/      /' log
}
ended() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

# LABEL CODE WORDS ARGUMENT…: runs the program; the step passes when it ends with this code and says all of these words, a
# line each.
step() {
    label=$1
    code=$2
    words=$3
    shift 3
    "$shipshape" "$@" > log 2>&1
    answer=$?
    if [ "$answer" -ne "$code" ]; then
        echo "(ended with $answer instead of $code)" >> log
        bad "$label"
        return
    fi
    if [ -n "$never_said" ] && grep -qE -- "$never_said" log; then
        echo "(says what it may not: $never_said)" >> log
        bad "$label"
        return
    fi
    while IFS= read -r word; do
        if [ -n "$word" ] && ! grep -qF -- "$word" log; then
            echo "(does not say: $word)" >> log
            bad "$label"
            return
        fi
    done << WORDS
$words
WORDS
    ok "$label"
}

# PYTHON ARGUMENT…: a pypiserver on loopback, of that Python's environment; its address is $pypi, with a slash at its end.
serve_pypi() {
    python=$1
    shift
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    "$(dirname "$python")/pypi-server" run -p "$port" -i 127.0.0.1 --hash-algo sha256 "$@" > server.log 2>&1 &
    server=$!
    pypi=http://127.0.0.1:$port/
    for _ in $(seq 120); do
        python3 -c "import urllib.request as u; u.urlopen('$pypi')" 2> /dev/null && return
        sleep 0.5
    done
    cat server.log >&2
    return 1
}
