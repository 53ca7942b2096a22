"""The name pipeline made fast for reading: what a word looks like is computed once per word.

The first layers of the network see one word at a time, so what they make of it is kept; and numpy
multiplies matrices three times as fast as spaCy's own routines.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from spacy.attrs import ORTH
from spacy.tokens import Doc
from spacy.vocab import Vocab
from thinc.api import Model, NumpyOps

if TYPE_CHECKING:
    from spacy.language import Language

WORDS = 30_000
"""So many words are kept (some 12 MB); then all are forgotten."""


class KnownWords:
    """Stands in for the embedding layer: looks words up, and asks the layer about new ones."""

    def __init__(self, layer: Any, vocab: Vocab) -> None:
        """`layer` makes one row of numbers of each word of a text; `vocab` says how it looks."""
        self._layer = layer
        self._vocab = vocab
        self._rows: dict[int, int] = {}
        self._table = np.zeros((0, 0), dtype="float32")

    def __call__(
        self, _: Any, docs: Sequence[Doc], is_train: bool
    ) -> tuple[Any, Callable[..., Any]]:
        """The rows of the words of `docs`, as the layer gives them."""
        words = [doc.to_array([ORTH]).ravel() for doc in docs]
        ends = np.cumsum([len(w) for w in words])[:-1]
        keys: list[int] = np.concatenate(words).tolist()
        rows = [self._rows.get(key, -1) for key in keys]
        if -1 in rows:
            if len(self._rows) > WORDS:
                self._rows = {}
            self._learn(docs[0].vocab, {key for key in keys if key not in self._rows})
            rows = [self._rows[key] for key in keys]
        return np.split(self._table[rows], ends), _no_training

    def _learn(self, read: Vocab, keys: set[int]) -> None:
        """Take up new words, named by their keys in the vocabulary `read`."""
        fresh = sorted(keys)
        with self._vocab.memory_zone():
            doc = Doc(self._vocab, words=[read.strings[key] for key in fresh])
            [values] = self._layer.predict([doc])
        first = len(self._rows)
        table = self._table[:first] if first else np.zeros((0, values.shape[1]), dtype="float32")
        self._table = np.concatenate([table, values])
        self._rows.update(zip(fresh, range(first, first + len(fresh)), strict=True))


def _no_training(_: Any) -> Any:
    raise RuntimeError("this pipeline only reads")


def hasten(nlp: "Language") -> "Language":
    """The same pipeline, reading faster; it cannot be trained any more."""
    ner: Any = nlp.get_pipe("ner")
    ops = NumpyOps(use_blis=False)
    for layer in ner.model.walk():
        layer.ops = ops
    embed_and_encode = ner.model.get_ref("tok2vec").layers[0]
    embed = embed_and_encode.layers[0]
    features: Any = nlp.Defaults.lex_attr_getters
    vocab, read = Vocab(lex_attr_getters=features), cast(Any, nlp.vocab)
    read.lex_attr_getters = {}  # whoever cuts a text into words need not describe them
    known: Model[Any, Any] = Model("known_words", KnownWords(embed, vocab))
    known.ops = ops
    embed_and_encode.layers[0] = known
    return nlp
