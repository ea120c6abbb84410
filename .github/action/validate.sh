#!/usr/bin/env bash
# Runs `validate` for the action, once: annotations to the log, and files for everything else.
#
# In, as variables: SHIPSHAPE, the program; INPUT_… as action.yml lists them. Out, in GITHUB_OUTPUT: `outcome`, `sarif`,
# `report`; the summary of the job; the exit code of `validate`. What is set up wrongly is an annotation, too.
set -euo pipefail

annotate() { # TEXT
    local said=${1//%/%25}
    said=${said//$'\r'/%0D}
    echo "::error title=shipshape::${said//$'\n'/%0A}"
}

fail() { # WHAT HINT
    annotate "$1
$2"
    echo "outcome=wrong" >>"$GITHUB_OUTPUT"
    exit 2
}

# The variable of an input. The bash of macOS is 3.2, which has no upper case of its own.
variable() { # NAME
    printf 'INPUT_%s' "$(printf '%s' "$1" | tr '[:lower:]' '[:upper:]')"
}

# GitHub hands in texts: `yes` would quietly be no.
for name in summary comment; do
    input=$(variable "$name")
    case ${!input} in
    true | false) ;;
    *) fail "the input \`$name\` is neither true nor false" "write \`$name: true\`" ;;
    esac
done
# The number, or `owner/name#7` for one of another repository.
if ! [[ $INPUT_PULL_REQUEST =~ ^([^#]+#)?[0-9]*$ ]]; then
    fail 'the input `pull-request` is not a number' 'write the number alone: `pull-request: 7`'
fi
if [ -n "$INPUT_SARIF" ] && [ ! -d "$(dirname -- "$INPUT_SARIF")" ]; then
    fail "the folder of the input \`sarif\` is not there" 'make it in a step before this one'
fi
if [ -d "$INPUT_SARIF" ]; then
    fail "the input \`sarif\` is a folder" 'name a file: `sarif: shipshape.sarif`'
fi
# What an earlier step left there is no report of this one.
if [ -n "$INPUT_SARIF" ]; then
    rm -f -- "$INPUT_SARIF" || fail 'the file of the input `sarif` cannot be replaced' 'name another one'
fi

folder=$(mktemp -d "${RUNNER_TEMP:-/tmp}/shipshape.XXXXXX")
sarif=${INPUT_SARIF:-$folder/shipshape.sarif}
report=$folder/shipshape.json

arguments=(validate --format github --color never --fail-on "$INPUT_FAIL_ON" --also "sarif=$sarif" --also "json=$report")
if [ "$INPUT_SUMMARY" = true ]; then
    arguments+=(--also "markdown=$folder/summary.md")
fi
for option in shape fleet profile slug ref; do
    name=$(variable "$option")
    if [ -n "${!name}" ]; then
        arguments+=("--$option" "${!name}")
    fi
done
if [ "$INPUT_COMMENT" = true ]; then
    arguments+=("--comment=$INPUT_PULL_REQUEST")
fi
paths=()
while IFS= read -r path; do
    if [ -n "$path" ]; then
        paths+=("$path")
    fi
done <<<"$INPUT_PATH"

code=0
"$SHIPSHAPE" "${arguments[@]}" -- "${paths[@]:-.}" 2>"$folder/said" || code=$?
cat "$folder/said" >&2
# What stopped the program stands on no line of a file, so that nobody would see it on the pull request.
stopped=$(awk '/^error: / { on = 1 } on' "$folder/said")
if [ -n "$stopped" ]; then
    annotate "${stopped#error: }"
fi

if [ -f "$folder/summary.md" ]; then
    cat "$folder/summary.md" >>"$GITHUB_STEP_SUMMARY"
fi
# Without the results of a repository that could not be read, code scanning would close its alerts as fixed.
if [ -f "$sarif" ] && grep -qF '"executionSuccessful": false' -- "$sarif"; then
    echo 'shipshape: the output `sarif` is empty, since not every repository could be read'
    uploaded=
else
    uploaded=$sarif
fi
case $code in
0) outcome=clean ;;
1) outcome=findings ;;
3) outcome=unchecked ;;
*) outcome=wrong ;;
esac
{
    echo "outcome=$outcome"
    # A path with a line end would be read as another output.
    if [ -f "$uploaded" ] && [[ $uploaded != *$'\n'* ]]; then
        echo "sarif=$uploaded"
    fi
    if [ -f "$report" ] && [[ $report != *$'\n'* ]]; then
        echo "report=$report"
    fi
} >>"$GITHUB_OUTPUT"
exit "$code"
