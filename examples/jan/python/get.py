"""Reads a stored response."""

from session import check, create, headers, request

created = create({"input": "Say hello in one sentence."}).json()
response_id = created["id"]

response = request("GET", f"/responses/v1/responses/{response_id}", headers=headers)

result = response.json()
print(f"Status: {result['status']}")
print(f"Model: {result['model']}")
print(f"Total tokens: {result['usage']['total_tokens']}")
print(f"Tools executed: {len(result['tool_executions'])}")

check(response.status_code == 200 and result == created, result)
