#!/usr/bin/env bash
# The first call of README.md.
set -euo pipefail
ANTIPHON_URL=${ANTIPHON_URL:-http://localhost:8000}

curl -sS --fail-with-body "$ANTIPHON_URL/responses/v1/responses" \
  -H 'Content-Type: application/json' \
  -d '{"model": "jan-v2-30b", "input": "Hello, who are you?"}'
