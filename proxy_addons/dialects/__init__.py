"""Wire formats. One module per format; one line here per module."""

from importlib import import_module

from proxy_addons.dialects.base import Chained, Dialect
from proxy_addons.dialects.inside import ChatPage

_MODULES = (
    "amazon_q",
    "anthropic_api",
    "anthropic_messages",
    "aws_api",
    "bedrock_converse",
    "bedrock_invoke",
    "character_ai",
    "chatgpt_web",
    "claude_web",
    "cohere_api",
    "cohere_chat",
    "copilot_signalr",
    "copilot_socket",
    "deepl",
    "deepseek_web",
    "gemini_generate",
    "gemini_web",
    "generic",
    "github_copilot",
    "google_api",
    "grok_web",
    "hugging_chat",
    "jetbrains_ai",
    "kimi_web",
    "le_chat",
    "meta_ai",
    "mistral_api",
    "mistral_chat",
    "ollama",
    "openai_api",
    "openai_chat",
    "openai_completions",
    "openai_realtime",
    "openai_responses",
    "openai_responses_socket",
    "perplexity_web",
    "poe_web",
    "qwen_web",
    "tabnine",
    "tgi_generate",
    "you_web",
    "zai_web",
)

BY_NAME: dict[str, Dialect] = {
    name: import_module(f"{__name__}.{name}").dialect for name in _MODULES
}
# looked at once: to ask a dialect what it is takes longer than to read a small body
PAGES: dict[str, ChatPage] = {n: d for n, d in BY_NAME.items() if isinstance(d, ChatPage)}
CHAINED: dict[str, Chained] = {n: d for n, d in BY_NAME.items() if isinstance(d, Chained)}
