"""404: a response that does not exist or belongs to another caller."""

from session import check, headers, request

response = request("GET", "/responses/v1/responses/invalid_id", headers=headers)

if response.status_code == 404:
    print("Response not found or deleted")

check(response.status_code == 404 and response.json()["error"]["code"] == "not_found", response.status_code)
