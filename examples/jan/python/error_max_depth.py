"""422: a chain of tools that exceeds its limit. A model that needs fewer tools answers normally."""

import json

from session import check, create

response = create(
    {
        "input": "Search for recent AI breakthroughs, scrape the top result, and analyze the key innovations",
        "metadata": {"max_depth": 1},
    }
)

result = response.json()
if response.status_code == 422:
    print(json.dumps(result, indent=2))
    check(
        result
        == {
            "error": {
                "message": "Tool execution exceeded maximum depth of 1",
                "type": "execution_error",
                "code": "max_depth_exceeded",
            }
        },
        result,
    )
else:
    print(f"Within the limit: {result.get('output')}")
    check(response.status_code == 200 and result["status"] == "completed", result)
