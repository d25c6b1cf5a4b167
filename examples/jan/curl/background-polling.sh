#!/usr/bin/env bash
# Polls a background task until it ends. With WEBHOOK_URL, the server also sends a webhook there.
set -eu
. "$(dirname "$0")/session.sh"

METADATA='{}'
if [ -n "${WEBHOOK_URL:-}" ]; then METADATA="{ \"webhook_url\": \"$WEBHOOK_URL\" }"; fi

# Submit background task
TASK_ID=$(curl -sS -X POST "$URL/responses/v1/responses" \
  -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "jan-v2-30b",
    "input": "Create detailed technical documentation for a REST API",
    "background": true,
    "store": true,
    "metadata": '"$METADATA"'
  }' | field .id)

echo "Task ID: $TASK_ID"
check "$TASK_ID" 'resp_*' 'the id'

# Simple polling loop
while true; do
  STATUS=$(curl -sS -H "Authorization: Bearer $TOKEN" \
    "$URL/responses/v1/responses/$TASK_ID" | field .status)

  echo "Status: $STATUS"

  if [[ "$STATUS" == "completed" ]] || [[ "$STATUS" == "failed" ]]; then
    curl -sS -H "Authorization: Bearer $TOKEN" \
      "$URL/responses/v1/responses/$TASK_ID" | pretty
    break
  fi

  sleep 2
done

check "$STATUS" completed 'the status'
