"""Chained tools: search, then read a result."""

from session import check, headers, request

# Research and analysis workflow
response = request(
    "POST",
    "/responses/v1/responses",
    {
        "model": "jan-v2-30b",
        "input": "Research the latest developments in quantum computing and create a summary with key findings",
        "system_prompt": "You are a research assistant. Use web search and scraping tools to gather information.",
        "temperature": 0.3,
        "max_tokens": 1000,
    },
    headers,
)

result = response.json()
print("\n=== Execution Flow ===")
for i, tool_exec in enumerate(result["tool_executions"], 1):
    print(f"{i}. {tool_exec['tool_name']} (depth: {tool_exec['depth']}, {tool_exec['execution_time_ms']}ms)")

print("\n=== Final Output ===")
print(result["output"])

check(response.status_code == 200 and result["status"] == "completed", result)
depths = [tool_exec["depth"] for tool_exec in result["tool_executions"]]
check(depths == sorted(depths), depths)
