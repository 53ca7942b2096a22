"""Reads an answer as an independent client does; run by the interpreter that has those clients.

    python readers.py NAME < answer

An answer on a socket is a list of its messages, in JSON. Not part of the product and never imported
by it: `g4f` is under the GPL, `gemini_webapi` and `hugchat` under the AGPL. They are asked what
they understand, nothing more.
"""

import asyncio
import io
import json
import sys
from collections.abc import AsyncIterator, Callable
from importlib import import_module
from typing import Any


class Response:
    """What their HTTP libraries would hand them."""

    ok, status = True, 200

    def __init__(self, body: bytes, content_type: str = "text/event-stream") -> None:
        self.headers = {"content-type": content_type}
        self.content = self._lines(body)

    @staticmethod
    async def _lines(body: bytes) -> AsyncIterator[bytes]:
        for line in body.splitlines(keepends=True):
            yield line

    async def __aenter__(self) -> "Response":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


async def chatgpt_web(body: bytes) -> str:
    module: Any = import_module("g4f.Provider.needs_auth.OpenaiChat")
    state = module.Conversation()
    sources, references = module.OpenAISources([]), module.ContentReferences()
    said = ""
    for line in body.splitlines():
        async for piece in module.OpenaiChat.iter_messages_line(
            None, None, line, state, sources, references
        ):
            said += piece if isinstance(piece, str) else ""
    assert state.conversation_id
    assert state.message_id
    return said


async def qwen_web(body: bytes) -> str:
    from g4f.Provider.Qwen import Qwen
    from g4f.providers.response import JsonConversation

    state = JsonConversation(chat_id="c", parent_id=None)
    pieces = Qwen._read_response(Response(body), state, "asked")
    return "".join([piece async for piece in pieces if isinstance(piece, str)])


async def meta_ai(body: bytes) -> str:
    from g4f.Provider.needs_auth.MetaAI import MetaAI

    class Session:
        def post(self, *_: object, **__: object) -> Response:
            return Response(body)

    client: Any = MetaAI.__new__(MetaAI)
    client.session, client.access_token, client.cookies = Session(), "x", {"x": "y"}
    client.lsd = client.dtsg = client.proxy = None
    pieces = client.prompt("asked")
    said = ""
    try:
        async for piece in pieces:
            said += piece if isinstance(piece, str) else ""
    except (AttributeError, TypeError):
        assert said  # after its answer it looks for sources at the service
    return said


async def gemini_web(body: bytes) -> str:
    import orjson
    from gemini_webapi.utils.parsing import extract_json_from_response, get_nested_value

    said = ""
    for part in extract_json_from_response(body.decode()):
        if inner := get_nested_value(part, [2]):
            candidate = get_nested_value(orjson.loads(inner), [4, 0])
            said = get_nested_value(candidate, [1, 0], said)
    return str(said)


async def claude_web(body: bytes) -> str:
    from claude_webapi import ClaudeClient

    class Session:
        closed = False

        def post(self, *_: object, **__: object) -> Response:
            return Response(body)

    client: Any = ClaudeClient("none", "organization")
    client._session = Session()
    said = [piece async for piece in client._send_stream("chat", "asked", None, None, "parent")]
    assert said[-1].event_type == "message_stop"
    assert said[-1].metadata["parent_message_uuid"] != "parent"
    return str(said[-1].text)


async def hugging_chat(body: bytes) -> str:
    import requests
    from hugchat.hugchat import ChatBot
    from hugchat.message import Message
    from hugchat.types.message import Conversation, MessageNode

    answer = requests.Response()
    answer.status_code, answer.raw = 200, io.BytesIO(body)

    class Session:
        cookies = requests.cookies.RequestsCookieJar()

        def post(self, *_: object, **__: object) -> requests.Response:
            return answer

    client: Any = ChatBot.__new__(ChatBot)
    client.session, client.hf_base_url = Session(), "https://huggingface.co"
    client.get_conversation_info = lambda _: None  # it asks the service for the whole chat
    chat = Conversation(id="c", history=[MessageNode("root", "system", "", [], [], 0, 0)])
    return str(Message(client._stream_query("asked", conversation=chat)).wait_until_done())


async def character_ai(body: bytes) -> str:
    from PyCharacterAI.client import AsyncClient
    from PyCharacterAI.methods.chat import ChatMethods

    class Requester:
        async def ws_send_and_receive_async(self, *_: object, **__: object) -> AsyncIterator[Any]:
            for message in json.loads(body):
                yield json.loads(message)

    client: Any = AsyncClient()
    turn = await ChatMethods(client, Requester()).send_message("character", "chat", "asked")
    return str(turn.get_primary_candidate().text)


async def copilot_signalr(body: bytes) -> str:
    import sydney.sydney
    from sydney import SydneyClient

    class Socket:
        def __init__(self) -> None:
            self.messages = iter(["{}\x1e", *json.loads(body)])

        async def send(self, _: str) -> None: ...
        async def close(self) -> None: ...
        async def recv(self) -> str:
            return next(self.messages)

    async def connect(*_: object, **__: object) -> Socket:
        return Socket()

    library: Any = sydney.sydney
    library.websockets.connect = connect
    client: Any = SydneyClient()
    client.conversation_id = client.client_id = "c"
    client.invocation_id = 0
    return "".join([piece async for piece in client.ask_stream("asked")])


READERS: dict[str, Callable[[bytes], Any]] = {
    reader.__name__: reader
    for reader in (
        *(chatgpt_web, qwen_web, meta_ai, gemini_web, claude_web, hugging_chat),
        *(character_ai, copilot_signalr),
    )
}

if __name__ == "__main__":
    sys.stdout.write(asyncio.run(READERS[sys.argv[1]](sys.stdin.buffer.read())))
