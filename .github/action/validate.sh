#!/usr/bin/env bash
# Runs `validate` for the action, once: annotations to the log, and files for everything else.
#
# In, as variables: SHIPSHAPE, the program; INPUT_… as action.yml lists them. Out, in GITHUB_OUTPUT: `outcome`, `sarif`,
# `report`; the summary of the job; the exit code of `validate`.
set -euo pipefail

folder=$(mktemp -d "${RUNNER_TEMP:-/tmp}/shipshape.XXXXXX")
sarif=${INPUT_SARIF:-$folder/shipshape.sarif}
report=$folder/shipshape.json

arguments=(validate --format github --color never --fail-on "$INPUT_FAIL_ON" --also "sarif=$sarif" --also "json=$report")
if [ "$INPUT_SUMMARY" = true ]; then
    arguments+=(--also "markdown=$folder/summary.md")
fi
for option in shape fleet profile slug ref; do
    name=INPUT_${option^^}
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
"$SHIPSHAPE" "${arguments[@]}" -- "${paths[@]:-.}" || code=$?

if [ -f "$folder/summary.md" ]; then
    cat "$folder/summary.md" >>"$GITHUB_STEP_SUMMARY"
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
    for name in sarif report; do
        if [ -f "${!name}" ] && [[ ${!name} != *$'\n'* ]]; then
            echo "$name=${!name}"
        fi
    done
} >>"$GITHUB_OUTPUT"
exit "$code"
