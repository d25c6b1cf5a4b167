#!/usr/bin/env bash
# Chained tools: search, then read a result.
set -eu
. "$(dirname "$0")/session.sh"

RESULT=$(curl -sS -X POST "$URL/responses/v1/responses" \
  -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "jan-v2-30b",
    "input": "Search for recent AI breakthroughs, scrape the top result, and analyze the key innovations",
    "system_prompt": "Be thorough and cite sources",
    "temperature": 0.3,
    "max_tokens": 800
  }')
if command -v jq > /dev/null; then
  echo "$RESULT" | jq '.tool_executions[] | {tool: .tool_name, depth: .depth, time_ms: .execution_time_ms}'
else
  echo "$RESULT"
fi

check "$(echo "$RESULT" | field .status)" completed 'the status'
check "$(echo "$RESULT" | field .system_prompt)" 'Be thorough and cite sources' 'the system prompt'
