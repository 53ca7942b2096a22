"""Google's generateContent and streamGenerateContent, on the Gemini API, Vertex and Code Assist.

Any version of the API, `models/` and `tunedModels/`; `countTokens`, `embedContent` and their
batches are read too, they hold the same prompts. Names in camelCase or snake_case.
Source: `google-genai` 2.8 (`google.genai.types`), ai.google.dev/api, gemini-cli
`code_assist/converter.ts`, read 2026-11-21. Captures: tests/proxy_addons/golden/gemini_generate/.
Misses: what the service fetches.
"""

import json
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs

from penstock.errors import CannotExpress, ParseError
from penstock.model import Chat, Finished, Prompt, TextDelta
from proxy_addons.dialects.base import Answer, AnswerWriter, Filter, Json, Request
from proxy_addons.dialects.gemini_generate_answer import Form, Writer, error
from proxy_addons.dialects.gemini_generate_request import field, json_schema, read_chat
from proxy_addons.dialects.json_body import JsonDialect, mentions
from proxy_addons.dialects.json_text import dump, select
from proxy_addons.dialects.restore import Delta, End, restorer
from proxy_addons.dialects.schema_example import example

_FORMS: dict[str, Form] = {"generateContent": "object", "streamGenerateContent": "array"}
_MESSAGE: Json = {"type": "object", "properties": {"message": {"type": "string"}}}
"""What is answered where JSON is asked for and no schema given."""
CREDENTIALS = frozenset(("key", "access_token"))
"""Query parameters that say who asks."""
_ENVELOPED = "/v1internal:"
"""Code Assist wraps the request in a member `request` and the answer in `response`."""
_INSIDE = ("/request", "/generateContentRequest", "/generate_content_request", "/requests/*")
"""Where else than at the top a body stands: Code Assist, countTokens, batches."""
_ROLES = {"user": "user", "function": "tool", "model": "assistant", "system": "system"}


class GeminiGenerate(JsonDialect):
    """A refusal is an ordinary answer: gemini-cli shows errors as a raw dump."""

    name = "gemini_generate"
    credentials = CREDENTIALS

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, body in [("", document), *select(document, *_INSIDE)]:
            for place, system in select(body, "/systemInstruction", "/system_instruction"):
                if isinstance(system, str):
                    yield where + place, "system", system
                for at, part in select(system, "/parts/*/text", "/parts/text"):
                    yield where + place + at, "system", part
            for place, content in select(body, "/contents/*", "/contents", "/content"):
                yield from _said(where + place, content)

    def parse(self, request: Request) -> Prompt:
        """See Dialect. The contents come last: the numbers of placeholders in what comes before
        stay what they are while the conversation grows."""
        prompt = super().parse(request)
        said = sorted(prompt.texts, key=lambda text: text.where.startswith("/contents"))
        return Prompt(tuple(said), prompt.unread)

    def refuse(self, request: Request, message: str) -> Answer:
        """An answer that says why, in the form asked for; an error where no answer is due."""
        form = _form(request)
        if form is None:
            document = error(message, 400, "INVALID_ARGUMENT")
            return Answer(400, "application/json; charset=UTF-8", dump(document))
        writer = Writer(form, "policy", _envelope(request), id="refused")
        said = writer.write(TextDelta(_as_asked(self._body(request), message)))
        return Answer(200, writer.content_type, said + writer.write(Finished("stop", 0, 0)))

    def chat(self, request: Request) -> Chat:
        """See Redirectable."""
        form, document = _form(request), self.document(request)
        if form is None:
            raise CannotExpress("only content has an answer that another model can give")
        if _envelope(request):
            named = field(document, "model")
            model, document = str(named or ""), field(document, "request")
        else:
            model = _path(request).rpartition("/")[2].partition(":")[0]
        return read_chat(document, model, form != "object")

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        return Writer(_form(request) or "object", model, _envelope(request))

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        asks = mentions(request, b'"responseMimeType"', b'"response_mime_type"')
        is_json = asks and _wants_json(self._body(request))
        return restorer(content_type, originals, lambda event: _deltas(event, is_json))

    def _body(self, request: Request) -> Json:
        """The body, out of its envelope; None if it cannot be read."""
        try:
            document = self.document(request)
        except ParseError:
            return None
        return field(document, "request") if _envelope(request) else document


def _said(where: str, content: Json) -> Iterator[tuple[str, str, Json]]:
    if isinstance(content, str):
        yield where, "user", content
        return
    named = field(content, "role") or "user"
    role = _ROLES.get(named, "other") if isinstance(named, str) else "other"
    for at, part in select(content, "/parts/*", "/parts"):
        for place, node in select(part, "/text"):
            yield where + at + place, role, node
        for place, node in select(part, "/functionCall/args", "/function_call/args"):
            yield where + at + place, "assistant", node
        calls = ("/functionResponse/response", "/function_response/response")
        for place, node in select(part, *calls):
            yield where + at + place, "tool", node


def _path(request: Request) -> str:
    return request.target.partition("?")[0]


def _form(request: Request) -> Form | None:
    """The form of the answer that is due, if it is one of words."""
    path, _, query = request.target.partition("?")
    form = _FORMS.get(path.rpartition(":")[2])
    if form == "array" and "sse" in parse_qs(query).get("alt", parse_qs(query).get("$alt", [])):
        return "events"
    return form


def _envelope(request: Request) -> str:
    return "response" if _ENVELOPED in request.target else ""


def _wants_json(body: Json) -> bool:
    return field(field(body, "generationConfig"), "responseMimeType") == "application/json"


def _as_asked(body: Json, message: str) -> str:
    """`message`, as JSON where the request asks for JSON."""
    if not _wants_json(body):
        return message
    config = field(body, "generationConfig")
    schema = json_schema(field(config, "responseJsonSchema") or field(config, "responseSchema"))
    return json.dumps(example(schema or _MESSAGE, message), ensure_ascii=False)


def _deltas(event: Json, is_json: bool) -> Iterator[Delta | End]:
    """Text parts of one candidate are one text until something else comes."""
    for where, candidate in select(event, "/candidates/*", "/response/candidates/*"):
        for at, part in select(candidate, "/content/parts/*"):
            match part:
                case {"thought": True, "text": str(text)}:
                    yield Delta(f"{where} thought", f"{where}{at}/text", text)
                case {"text": str(text)}:
                    yield Delta(f"{where} said", f"{where}{at}/text", text, is_json)
                case _:
                    yield End(f"{where} ")
        if field(candidate, "finishReason"):
            yield End(f"{where} ")


dialect = GeminiGenerate()
