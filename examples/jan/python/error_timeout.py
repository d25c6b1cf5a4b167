"""408: a run whose time limit ends while a tool runs. Most runs end in time and need no handling."""

from session import check, create

response = create({"input": "Complex task requiring long tool execution"})

result = response.json()
if response.status_code == 408:
    print(f"Failure reason: {result.get('error')}")
    # Handle timeout, possibly retry with simpler prompt
    check(result["error"]["type"] == "execution_error" and result["error"]["code"] == "tool_timeout", result)
else:
    print(f"In time: {result.get('output')}")
    check(response.status_code == 200 and result["status"] == "completed", result)
