#!/usr/bin/env bash
# Deletes a response.
set -eu
. "$(dirname "$0")/session.sh"

send POST /responses/v1/responses '{ "model": "jan-v2-30b", "input": "Say hello in one sentence." }'
RESPONSE_ID=$(echo "$BODY" | field .id)

curl -sS -X DELETE -H "Authorization: Bearer $TOKEN" -w 'Deleted: %{http_code}\n' \
  "$URL/responses/v1/responses/$RESPONSE_ID"

send GET "/responses/v1/responses/$RESPONSE_ID"
check "$STATUS" 404 'the status afterwards'
