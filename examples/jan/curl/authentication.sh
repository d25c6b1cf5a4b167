#!/usr/bin/env bash
# Gets a guest token, the only credential that the API needs.
set -eu
. "$(dirname "$0")/session.sh"

# Get and export token
TOKEN=$(curl -sS -X POST "$URL/llm/auth/guest-login" | field .access_token)
export TOKEN

send GET /llm/auth/me
echo "$BODY" | pretty
check "$STATUS" 200 'the status with a token'

TOKEN=nonsense
send GET /llm/auth/me
echo "With another token: $STATUS"
check "$STATUS" 401 'the status with another token'
