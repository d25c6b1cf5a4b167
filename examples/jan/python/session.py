"""Shared by the other examples: the server's address, a guest's token, and requests with the standard library alone."""

import json
import os
import sys
import urllib.error
import urllib.request

# The gateway: ANTIPHON_URL, or the local stack.
URL = os.environ.get("ANTIPHON_URL", "http://localhost:8000")


class Response:
    """An answer with the parts of the requests library that the examples need."""

    def __init__(self, answer):
        self.status_code = answer.status
        self.headers = answer.headers
        self._answer = answer

    def json(self):
        return json.load(self._answer)

    def iter_lines(self):
        """The lines as they arrive."""
        for line in self._answer:
            yield line.rstrip(b"\r\n")


def request(method, path, body=None, headers=None):
    """Sends a request; an error status is not an exception."""
    outgoing = urllib.request.Request(
        URL + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={**({} if body is None else {"Content-Type": "application/json"}), **(headers or {})},
    )
    try:
        return Response(urllib.request.urlopen(outgoing, timeout=300))
    except urllib.error.HTTPError as error:
        return Response(error)


def check(is_as_promised, complaint):
    """Ends the example with an error unless the answer is what the API promises."""
    if not is_as_promised:
        sys.exit(f"Not what the API promises: {complaint}")


# Get guest token (authentication.py shows the steps)
headers = {"Authorization": f"Bearer {request('POST', '/llm/auth/guest-login').json()['access_token']}"}


def create(body):
    """Creates a response."""
    return request("POST", "/responses/v1/responses", {"model": "jan-v2-30b", **body}, headers)
