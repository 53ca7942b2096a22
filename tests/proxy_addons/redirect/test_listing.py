"""What `penstock doctor` reads out of a model server's own list."""

import json

import pytest

from penstock.settings import ModelSettings
from proxy_addons.redirect.listing import listing_problem

SETTINGS = ModelSettings(base_url="http://10.0.0.7/v1", model="acme-7b", context_tokens=8192)


def problem(document: object) -> str:
    return listing_problem("internal", SETTINGS, json.dumps(document).encode())


@pytest.mark.parametrize(
    "document",
    [
        {"data": [{"id": "acme-7b", "max_model_len": 8192}]},
        {"data": [{"id": "other"}, {"id": "acme-7b", "meta": {"n_ctx_train": 131072}}]},
        {"data": [{"id": "acme-7b"}]},
        {"data": []},
        {"detail": "Not Found"},
        ["acme-7b"],
    ],
)
def test_a_list_that_fits_or_says_nothing_is_no_problem(document: object) -> None:
    assert problem(document) == ""


def test_a_server_that_does_not_know_the_model_is_one() -> None:
    found = problem({"data": [{"id": "other-7b"}]})

    assert found == "`internal` does not list a model `acme-7b`; it lists `other-7b`"


@pytest.mark.parametrize("size", [{"max_model_len": 4096}, {"meta": {"n_ctx_train": 4096}}])
def test_a_smaller_context_than_the_settings_say_is_one(size: dict[str, object]) -> None:
    assert "context_tokens" in problem({"data": [{"id": "acme-7b", **size}]})


def test_a_body_that_is_no_json_says_nothing() -> None:
    assert listing_problem("internal", SETTINGS, b"<html>") == ""
