"""What the measurements of quality say of a file that is not there."""

from pathlib import Path

import pytest

from benchmarks import quality, reliability


def test_a_file_that_is_not_there_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    none, there = str(tmp_path / "none.jsonl"), tmp_path / "there.jsonl"
    there.write_text("")
    for main, arguments in (
        (quality.main, ["code", none, str(tmp_path / "out.jsonl")]),
        (quality.main, ["code", str(there), str(tmp_path / "nowhere" / "out.jsonl")]),
        (reliability.main, [none, str(there)]),
        (reliability.main, [str(there), none]),
    ):
        assert main(arguments) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith(str(tmp_path))
        assert said.err.endswith(".jsonl: No such file or directory\n")
        assert said.err.count("\n") == 1
