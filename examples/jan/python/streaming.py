"""Streams the answer: tools and text as server-sent events."""

import json

from session import check, create

response = create({"input": "Research AI safety and provide key insights", "stream": True})

events = 0
is_complete = False

print("Streaming response:")
for line in response.iter_lines():
    if line:
        line_str = line.decode("utf-8")
        if line_str.startswith("data: "):
            data_str = line_str[6:]  # Remove 'data: ' prefix
            if data_str == "[DONE]":
                print("\nStream complete")
                is_complete = True
                break

            event = json.loads(data_str)
            events += 1
            if "tool_execution" in event:
                tool = event["tool_execution"]
                print(f"\n[Tool: {tool['tool_name']}]")
            elif "delta" in event:
                print(event["delta"].get("content", ""), end="", flush=True)

check(response.headers["Content-Type"].startswith("text/event-stream"), response.headers["Content-Type"])
check(events > 0 and is_complete, "the stream has events and ends with [DONE]")
