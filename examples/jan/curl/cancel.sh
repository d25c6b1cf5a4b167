#!/usr/bin/env bash
# Cancels a background task.
set -eu
. "$(dirname "$0")/session.sh"

send POST /responses/v1/responses '{ "model": "jan-v2-30b", "input": "A very long report", "background": true }'
TASK_ID=$(echo "$BODY" | field .id)

RESULT=$(curl -sS -X POST -H "Authorization: Bearer $TOKEN" \
  "$URL/responses/v1/responses/$TASK_ID/cancel")
echo "$RESULT" | pretty

# A task that has already ended keeps its status.
case $(echo "$RESULT" | field .status) in
  cancelled | completed) ;;
  *) check 'neither' 'cancelled or completed' 'the status' ;;
esac
