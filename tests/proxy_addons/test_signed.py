"""Signed requests: what cannot be edited is answered by an internal model, or goes nowhere."""

import json

import pytest

from penstock.errors import CannotRewrite
from penstock.model import Action, Edit, Sender
from policy.schema import Policy, Rule, When
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Request
from proxy_addons.inspection import Inspection, Job, run
from tests.proxy_addons.lab import SCANNER

SIGNED = "aws4-hmac-sha256"
BODY = json.dumps({"messages": [{"role": "user", "content": [{"text": "use SECRET-42"}]}]}).encode()


def look(authorization: str, target: str = "/model/m/converse", **more: object) -> Inspection:
    rule = {"id": "secrets", "why": "a test", "when": When(data=("secret.*",)), **more}
    rules = (Rule.model_validate(rule),)
    job = Job(
        service="bedrock",
        dialect="bedrock_converse",
        method="POST",
        target=target,
        content_type="application/json",
        content_encoding="",
        body=BODY,
        user_agent="",
        sender=Sender("erika", service="bedrock"),
        max_body_bytes=100_000,
        authorization=authorization,
    )
    return run(job, SCANNER, Policy(name="test", rules=rules, examples=()), "en")


def test_what_is_not_signed_is_redacted() -> None:
    seen = look("bearer", then="redact")

    assert seen.verdict.decision.action is Action.REDACT
    assert seen.request is not None
    assert b"[PASSWORD_1]" in seen.request.body


def test_what_is_signed_is_refused_in_place_of_a_redaction() -> None:
    seen = look(SIGNED, then="redact", tell="Ask IT.")

    assert seen.verdict.decision.action is Action.BLOCK
    assert seen.verdict.decision.asked is Action.REDACT
    assert seen.request is None
    assert seen.refusal is not None
    assert json.loads(seen.refusal.body)["message"].endswith("Ask IT.")


def test_a_model_answers_in_place_of_a_redaction_where_the_rule_names_one() -> None:
    seen = look(SIGNED, then="redact", to=["internal"])

    decision = seen.verdict.decision
    assert (decision.action, decision.fallback) == (Action.REDIRECT, Action.BLOCK)
    assert decision.to == ("internal",)
    assert seen.chat is not None
    assert seen.refusal is not None


def test_without_a_form_for_a_model_it_is_refused_all_the_same() -> None:
    seen = look(SIGNED, "/model/m/count-tokens", then="redact", to=["internal"])

    assert seen.verdict.decision.action is Action.BLOCK


def test_a_redirect_does_not_fall_back_to_a_redaction_that_cannot_be() -> None:
    seen = look(SIGNED, then="redirect", to=["internal"], fallback="redact")

    decision = seen.verdict.decision
    assert (decision.action, decision.fallback) == (Action.REDIRECT, Action.BLOCK)
    assert seen.request is None


@pytest.mark.parametrize("name", ["aws_api", "bedrock_converse", "bedrock_invoke"])
def test_a_signature_in_the_address_counts_too(name: str) -> None:
    target = "/model/m/converse?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00"
    request = Request("POST", target, "application/json", BODY)
    edit = Edit("/messages/0/content/0/text", 0, 3, "x")

    assert BY_NAME[name].rewrite(request, []) is request
    with pytest.raises(CannotRewrite):
        BY_NAME[name].rewrite(request, [edit])
