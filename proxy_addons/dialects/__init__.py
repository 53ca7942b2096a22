"""Wire formats. One module per format; one line here per module."""

from importlib import import_module

from proxy_addons.dialects.base import Dialect

_MODULES = (
    "anthropic_messages",
    "chatgpt_web",
    "claude_web",
    "gemini_generate",
    "gemini_web",
    "generic",
    "openai_chat",
    "openai_realtime",
    "openai_responses",
    "openai_responses_socket",
)

BY_NAME: dict[str, Dialect] = {
    name: import_module(f"{__name__}.{name}").dialect for name in _MODULES
}
