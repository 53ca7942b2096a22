"""Weights of the name pipeline, copied and averaged."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from spacy.language import Language


def mean(pipelines: Sequence[Language]) -> Language:
    """The first of `pipelines`, which are alike, with the mean of the weights of all of them."""
    models: list[Any] = [nlp.get_pipe("ner") for nlp in pipelines]
    for first, *others in zip(*(ner.model.walk() for ner in models), strict=True):
        for name in first.param_names:
            same = [layer.get_param(name) for layer in (first, *others)]
            first.set_param(name, np.mean(same, axis=0))
    return pipelines[0]


def copy_weights(source: Language, target: Language) -> None:
    """Give `target` the weights of `source`, which may lack the last feature of a word."""
    embeds: list[list[Any]] = []
    others: list[list[Any]] = []
    for nlp in (source, target):
        ner: Any = nlp.get_pipe("ner")
        layers = [layer for layer in ner.model.walk() if layer.param_names]
        embeds.append([layer for layer in layers if layer.name == "hashembed"])
        others.append([layer for layer in layers if layer.name != "hashembed"])
    for old, new in zip(embeds[0], embeds[1], strict=False):
        new.set_param("E", old.get_param("E").copy())
    for old, new in zip(others[0], others[1], strict=True):
        for name in old.param_names:
            kept = old.get_param(name)
            fresh = np.zeros_like(new.get_param(name))
            fresh[tuple(slice(0, n) for n in kept.shape)] = kept
            new.set_param(name, fresh)
