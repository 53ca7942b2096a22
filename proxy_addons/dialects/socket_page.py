"""What pages that chat over a WebSocket share: a message asks, and messages answer.

What is refused is said in a message of the chat, as on other pages: see `page`.
"""

from abc import abstractmethod

from penstock.errors import CannotExpress, ParseError
from penstock.model import Chat, Finished, TextDelta
from proxy_addons.dialects.base import Answer, AnswerWriter, Json, Request
from proxy_addons.dialects.generic import Generic
from proxy_addons.dialects.messages import METHOD, STAYS_OPEN, TYPE
from proxy_addons.dialects.page import spoken_turns


class SocketPage(Generic):
    """Refuses and answers in messages of the chat where one is awaited."""

    def asked(self, request: Request) -> Json:
        """What a message says that asks for an answer; None for any other."""
        try:
            document = self.document(request)
        except ParseError:
            return None
        return document if any(text for _, _, text in self.roles(document)) else None

    def refuse(self, request: Request, message: str) -> Answer:
        """See Dialect."""
        if request.method != METHOD or self.asked(request) is None:
            return super().refuse(request, message)
        writer = self.write_answer(request, "")
        said = writer.write(TextDelta(message)) + writer.write(Finished("stop", 0, 0))
        return Answer(STAYS_OPEN, TYPE, said)

    def chat(self, request: Request) -> Chat:
        """See Redirectable. What was said before is kept at the service and not part of it."""
        if (asked := self.asked(request)) is None:
            raise CannotExpress("only a message to the chat has an answer another model can give")
        self.check(asked)
        return Chat(spoken_turns(self.roles(asked)), stream=True, model="")

    def check(self, asked: Json) -> None:
        """Raises CannotExpress where the message comes with what only the service has."""

    @abstractmethod
    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
