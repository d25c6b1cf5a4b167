"""A small client: a question, questions that continue each other, a stream, an image."""

import json

from session import API_KEY, MODEL, URL, check, requests


class ResponsesAPI:
    def __init__(self, api_key, base_url="http://localhost:8000"):
        self.api_key = api_key
        self.base_url = base_url
        self.headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}

    def create_response(self, model, input_text, **kwargs):
        data = {"model": model, "input": input_text, **kwargs}
        response = requests.post(f"{self.base_url}/v1/responses", headers=self.headers, json=data)
        return response.json()

    def create_conversation(self, model, messages):
        """Create a multi-turn conversation"""
        response_id = None
        responses = []
        for message in messages:
            response = self.create_response(model, message, previous_response_id=response_id)
            responses.append(response)
            response_id = response["id"]
        return responses

    def stream_response(self, model, input_text, **kwargs):
        """Stream response with SSE"""
        data = {"model": model, "input": input_text, "stream": True, **kwargs}
        response = requests.post(f"{self.base_url}/v1/responses", headers=self.headers, json=data, stream=True)
        for line in response.iter_lines():
            if line:
                line = line.decode("utf-8")
                if line.startswith("data: "):
                    data = line[6:]
                    if data == "[DONE]":
                        break
                    yield json.loads(data)


def output_text(response):
    """The output is a list of items; the text is in its messages."""
    messages = [item for item in response["output"] if item["type"] == "message"]
    return "".join(part.get("text", "") for message in messages for part in message["content"])


api = ResponsesAPI(API_KEY, URL)

# Simple response
response = api.create_response(MODEL, "Explain the theory of relativity", temperature=0.7)
check(response.get("status") == "completed", response)
print(output_text(response))

# Multi-turn conversation
conversation = api.create_conversation(
    MODEL,
    [
        "What is artificial intelligence?",
        "How does it relate to machine learning?",
        "What are some practical applications?",
    ],
)
check(conversation[2]["previous_response_id"] == conversation[1]["id"], conversation[2])
print(f"{len(conversation)} turns")

# Streaming response
streamed = ""
for chunk in api.stream_response(MODEL, "Write a short story"):
    if chunk["type"] == "response.output_text.delta":
        streamed += chunk["delta"]
        print(chunk["delta"], end="", flush=True)
    if chunk["type"] == "response.completed":
        check(output_text(chunk["response"]) == streamed, chunk)
print()

# Multimodal input: a picture of one pixel
image_data = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
response = api.create_response(
    MODEL,
    [
        {"type": "text", "text": "Describe this image"},
        {"type": "image_url", "image_url": {"url": f"data:image/gif;base64,{image_data}"}},
    ],
)
check(response.get("status") == "completed", response)
print(output_text(response))
