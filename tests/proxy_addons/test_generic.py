"""Any request at all: nothing unseen, nothing changed but what is edited."""

import contextlib
import json
import string
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from penstock.errors import CannotExpress, CannotRewrite, ParseError
from penstock.model import Edit
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Dialect, Json, Redirectable, Request
from proxy_addons.dialects.generic import dialect
from tests.detectors.documents import made

MARKER = "4111 1111"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=X"
DOCUMENTS = {
    "pdf": (made.pdf("to Zoë"), "application/pdf"),
    "docx": (
        made.docx("to Zoë"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "rtf": (made.rtf("to Zoë"), "application/rtf"),
    "mail": (made.mail("hello", made.docx("to Zoë")), "message/rfc822"),
    "zip": (made.zipped({"a.txt": "to Zoë"}), "application/zip"),
}


def request(
    body: bytes, content_type: str, target: str = "/api/ask", method: str = "POST"
) -> Request:
    return Request(method, target, content_type, body)


def edited(
    sent: Request, old: str = MARKER, new: str = "[CARD_1]", by: Dialect = dialect
) -> Request:
    """`sent` with every `old` in its texts replaced."""
    edits = [
        Edit(text.where, start, start + len(old), new)
        for text in by.parse(sent).texts
        for start in range(len(text.text))
        if text.text.startswith(old, start)
    ]
    assert edits, "nothing was seen"
    return by.rewrite(sent, edits)


def part(name: str, content: bytes, *headers: str) -> bytes:
    head = [f'Content-Disposition: form-data; name="{name}"', *headers]
    return b"--X\r\n" + "\r\n".join(head).encode() + b"\r\n\r\n" + content + b"\r\n"


BODIES = [
    ("JSON", "application/json", b'{"q": "pay %s", "n": 1.50}'),
    ("JSON sent as text", "text/plain;charset=UTF-8", b' {"q": "pay %s"}'),
    ("JSON sent as a form", FORM, b'{"q": "pay %s"}'),
    ("JSON without a type", "", b'["pay %s"]'),
    ("JSON of a vendor", "application/vnd.acme.v2+json", b'{"q": "pay %s"}'),
    ("a JSON string", "text/plain", b'"pay %s!"'),
    ("GraphQL", "application/graphql+json", b'{"query": "{a}", "variables": {"x": "%s"}}'),
    ("JSON in JSON", "application/json", rb'{"v": "{\"q\": [1.50, \"pay %s\"]}"}'),
    ("lines of JSON", "application/x-ndjson", b'{"a": 1}\n{"q": "%s"}\n'),
    ("lines of JSON sent as JSON", "application/json", b'{"a": "b"}\r\n{"q": "%s"}'),
    ("lines of JSON sent as text", "text/plain", b'{"a": "b"}\n\n{"q": "%s"}\n'),
    ("events", "text/event-stream", b'event: a\ndata: {"q": "%s"}\n\ndata: end\n\n'),
    ("text", "text/plain", b"pay %s\r\nnow"),
    ("text of an unknown type", "application/x-acme", b"pay %s\r\nnow"),
    ("text without a type", "", b"pay %s"),
    ("XML", "application/xml", b"<a>pay %s</a>"),
    ("raw GraphQL", "application/graphql", b'{ask(q: "%s")}'),
    ("broken JSON sent as text", "text/plain", b'{"q": "pay %s'),
]


@pytest.mark.parametrize(
    ("content_type", "body"), [b[1:] for b in BODIES], ids=[b[0] for b in BODIES]
)
def test_one_text_changes_and_every_other_byte_stays(content_type: str, body: bytes) -> None:
    sent = request(body.replace(b"%s", MARKER.encode()), content_type)

    assert edited(sent).body == body.replace(b"%s", b"[CARD_1]")
    assert edited(sent).content_type == content_type


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32-le",
                                      "utf-32-be", "latin-1", "utf-8-sig"])  # fmt: skip
@pytest.mark.parametrize("content_type", ["text/plain", "text/plain; charset=bogus", "", "a/b",
                                          "text/plain; charset=rot13"])  # fmt: skip
def test_text_is_read_in_the_encoding_it_is_in(encoding: str, content_type: str) -> None:
    sent = request(f"Über {MARKER} für dich".encode(encoding), content_type)

    assert edited(sent).body == "Über [CARD_1] für dich".encode(encoding)


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("shift_jis", "cp932"),
        ("GBK", "gb18030"),
        ("euc-kr", "cp949"),
        ("koi8-r", "koi8-r"),
        ("windows-1251", "cp1251"),
        ("UTF-16", "utf-16-le"),
    ],
)
def test_a_declared_charset_is_used_where_the_bytes_say_nothing(charset: str, codec: str) -> None:
    word = {"shift_jis": "東京", "GBK": "北京", "euc-kr": "서울"}.get(charset, "Москва")
    body = f"{word} {MARKER} {word * 20}".encode(codec)

    sent = request(body, f"text/plain; charset={charset}")

    assert any(word in text.text for text in dialect.parse(sent).texts)
    assert edited(sent).body == body.replace(MARKER.encode(codec), "[CARD_1]".encode(codec))


def test_letters_of_two_encodings_in_one_text_are_all_read() -> None:
    sent = request("Müller ".encode() + "Jürgen".encode("latin-1"), "text/plain")

    (text,) = dialect.parse(sent).texts

    assert "Müller" in text.text
    assert "Jürgen" in text.text
    with pytest.raises(ParseError, match="mixes encodings"):
        dialect.rewrite(sent, [Edit(text.where, 0, len(text.text), "x")])


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("repeated names", b'{"a": 1, "a": 2}'),
        ("broken", b'{"a": "b'),
        ("not UTF-8", b'{"a": "\xfc"}'),
        ("too deep", b"[" * 100 + b"]" * 100),
        ("not a number", b'{"a": NaN}'),
    ],
)
def test_json_that_is_not_what_it_says_is_an_error(name: str, body: bytes) -> None:
    with pytest.raises(ParseError):
        dialect.parse(request(body, "application/json"))


def test_json_that_two_parsers_read_differently_is_an_error_whatever_its_type() -> None:
    with pytest.raises(ParseError):
        dialect.parse(request(b'{"a": "\\u0034111", "a": 2}', "text/plain"))


def test_a_line_that_two_parsers_read_differently_is_an_error() -> None:
    for content_type in ("application/x-ndjson", "text/event-stream"):
        with pytest.raises(ParseError):
            dialect.parse(request(b'{"a": 1}\n{"a": "\\u0034111", "a": 2}\n', content_type))


def test_an_empty_body_says_nothing() -> None:
    for content_type in ("", "application/json", FORM, MULTIPART, "text/plain", "image/png"):
        assert dialect.parse(request(b"", content_type)).texts == ()


# ── what stands in the address ────────────────────────────────────────────────────────────────


def test_a_query_is_read_and_edited_without_a_body() -> None:
    sent = request(b"", "", f"/api/search?q=pay+{quote(MARKER)}&page=1", "GET")

    assert edited(sent).target == "/api/search?q=pay%20%5BCARD_1%5D&page=1"
    assert edited(sent).body == b""


# ── forms ─────────────────────────────────────────────────────────────────────────────────────


def test_a_form_keeps_what_is_not_edited() -> None:
    sent = request(b"a=%7e&q=pay+4111+1111&b=&c&a=2&%71=4111%201111", FORM)

    assert edited(sent).body == b"a=%7e&q=pay%20%5BCARD_1%5D&b=&c&a=2&%71=%5BCARD_1%5D"


def test_a_name_of_a_form_is_read_and_edited() -> None:
    sent = request(b"pay+4111+1111=1&b=2", FORM)

    assert edited(sent).body == b"pay%20%5BCARD_1%5D=1&b=2"


def test_a_document_in_a_form_is_read_through_both_of_its_layers() -> None:
    """The body of gemini.google.com: a list in a string in a list in a field."""
    inner = json.dumps([[f"Zahl an Jörg: {MARKER}", 0, None], ["en"]])
    body = urlencode({"at": "token", "f.req": json.dumps([None, inner])}).encode()

    sent = request(body, f"{FORM};charset=utf-8")

    assert any("Jörg: 4111" in text.text for text in dialect.parse(sent).texts)
    fields = edited(sent).body.partition(b"f.req=")[2].decode()
    assert fields == quote(json.dumps([None, inner.replace(MARKER, "[CARD_1]")]), safe="")


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_letters_of_a_form_are_read_in_their_encoding(encoding: str) -> None:
    sent = request(f"q={quote_plus('Jörg 4111 1111', encoding=encoding)}".encode(), FORM)

    assert any("Jörg" in text.text for text in dialect.parse(sent).texts)


# ── multipart ─────────────────────────────────────────────────────────────────────────────────


def test_a_multipart_body_keeps_its_boundary_and_its_files() -> None:
    image = part("file", b"\x89PNG\r\n\x1a\n\x00\x00", "Content-Type: image/png")
    question = part("data", b'{"inputs": "pay 4111 1111"}')
    notes = part("file", b"4111 1111\r\nnot --X this", "Content-Type: text/csv")
    sent = request(question + image + notes + b"--X--\r\n", MULTIPART)

    assert dialect.parse(sent).unread == ("image",)
    assert edited(sent).body == sent.body.replace(MARKER.encode(), b"[CARD_1]")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_read_in_a_part_and_by_itself_and_cannot_be_edited(name: str) -> None:
    data, declared = DOCUMENTS[name]
    uploaded = part("file", data, f"Content-Type: {declared}")
    for whole in (request(uploaded, MULTIPART), request(data, declared), request(data, "")):
        prompt = dialect.parse(whole)
        [found] = [t for t in prompt.texts if "to Zoë" in t.text]
        at = found.text.index("Zoë")

        assert prompt.unread == ()
        assert dialect.rewrite(whole, []) is whole
        with pytest.raises(CannotRewrite):
            dialect.rewrite(whole, [Edit(found.where, at, at + 3, "[PERSON_1]")])


def test_a_document_that_is_partly_read_says_so() -> None:
    sealed = made.zipped({"a.txt": "to Zoë", "b.pdf": made.pdf("x", password="y")})
    prompt = dialect.parse(request(sealed, "application/zip"))

    assert any("to Zoë" in t.text for t in prompt.texts)
    assert prompt.unread == ("encrypted",)


def test_the_name_of_a_file_is_read() -> None:
    sent = request(part("file", b"x", f'X-Name: filename="{MARKER}.txt"') + b"--X--\r\n", MULTIPART)

    assert b'filename="[CARD_1].txt"' in edited(sent).body


def test_an_encoded_name_of_a_file_is_read_and_not_edited() -> None:
    head = "Content-Type: text/plain; name*=UTF-8''4111%201111%20M%C3%BCller.txt"
    sent = request(part("file", b"x", head) + b"--X--\r\n", MULTIPART)

    assert any("4111 1111 Müller" in text.text for text in dialect.parse(sent).texts)
    with pytest.raises(ParseError, match="encoded"):
        edited(sent)


@pytest.mark.parametrize(
    ("coding", "content", "after"),
    [
        ("base64", b"NDExMSAxMTEx", b"W0NBUkRfMV0="),
        ("quoted-printable", b"4111=20=\r\n1111", b"[CARD_1]"),
    ],
)
def test_a_part_is_read_through_its_transfer_encoding(
    coding: str, content: bytes, after: bytes
) -> None:
    headers = ("Content-Type: text/plain", f"Content-Transfer-Encoding: {coding}")

    sent = request(part("file", content, *headers) + b"--X--\r\n", MULTIPART)

    assert edited(sent).body == sent.body.replace(content, after)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"4111 1111", MULTIPART),
        (part("a", b"4111 1111", "Content-Transfer-Encoding: x-uuencode") + b"--X--", MULTIPART),
        (part("a", b'{"a": ', "Content-Type: application/json") + b"--X--", MULTIPART),
    ],
)
def test_a_multipart_body_that_is_none_is_an_error(body: bytes, content_type: str) -> None:
    with pytest.raises(ParseError):
        dialect.parse(request(body, content_type))


def test_parts_lie_in_parts_only_so_deep() -> None:
    def wrapped(levels: int) -> bytes:
        inner = wrapped(levels - 1) if levels else b"4111 1111"
        kind = f"Content-Type: multipart/mixed; boundary=B{levels - 1}" if levels else "X-A: b"
        mark = f"--B{levels}".encode()
        return mark + b"\r\n" + kind.encode() + b"\r\n\r\n" + inner + b"\r\n" + mark + b"--\r\n"

    shallow = request(wrapped(3), "multipart/form-data; boundary=B3")

    assert edited(shallow).body == shallow.body.replace(MARKER.encode(), b"[CARD_1]")
    with pytest.raises(ParseError, match="deep"):
        dialect.parse(request(wrapped(50), "multipart/form-data; boundary=B50"))


def test_what_stands_before_and_after_the_parts_is_read() -> None:
    sent = request(b"4111 1111\r\n" + part("a", b"x") + b"--X--\r\n4111 1111", MULTIPART)

    assert edited(sent).body.count(b"[CARD_1]") == 2


def test_lines_that_end_in_a_bare_line_feed_are_parts_too() -> None:
    body = (part("a", b'{"q": "4111 1111"}') + b"--X--\r\n").replace(b"\r\n", b"\n")

    assert edited(request(body, MULTIPART)).body == body.replace(MARKER.encode(), b"[CARD_1]")


# ── bytes ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("content_type", ["", "application/x-protobuf", "image/png", "text/plain"])
def test_letters_among_bytes_are_read_and_not_edited(encoding: str, content_type: str) -> None:
    noise = bytes(range(0x01, 0x09)) * 8 + b"\x00\xff\x00\xff"
    sent = request(noise + f"Jörg {MARKER}".encode(encoding) + noise, content_type)

    prompt = dialect.parse(sent)

    assert prompt.unread == ("binary",)
    assert any(f"Jörg {MARKER}" in text.text for text in prompt.texts)
    with pytest.raises(ParseError, match="not text"):
        edited(sent)


def test_a_format_that_counts_its_bytes_is_not_edited_however_printable() -> None:
    sent = request(b"\n\x20pay 4111 1111 now, if you please!", "application/grpc+proto")

    assert dialect.parse(sent).unread == ("binary",)
    with pytest.raises(ParseError):
        edited(sent)


def test_noise_as_large_as_a_body_may_be_is_unread() -> None:
    import random

    noise = random.Random(1).randbytes(10 * 1024 * 1024)

    assert dialect.parse(request(noise, "image/png")).unread == ("binary",)


# ── what is told instead ──────────────────────────────────────────────────────────────────────

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Chrome/141"


@pytest.mark.parametrize(
    ("method", "body", "agent", "content_type"),
    [
        ("POST", b"{}", BROWSER, "application/json"),
        ("POST", b"", "python-httpx/0.28", "application/json"),
        ("GET", b"", "curl/8", "text/plain; charset=utf-8"),
        ("GET", b"", BROWSER, "text/html; charset=utf-8"),
    ],
)
def test_a_refusal_is_what_its_reader_can_read(
    method: str, body: bytes, agent: str, content_type: str
) -> None:
    answer = dialect.refuse(Request(method, "/", "", body, agent), "Not sent: <b> & more.")

    assert (answer.status, answer.content_type) == (400, content_type)
    if content_type == "application/json":
        error = {"message": "Not sent: <b> & more.", "type": "policy"}
        assert json.loads(answer.body) == {"error": error}
    elif content_type.startswith("text/html"):
        assert b"<h1>Not sent</h1>\n<p>&lt;b&gt; &amp; more.</p>" in answer.body
    else:
        assert answer.body == b"Not sent: <b> & more.\n"


@pytest.mark.parametrize(
    ("content_type", "answer", "seen"),
    [
        ("text/plain", b"pay [CARD_1]!", b"pay 4111 1111!"),
        ("application/json", b'{"a": ["pay [CARD_1]"]}', b'{"a": ["pay 4111 1111"]}'),
        ("text/event-stream", b'data: {"a": "[CARD_1]"}\n\n', b'data: {"a": "4111 1111"}\n\n'),
        ("image/png", b"\x89PNG [CARD_1]", b"\x89PNG [CARD_1]"),
    ],
)
def test_values_return_into_what_is_text(content_type: str, answer: bytes, seen: bytes) -> None:
    told = dialect.restore(request(b"{}", "application/json"), content_type, {"[CARD_1]": MARKER})

    assert b"".join(told.feed(bytes([b])) for b in answer) + told.finish() == seen


# ── for any input ─────────────────────────────────────────────────────────────────────────────

WORDS = st.text(string.ascii_letters + ' "\\/~{}[]#:éß漢😀\n', max_size=12)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
)
TREES = st.recursive(
    LEAVES, lambda x: st.lists(x, max_size=4) | st.dictionaries(WORDS, x, max_size=4), max_leaves=12
)
BODY_TYPES = [
    *("", "application/json", "text/plain", "text/plain; charset=utf-16", FORM, MULTIPART),
    *("application/x-ndjson", "text/event-stream", "application/octet-stream", "image/png"),
    *("application/x-protobuf", "text/html; charset=shift_jis"),
]
JSON_DIALECTS = ["anthropic_messages", "gemini_generate", "generic"]


@st.composite
def marked(draw: st.DrawFn) -> Json:
    """A document with the marker somewhere: in a string, in a string of JSON, or as a name."""
    said = draw(WORDS) + MARKER + draw(WORDS)
    hidden: Json = draw(st.sampled_from([said, json.dumps([said]), {said: 1}, [[said]]]))
    for _ in range(draw(st.integers(0, 4))):
        around = draw(st.dictionaries(WORDS, TREES, max_size=3))
        name = draw(st.sampled_from(["content", "messages", "contents", "parts", "text", "x"]))
        wrapped: list[Json] = [hidden, {**around, name: hidden}, [draw(TREES), hidden]]
        hidden = draw(st.sampled_from(wrapped))
    return hidden


@pytest.mark.parametrize("name", JSON_DIALECTS)
@given(document=marked(), ascii=st.booleans())
def test_a_marker_anywhere_in_json_is_seen_and_nothing_else_changes(
    name: str, document: Json, ascii: bool
) -> None:
    body = json.dumps(document, ensure_ascii=ascii)
    assume(body.count("4111 1111") == 1)
    sent = request(body.encode(), "application/json")

    after = edited(sent, new="[CARD_9]", by=BY_NAME[name])

    assert json.loads(after.body) == json.loads(body.replace(MARKER, "[CARD_9]"))


@given(body=st.binary(max_size=200), content_type=st.sampled_from(BODY_TYPES))
def test_any_bytes_are_read_or_refused_as_they_are(body: bytes, content_type: str) -> None:
    sent = request(body, content_type)

    try:
        prompt = dialect.parse(sent)
    except ParseError:
        return
    assert dialect.rewrite(sent, []) is sent
    assert all(isinstance(text.text, str) for text in prompt.texts)


@given(words=st.lists(WORDS, max_size=5), at=st.integers(0, 5), kind=st.sampled_from("fmnt"))
def test_a_marker_among_any_words_is_seen_and_the_words_stay(
    words: list[str], at: int, kind: str
) -> None:
    words.insert(at, f"a {MARKER} b")

    def written(said: list[str]) -> tuple[bytes, str]:
        match kind:
            case "f":
                pairs = [f"f{i}={quote(word, safe='')}" for i, word in enumerate(said)]
                return "&".join(pairs).encode(), FORM
            case "m":
                parts = [part(f"f{i}", word.encode()) for i, word in enumerate(said)]
                return b"".join(parts) + b"--X--\r\n", MULTIPART
            case "n":
                lines = [json.dumps({"q": word}) for word in said]
                return "\n".join(lines).encode(), "application/x-ndjson"
            case _:
                return "\n".join(said).encode(), "text/markdown"

    after = edited(request(*written(words)))

    assert after.body == written([word.replace(MARKER, "[CARD_1]") for word in words])[0]


CAPTURES = [
    (path.parent.parent.name, head.split(b" ")[1].decode(), json.loads(body))
    for path in sorted(Path(__file__).parent.glob("golden/*_*/*/request.http"))
    for head, _, body in [path.read_bytes().partition(b"\r\n\r\n")]
    if body[:1] == b"{" and b"\x1e" not in body  # messages of SignalR, several in one
    if isinstance(BY_NAME[path.parent.parent.name], Redirectable)
]


@st.composite
def broken(draw: st.DrawFn, document: Json) -> Json:
    """`document` with something else somewhere in it."""
    if not isinstance(document, dict | list) or not document or draw(st.integers(0, 9)) == 0:
        return draw(TREES)
    if isinstance(document, list):
        at = draw(st.integers(0, len(document) - 1))
        return [draw(broken(x)) if i == at else x for i, x in enumerate(document)]
    name = draw(st.sampled_from(sorted(document)))
    return {**document, name: draw(broken(document[name]))}


@given(capture=st.sampled_from(CAPTURES), data=st.data(), times=st.integers(1, 3))
def test_a_broken_request_is_read_refused_and_understood_or_not(
    capture: tuple[str, str, Json], data: st.DataObject, times: int
) -> None:
    name, target, document = capture
    for _ in range(times):
        document = data.draw(broken(document))
    by, sent = BY_NAME[name], request(json.dumps(document).encode(), "application/json", target)
    assert isinstance(by, Redirectable)

    by.parse(sent)
    assert by.refuse(sent, "Not sent.").body
    by.restore(sent, "text/event-stream", {"[A_1]": "a"}).feed(b'data: {"a": "[A_1]"}\n\n')
    by.write_answer(sent, "m")
    with contextlib.suppress(CannotExpress):
        by.chat(sent)


@given(capture=st.sampled_from(CAPTURES), data=st.data())
def test_a_broken_answer_passes(capture: tuple[str, str, Json], data: st.DataObject) -> None:
    name, target, _ = capture
    by = BY_NAME[name]
    sent = request(b"{}", "application/json", target)
    answers: list[Json] = [
        {"type": "message", "content": [{"type": "thinking", "thinking": "x"}]},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x"}},
        {"type": "content_block_stop", "index": 0},
        {"candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": "STOP"}]},
    ]
    answer = data.draw(st.sampled_from(answers).flatmap(broken))
    frame = b"data: " + json.dumps(answer).encode() + b"\n\n"

    told = by.restore(sent, "text/event-stream", {"[A_1]": "a"})

    assert told.feed(frame) + told.finish() == frame


@pytest.mark.parametrize(
    ("path", "is_read"),
    [
        ("/v1/projects/acme/locations/us-central1/endpoints/4522911906360187616:predict", False),
        ("/v1/x/reasoningEngines/4522911906360187616/sessions/678120049396602182", False),
        ("/v1/x/endpoints/4012888888881881", True),
        ("/v1/x/customers/4522911906360187616", True),
        ("/v1/x/endpoints/4522911906360187616-for-Zoe", True),
    ],
)
def test_numbers_of_services_own_in_a_path_are_no_card_numbers(path: str, is_read: bool) -> None:
    prompt = dialect.parse(request(b"{}", "application/json", path))
    said = " ".join(text.text for text in prompt.texts)
    assert any(number in said for number in ("4522911906360187616", "4012888888881881")) is is_read
