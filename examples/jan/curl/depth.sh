#!/usr/bin/env bash
# Limits the chain of tools: max_depth, within the limit of the server.
set -eu
. "$(dirname "$0")/session.sh"

# Limit to 3 levels of tool chaining
send POST /responses/v1/responses '{
  "model": "jan-v2-30b",
  "input": "Complex research task",
  "metadata": { "max_depth": 3 }
}'
echo "$BODY" | pretty
if [ "$STATUS" = 422 ]; then
  check "$(echo "$BODY" | field .error.message)" 'Tool execution exceeded maximum depth of 3' 'the message'
else
  check "$STATUS" 200 'the status'
fi

send POST /responses/v1/responses '{ "model": "jan-v2-30b", "input": "x", "metadata": { "max_depth": 100 } }'
check "$STATUS" 400 'the status of a depth of 100'
