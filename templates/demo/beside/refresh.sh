#!/usr/bin/env bash
# Pulls the newest image of every runtime.
set -euo pipefail

RUNTIMES=(
  autogen
  claude_code
  crewai
  deepagents
  gemini-cli
  hermes
  langgraph
  openclaw
)

for runtime in "${RUNTIMES[@]}"; do
  docker pull "ghcr.io/acme/workspace-template-${runtime}:latest"
done
