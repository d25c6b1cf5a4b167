"""One question, one tool: the server calls the tool itself."""

from session import check, headers, request

response = request(
    "POST",
    "/responses/v1/responses",
    {
        "model": "jan-v2-30b",
        "input": "What's the weather in San Francisco?",
        "temperature": 0.7,
        "stream": False,
    },
    headers,
)

result = response.json()
print(f"Response ID: {result['id']}")
print(f"Output: {result['output']}")
print(f"Tools Used: {len(result.get('tool_executions', []))}")

check(response.status_code == 200 and result["status"] == "completed", result)
usage = result["usage"]
check(usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"], usage)
