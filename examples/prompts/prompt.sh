#!/usr/bin/env bash
# A prompt of your own over plain HTTP: created, rendered, run, deleted.
set -eu
. "$(dirname "$0")/../jan/curl/session.sh"

send POST /v1/prompts '{
  "name": "Neural networks",
  "model": "jan-v2-30b",
  "system_prompt": "You are a helpful physics tutor.",
  "messages": [{ "role": "user", "content": "{{ question }}" }]
}'
check "$STATUS" 200 'the status of the new prompt'
ID=$(echo "$BODY" | field .id)

send POST "/v1/prompts/$ID/render" '{ "variables": { "question": "Explain neural networks" } }'
echo "$BODY" | pretty
check "$(echo "$BODY" | field '.input[0].content')" 'Explain neural networks' 'the rendered message'

send POST /v1/responses "{
  \"prompt\": { \"id\": \"$ID\", \"variables\": { \"question\": \"Explain neural networks\" } }
}"
echo "$BODY" | pretty
check "$STATUS" 200 'the status of the response'
check "$(echo "$BODY" | field .prompt.version)" 1 'the version that ran'

send POST /v1/responses "{ \"prompt\": { \"id\": \"$ID\" } }"
check "$STATUS" 400 'the status without its variable'
check "$(echo "$BODY" | field .error.message)" 'Missing prompt variables: question' 'the message'

send DELETE "/v1/prompts/$ID"
check "$STATUS" 200 'the status of the deletion'
