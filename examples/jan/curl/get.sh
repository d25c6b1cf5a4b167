#!/usr/bin/env bash
# Reads a stored response.
set -eu
. "$(dirname "$0")/session.sh"

send POST /responses/v1/responses '{ "model": "jan-v2-30b", "input": "Say hello in one sentence." }'
CREATED=$BODY
RESPONSE_ID=$(echo "$CREATED" | field .id)

RESULT=$(curl -sS -H "Authorization: Bearer $TOKEN" \
  "$URL/responses/v1/responses/$RESPONSE_ID")
echo "$RESULT" | pretty

[ "$RESULT" = "$CREATED" ] || check 'something else' 'what was answered' 'what is read'
