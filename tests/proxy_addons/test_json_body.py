"""Every string of a JSON body is read, and editing one changes nothing else."""

import base64
import bz2
import gzip
import json
import lzma
import zlib
from collections.abc import Iterator
from hashlib import sha256
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import CannotRewrite, ParseError
from penstock.model import Edit, Prompt
from proxy_addons.dialects.base import Json, Request
from proxy_addons.dialects.generic import dialect as GENERIC
from proxy_addons.dialects.json_body import JsonDialect
from proxy_addons.dialects.words import WORDS
from tests.detectors.documents import made


class Notes(JsonDialect):
    """A small format: {"notes": [{"by": role, "says": anything}]}."""

    name = "notes"
    credentials = frozenset({"key"})

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        match document:
            case {"notes": [*notes]}:
                for i, note in enumerate(notes):
                    match note:
                        case {"by": str(role), "says": says}:
                            yield f"/notes/{i}/says", role, says


NOTES = Notes()
ANYTHING = st.text(st.characters(categories=("L", "N", "P", "S", "Z", "C")))  # lone surrogates too
MARK = "q7Zr"
"""Stands for what must be found; no word of any format holds it."""
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    ANYTHING,
)


def trees(leaf: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(ANYTHING, inner, max_size=3)
        ),
        max_leaves=8,
    )


def asks(document: Json, target: str = "/v1/notes", **options: object) -> Request:
    body = json.dumps(document, **options).encode()  # type: ignore[arg-type]
    return Request("POST", target, "application/json", body)


def texts(request: Request) -> dict[str, tuple[str, str]]:
    prompt = NOTES.parse(request)
    assert len({t.where for t in prompt.texts}) == len(prompt.texts)
    return {t.where: (t.role, t.text) for t in prompt.texts}


def edit(prompt: Prompt, value: str, replacement: str) -> list[Edit]:
    return [
        Edit(t.where, at, at + len(value), replacement)
        for t in prompt.texts
        for at in range(len(t.text))
        if t.text.startswith(value, at)
    ]


def redacted(request: Request, value: str, replacement: str) -> Request:
    return NOTES.rewrite(request, edit(NOTES.parse(request), value, replacement))


def marked(tree: Json) -> Iterator[Json]:
    """`tree` with the mark in one of its strings, numbers left alone: as a value and as a name."""
    match tree:
        case str():
            yield tree + MARK
        case [*items]:
            for i, item in enumerate(items):
                yield from ([*items[:i], new, *items[i + 1 :]] for new in marked(item))
        case dict():
            for name, item in tree.items():
                rest = {k: v for k, v in tree.items() if k != name}
                yield {**rest, MARK + name: item}
                yield from ({**rest, name: new} for new in marked(item))


@given(tree=trees(SCALARS), data=st.data())
def test_a_string_is_read_wherever_it_stands(tree: Json, data: st.DataObject) -> None:
    variants = list(marked({"notes": [{"by": "user", "says": tree}], "new": tree}))
    document = data.draw(st.sampled_from(variants))
    request = asks(document)
    found = edit(NOTES.parse(request), MARK, "")

    assert len(found) == 1
    after = json.loads(NOTES.rewrite(request, found).body)
    assert json.dumps(after) == json.dumps(document).replace(MARK, "")


@given(tree=trees(SCALARS), data=st.data())
def test_a_string_is_read_in_json_within_a_string(tree: Json, data: st.DataObject) -> None:
    inner = data.draw(st.sampled_from(list(marked({"a": tree, "b": [tree, "c"]}))))
    request = asks(
        {"new": json.dumps(inner), "notes": [{"by": "tool", "says": json.dumps([inner])}]}
    )
    found = edit(NOTES.parse(request), MARK, "")

    assert len(found) == 2
    after = json.loads(NOTES.rewrite(request, found).body)
    expected = json.loads(json.dumps(inner).replace(MARK, ""))
    assert json.loads(after["new"]) == expected
    assert json.loads(after["notes"][0]["says"]) == [expected]


@given(tree=trees(SCALARS), text=ANYTHING, new=ANYTHING, ascii_only=st.booleans())
def test_an_edit_changes_its_own_text_only(
    tree: Json, text: str, new: str, ascii_only: bool
) -> None:
    document = {"x": tree, "notes": [{"by": "user", "says": f"«{text}»"}], "n": 1.50}
    try:
        request = asks(document, ensure_ascii=ascii_only, indent=1)
    except UnicodeEncodeError:
        request = asks(document, indent=1)
    where = "/notes/0/says"
    after = NOTES.rewrite(request, [Edit(where, 1, 1 + len(text), new)])

    assert json.loads(after.body) == {**document, "notes": [{"by": "user", "says": f"«{new}»"}]}
    before, _, _ = request.body.partition(b'"by"')
    assert after.body.startswith(before)


@given(tree=trees(SCALARS))
def test_no_edits_give_the_same_request(tree: Json) -> None:
    request = asks(tree)

    assert NOTES.rewrite(request, []) is request


def test_what_has_no_role_is_read_as_lines() -> None:
    found = texts(
        asks(
            {
                "model": "m-1",
                "notes": [{"by": "user", "says": "hello", "password": "hunter2", "type": "text"}],
                "tools": [{"name": "look", "properties": {"anna@example.org": None}}],
                "size": 7,
                "stop": ["END", "user"],
            }
        )
    )

    assert found == {
        "#": ("other", "model: m-1\nnotes:\nsize: 7"),
        "/tools/0#": ("other", "look\nanna@example.org:"),
        "/stop#": ("other", "END"),
        "/notes/0/says": ("user", "hello"),
        "/notes/0#": ("other", "by:\npassword: hunter2"),
    }


def test_a_conversation_comes_last_so_that_placeholders_keep_their_numbers() -> None:
    notes = [{"by": "user", "says": f"no. {i}"} for i in range(12)]
    wheres = list(texts(asks({"notes": notes, "later": ["a"], "last": {"x": "b"}})))

    assert wheres[:3] == ["#", "/later#", "/last#"]
    assert [w for w in wheres if w.endswith("/says")] == [f"/notes/{i}/says" for i in range(12)]


def test_words_of_the_format_are_not_read_but_a_known_name_does_not_hide_its_value() -> None:
    assert texts(asks({"role": "user", "type": "text", "seed": 7})) == {}
    assert texts(asks({"role": "Anna"})) == {"#": ("other", "role: Anna")}


def test_an_id_or_a_functions_name_is_no_bodys_key_or_name() -> None:
    found = texts(asks({"tools": [{"name": "Read", "id": "4b1f"}, {"name": "Anna Berg"}]}))

    assert found["/tools/0#"] == ("other", "Read\n4b1f")
    assert found["/tools/1#"] == ("other", "name: Anna Berg")


def test_no_word_of_the_formats_could_be_a_secret_or_a_name() -> None:
    assert all(len(word) <= 32 for word in WORDS)
    assert not [w for w in WORDS if sum(c.isdigit() for c in w) > 2 or "@" in w]


@pytest.mark.parametrize(
    ("number", "shown"),
    [(4111111111111111, "4111111111111111"), (4111111111111111.0, "4111111111111111")],
)
def test_a_long_number_is_read_and_replaced_by_a_string(number: float, shown: str) -> None:
    request = asks({"list": [1, number], "seed": number})

    assert texts(request)["/list#"] == ("other", shown)
    after = redacted(request, shown, "[CARD_1]")
    assert json.loads(after.body) == {"list": [1, "[CARD_1]"], "seed": "[CARD_1]"}


def test_escapes_do_not_hide_anything_in_json_within_a_string() -> None:
    arguments = r'{"to": "\u0061nna@example.org\nhi", "pin": 12345, "deep": "{\"q\":\"\\u0062o\"}"}'
    request = asks({"notes": [{"by": "tool", "says": arguments}]})

    role, text = texts(request)["/notes/0/says#"]
    assert role == "tool"
    assert text == "to: anna@example.org\nhi\npin: 12345\ndeep:\nq: bo"
    after = json.loads(redacted(request, "anna@example.org", "[EMAIL_1]").body)
    assert after["notes"][0]["says"] == (
        r'{"to": "[EMAIL_1]\nhi", "pin": 12345, "deep": "{\"q\":\"\\u0062o\"}"}'
    )


def test_a_string_that_only_looks_like_json_is_one_text() -> None:
    for says in ("[1] see below", '{"a":1,"a":2}', "[" * 100 + "]" * 100, "{", "  "):
        assert texts(asks({"notes": [{"by": "user", "says": says}]})) == {
            "#": ("other", "notes:"),
            "/notes/0/says": ("user", says),
            "/notes/0#": ("other", "by:"),
        }


def test_json_wrapped_in_json_to_the_limit_is_read() -> None:
    says = "anna@example.org"
    for _ in range(5):
        says = json.dumps([*says.split("\n")])
        says = "[" * 63 + says + "]" * 63
    request = Request("POST", "/", "application/json", says.encode())

    assert redacted(request, "anna@example.org", "[EMAIL_1]").body == says.encode().replace(
        b"anna@example.org", b"[EMAIL_1]"
    )


def test_an_edit_over_several_strings_replaces_its_share_of_each() -> None:
    request = asks({"notes": [{"by": "user", "says": {"street": "Am Weg 1", "town": "Ulm"}}]})
    where = "/notes/0/says#"
    assert texts(request)[where][1] == "street: Am Weg 1\ntown: Ulm"

    after = NOTES.rewrite(request, [Edit(where, 11, 25, "[ADDRESS_1]")])
    assert json.loads(after.body)["notes"][0]["says"] == {
        "street": "Am [ADDRESS_1]",
        "[ADDRESS_1]": "[ADDRESS_1]m",
    }


def test_an_edit_at_an_unknown_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="no text at `/nowhere`"):
        NOTES.rewrite(asks({}), [Edit("/nowhere", 0, 1, "x")])


def test_two_names_never_become_one() -> None:
    request = asks({"new": {"a@example.org": 1, "b@example.org": 2}})
    found = [
        e for v in ("a@example.org", "b@example.org") for e in edit(NOTES.parse(request), v, "x")
    ]

    with pytest.raises(ParseError):
        NOTES.rewrite(request, found)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"a":1,"a":1}',
        b'{"x":[{"a":1,"\\u0061":1}]}',
        b"[" * 65 + b"]" * 65,
        b"[" * 100_000,
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1}{"b":2}',
        b"\xff\xfe\x00",
        b'{"a":"\xe9"}',
        b'{"a":"\xed\xa0\x80"}',
        b"1" * 5000,
        b"hello",
    ],
)
def test_a_body_that_two_parsers_may_read_differently_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        NOTES.parse(Request("POST", "/", "application/json", body))
    assert len(str(caught.value)) < 80


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"]
)
def test_reads_and_keeps_each_encoding_of_json(encoding: str) -> None:
    text = '{"notes": [{"by": "user", "says": "to Zoë"}]}'
    request = Request("POST", "/", "application/json", text.encode(encoding))

    assert texts(request)["/notes/0/says"] == ("user", "to Zoë")
    after = redacted(request, "Zoë", "[PERSON_1]")
    assert after.body == text.replace("Zoë", "[PERSON_1]").encode(encoding)


def test_a_charset_that_json_does_not_have_is_refused_where_it_matters() -> None:
    body = '{"a": "Zoë"}'.encode()

    with pytest.raises(ParseError):
        NOTES.parse(Request("POST", "/", "application/json; charset=iso-8859-1", body))
    for content_type in ("application/json; charset=utf-8", 'application/json; charset="UTF8"'):
        assert texts(Request("POST", "/", content_type, body))
    assert texts(Request("POST", "/", "application/json; charset=latin-1", b'{"a": "Zoe"}'))


def test_an_empty_body_sends_nothing() -> None:
    assert NOTES.parse(Request("GET", "/v1/models", "", b"")) == Prompt(())


def test_path_and_query_are_read_and_rewritten() -> None:
    request = asks({}, "/v1/notes/Anna%20Berg?q=to+anna%40example.org&alt=sse&key=AIza1&anna=")

    assert texts(request) == {"?": ("other", "Anna Berg\nq: to anna@example.org\nalt: sse\nanna:")}
    after = redacted(redacted(request, "Anna Berg", "[PERSON_1]"), "anna@example.org", "[EMAIL_1]")
    assert after.target == ("/v1/notes/%5BPERSON_1%5D?q=to%20%5BEMAIL_1%5D&alt=sse&key=AIza1&anna=")


ZIP = made.zipped({"a.odt": made.odt("x"), "b.txt": "to Zoë"})


def data_url(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


@pytest.mark.parametrize(
    ("part", "unread"),
    [
        ({"image_url": {"url": data_url("image/png", b"\x89PNG")}}, "image"),
        ({"source": {"type": "base64", "media_type": "image/jpeg", "data": "/9j/4AA="}}, "image"),
        ({"inlineData": {"mimeType": "audio/wav", "data": "UklGRg"}}, "audio"),
        ({"input_audio": {"data": "UklGRg==", "format": "wav"}}, "audio"),
        (
            {"file": {"file_data": data_url("application/pdf", b"%PDF-1.7"), "filename": "a.pdf"}},
            "damaged",
        ),
        ({"type": "input_file", "file_data": "AAEC", "filename": "a.pdf"}, "file"),
        ({"result": base64.b64encode(bytes(2000)).decode()}, "file"),
        ({"inline_data": {"mime_type": "text/plain", "data": "AP8="}}, "file"),
    ],
)
def test_what_is_not_text_is_reported_and_not_scanned(part: Json, unread: str) -> None:
    prompt = NOTES.parse(asks({"parts": [part]}))

    assert prompt.unread == (unread,)
    assert all("data:" not in t.text and "UklG" not in t.text for t in prompt.texts)


@pytest.mark.parametrize(
    "part",
    [
        {"url": data_url("application/pdf", made.pdf("to Zoë"))},
        {"file_data": data_url("application/octet-stream", made.docx("to Zoë")), "filename": "a"},
        {"mime_type": "application/zip", "data": base64.b64encode(ZIP).decode()},
    ],
)
def test_a_document_sent_as_base64_is_read_and_cannot_be_edited(part: dict[str, str]) -> None:
    request = asks({"parts": [part]})
    found = [t for t in NOTES.parse(request).texts if t.text == "to Zoë"]

    assert len(found) == 1
    assert NOTES.parse(request).unread == ()
    with pytest.raises(CannotRewrite):
        NOTES.rewrite(request, [Edit(found[0].where, 3, 6, "[PERSON_1]")])


@pytest.mark.parametrize(
    "part",
    [
        {"url": data_url("text/plain", "to Zoë\n{}".encode())},
        {
            "media_type": "application/json",
            "data": base64.b64encode("to Zoë\n{}".encode()).decode(),
        },
        {"file_data": base64.b64encode("to Zoë\n{}".encode()).decode(), "filename": "notes.csv"},
    ],
)
def test_a_text_sent_as_base64_is_read_and_edited(part: dict[str, str]) -> None:
    request = asks({"parts": [part]})
    name = next(n for n in ("url", "data", "file_data") if n in part)
    where = f"/parts/0/{name}#data"

    assert texts(request)[where] == ("other", "to Zoë\n{}")
    [after] = json.loads(redacted(request, "Zoë", "[PERSON_1]").body)["parts"]
    assert base64.b64decode(after[name].rpartition(",")[2]).decode() == "to [PERSON_1]\n{}"
    assert after[name].rpartition(",")[0] == part[name].rpartition(",")[0]


WORDS_IN_IT = b"to Zo\xc3\xab, as agreed"


@pytest.mark.parametrize(
    "file",
    [
        made.zipped({"notes.txt": WORDS_IN_IT}),
        made.pdf(WORDS_IN_IT.decode()),
        *(gzip.compress(WORDS_IN_IT, level) for level in (1, 9)),
        *(zlib.compress(WORDS_IN_IT, level) for level in (1, 5, 6, 9)),
        *(bz2.compress(WORDS_IN_IT), lzma.compress(WORDS_IN_IT)),
    ],
)
def test_a_small_file_is_read_whatever_the_member_is_called(file: bytes) -> None:
    packed = base64.urlsafe_b64encode(file).decode()
    for value in (packed, packed.rstrip("="), list(file)):
        prompt = NOTES.parse(asks({"parts": [{"attached": value}]}))
        assert WORDS_IN_IT.decode() in {t.text.strip() for t in prompt.texts}
        assert prompt.unread == ()


def test_what_only_begins_like_a_file_is_read_as_it_stands() -> None:
    for value in ("H4sI", "H4sI is how gzip begins in base64", "eJw" + "word " * 12, "UEsDB" * 3):
        assert value.strip() in said({"attached": value})


def test_a_list_of_bytes_is_text_and_cannot_be_edited() -> None:
    request = asks({"type": "Buffer", "data": list("write to Zoë, today".encode())})
    with pytest.raises(CannotRewrite):
        redacted(request, "Zoë", "[PERSON_1]")
    sealed = list(made.pdf("to Zoë", password="x"))
    assert NOTES.parse(asks({"data": sealed})).unread == ("encrypted",)
    for numbers in ([0.5] * 20, list(range(20)), [1999] * 20, [101] * 15, ["101"] * 20, [-1] * 20):
        assert not any("#document" in t.where for t in NOTES.parse(asks({"at": numbers})).texts)


def test_an_offer_of_a_call_that_leads_elsewhere_is_reported() -> None:
    offer = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
    offer += f"a=ice-ufrag:F7g\r\na=fingerprint:sha-256 {':'.join(['4A'] * 32)}\r\n"
    for body in (
        json.dumps({"type": "offer", "sdp": offer}).encode(),
        json.dumps({"session": {"offer": json.dumps({"sdp": offer})}}).encode(),
    ):
        assert NOTES.parse(Request("POST", "/x", "application/json", body)).unread == ("call",)
    assert GENERIC.parse(Request("POST", "/x", "application/sdp", offer.encode())).unread == (
        "call",
    )
    assert NOTES.parse(asks({"text": "v=0 is the speed at the start"})).unread == ()


def test_a_secret_behind_a_data_url_is_read() -> None:
    url = data_url("image/png", b"\x89PNG") + " password hunter2"

    assert texts(asks({"url": url}))["#"] == ("other", f"url: {url}")


def test_what_the_service_sealed_is_no_text_but_only_where_it_looks_like_it() -> None:
    sealed = base64.b64encode(bytes(range(60))).decode()

    assert texts(asks({"signature": sealed})) == {}
    assert texts(asks({"signature": "by Anna Berg, with the key hunter2 of us all"})) != {}


@pytest.mark.parametrize("name", ["session_id", "windowId", "account_uuid", "prompt_cache_key"])
def test_ids_of_machines_are_not_read_where_a_name_says_they_are_ids(name: str) -> None:
    made = str(uuid4())
    for value in (made, f"msg_{made}", f"{made}:0", sha256(made.encode()).hexdigest()):
        within = {name: value, "more": json.dumps({name: value})}
        assert value not in said(within)
    for value in ("Ada Lovelace", f"{made} Ada", "SECRET-42", made[:-1]):
        assert value in said({name: value})


def test_what_looks_like_an_id_is_read_under_any_other_name() -> None:
    made, hashed = str(uuid4()), sha256(b"x").hexdigest()
    assert made in said({"key": made})
    assert hashed in said({"key": hashed})
    assert hashed in said({"list": [hashed]})


def said(document: Json) -> str:
    return "\n".join(text for _, text in texts(asks({"metadata": document})).values())
