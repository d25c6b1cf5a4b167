#!/usr/bin/env bash
# A function of your own, offered to the model.
. "$(dirname "$0")/session.sh"

RESPONSE=$(curl -sS -X POST "$URL/v1/responses" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "'"$MODEL"'",
    "input": "Calculate the fibonacci sequence up to 10",
    "tools": [
      {
        "type": "function",
        "function": {
          "name": "calculate_fibonacci",
          "description": "Calculate fibonacci numbers",
          "parameters": {
            "type": "object",
            "properties": {
              "n": {"type": "integer", "description": "Number of terms"}
            },
            "required": ["n"]
          }
        }
      }
    ]
  }')
pretty <<< "$RESPONSE"
check "$(field .status <<< "$RESPONSE")" completed 'the status'
check "$(field '.tools[0].name' <<< "$RESPONSE")" calculate_fibonacci 'the tool'
