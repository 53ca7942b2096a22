"""What the guard does to requests, seen from the service's side: in bytes."""

from tests.proxy_addons.conftest import HOST, Start

from penstock.model import Action, Outcome


async def test_an_allowed_prompt_arrives_byte_for_byte(start: Start) -> None:
    lab = await start()
    body = b'{"messages": [{"role": "user",  "content": "hello"}]}'
    answer = await lab.http().post(f"https://{HOST}/v1/messages", content=body)
    assert answer.status_code == 200
    assert lab.upstream.bodies == [body]
