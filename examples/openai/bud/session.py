"""Shared by the other examples: a guest's token, the model, and the parts of `requests` that they need, written with the standard library."""

import json
import os
import sys
import urllib.error
import urllib.request

# The gateway: ANTIPHON_URL, or the local stack.
URL = os.environ.get("ANTIPHON_URL", "http://localhost:8000")


class Answer:
    """An answer like that of the requests library."""

    def __init__(self, answer):
        self.status_code = answer.status
        self._answer = answer

    def json(self):
        return json.load(self._answer)

    def iter_lines(self):
        """The lines as they arrive."""
        for line in self._answer:
            yield line.rstrip(b"\r\n")


class requests:
    """Use the library of this name instead: `import requests`."""

    @staticmethod
    def post(url, headers=None, json=None, stream=False):
        return send("POST", url, headers, json)


def send(method, url, headers=None, body=None):
    """Sends a request; an error status is not an exception."""
    data = None if body is None else json.dumps(body).encode()
    outgoing = urllib.request.Request(url, method=method, data=data, headers=headers or {})
    try:
        return Answer(urllib.request.urlopen(outgoing, timeout=300))
    except urllib.error.HTTPError as error:
        return Answer(error)


def check(is_as_promised, complaint):
    """Ends the example with an error unless the answer is what the API promises."""
    if not is_as_promised:
        sys.exit(f"Not what the API promises: {complaint}")


API_KEY = send("POST", f"{URL}/llm/auth/guest-login").json()["access_token"]

# The model: OPENAI_MODEL, or the first one the server lists.
MODEL = os.environ.get("OPENAI_MODEL") or (
    send("GET", f"{URL}/v1/models", {"Authorization": f"Bearer {API_KEY}"}).json()["data"][0]["id"]
)
