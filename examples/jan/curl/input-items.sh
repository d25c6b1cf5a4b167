#!/usr/bin/env bash
# Lists the input of the model.
set -eu
. "$(dirname "$0")/session.sh"

send POST /responses/v1/responses '{ "model": "jan-v2-30b", "input": "My name is Ada.", "system_prompt": "Be brief." }'
RESPONSE_ID=$(echo "$BODY" | field .id)

RESULT=$(curl -sS -H "Authorization: Bearer $TOKEN" \
  "$URL/responses/v1/responses/$RESPONSE_ID/input_items")
echo "$RESULT" | pretty

check "$(echo "$RESULT" | field '.[0].role')" system 'the first role'
check "$(echo "$RESULT" | field '.[1].content')" 'My name is Ada.' 'the question'
