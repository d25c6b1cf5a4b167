"""Deletes a response."""

from session import check, create, headers, request

response_id = create({"input": "Say hello in one sentence."}).json()["id"]

response = request("DELETE", f"/responses/v1/responses/{response_id}", headers=headers)

print(f"Deleted: {response.status_code == 204}")

gone = request("GET", f"/responses/v1/responses/{response_id}", headers=headers)
check(response.status_code == 204 and gone.status_code == 404, (response.status_code, gone.status_code))
