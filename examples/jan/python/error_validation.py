"""400: a request without its input."""

from session import check, headers, request

response = request(
    "POST",
    "/responses/v1/responses",
    {
        "model": "jan-v2-30b"
        # Missing required 'input' field
    },
    headers,
)
error = response.json()
print(f"Error: {error['error']['message']}")
print(f"Type: {error['error']['type']}")

check(response.status_code == 400, response.status_code)
check(error["error"]["type"] == "invalid_request_error" and "input" in error["error"]["message"], error)
