"""What the models are fitted on: labelled items, packages, samples and generated texts, by fold."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any
from zlib import crc32

from detectors.models.code import (
    coded,
    configured,
    documents,
    drawn,
    dumps,
    listed,
    printed,
    said,
    shown,
    sources,
    wrappings,
    writing,
)

FOLDS = 5
DUMPS = ("logs", "stack_trace", "table", "command_output", "json_xml_data")
_HELD_OUT = 20
"""One package in so many is unseen in each fold; others are seen in all."""

type Text = tuple[int, str, list[tuple[int, int]], str, float]
"""Fold (0: none), text, spans that are code, nature of the rest, weight."""
type Snippet = tuple[int, str, str, str, float]
"""Fold (0: none), text, language or nature in brackets, where it is from, weight."""


@dataclass
class Material:
    """All there is to train on."""

    texts: list[Text] = field(default_factory=list)
    snippets: list[Snippet] = field(default_factory=list)
    shown: list[Text] = field(default_factory=list)
    """Of `texts`, and more like them: what the second look learns from, besides labelled items."""


def fold_of(item: dict[str, Any]) -> int:
    """1 to FOLDS, by repository or generator, so that no source is on both sides."""
    synthetic = item["source"].startswith("synthetic")
    source = item["id"] if synthetic else item["source"].split(":")[0]
    return sum(map(ord, source)) % FOLDS + 1


def fold_of_package(package: str, parts: int = FOLDS) -> int:
    """1 to FOLDS, or 0 where there are more parts than folds."""
    part = crc32(package.encode()) % parts + 1
    return part if part <= FOLDS else 0


def read(
    labelled: list[dict[str, Any]],
    prose: list[Path],
    corpus: sources.Corpus,
    written: Path,
    seed: int,
) -> Material:
    """All there is to train on: texts whose lines are labelled, and snippets by language."""
    r = random.Random(seed)
    sentences = list(sources.sentences(prose))
    r.shuffle(sentences)
    sentence = cycle(sentences).__next__
    found = Material()
    snippets = found.snippets
    for language, some in sorted(corpus.snippets.items()):
        if language in sources.LANGUAGES:
            snippets += [
                (fold_of_package(package, _HELD_OUT), text, language, package, 1.0)
                for text, package in some
            ]
    for language, some in sources.samples(written, r).items():
        snippets += [(0, text, language, package, 1.5) for text, package in some]
    for item in labelled:
        for language, text, package in sources.labelled([item], r):
            snippets.append((fold_of(item), text, language, package, 1.5))
    by_language: dict[str, list[Snippet]] = {}
    for snippet in snippets:
        by_language.setdefault(snippet[2], []).append(snippet)
    remarks = [
        (package, text)
        for package, pieces in corpus.documents
        for text in documents.remarks(pieces, r)
    ]
    r.shuffle(remarks)
    remark = cycle(text for _, text in remarks).__next__
    for language, own in sorted(by_language.items()):
        wrapped = [*own, *(s for s in own if s[4] > 1)] * 3
        for fold, text, _, _, _ in r.sample(wrapped, min(len(wrapped), 600)):
            whole, spans = wrappings.wrapped(text, language, sentence, r)
            found.texts.append((fold, whole, spans, "other", 1.0))
        for fold, text, _, _, _ in r.sample(own, min(len(own), 80)):
            whole, spans = documents.amid(text, remark, r)
            found.texts.append((fold, whole, spans, "other", 1.0))
    found.shown += _unseen(by_language, sentence, remark, r)
    found.texts += _labelled(labelled)
    real = list(_documented(corpus, r))
    found.texts += real
    found.shown += r.sample(real, min(len(real), 10_000))
    settings: list[Text] = [
        (fold_of_package(package), text, [], "config", 1.0)
        for package, text in corpus.config[:5000]
    ]
    found.texts += settings
    found.shown += settings[:2500]
    unmarked = [t for t in (*real, *settings) if not t[2] and t[1].strip()]
    sent: list[Text] = [
        (fold, wrappings.dressed(text, sentence, r), [], nature, weight)
        for fold, text, _, nature, weight in r.sample(unmarked, min(len(unmarked), 9000))
    ]
    found.texts += sent
    found.shown += sent
    plain = [(0, *rest) for rest in _harmless(corpus, sorted(by_language), sentence, remark, r)]
    found.texts += plain
    for _, text, spans, nature, _ in r.sample(plain, min(len(plain), 10_000)):
        if text.strip() and not spans and (nature != "config" or r.random() < 0.3):
            found.texts.append((0, wrappings.dressed(text, sentence, r), [], nature, 1.0))
    r.shuffle(found.texts)
    extra = []
    for fold, text, language, package, weight in snippets:
        if r.random() < 0.2:
            whole, spans = wrappings.wrapped(text, language, sentence, r)
            extra.append((fold, whole[spans[0][0] : spans[0][1]], language, package, weight / 2))
    snippets += extra
    snippets += _natures(found.texts, r)
    return found


def _unseen(
    by_language: dict[str, list[Snippet]], prose: Callable[[], str],
    remark: Callable[[], str], r: random.Random,
) -> Iterator[Text]:  # fmt: skip
    """Code of packages that are held out in a fold, mostly short, plain and wrapped."""
    for language, some in sorted(by_language.items()):
        held = [s for s in some if s[0] and s[4] == 1]
        for fold, text, *_ in r.sample(held, min(len(held), 120)):
            lines = text.split("\n")
            size = r.choice((1, 1, 1, 2, 2, 3, 5, 9))
            first = r.randrange(max(1, len(lines) - size + 1))
            short = "\n".join(lines[first : first + size]).strip("\n")
            if len(short.strip()) < 12 or not any(c in short for c in "(){}[]=<>;:"):
                continue
            match r.randint(0, 4):
                case 0:
                    yield fold, short, [(0, len(short))], "other", 1.0
                case 1:
                    yield fold, *wrappings.wrapped(short, language, prose, r), "other", 1.0
                case 2:
                    yield fold, *documents.amid(short, remark, r), "other", 1.0
                case 3:
                    yield fold, *wrappings.fenced(short, language, prose, r), "other", 1.0
                case 4:
                    yield fold, *wrappings.within(short, language, prose, r), "other", 1.0


def _labelled(items: list[dict[str, Any]]) -> Iterator[Text]:
    for i in items:
        match i["label"]:
            case "code":
                yield fold_of(i), i["text"], i["spans"], "other", 3.0
            case "config":
                yield fold_of(i), i["text"], [], "config", 1.0
            case "not_code":
                rest = "dump" if i["kind"] in DUMPS else "other"
                yield fold_of(i), i["text"], [], rest, 3.0


def _documented(corpus: sources.Corpus, r: random.Random) -> Iterator[Text]:
    """Documentation with code, documentation without, and output, of real packages."""
    for package, pieces in corpus.documents:
        fold = fold_of_package(package)
        for _ in range(3):
            if made := documents.excerpt(pieces, r):
                yield fold, *made, "other", 1.0
        if text := documents.prose(pieces, r):
            yield fold, text, [], "other/remarks", 1.0
    for package, text in corpus.output[:9000]:
        yield fold_of_package(package), text, [], "dump/output", 1.0
    for package, text in corpus.manuals[:6000]:
        yield fold_of_package(package), text, [], "other/remarks", 1.0


def _natures(texts: list[Text], r: random.Random) -> Iterator[Snippet]:
    """Stretches of what is not code, each named by its nature in brackets."""
    for n, (fold, text, spans, nature, weight) in enumerate(texts):
        if spans:
            continue
        lines = text.split("\n")
        if r.random() < 0.5:
            size = r.choice((1, 1, 2, 3, 5, 8))
            first = r.randrange(max(1, len(lines) - size + 1))
            text = "\n".join(lines[first : first + size])
        yield fold, text, f"({nature})", f"text {n % 64}", 1.0 if weight <= 1 else 1.5


def _harmless(
    corpus: sources.Corpus, languages: list[str], prose: Callable[[], str],
    remark: Callable[[], str], r: random.Random,
) -> Iterator[tuple[str, list[tuple[int, int]], str, float]]:  # fmt: skip
    """Texts without code."""
    paragraph = cycle(corpus.paragraphs or [prose()]).__next__
    for text in corpus.paragraphs[:6000]:
        yield text, [], "other", 1.0
    for text in corpus.markup[:2500]:
        yield text, [], "other/formulas", 1.0
    for _ in range(900):
        yield dumps.trace(r), [], "dump/trace", 1.0
        yield dumps.log(r), [], "dump/log", 1.0
        yield dumps.listing(r), [], "dump/output", 0.7
        yield dumps.transcript(prose, r), [], "dump/output", 0.7
        yield dumps.table(prose, r), [], "dump", 0.7
        yield dumps.data(prose, r), [], "dump", 0.7
        yield dumps.values(prose, r), [], "dump", 1.0
        yield dumps.values(prose, r), [], "dump", 1.0
        yield writing.symbols(prose, r), [], "other", 1.0
        yield writing.request(r.choice(languages), r), [], "other", 1.0
        yield writing.clauses(prose, r), [], "other", 1.0
        yield writing.instructions(prose, r), [], "other", 1.0
        yield writing.arithmetic(r), [], "other/formulas", 1.0
        yield dumps.figures(r), [], "dump", 1.0
        yield dumps.strings(r), [], "dump", 1.0
        yield dumps.records(prose, r), [], "config", 1.0
        yield writing.scripts(r), [], "other", 1.0
        yield writing.mathematics(r), [], "other/formulas", 1.0
        yield dumps.sheet(prose, r), [], "dump", 1.0
        yield dumps.columns(r), [], "dump", 1.0
        yield dumps.entries(prose, r), [], "dump/log", 1.0
        yield writing.wishes(r.choice(languages), r), [], "other", 1.0
        yield writing.mail(r.choice((prose, prose, remark)), r), [], "other/mail", 1.0
        yield writing.mail(r.choice((prose, prose, remark)), r), [], "other/mail", 1.0
        yield printed.table(prose, r), [], "dump", 1.0
        yield printed.table(prose, r), [], "dump", 1.0
        yield printed.plan(r), [], "dump/output", 1.0
        yield printed.packages(prose, r), [], "dump/output", 1.0
        yield printed.usage(prose, r), [], "other/options", 1.0
        yield printed.status(prose, r), [], "dump/output", 1.0
        yield printed.queries(prose, r), [], "dump/log", 1.0
        yield said.quotation(prose, r), [], "other", 1.0
        yield said.commands(r.choice((prose, prose, remark)), r), [], "other/remarks", 1.0
        yield said.formulas(prose, r), [], "other/formulas", 1.0
        yield said.latex(prose, r), [], "other/formulas", 1.0
        yield said.chat(prose, r), [], "other", 1.0
        yield configured.tree(prose, r), [], "config", 1.0
        yield configured.lines(prose, r), [], "config", 1.0
        yield configured.lines(prose, r), [], "config", 1.0
        yield shown.command(prose, r), [], "dump/output", 1.0
        yield shown.command(prose, r), [], "dump/output", 1.0
        yield shown.command(prose, r), [], "dump/output", 1.0
        yield shown.help_page(prose, r), [], "other/options", 1.0
        yield shown.manual(prose, r), [], "other/remarks", 1.0
        yield shown.plan(r), [], "dump/output", 1.0
        yield shown.frames(prose, r), [], "dump/trace", 1.0
        yield dumps.lists(prose, r), [], "dump", 1.0
        yield drawn.drawing(prose, r), [], "other/drawn", 1.0
        yield drawn.equations(prose, r), [], "other/formulas", 1.0
        yield drawn.sheets(prose, r), [], "other/formulas", 1.0
        yield drawn.names(r), [], "dump/listed", 1.0
        yield drawn.talk(prose, r), [], "other", 1.0
        for made, nature in listed.KINDS:
            yield made(prose, r), [], nature, 0.7
        code = coded.statements(r)
        yield code, [(0, len(code))], "other", 1.0
    for _ in range(400):
        yield shown.answered(prose, r), [], "dump/output", 1.0
        yield writing.runs(r), [], "other", 1.0
    for _ in range(6000):
        yield writing.documentation(prose, paragraph, r), [], "other", 1.0
    for _ in range(4000):
        words = prose().split()
        size = r.choice((1, 2, 3, 4, 6))
        first = r.randrange(max(1, len(words) - size + 1))
        yield " ".join(words[first : first + size]), [], "other", 1.0
    for _ in range(6000):
        yield "\n".join(prose() for _ in range(r.randint(1, 4))), [], "other", 1.0
