"""The language of the name model: how a prompt is cut into words and what of a word it sees.

One tokenizer serves all languages. It keeps e-mail addresses, links and dotted identifiers in one
piece (no names are inside them) and cuts at every hyphen and apostrophe (`d'Anna`, `Smith's`).
"""

import re
import unicodedata
from collections.abc import Callable

from spacy.attrs import LIKE_NUM, LOWER, NORM, PREFIX, SHAPE, SUFFIX
from spacy.lang.lex_attrs import word_shape
from spacy.language import BaseDefaults, Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

_TOKEN = re.compile(
    r"([^\s@<>()\[\]\"',;:]+@[^\s@<>()\[\]\"',;:]+\.\w+"  # e-mail address
    r"|(?:https?://|www\.)[^\s<>\"']+"  # link
    r"|[A-Za-z_]\w*(?:\.[a-z_]\w*)+(?:\.\w+)*"  # dotted identifier, host name
    r"|\d+(?:[.,:/]\d+)*"  # number, date, time
    r"|\w+"
    r"|\s+"
    r"|[^\w\s])"
    r"( ?)"
)
_DIGIT = re.compile(r"\d")


class Words:
    """Cuts a text into words; `"".join(t.text_with_ws for t in doc)` is the text again."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """The words of `text`; white space other than one blank is a word of its own."""
        found = _TOKEN.findall(text)
        words = [word for word, _ in found]
        spaces = [space == " " for _, space in found]
        return Doc(self.vocab, words=words, spaces=spaces)

    # The tokenizer has no state; spaCy wants to store and restore it with the pipeline.
    def to_bytes(self, **_: object) -> bytes:
        """Nothing."""
        return b""

    def from_bytes(self, _: bytes, **__: object) -> "Words":
        """Itself."""
        return self

    def to_disk(self, _: object, **__: object) -> None:
        """Writes nothing."""

    def from_disk(self, _: object, **__: object) -> "Words":
        """Itself."""
        return self


@registry.tokenizers("penstock.words.v1")  # type: ignore[untyped-decorator]
def create_words() -> Callable[[Language], Words]:
    """What the pipeline's configuration names as its tokenizer."""
    return lambda nlp: Words(nlp.vocab)


def _norm(word: str) -> str:
    return _DIGIT.sub("0", word.lower())


def _stem(word: str) -> str:
    """The first six letters without accents: `Kowalskiemu` and `Kowalska` share them."""
    return "".join(unicodedata.normalize("NFD", c)[0] for c in word[:6].lower())


class NamesDefaults(BaseDefaults):
    """What the model sees of a word: lower case, first four and last four letters, stem, shape."""

    lex_attr_getters = {  # noqa: RUF012 - spaCy's own way of configuring a language
        **BaseDefaults.lex_attr_getters,
        LOWER: _stem,  # a place for one more feature; who wants lower case has `text.lower()`
        NORM: _norm,
        PREFIX: lambda word: _norm(word[:4]),
        SUFFIX: lambda word: _norm(word[-4:]),
        SHAPE: word_shape,
        LIKE_NUM: lambda word: word[:1].isdigit(),
    }


@registry.languages("penstock")
class Names(Language):  # type: ignore[no-untyped-call]
    """The multilingual language that `detectors/models/names` is a pipeline of."""

    lang = "penstock"
    Defaults = NamesDefaults
