"""A transformer and a GLiNER model find names in place of our pipeline, through Presidio.

`make engines` fetches their libraries, some 6 GB; without them nothing here runs.
"""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from detectors.presidio import host

pytestmark = [
    pytest.mark.skipif(
        not (find_spec("gliner") and find_spec("spacy_huggingface_pipelines")),
        reason="`make engines` fetches transformers and gliner",
    ),
    pytest.mark.filterwarnings("default"),
]
LONG = "we met today about the project . " * 300 + "write to Anna Schmidt in Berlin ."
"""Far more than either model reads at once. Presidio cuts it, also within words."""


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The transformer."""
    from tests.engines.tiny import transformer

    return transformer(tmp_path_factory.mktemp("models") / "bert")


@pytest.fixture(scope="module")
def by_transformer(encoder: Path) -> Path:
    """A recognisers' file that names it."""
    file = encoder.parent / "transformer.yaml"
    file.write_text(
        "nlp_configuration:\n"
        "  nlp_engine_name: transformers\n"
        f"  models: [{{lang_code: en, model_name: {{transformers: '{encoder}'}}}}]\n"
        "  ner_model_configuration:\n"
        "    model_to_presidio_entity_mapping: {PER: PERSON, LOC: LOCATION}\n"
    )
    return file


@pytest.fixture(scope="module")
def by_gliner(encoder: Path) -> Path:
    """A recognisers' file that names a GLiNER model."""
    from tests.engines.tiny import gliner

    model = gliner(encoder.parent / "gliner", encoder)
    file = encoder.parent / "gliner.yaml"
    file.write_text(
        "recognizers:\n"
        "  - name: GLiNERRecognizer\n"
        "    type: predefined\n"
        "    supported_languages: [en]\n"
        f"    model_name: '{model}'\n"
        "    entity_mapping: {person: PERSON, location: LOCATION}\n"
    )
    return file


@pytest.fixture(params=["by_transformer", "by_gliner"])
def file(request: pytest.FixtureRequest) -> Path:
    """Either."""
    return request.getfixturevalue(request.param)


def test_names_are_found_wherever_they_stand(file: Path) -> None:
    engine = host(file)
    for text in ("we met Anna Schmidt in Berlin today", LONG):
        found = {(m.data_class, text[m.start : m.end]) for m in engine.analyze(text, ())}
        assert found >= {("pii.person", "Anna Schmidt"), ("pii.location", "Berlin")}


def test_the_command_uses_what_the_settings_name(file: Path, tmp_path: Path) -> None:
    settings = tmp_path / "penstock.yaml"
    settings.write_text(f"state: {tmp_path}\ndetection: {{recognizers: '{file}'}}\n")
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("please write to Karel Novak today\n")
    ran = subprocess.run(
        [sys.executable, "-m", "penstock", "scan", "--json", "--config", settings, prompt],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode in (0, 1), ran.stderr
    [finding] = json.loads(ran.stdout)["findings"]
    assert finding["class"] == "pii.person"
