#!/usr/bin/env bash
# The four kinds of errors.
set -eu
. "$(dirname "$0")/session.sh"

echo '--- Request validation error (400)'
# Missing required 'input' field
send POST /responses/v1/responses '{ "model": "jan-v2-30b" }'
echo "$BODY"
check "$STATUS" 400 'the status'
check "$(echo "$BODY" | field .error.type)" invalid_request_error 'the type'

echo '--- Tool execution timeout (408), where the tools take longer than a run may'
send POST /responses/v1/responses '{ "model": "jan-v2-30b", "input": "Complex task requiring long tool execution" }'
echo "$BODY"
if [ "$STATUS" = 408 ]; then
  check "$(echo "$BODY" | field .error.code)" tool_timeout 'the code'
else
  check "$STATUS" 200 'the status'
fi

echo '--- Max depth exceeded (422), where the model wants more'
send POST /responses/v1/responses '{
  "model": "jan-v2-30b",
  "input": "Search for recent AI breakthroughs, scrape the top result, and analyze the key innovations",
  "metadata": { "max_depth": 1 }
}'
echo "$BODY"
if [ "$STATUS" = 422 ]; then
  check "$(echo "$BODY" | field .error.message)" 'Tool execution exceeded maximum depth of 1' 'the message'
  check "$(echo "$BODY" | field .error.code)" max_depth_exceeded 'the code'
else
  check "$STATUS" 200 'the status'
fi

echo '--- Response not found (404)'
send GET /responses/v1/responses/invalid_id
echo "$BODY"
check "$STATUS" 404 'the status'
