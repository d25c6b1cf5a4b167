"""Cancels a background task."""

from session import check, create, headers, request

task_id = create({"input": "A very long report", "background": True}).json()["id"]

# Cancel a queued or running task
response = request("POST", f"/responses/v1/responses/{task_id}/cancel", headers=headers)

result = response.json()
print(f"Status: {result['status']}")  # "cancelled"
print(f"Cancelled at: {result.get('cancelled_at')}")

# A task that has already ended keeps its status.
check(response.status_code == 200 and result["status"] in ["cancelled", "completed"], result)
