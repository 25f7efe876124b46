#!/usr/bin/env bash
# Judges what the inputs name: annotations to the log, Markdown to the job's summary, SARIF to its file.
set -euo pipefail

mapfile -t paths < <(grep -v '^[[:space:]]*$' <<<"${NETVET_PATHS:-.}")
mapfile -t arguments < <(grep -v '^[[:space:]]*$' <<<"${NETVET_ARGUMENTS:-}")
[[ -z ${NETVET_CONFIG:-} ]] || arguments+=(--config "$NETVET_CONFIG")
[[ -z ${NETVET_FAIL_LEVEL:-} ]] || arguments+=(--fail-level "$NETVET_FAIL_LEVEL")

exec netvet lint "${arguments[@]}" \
	-f sarif -o "$NETVET_SARIF" -f markdown -o "$GITHUB_STEP_SUMMARY" -f github -- "${paths[@]}"
