"""Polls a background task until it ends."""

import time

from session import check, create, headers, request


def wait_for_completion(response_id, headers, max_wait=300):
    """Poll until task completes or times out"""
    start_time = time.time()

    while time.time() - start_time < max_wait:
        response = request("GET", f"/responses/v1/responses/{response_id}", headers=headers)
        result = response.json()
        status = result["status"]

        print(f"Status: {status}", end="")
        if status == "queued":
            print(" (waiting...)")
        elif status == "in_progress":
            elapsed = time.time() - result.get("started_at", start_time)
            print(f" (running for {elapsed:.1f}s)")
        elif status in ["completed", "failed", "cancelled"]:
            print(f"\nFinal status: {status}")
            return result

        time.sleep(2)

    raise TimeoutError(f"Task did not complete within {max_wait}s")


# Usage
task_id = create({"input": "Write a comprehensive analysis of AI safety", "background": True}).json()["id"]
result = wait_for_completion(task_id, headers)
if result["status"] == "completed":
    print(f"\nOutput:\n{result['output']}")

check(result["status"] == "completed", result)
check(all(isinstance(result[name], int) for name in ["queued_at", "started_at", "completed_at"]), result)
