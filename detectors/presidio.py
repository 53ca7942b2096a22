"""Presidio's AnalyzerEngine as the host of our recognisers and of the company's own.

Our two recognisers do not search: one hands over what the rule engine found in its single pass
over the text, the other the names the language model found. Recognisers of the company's own
come from one YAML file in Presidio's format (`recognizers:`) and see the same text. The same
file may name another engine for names (`nlp_configuration:`, `models`), which then replaces ours.

Presidio keeps nothing: decisions are neither traced nor logged.

Source: https://microsoft.github.io/presidio/analyzer/ (2.2.362), read 2026-11.
"""

import logging
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from spacy.util import is_package

from detectors.base import Match
from penstock.errors import ConfigError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerResult
    from presidio_analyzer.context_aware_enhancers import (
        ContextAwareEnhancer,
        LemmaContextAwareEnhancer,
    )
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine, NlpEngineProvider
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer
    from presidio_analyzer.recognizer_registry import (
        RecognizerRegistry,
        RecognizerRegistryProvider,
    )

if TYPE_CHECKING:
    from spacy.tokens import Doc

logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)

ANY = "xx"
"""The one language our registry knows: our recognisers and the model are multilingual."""
CLASSES = {
    "PERSON": "pii.person", "LOCATION": "pii.location", "ORG": "pii.organization",
    "ORGANIZATION": "pii.organization", "ADDRESS": "pii.address", "GPE": "pii.location",
    "EMAIL_ADDRESS": "pii.email", "PHONE_NUMBER": "pii.phone", "IP_ADDRESS": "pii.ip",
    "CREDIT_CARD": "pci.card_number", "IBAN_CODE": "fin.iban", "US_SSN": "pii.national_id.us_ssn",
    "DATE_OF_BIRTH": "pii.date_of_birth", "CRYPTO": "fin.wallet",
}  # fmt: skip
"""Presidio's names for kinds of data -> ours. Any other name becomes `custom.<name>`."""


def class_of(entity: str) -> str:
    """The data class of a Presidio entity; ours keep their name."""
    if "." in entity:
        return entity
    return CLASSES.get(entity) or f"custom.{entity.lower()}"


class Artifacts(NlpArtifacts):
    """What is known about one text: matches already found, and its words if somebody asks.

    Presidio hands it to every recogniser. Words are cut only when one looks at them.
    """

    def __init__(self, text: str, matches: Sequence[Match]) -> None:
        """`matches` are ours, with offsets into `text`."""
        self.text = text
        self.matches = matches
        self.entities: list[Any] = []
        self.scores: list[float] = []
        self.nlp_engine = None
        self._doc: Doc | None = None

    @property
    def tokens(self) -> "Doc":  # type: ignore[override]
        """The words of the text."""
        if self._doc is None:
            from detectors.names import model

            self._doc = model().make_doc(self.text)
        return self._doc

    @property
    def tokens_indices(self) -> list[int]:  # type: ignore[override]
        """Where each begins."""
        return [token.idx for token in self.tokens]

    @property
    def lemmas(self) -> list[str]:  # type: ignore[override]
        """The words in lower case; no model of ours knows more."""
        return [token.text.lower() for token in self.tokens]

    @property
    def keywords(self) -> list[str]:  # type: ignore[override]
        """The same: what context words are compared with."""
        return [lemma for lemma in self.lemmas if lemma.isalnum()]


class MatchesEngine(NlpEngine):
    """Presidio's view of our language processing: everything is in the artifacts already."""

    def load(self) -> None:
        """Nothing to load."""

    def is_loaded(self) -> bool:
        """Always."""
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        """A text nobody has looked at yet."""
        return Artifacts(text, ())

    def process_batch(
        self,
        texts: Iterable[str],
        language: str,
        batch_size: int = 1,
        n_process: int = 1,
        **_: Any,
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        """One after the other."""
        return ((text, Artifacts(text, ())) for text in texts)

    def is_stopword(self, word: str, language: str) -> bool:
        """No word is."""
        return False

    def is_punct(self, word: str, language: str) -> bool:
        """Neither letters nor digits."""
        return not any(c.isalnum() for c in word)

    def get_supported_entities(self) -> list[str]:
        """None by itself."""
        return []

    def get_supported_languages(self) -> list[str]:
        """All in one."""
        return [ANY]


class MatchRecognizer(EntityRecognizer):
    """Hands over the matches of one kind that are in the artifacts."""

    def __init__(self, name: str, names: bool) -> None:
        """`names`: those of the language model; else those of the rules."""
        self._names = names
        super().__init__(supported_entities=["*"], name=name, supported_language=ANY)

    def load(self) -> None:
        """Nothing to load."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts
    ) -> list[RecognizerResult]:
        """Every match of the kind, as Presidio's results."""
        return [
            RecognizerResult(match.data_class, match.start, match.end, match.confidence)
            for match in getattr(nlp_artifacts, "matches", ())
            if (match.data_class in NAME_CLASSES) is self._names
        ]


NAME_CLASSES = frozenset({"pii.person", "pii.location", "pii.organization", "pii.address"})


class NoEnhancer(ContextAwareEnhancer):
    """Context is a matter of the rules; Presidio adds nothing to a score."""

    def __init__(self) -> None:
        super().__init__(0, 0, 0, 0)

    def enhance_using_context(
        self, text: str, raw_results: list[RecognizerResult], *_: Any, **__: Any
    ) -> list[RecognizerResult]:
        """The results as they are."""
        return raw_results


@dataclass(frozen=True, slots=True)
class Host:
    """An analyzer with our recognisers and, where configured, others."""

    analyzer: AnalyzerEngine
    engine: NlpEngine | None = None
    """Another engine for names, if one is configured."""
    only_ours: bool = False
    """Whether no recogniser but ours looks: then what we found is what is found."""

    def analyze(self, text: str, matches: Sequence[Match]) -> list[Match]:
        """`matches` and what the other recognisers find, as the analyzer leaves them."""
        if self.only_ours:
            # the analyzer would hand them back, having compared each with every other
            return [m for m in matches if m.start < m.end and m.confidence > 0]
        artifacts = Artifacts(text, matches)
        if self.engine is not None:
            language = language_of(text, self.engine.get_supported_languages())
            found = self.engine.process_text(text, language)
            artifacts.entities, artifacts.scores = found.entities, found.scores
        return [
            Match(class_of(r.entity_type), r.start, r.end, min(1.0, max(0.0, float(r.score))))
            for r in self.analyzer.analyze(text, ANY, nlp_artifacts=artifacts)
            if r.start < r.end and r.score > 0
        ]


def host(recognizers: Path | None = None) -> Host:
    """Set the analyzer up; ConfigError names what is wrong in the file of `recognizers`."""
    ours = [MatchRecognizer("penstock-rules", False), MatchRecognizer("penstock-names", True)]
    added, engine = _read(recognizers) if recognizers else ([], None)
    registry = RecognizerRegistry(recognizers=[*ours, *added], supported_languages=[ANY])
    uses_context = any(getattr(r, "context", None) for r in added)
    analyzer = AnalyzerEngine(
        registry=registry,
        nlp_engine=MatchesEngine(),
        supported_languages=[ANY],
        context_aware_enhancer=LemmaContextAwareEnhancer() if uses_context else NoEnhancer(),
    )
    return Host(analyzer, engine, only_ours=not added and engine is None)


def _read(path: Path) -> tuple[list[EntityRecognizer], NlpEngine | None]:
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ConfigError(f"{path}:{mark.line + 1 if mark else 1}: not YAML") from None
    if not isinstance(data, dict) or not data.keys() <= {*_KEYS, "nlp_configuration"}:
        raise ConfigError(f"{path}: expected `recognizers` and, if wanted, `nlp_configuration`")
    try:
        with warnings.catch_warnings(), _offline():
            warnings.simplefilter("ignore")
            engine = _engine(data.pop("nlp_configuration", None))
            listed: list[Any] = []
            gliners: list[dict[str, Any]] = []
            for entry in data.get("recognizers") or []:
                is_gliner = isinstance(entry, dict) and entry.get("name") == "GLiNERRecognizer"
                (gliners if is_gliner else listed).append(entry)
            added = list(RecognizerRegistryProvider(registry_configuration={
                "supported_languages": data.get("supported_languages", ["en"]),
                "global_regex_flags": data.get("global_regex_flags", 26),
                "recognizers": listed,
            }).create_recognizer_registry().recognizers) if listed else []  # fmt: skip
            added += map(_gliner, gliners)
            if engine is not None:
                added += _recognizers_for(engine)
            for recognizer in added:
                if engine is None and isinstance(recognizer, SpacyRecognizer):
                    raise ConfigError(
                        f"`{type(recognizer).__name__}` hands over what an engine found: name the"
                        " engine under `nlp_configuration`, and the recogniser comes with it"
                    )
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    except (Exception, SystemExit) as error:  # Presidio raises whatever its parts raise
        raise ConfigError(f"{path}: {type(error).__name__}: {error}") from None
    for recognizer in added:
        recognizer.supported_language = ANY
        if not recognizer.is_loaded:
            recognizer.load()
            recognizer.is_loaded = True
    return added, engine


_KEYS = ("recognizers", "supported_languages", "global_regex_flags")


@contextmanager
def _offline() -> Iterator[None]:
    """Models come from disk: no library may ask a model hub while the proxy starts."""
    before = {key: os.environ.get(key) for key in _HUBS}
    os.environ.update(dict.fromkeys(_HUBS, "1"))
    try:
        yield
    finally:
        for key, value in before.items():
            os.environ.pop(key)
            if value is not None:
                os.environ[key] = value


_HUBS = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


def _engine(configuration: dict[str, Any] | None) -> NlpEngine | None:
    if configuration is None:
        return None
    if (kind := configuration.get("nlp_engine_name")) in ("stanza", "transformers"):
        _need(kind)
    for model in configuration.get("models", ()):
        name = model["model_name"]
        if isinstance(name, dict):  # a transformer reads the words that a spaCy pipeline cuts
            name = name.setdefault("spacy", _words())
        if configuration.get("nlp_engine_name") != "stanza" and not (
            is_package(name) or Path(name).exists()
        ):  # Presidio would fetch it from the internet by itself
            raise ConfigError(
                f"spaCy package `{name}` is not installed: pip install it, or name its folder"
            )
    engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()
    if not engine.is_loaded():
        engine.load()
    return engine


def _gliner(entry: dict[str, Any]) -> EntityRecognizer:
    """Built here: Presidio before 2.2.363 drops the model's name when it reads a file."""
    _need("gliner")
    from presidio_analyzer.predefined_recognizers import GLiNERRecognizer

    options = {key: value for key, value in entry.items() if key not in _OF_THE_FILE}
    if not Path(folder := str(options.get("model_name"))).is_dir():
        raise ConfigError(f"GLiNERRecognizer: `model_name` must be the model's folder: {folder}")
    return GLiNERRecognizer(**options)


_OF_THE_FILE = ("type", "enabled", "supported_languages")


def _words() -> str:
    """The folder of our own pipeline, in whose words a transformer reads if no other is named."""
    import detectors.models.language  # noqa: F401  registers the language
    from detectors.names import MODEL

    return str(MODEL)


def _need(package: str) -> None:
    """ConfigError says what to install where the libraries of a kind of model are missing."""
    if find_spec(package) is None:
        raise ConfigError(
            f"`{package}` is not installed: pip install 'presidio-analyzer[{package}]' into"
            " Penstock's environment"
        )


def _recognizers_for(engine: NlpEngine) -> list[EntityRecognizer]:
    kind = RecognizerRegistry.get_nlp_recognizer(engine)
    return [kind(supported_language=ANY, supported_entities=engine.get_supported_entities())]


def language_of(text: str, among: Sequence[str]) -> str:
    """Which of `among` the text is written in, by its function words; the first if undecided."""
    if len(among) == 1:
        return among[0]
    words = {word.lower() for word in text[:4000].split()}
    return max(among, key=lambda lang: len(words & _FUNCTION_WORDS.get(lang, frozenset())))


_FUNCTION_WORDS = {
    lang: frozenset(words.split())
    for lang, words in {
        "en": "the and of to in is that for with you this are on be as it was have from or by",
        "de": "der die das und ist nicht ein eine zu mit den von für auf im dem sich auch wir ich",
        "fr": "le la les et est des une dans pour que qui sur pas avec ce du au nous vous je",
        "es": "el la los las y es de en que un una por con para del se no su al lo",
        "it": "il la gli e è di che un una per con del della non sono si nel alla da",
        "nl": "de het een en van is dat op te in voor met niet zijn aan er ook als bij",
        "pt": "o a os as e é de que um uma para com não do da em no na por se",
        "pl": "i w na z się nie do jest to że o po przez dla od jak co za czy",
        "sv": "och att det som en är på för av med den inte till ett om har jag vi",
        "da": "og at det som en er på for af med den ikke til et om har jeg vi",
        "nb": "og at det som en er på for av med den ikke til et om har jeg vi",
        "fi": "ja on ei että se hän oli mutta kun niin myös ovat tai jos kuin joka",
        "cs": "a v na se je že to s z do o i pro jako by ale",
        "ro": "și în de la cu nu este o că un pe pentru din care mai",
        "hu": "a az és hogy nem is egy van volt de ez meg csak",
    }.items()
}
