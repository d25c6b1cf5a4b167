"""Lists the input of the model: instructions, earlier turns and the question."""

from session import check, create, headers, request

first = create({"input": "My name is Ada."}).json()
second = create({"input": "What is my name?", "system_prompt": "Be brief.", "previous_response_id": first["id"]}).json()

response = request("GET", f"/responses/v1/responses/{second['id']}/input_items", headers=headers)

items = response.json()
for item in items:
    print(f"Role: {item['role']}")
    print(f"Content: {item['content'][:100]}...")
    print("---")

check([item["role"] for item in items] == ["system", "user", "assistant", "user"], items)
