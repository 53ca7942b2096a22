"""What is seen and not understood is counted, by host and endpoint and by nothing else."""

from pathlib import Path

import httpx
import pytest

from proxy_addons import coverage
from proxy_addons.coverage import CANARY, DISCOVERED, NOT_UNDERSTOOD, Coverage, is_likely, read
from tests.proxy_addons.lab import TUNNELLED, Start


@pytest.mark.parametrize(
    ("host", "likely"),
    [
        *(("chat.example.ai", True), ("api.somegpt.com", True), ("gpt-4free.io", True)),
        *(("llm.example.com", True), ("my-openai.example.org", True), ("AI.example.com", True)),
        *(("www.example.com", False), ("mail.example.com", False), ("maintain.example.org", False)),
        *(("dairy.example", False), ("ai", False), ("cdn7.example.net", False)),
    ],
)
def test_a_likely_host_is_told_by_its_name(host: str, likely: bool) -> None:
    assert is_likely(host) is likely


def test_counts_of_several_processes_add_up(tmp_path: Path) -> None:
    first, second = Coverage(tmp_path), Coverage(tmp_path)
    for counts in (first, second, second):
        counts.tunnelled("chat.example.ai")
        counts.tunnelled("www.example.com")
        counts.not_understood("chatgpt", "POST /x", b'{"messages": [{"role": "user"}]}')
        counts.flush()
    first.flush()

    [found] = read(tmp_path, DISCOVERED)
    assert (found.what, found.hint, found.count) == ("chat.example.ai", "name", 3)
    [found] = read(tmp_path, NOT_UNDERSTOOD)
    assert (found.what, found.hint, found.count) == ("chatgpt POST /x", "openai_chat", 3)
    assert read(tmp_path, CANARY) == []


def test_the_file_has_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage, "ROWS", 3)
    for start in range(3):
        counts = Coverage(tmp_path)
        for number in range(start, start + 5):
            counts.tunnelled(f"chat{number}.example.ai")
        counts.flush()

    assert len(read(tmp_path, DISCOVERED)) == 3


def test_what_was_cleared_is_gone(tmp_path: Path) -> None:
    counts = Coverage(tmp_path)
    counts.note(CANARY, "generic POST /")
    counts.tunnelled("chat.example.ai")
    counts.flush()
    coverage.forget(tmp_path, CANARY)

    assert read(tmp_path, CANARY) == []
    assert len(read(tmp_path, DISCOVERED)) == 1
    coverage.forget(tmp_path / "elsewhere", CANARY)


def test_nothing_is_written_where_nothing_was_counted(tmp_path: Path) -> None:
    Coverage(tmp_path).flush()

    assert list(tmp_path.iterdir()) == []
    assert read(tmp_path, DISCOVERED) == []


async def test_tunnels_are_told_by_the_name_that_was_asked_for(start: Start) -> None:
    lab = await start()
    heard: list[str] = []
    lab.proxy._ways.tunnelled = heard.append
    with pytest.raises(httpx.ConnectError):  # the service's own certificate
        await lab.http().get(f"https://{TUNNELLED}/")

    assert heard == [TUNNELLED]
