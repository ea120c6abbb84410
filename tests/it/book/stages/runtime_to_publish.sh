# A runtime package that has a next version to be published, and members that it does not break.
source "$STAGES/runtime.sh"
printf 'def start():\n    return 1\n\n\ndef stop():\n    return 2\n' > workspace/main.py
