"""The mean of several runs of training."""

from typing import Any

import numpy as np
import spacy

import detectors.models.language  # noqa: F401  registers the language
from detectors.models.weights import copy_weights, mean
from detectors.names import MODEL


def _weights(nlp: Any) -> list[Any]:
    layers = nlp.get_pipe("ner").model.walk()
    return [layer.get_param(name) for layer in layers for name in layer.param_names]


def test_the_mean_of_weights_lies_between_them() -> None:
    one, other, untouched = (spacy.load(MODEL) for _ in range(3))
    for layer in other.get_pipe("ner").model.walk():
        for name in layer.param_names:
            layer.set_param(name, 3 * layer.get_param(name))

    both = mean([one, other])

    pairs = list(zip(_weights(both), _weights(untouched), strict=True))
    assert pairs
    assert all(np.allclose(middle, 2 * before) for middle, before in pairs)


def test_copied_weights_are_the_same() -> None:
    source, target = spacy.load(MODEL), spacy.load(MODEL)
    for layer in target.get_pipe("ner").model.walk():
        for name in layer.param_names:
            layer.set_param(name, 0 * layer.get_param(name))

    copy_weights(source, target)

    pairs = zip(_weights(source), _weights(target), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)
