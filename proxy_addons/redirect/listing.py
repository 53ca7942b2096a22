"""What a model server says of itself under `/v1/models`, held against the settings.

Source: the lists of vLLM 0.10 and SGLang 0.5 (`max_model_len`) and llama.cpp's server
(`meta.n_ctx_train`), read 2026-01-10; Ollama's names, `docs/openai.md`, read 2026-11-29. A server
without a list, or with an empty one, is none the worse for it.
"""

import orjson

from penstock.settings import ModelSettings

_NO_TAG = ":latest"
"""What Ollama adds to a name that says no version."""


def listing_problem(name: str, settings: ModelSettings, body: bytes) -> str:
    """One line about what does not fit, or an empty string."""
    try:
        document = orjson.loads(body)
    except ValueError:
        return ""
    match document:
        case {"data": [*rows]}:
            listed = {str(row["id"]): row for row in rows if isinstance(row, dict) and "id" in row}
        case _:
            return ""
    if not listed:
        return ""
    model = settings.model
    if model not in listed and f"{model}{_NO_TAG}" in listed:
        model += _NO_TAG
    if model not in listed:
        known = ", ".join(f"`{one}`" for one in sorted(listed)[:5])
        return f"`{name}` does not list a model `{settings.model}`; it lists {known}"
    match listed[model]:
        case {"max_model_len": int(tokens)} | {"meta": {"n_ctx_train": int(tokens)}}:
            if tokens < settings.context_tokens:
                return f"`{name}` reads {tokens} tokens: set `models.{name}.context_tokens` to that"
    return ""
