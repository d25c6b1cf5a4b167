#!/usr/bin/env bash
# A question.
. "$(dirname "$0")/session.sh"

RESPONSE=$(curl -sS -X POST "$URL/v1/responses" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "'"$MODEL"'",
    "input": "What is machine learning?"
  }')
pretty <<< "$RESPONSE"
check "$(field .status <<< "$RESPONSE")" completed 'the status'
