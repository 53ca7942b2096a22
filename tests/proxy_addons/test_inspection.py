"""One request, looked at: what each action needs is prepared, and a redaction is proved."""

import gzip
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Detector, Match
from penstock.errors import CannotExpress, InspectionError, ParseError, UninspectedError
from penstock.model import Action, Chat, Edit, Sender
from penstock.pipeline import Scanner
from policy.schema import Policy, Rule, When
from proxy_addons import wording
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Redirectable, Request
from proxy_addons.frames import Inbox, pack
from proxy_addons.inspection import Inspection, Job, run

LANGUAGES = ("en", "de", "fr", "es")
CODE = re.compile(r"swordfish-\d+")


def find(text: str) -> Iterable[Match]:
    """Passwords of this test."""
    return [Match("secret.password", *m.span(), 0.9) for m in CODE.finditer(text)]


SCANNER = Scanner((Detector("code", 1, frozenset({"secret.*"}), find, (), ()),), (), b"key")


def policy(then: str, fallback: str = "block", tell: str = "", **more: object) -> Policy:
    rule = Rule.model_validate(
        {
            "id": "passwords",
            "why": "test",
            "when": When(data=("secret.*",)),
            "then": then,
            "to": ("internal",) if then == "redirect" else (),
            "fallback": fallback,
            "tell": tell,
        }
    )
    return Policy.model_validate({"name": "test", "rules": (rule,), "examples": (), **more})


def job(text: str = "open with swordfish-42", **changes: object) -> Job:
    message = {"role": "user", "content": text}
    body = {"model": "claude-opus-4-1", "max_tokens": 100, "messages": [message]}
    whole = Job(
        service="anthropic-api",
        dialect="anthropic_messages",
        method="POST",
        target="/v1/messages",
        content_type="application/json",
        content_encoding="",
        body=json.dumps(body).encode(),
        user_agent="",
        sender=Sender("erika", service="anthropic-api"),
        max_body_bytes=100_000,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def look(job: Job, policy: Policy) -> Inspection:
    return run(job, SCANNER, policy, "en")


@pytest.mark.parametrize(("then", "mode"), [("allow", "enforce"), ("warn", "enforce")])
def test_what_passes_needs_nothing_but_the_verdict(then: str, mode: str) -> None:
    seen = look(job(), policy(then, mode=mode))

    assert seen.verdict.decision.action is Action[then.upper()]
    assert seen.received_bytes == len(job().body)
    assert (seen.original, seen.request, seen.chat, seen.refusal) == (None, None, None, None)


@pytest.mark.parametrize("then", ["redact", "redirect", "block"])
def test_in_monitor_mode_nothing_is_prepared(then: str) -> None:
    seen = look(job(), policy(then, mode="monitor"))

    assert seen.verdict.decision.action is Action.WARN
    assert seen.verdict.decision.asked is Action[then.upper()]
    assert (seen.original, seen.request, seen.chat, seen.refusal) == (None, None, None, None)


def test_a_block_has_its_refusal_with_the_kinds_of_data_and_what_the_rule_says() -> None:
    seen = look(job(), policy("block", tell="Use the vault."))

    assert seen.refusal is not None
    told = json.loads(seen.refusal.body)["error"]["message"]
    kind = "password, key or token"
    assert told == (
        f"Not sent: this prompt looks like it contains sensitive data – {kind}. Use the vault."
    )
    assert b"swordfish" not in seen.refusal.body


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Not sent: this file looks like"),
        ("de", "Nicht gesendet: Diese Datei enthält"),
        ("fr", "Non envoyé : ce fichier semble"),
        ("es", "No se ha enviado: este archivo parece"),
    ],
)
def test_a_refused_upload_is_called_a_file(language: str, said: str) -> None:
    upload = job(dialect="openai_api", target="/v1/files", content_type="multipart/form-data")
    boundary = f"{upload.content_type}; boundary=b"
    head = b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    body = head + b"the password is swordfish-42\r\n--b--\r\n"
    upload = replace(upload, content_type=boundary, body=body)
    seen = run(upload, SCANNER, policy("block"), language)

    assert seen.refusal is not None
    assert json.loads(seen.refusal.body)["error"]["message"].startswith(said)


def test_a_redaction_has_both_requests_and_the_way_back() -> None:
    seen = look(job(), policy("redact"))

    assert seen.request is not None
    assert seen.original is not None
    assert seen.original.body == job().body
    assert seen.request.body == job().body.replace(b"swordfish-42", b"[PASSWORD_1]")
    assert seen.verdict.originals == {"[PASSWORD_1]": "swordfish-42"}
    assert seen.refusal is None


def test_a_compressed_body_is_given_back_decoded() -> None:
    packed = job(body=gzip.compress(job().body), content_encoding="gzip")

    seen = look(packed, policy("redact"))

    assert seen.received_bytes == len(job().body)
    assert seen.original is not None
    assert seen.original.body == job().body


@pytest.mark.parametrize("fallback", ["block", "redact"])
def test_a_redirect_has_the_conversation_and_all_that_its_fallback_needs(fallback: str) -> None:
    seen = look(job(), policy("redirect", fallback))

    assert seen.verdict.decision.action is Action.REDIRECT
    assert isinstance(seen.chat, Chat)
    assert seen.chat.turns[0].parts == ("open with swordfish-42",)
    assert seen.original is not None
    assert seen.refusal is not None
    assert (seen.request is not None) == (fallback == "redact")


@pytest.mark.parametrize("fallback", ["block", "redact"])
def test_a_dialect_that_cannot_be_answered_by_others_gets_the_fallback(fallback: str) -> None:
    text = job("x", dialect="generic", content_type="text/plain", body=b"swordfish-7")
    assert not isinstance(BY_NAME["generic"], Redirectable)

    seen = look(text, policy("redirect", fallback))

    assert seen.verdict.decision.action is Action[fallback.upper()]
    assert seen.verdict.decision.asked is Action.REDIRECT
    assert seen.chat is None
    assert (seen.refusal is not None) == (fallback == "block")
    assert (seen.request is not None) == (fallback == "redact")


def test_a_prompt_without_a_form_for_others_gets_the_fallback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Particular(type(BY_NAME["anthropic_messages"])):  # type: ignore[misc]
        def chat(self, request: Request) -> Chat:
            raise CannotExpress("not in this life")

    monkeypatch.setitem(BY_NAME, "anthropic_messages", Particular())

    seen = look(job(), policy("redirect", "redact"))

    assert seen.verdict.decision.action is Action.REDACT
    assert seen.request is not None


class Careless(type(BY_NAME["anthropic_messages"])):  # type: ignore[misc]
    """Edits the first place only."""

    def rewrite(self, request: Request, edits: Sequence[Edit]) -> Request:
        rewritten: Request = super().rewrite(request, edits[:1])
        return rewritten


def test_a_redaction_that_left_a_value_behind_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = job("swordfish-42 and swordfish-43")
    assert look(twice, policy("redact")).request is not None
    monkeypatch.setitem(BY_NAME, "anthropic_messages", Careless())

    with pytest.raises(InspectionError, match="still there") as caught:
        look(twice, policy("redact"))
    assert "swordfish" not in str(caught.value)


def test_a_value_that_the_policy_lets_pass_elsewhere_is_no_residue() -> None:
    unsure = Detector(
        "unsure",
        1,
        frozenset({"secret.*"}),
        lambda text: (Match("secret.password", *m.span(), 0.6) for m in re.finditer("tuna", text)),
        (),
        (),
    )
    sure = replace(
        unsure,
        name="sure",
        find=lambda text: (
            Match("secret.password", m.start() + 10, m.end(), 0.9)
            for m in re.finditer("password: tuna", text)
        ),
    )
    rule = Rule(
        id="r",
        why="test",
        when=When(data=("secret.*",), min_confidence=0.8),
        then="redact",
    )
    scanner = Scanner((unsure, sure), (), b"key")

    seen = run(
        job("password: tuna; I like tuna"),
        scanner,
        Policy(name="p", rules=(rule,), examples=()),
        "en",
    )

    assert seen.request is not None
    assert b"password: [PASSWORD_1]; I like tuna" in seen.request.body


def test_unread_parts_are_named_and_refused_where_the_policy_says_so() -> None:
    picture = {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0K"},
    }
    body = {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": [picture]}]}
    shown = job(body=json.dumps(body).encode())

    seen = look(shown, policy("block", uninspected="block"))

    assert seen.unread == ("image",)
    assert seen.verdict.decision.action is Action.BLOCK
    assert seen.refusal is not None
    assert b"could not be checked (image)" in seen.refusal.body


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"body": b"x" * 100_001}, UninspectedError),
        ({"content_encoding": "bz2"}, UninspectedError),
        ({"content_encoding": "gzip"}, UninspectedError),
        ({"body": b'{"messages": ['}, ParseError),
        ({"body": b'{"a": 1, "a": 2}'}, ParseError),
    ],
)
def test_what_cannot_be_read_is_an_error_of_its_own(
    changes: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        look(job(**changes), policy("warn"))


@pytest.mark.parametrize("then", ["allow", "redact", "redirect", "block"])
@pytest.mark.parametrize("piece", [1, 1000, 10**9])
def test_everything_crosses_between_processes_in_pieces_of_any_size(then: str, piece: int) -> None:
    sent = [job(), look(job(), policy(then, "redact")), policy(then), UninspectedError("ratio")]
    stream = b"".join(map(pack, sent))
    inbox = Inbox()

    received = [
        value
        for i in range(0, len(stream), min(piece, len(stream)))
        for value in inbox.add(stream[i : i + piece])
    ]

    assert received[:3] == sent[:3]
    assert type(received[3]) is UninspectedError
    assert received[3].args == ("ratio",)


def test_the_end_of_the_other_process_is_no_message() -> None:
    with pytest.raises(EOFError):
        Inbox().add(b"")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "data – bank account number (IBAN), payment card number."),
        ("de", "Daten – Bankkonto (IBAN), Zahlungskartennummer."),
        ("fr", "sensibles – compte bancaire (IBAN), numéro de carte de paiement."),
        ("es", "sensibles – cuenta bancaria (IBAN), número de tarjeta de pago."),
    ],
)
def test_what_was_found_is_named_as_within_a_sentence(language: str, said: str) -> None:
    found = [("pci.card_number", "Card"), ("fin.iban", "")]
    assert wording.refused(found, [], "", language).endswith(said)


def test_what_is_the_companys_own_is_called_as_its_rule_calls_it() -> None:
    found = [("custom.acme_key", "Acme API key"), ("custom.falcon", ""), ("pii.email", "Address")]
    told = wording.refused(found, [], "", "de")

    assert told.endswith("– Acme API key, Begriffe des Unternehmens, E-Mail-Adresse.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_name_of_a_companys_own_rule_is_told_as_it_is_written(language: str) -> None:
    told = wording.refused([("custom.project", "Projektname")], [], "", language)

    assert told.endswith("– Projektname.")


def test_proper_names_and_abbreviations_keep_their_letters() -> None:
    told = wording.refused([("pii.ip", ""), ("doc.marking.tlp", "")], [], "", "en")

    assert told.endswith("– Traffic Light Protocol, AMBER or RED, IP or MAC address.")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "reason", ["content-encoding", "too-large", "ratio", "corrupt", "malformed", "trailers"]
)
def test_every_reason_has_words_in_every_language(reason: str, language: str) -> None:
    assert reason not in wording.unreadable(reason, language)


@given(
    language=st.sampled_from(LANGUAGES),
    classes=st.lists(st.sampled_from(["pii.email", "secret.*", "phi.condition", "custom.x"])),
    unread=st.lists(st.sampled_from(["image", "audio", "file", "hologram"])),
    tell=st.sampled_from(["", "Ask Erika."]),
    is_file=st.booleans(),
)
def test_a_refusal_is_one_short_text_that_ends_with_what_the_rule_says(
    language: str, classes: list[str], unread: list[str], tell: str, is_file: bool
) -> None:
    told = wording.refused([(c, "") for c in classes], unread, tell, language, is_file=is_file)

    assert told == " ".join(told.split()) or language == "fr"
    assert told.endswith(tell)
    assert len(told) < 400
    assert "{" not in told
