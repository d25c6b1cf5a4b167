#!/usr/bin/env bash
# One question, one tool: the server calls the tool itself.
set -eu
. "$(dirname "$0")/session.sh"

RESULT=$(curl -sS -X POST "$URL/responses/v1/responses" \
  -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "jan-v2-30b",
    "input": "What is the weather in San Francisco?",
    "temperature": 0.7,
    "stream": false
  }')
echo "$RESULT" | pretty

check "$(echo "$RESULT" | field .status)" completed 'the status'
check "$(echo "$RESULT" | field .id)" 'resp_*' 'the id'
