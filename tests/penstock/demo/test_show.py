"""What the demo prints when it stays up."""

from pathlib import Path

import pytest

from penstock.demo import show
from penstock.demo.running import RunningProxy
from proxy_addons.ca import open_store


def test_its_commands_work_where_the_environment_names_another_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    proxy = RunningProxy(tmp_path, {}, tmp_path / "cache")
    open_store(proxy.state)
    for names, before in (((), ""), (("PENSTOCK_DATABASE", "PENSTOCK_STATE"), "env ")):
        for name in names:
            monkeypatch.setenv(name, "/elsewhere")
        show.how_to_go_on(proxy)
        lines = [line for line in capsys.readouterr().err.splitlines() if "--config" in line]
        assert len(lines) == 2
        for line in lines:
            assert line.startswith(f"  {before}{''.join(f'-u {name} ' for name in names)}")
            assert bool(before) == ("env -u" in line)
