# Shared by the other examples: the server's address, a guest's token, and JSON helpers.
# Sourced by each of them: . "$(dirname "$0")/session.sh"

# The gateway: ANTIPHON_URL, or the local stack.
URL=${ANTIPHON_URL:-http://localhost:8000}

# A field of the JSON on the standard input: field .error.code, field .[0].role
field() {
  if command -v jq > /dev/null; then
    jq -r "$1"
  else
    node -p "JSON.parse(require('fs').readFileSync(0, 'utf8'))${1/.[/[}"
  fi
}

# Prints formatted JSON if jq is installed.
pretty() {
  if command -v jq > /dev/null; then jq; else cat && echo; fi
}

# Ends the example with an error unless the answer is what the API promises: check VALUE EXPECTED WHAT
check() {
  case $1 in
    $2) ;;
    *)
      echo "Not what the API promises: $3 is $1, not $2" >&2
      exit 1
      ;;
  esac
}

# Sends a request and sets STATUS and BODY: send METHOD PATH [JSON]
send() {
  local answer
  answer=$(curl -sS -w '\n%{http_code}' -X "$1" "$URL$2" \
    -H "Authorization: Bearer $TOKEN" \
    -H 'Content-Type: application/json' \
    ${3:+-d "$3"}) || exit 1
  STATUS=${answer##*$'\n'}
  BODY=${answer%$'\n'*}
}

# Get and export token
TOKEN=$(curl -sS -X POST "$URL/llm/auth/guest-login" | field .access_token) || exit 1
export TOKEN
