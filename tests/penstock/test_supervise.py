"""What a worker tells its supervisor."""

import os

import pytest

from penstock.supervise import announce_ready, tell_why


def test_a_worker_whose_supervisor_is_gone_says_why_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for tell in (announce_ready, lambda: tell_why("it cannot listen")):
        reader, writer = os.pipe()
        os.close(reader)
        monkeypatch.setenv("_PENSTOCK_READY_FD", str(writer))

        assert not tell()
        with pytest.raises(OSError, match="descriptor"):
            os.fstat(writer)
