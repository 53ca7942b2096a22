"""Character.AI's page, `wss://neo.character.ai/ws/`: a JSON command a message.

Source: the public client `PyCharacterAI` (2025), one public source, read 2026-11-21.
Captures: tests/proxy_addons/golden/character_ai/.
Misses: earlier turns and what a character is told to be, which are kept at the service.
"""

from collections.abc import Iterator, Mapping

from penstock.model import AnswerEvent, Failed, Finished, TextDelta
from proxy_addons.dialects.base import AnswerWriter, Filter, Json, Request
from proxy_addons.dialects.generic import Generic
from proxy_addons.dialects.json_text import dump, select
from proxy_addons.dialects.messages import STAYS_OPEN, TYPE, Message, pack
from proxy_addons.dialects.page import Growing, string, uuid
from proxy_addons.dialects.restore import restorer
from proxy_addons.dialects.socket_page import SocketPage

_WORDS = """
    command create_and_generate_turn generate_turn generate_turn_candidate request_id payload
    character_id turn turn_key turn_id chat_id author author_id is_human candidates candidate_id
    raw_content primary_candidate_id num_candidates tts_enabled selected_language user_name
    previous_annotations origin_id Android web-next generate_comparison
"""
_ASKED = "/payload/turn/candidates/*/raw_content"


class CharacterAI(SocketPage):
    """Gives what the person says its role; refuses and answers as a character's turn."""

    name = "character_ai"
    words = Generic.words | frozenset(_WORDS.split())

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, node in select(document, _ASKED):
            if isinstance(node, str):
                yield where, "user", node

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect. Each message repeats all that was said before it."""
        return restorer(content_type, originals, self.deltas)

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        return _Writer(self.asked(request))


class _Writer:
    """The person's turn, then the character's, again and again, each time longer."""

    status = STAYS_OPEN
    content_type = TYPE

    def __init__(self, asked: Json) -> None:
        self._asked = asked
        self._chat = string(asked, "/payload/turn/turn_key/chat_id")
        self._id = uuid("character", self._chat, string(asked, "/payload/turn/turn_key/turn_id"))
        self._said = Growing()
        self._begun = False

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        begin = [] if self._begun else [self._command("add_turn", self._turn_asked())]
        match event:
            case TextDelta(text):
                is_time = self._said.add(text)
            case Failed(message):
                self._said.add(f"\n\n{message}" if self._said.text else message)
                is_time = True
            case Finished():
                is_time = True
            case _:
                is_time = False
        if not is_time:
            return b""
        self._begun = True
        ended = isinstance(event, Finished | Failed)
        return pack(*begin, self._command("update_turn", self._turn(ended=ended)))

    def _turn_asked(self) -> Json:
        return next((turn for _, turn in select(self._asked, "/payload/turn")), None)

    def _turn(self, *, ended: bool) -> Json:
        candidate: Json = {
            "candidate_id": self._id,
            "raw_content": self._said.text,
            "is_final": ended,
        }
        return {
            "turn_key": {"chat_id": self._chat, "turn_id": self._id},
            "author": {"author_id": string(self._asked, "/payload/character_id")},
            "candidates": [candidate],
            "primary_candidate_id": self._id,
        }

    def _command(self, name: str, turn: Json) -> Message:
        request = string(self._asked, "/request_id")
        return Message(dump({"command": name, "request_id": request, "turn": turn}))


dialect = CharacterAI()
