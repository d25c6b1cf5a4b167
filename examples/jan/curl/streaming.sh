#!/usr/bin/env bash
# Streams the answer: tools and text as server-sent events.
set -eu
. "$(dirname "$0")/session.sh"

curl -sS -N -X POST "$URL/responses/v1/responses" \
  -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "jan-v2-30b",
    "input": "What are the latest developments in AI?",
    "stream": true
  }' | {
  LAST=
  while IFS= read -r LINE; do
    echo "$LINE"
    if [ -n "$LINE" ]; then LAST=$LINE; fi
  done
  check "$LAST" 'data: \[DONE\]' 'the end of the stream'
}
