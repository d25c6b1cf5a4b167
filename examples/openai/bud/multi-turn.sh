#!/usr/bin/env bash
# Questions that continue each other, and the context of the last one.
. "$(dirname "$0")/session.sh"

# First response
RESPONSE_ID=$(curl -sS -X POST "$URL/v1/responses" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "'"$MODEL"'",
    "input": "Explain neural networks"
  }' | field .id)

# Follow-up response
FOLLOW_UP=$(curl -sS -X POST "$URL/v1/responses" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "'"$MODEL"'",
    "input": "How do they differ from traditional algorithms?",
    "previous_response_id": "'"$RESPONSE_ID"'"
  }')
pretty <<< "$FOLLOW_UP"
check "$(field .previous_response_id <<< "$FOLLOW_UP")" "$RESPONSE_ID" 'previous_response_id'

FOLLOW_UP_ID=$(field .id <<< "$FOLLOW_UP")
curl -sS "$URL/v1/responses/$FOLLOW_UP_ID/input_items?order=asc" -H "Authorization: Bearer $API_KEY" | pretty

DELETED=$(curl -sS -X DELETE "$URL/v1/responses/$FOLLOW_UP_ID" -H "Authorization: Bearer $API_KEY")
check "$(field .deleted <<< "$DELETED")" true 'deleted'
