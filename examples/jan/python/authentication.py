"""Gets a guest token, the only credential that the API needs."""

from session import check, request

# Get guest token
response = request("POST", "/llm/auth/guest-login")
login = response.json()
token = login["access_token"]
headers = {"Authorization": f"Bearer {token}"}
print(f"{login['token_type']} token for {login['expires_in']} s")

me = request("GET", "/llm/auth/me", headers=headers)
print("I am", me.json()["username"])

stranger = request("GET", "/llm/auth/me", headers={"Authorization": "Bearer nonsense"})
print("With another token:", stranger.status_code)

check(response.status_code == 201, response.status_code)
check(me.status_code == 200 and stranger.status_code == 401, (me.status_code, stranger.status_code))
