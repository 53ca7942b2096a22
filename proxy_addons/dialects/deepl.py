"""DeepL: `POST /v2/translate` of its API, and the calls of its page.

Texts to translate are the person's own. No other model answers: a translation is no chat.
Source: https://developers.deepl.com/docs and public clients of the page, read 2026-11-21.
Captures: tests/proxy_addons/golden/deepl/.
"""

from collections.abc import Iterator

from proxy_addons.dialects.base import Answer, Json, Request
from proxy_addons.dialects.generic import Generic
from proxy_addons.dialects.json_text import dump, select
from proxy_addons.dialects.page import ERROR

_TEXTS = (
    *("/text", "/text/*", "/context", "/params/texts/*/text", "/params/texts/*"),
    *("/params/jobs/*/sentences/*/text", "/params/jobs/*/raw_en_context_before/*"),
    *("/params/jobs/*/raw_en_context_after/*", "/params/jobs/*/raw_en_sentence"),
)
_WORDS = """
    jsonrpc 2.0 method LMT_handle_jobs LMT_handle_texts params texts jobs sentences
    raw_en_context_before raw_en_context_after preferred_num_beams lang source_lang_user_selected
    source_lang_computed target_lang source_lang priority commonJobParams regionalVariant
    browserType timestamp requestAlternatives splitting newlines formality quality context
    tag_handling preserve_formatting split_sentences glossary_id auto_detected mode translate
    kind default preference weight target_lang_with_variant
"""


class DeepL(Generic):
    """Gives what is to be translated its role, and what stands around it."""

    name = "deepl"
    words = Generic.words | frozenset(_WORDS.split())

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, node in select(document, *_TEXTS):
            if isinstance(node, str):
                yield where, "user", node

    def refuse(self, request: Request, message: str) -> Answer:
        """The API's own error, with what the page's calls would read beside it."""
        error: Json = {"code": -32600, "message": message}
        said: Json = {"message": message, "jsonrpc": "2.0", "error": error}
        return Answer(ERROR, "application/json", dump(said))


dialect = DeepL()
