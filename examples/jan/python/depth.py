"""Limits the chain of tools: max_depth, within the limit of the server."""

from session import check, create

# Limit to 3 levels of tool chaining
response = create(
    {
        "input": "Complex research task",
        "metadata": {
            "max_depth": 3  # Application-level depth control
        },
    }
)
result = response.json()

if response.status_code == 422:
    print("Too deep:", result["error"]["message"])
    check(result["error"]["message"] == "Tool execution exceeded maximum depth of 3", result)
else:
    print("Depths used:", [tool_exec["depth"] for tool_exec in result["tool_executions"]])
    check(response.status_code == 200, result)
    check(all(tool_exec["depth"] < 3 for tool_exec in result["tool_executions"]), result)

beyond = create({"input": "x", "metadata": {"max_depth": 100}})
print("A depth of 100:", beyond.status_code, beyond.json()["error"]["message"])
check(beyond.status_code == 400, beyond.status_code)
