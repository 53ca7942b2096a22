"""Accounts by what the wire shows of them, and the headers that keep others out."""

import base64
import json
from typing import Any

import pytest
from mitmproxy.http import Headers

from penstock.errors import ConfigError
from penstock.settings import AccountSettings
from proxy_addons.accounts import Accounts
from proxy_addons.services import Service, Services
from tests.proxy_addons.lab import HOST, Start, policy

TENANT = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
OTHER = "b1b2504e-4f89-11d3-9a0c-0305e82c3301"
OURS = Accounts(AccountSettings(corporate=("acme.example", TENANT, "org-acme")))


def token(**claims: Any) -> bytes:
    """A bearer token that nobody signed."""
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    return b"Bearer eyJ0." + body + b".sig"


def chatgpt(plan: str, mail: str, account: str = OTHER) -> bytes:
    auth = {"chatgpt_account_id": account, "chatgpt_plan_type": plan}
    profile = {"email": mail}
    return token(**{"https://api.openai.com/auth": auth, "https://api.openai.com/profile": profile})


@pytest.mark.parametrize(
    ("host", "target", "head", "expected"),
    [
        ("api.openai.com", "/v1/responses", {b"openai-organization": b"org-acme"}, "corporate"),
        ("api.openai.com", "/v1/responses", {b"openai-organization": b"org-mine"}, "personal"),
        ("api.openai.com", "/v1/responses", {b"authorization": b"Bearer sk-1"}, "unknown"),
        ("chatgpt.com", "/backend-api/f", {b"chatgpt-account-id": TENANT.encode()}, "corporate"),
        ("chatgpt.com", "/backend-api/f", {b"chatgpt-account-id": OTHER.encode()}, "personal"),
        (
            "chatgpt.com",
            "/backend-api/f",
            {b"authorization": chatgpt("plus", "erika@acme.example")},
            "personal",
        ),
        (
            "chatgpt.com",
            "/backend-api/f",
            {b"authorization": chatgpt("free", "erika@gmail.com")},
            "free",
        ),
        (
            "chatgpt.com",
            "/backend-api/f",
            {b"authorization": chatgpt("team", "erika@acme.example", TENANT)},
            "corporate",
        ),
        ("chatgpt.com", "/backend-anon/f/conversation", {}, "free"),
        ("claude.ai", f"/api/organizations/{TENANT}/chat_conversations", {}, "corporate"),
        ("claude.ai", f"/api/organizations/{OTHER}/chat_conversations", {}, "personal"),
        ("substrate.office.com", f"/m365Copilot/Chathub/{OTHER}@{TENANT}?x=1", {}, "corporate"),
        ("api.individual.githubcopilot.com", "/chat/completions", {}, "personal"),
        (
            "cloudcode-pa.googleapis.com",
            "/v1",
            {b"authorization": token(hd="acme.example")},
            "corporate",
        ),
        ("x.googleapis.com", "/v1", {b"authorization": b"Bearer ya29.a.b"}, "unknown"),
        ("elsewhere.example", "/", {b"openai-organization": b"org-acme"}, "unknown"),
        ("claude.ai", "/api/x", {b"authorization": token(email="a@acme.example")}, "unknown"),
    ],
)
def test_an_account_is_what_the_service_goes_by(
    host: str, target: str, head: dict[bytes, bytes], expected: str
) -> None:
    assert OURS.of(host, target, head) == expected


def test_without_accounts_of_its_own_only_sure_signs_count() -> None:
    nobody = Accounts(AccountSettings())
    head = {b"openai-organization": b"org-x"}

    assert nobody.of("api.openai.com", "/", head) == "unknown"
    assert nobody.of("chatgpt.com", "/backend-anon/x", {}) == "free"
    mail = {b"authorization": chatgpt("team", "erika@gmail.com", "")}
    assert nobody.of("chatgpt.com", "/", mail) == "personal"


def test_a_header_of_the_client_is_replaced_where_it_counts_and_sent_nowhere_else() -> None:
    accounts = Accounts(AccountSettings(restrict={"Anthropic-Allowed-Org-Ids": TENANT}))
    headers = Headers([(b"anthropic-allowed-org-ids", b"mine"), (b"a", b"b")])
    accounts.restrict("api.anthropic.com", headers)
    elsewhere = Headers()
    accounts.restrict("api.openai.com", elsewhere)

    assert headers.get_all("anthropic-allowed-org-ids") == [TENANT]
    assert len(elsewhere) == 0


def test_a_header_that_no_service_knows_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match="is none of"):
        Accounts(AccountSettings(restrict={"x-allowed": "a"}))
    with pytest.raises(ConfigError, match="is no header"):
        Accounts(AccountSettings(restrict={"anthropic-allowed-org-ids": "a\r\nb: c"}))


def test_pages_for_signing_in_are_opened_only_where_they_have_to_be() -> None:
    assert list(OURS.sign_in()) == []
    google = Accounts(AccountSettings(restrict={"X-GoogApps-Allowed-Domains": "acme.example"}))

    assert [row.hosts for row in google.sign_in()] == [("accounts.google.com",)]
    assert not any(row.is_read for row in google.sign_in())


async def test_a_page_for_signing_in_is_passed_on_unread(start: Start) -> None:
    rows = Services(
        [Service(service="in", name="In", category="sign-in", hosts=(HOST,), is_read=False)]
    )
    lab = await start(policy("block"), catalogue=rows)
    assert (await lab.post("the password is SECRET-42")).status_code == 200

    assert b"SECRET-42" in lab.upstream.raw
    assert lab.notebook.violations == []
