# Shared by the other examples: a guest's token, the model, and JSON helpers.
# Sourced by each of them: . "$(dirname "$0")/session.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../../jan/curl/session.sh"

API_KEY=$TOKEN
# The model: OPENAI_MODEL, or the first one the server lists.
MODEL=${OPENAI_MODEL:-$(curl -sS "$URL/v1/models" -H "Authorization: Bearer $API_KEY" | field '.data[0].id')} || exit 1
