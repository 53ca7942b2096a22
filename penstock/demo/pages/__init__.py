"""Chat pages that speak as those of public services do, to be shown by a real browser."""

from pathlib import Path

from penstock.demo.wire import Said

_HERE = Path(__file__).parent


def page(title: str, script: str) -> Said:
    """The page of a service: one frame for all, and the script that speaks its protocol."""
    shell = (_HERE / "shell.html").read_text("utf-8").replace("TITLE", title)
    spoken = shell.replace("SCRIPT", (_HERE / f"{script}.js").read_text("utf-8"))
    return Said((spoken.encode(),), "text/html; charset=utf-8")
