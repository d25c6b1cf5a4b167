"""A background task with a webhook for its end, received and verified here without a library.

The server only sends webhooks to public addresses. To receive one on your own machine, allow it: EGRESS_ALLOWED_HOSTS=webhooks:127.0.0.1
"""

import base64
import hashlib
import hmac
import json
import os
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

from session import check, create, headers, request

# The secret that signs our webhooks.
secret = request("GET", "/v1/webhooks/secret", headers=headers).json()["secret"]
received = queue.Queue()


def is_signed(body, webhook_headers):
    """Standard Webhooks: HMAC-SHA256 of "id.timestamp.body" by the base64 key behind "whsec_"."""
    timestamp = webhook_headers["webhook-timestamp"]
    signed = f"{webhook_headers['webhook-id']}.{timestamp}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # While a secret is being replaced there are two signatures.
    given = webhook_headers["webhook-signature"].split(" ")
    is_recent = abs(time.time() - int(timestamp)) < 300
    return is_recent and any(hmac.compare_digest(expected, signature) for signature in given)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        answer = json.dumps({"received": True}).encode()
        self.send_response(200 if is_signed(body, self.headers) else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        received.put((self.headers, body))

    def log_message(self, *arguments):
        pass


receiver = HTTPServer(("127.0.0.1", int(os.environ.get("WEBHOOK_PORT", "0"))), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()

# Submit background task
response = create(
    {
        "input": "Write a comprehensive 2000-word analysis of AI safety research",
        "background": True,
        "store": True,
        "metadata": {
            "webhook_url": f"http://127.0.0.1:{receiver.server_port}/webhooks/responses",
            "user_id": "user_123",
            "task_type": "analysis",
        },
    }
)

task = response.json()
check(response.status_code == 200, task)
print(f"Task ID: {task['id']}")
print(f"Status: {task['status']}")  # "queued"
print(f"Queued at: {task['queued_at']}")
check(task["status"] == "queued", task)

webhook_headers, body = received.get(timeout=60)
payload = json.loads(body)
print(f"{webhook_headers['X-Jan-Event']} for {webhook_headers['X-Jan-Response-ID']}")

if payload["status"] == "completed":
    print(f"For {payload['metadata']['user_id']}: {payload['output']}")
elif payload["status"] == "failed":
    print(f"Error: {payload.get('error', 'Unknown error')}")

check(is_signed(body, webhook_headers), "the webhook is signed")
check(not is_signed(body + b" ", webhook_headers), "the signature covers the body")
check(payload["id"] == task["id"] == webhook_headers["X-Jan-Response-ID"], payload)
check(payload["status"] == "completed", payload)
