"""The name pipeline made fast for reading: what a word looks like is computed once per word, and
the layers above are one function.

spaCy's layers are made to be trained: each call keeps what a training step would need, and numpy
multiplies matrices three times as fast as spaCy's own routines. What comes out is the same but for
rounding; the transition parser that reads it is spaCy's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from spacy.attrs import LOWER, NORM, ORTH, PREFIX, SHAPE, SUFFIX
from spacy.symbols import IDS
from spacy.tokens import Doc
from spacy.vocab import Vocab
from thinc.api import Model, NumpyOps

if TYPE_CHECKING:
    from spacy.language import Language

WORDS = 30_000
"""So many words are kept (some 12 MB); then all are forgotten."""
_ROOM = 4_096
"""So many more at a time."""
_TINY = np.float32(1e-8)
"""What thinc adds to a variance."""

type Floats = np.ndarray[Any, np.dtype[np.float32]]


def kept(vocab: Vocab) -> Vocab:
    """`vocab` with the names of spaCy's own attributes (`IS_ALPHA`, `ORTH`) in it for good: spaCy
    does not forget them with a memory zone, and would read what is gone with it."""
    for name in filter(None, IDS):
        vocab[name]
    return vocab


class KnownWords:
    """Stands in for the embedding layer: looks words up, and asks the layer about new ones."""

    def __init__(self, layer: Any, vocab: Vocab) -> None:
        """`layer` makes one row of numbers of each word of a text; `vocab` says how it looks."""
        self._layer = layer
        self._vocab = kept(vocab)
        self._rows: dict[int, int] = {}
        self._table: Floats = np.zeros((0, 0), dtype="float32")

    def rows(self, docs: Sequence[Doc]) -> tuple[Floats, list[int]]:
        """The rows of all words of `docs`, one text after the other, and how many each has."""
        words = [doc.to_array([ORTH]).ravel() for doc in docs]
        keys: list[int] = np.concatenate(words).tolist()
        rows = [self._rows.get(key, -1) for key in keys]
        if -1 in rows:
            if len(self._rows) > WORDS:
                self._rows = {}
            self._learn(docs[0].vocab, {key for key in keys if key not in self._rows})
            rows = [self._rows[key] for key in keys]
        return self._table[rows], [len(w) for w in words]

    def _learn(self, read: Vocab, keys: set[int]) -> None:
        """Take up new words, named by their keys in the vocabulary `read`."""
        fresh = sorted(keys)
        with self._vocab.memory_zone():
            doc = Doc(self._vocab, words=[read.strings[key] for key in fresh])
            [values] = self._layer.predict([doc])
        first, room = len(self._rows), len(self._table)
        if first + len(fresh) > room:  # with room for more: it is not copied for each batch
            more = max(first + len(fresh), room + _ROOM)
            table: Floats = np.zeros((more, values.shape[1]), dtype="float32")
            table[:first] = self._table[:first] if first else 0
            self._table = table
        self._table[first : first + len(fresh)] = values
        self._rows.update(zip(fresh, range(first, first + len(fresh)), strict=True))


@dataclass(frozen=True, slots=True)
class Convolution:
    """One layer: each word with its neighbours, the greater of two values, normalised, added."""

    weights: Floats
    """(3 * width, 2 * width): from left, word and right to both values."""
    bias: Floats
    scale: Floats
    shift: Floats

    @classmethod
    def of(cls, layer: Any) -> "Convolution":
        """What spaCy's layer `residual(expand_window >> maxout >> layernorm)` does."""
        maxout, norm = (
            next(x for x in layer.walk() if x.name == name) for name in ("maxout", "layernorm")
        )
        weights, bias = maxout.get_param("W"), maxout.get_param("b")
        if weights.shape[1] != 2 or weights.shape[2] != 3 * weights.shape[0]:
            raise ValueError("not a window of three words with two pieces")
        both = weights.transpose(1, 0, 2).reshape(-1, weights.shape[2])
        return cls(
            np.ascontiguousarray(both.T),
            np.ascontiguousarray(bias.T).ravel(),
            norm.get_param("G"),
            norm.get_param("b"),
        )

    def add_to(self, words: Floats) -> None:
        """Replace `words` (rows) by themselves and what they mean beside their neighbours."""
        n, width = words.shape
        around = np.zeros((n, 3, width), dtype="float32")
        around[1:, 0] = words[:-1]
        around[:, 1] = words
        around[:-1, 2] = words[1:]
        both = around.reshape(n, -1) @ self.weights
        both += self.bias
        best = np.maximum(both[:, :width], both[:, width:])
        best -= best.mean(axis=1, keepdims=True)
        spread = np.einsum("ij,ij->i", best, best)
        spread /= np.float32(width)
        spread += _TINY
        best *= (1 / np.sqrt(spread))[:, None]
        best *= self.scale
        best += self.shift
        words += best


class Reader:
    """Stands in for all layers below the parser: texts in, one row of numbers for each word out."""

    def __init__(self, known: KnownWords, layers: Sequence[Convolution], last: Any) -> None:
        """`last` is the linear layer on top."""
        self._known = known
        self._layers = tuple(layers)
        self._weights: Floats = np.ascontiguousarray(last.get_param("W").T)
        self._bias: Floats = last.get_param("b")

    def __call__(
        self, _: Any, docs: Sequence[Doc], is_train: bool
    ) -> tuple[Floats, Callable[..., Any]]:
        """The rows of all words of `docs`, and what thinc asks for and nobody calls."""
        rows, lengths = self._known.rows(docs)
        gap = len(self._layers)  # so far does a word see, and so many empty rows part two texts
        at = np.repeat(gap * np.arange(1, len(lengths) + 1), lengths) + np.arange(len(rows))
        words = np.zeros((len(rows) + gap * (len(lengths) + 1), rows.shape[1]), dtype="float32")
        words[at] = rows
        for layer in self._layers:
            layer.add_to(words)
        return words[at] @ self._weights + self._bias, _no_training


def _no_training(_: Any) -> Any:
    raise RuntimeError("this pipeline only reads")


def hasten(nlp: "Language") -> "Language":
    """The same pipeline, reading faster; it cannot be trained any more."""
    ner: Any = nlp.get_pipe("ner")
    ops = NumpyOps(use_blis=False)
    for layer in ner.model.walk():
        layer.ops = ops
    tok2vec = ner.model.layers[0]  # embed >> encode >> list2array >> linear
    embed, encode = tok2vec.layers[0].layers
    described: Any = nlp.Defaults.lex_attr_getters
    features: Any = {attr: described[attr] for attr in (LOWER, NORM, PREFIX, SUFFIX, SHAPE)}
    vocab, read = Vocab(lex_attr_getters=features), cast(Any, nlp.vocab)
    read.lex_attr_getters = {}  # whoever cuts a text into words need not describe them
    layers = [Convolution.of(layer) for layer in encode.layers[0].layers]
    reader: Model[Any, Any] = Model(
        "reader",
        Reader(KnownWords(embed, vocab), layers, tok2vec.layers[-1]),
        dims={"nO": tok2vec.layers[-1].get_dim("nO")},
    )
    reader.ops = ops
    ner.model.layers[0] = reader
    ner.model.set_ref("tok2vec", reader)
    return nlp
