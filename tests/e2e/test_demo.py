"""`make demo`: what a newcomer sees first."""

import json
import os
import subprocess
import sys
from pathlib import Path


def test_the_demo_shows_all_four_actions_and_what_the_ledger_kept(
    state_home: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "penstock.cli", "demo", "--once", "--json"],
        env={
            **os.environ,
            "XDG_STATE_HOME": str(tmp_path),
            "PENSTOCK_STATE": str(state_home / "penstock"),
        },
        capture_output=True,
        text=True,
        timeout=270,
    )
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.iterdir()), "what is compiled goes to the state directory in force"
    shown = json.loads(done.stdout)
    assert shown["ok"]
    assert shown["made_up_violations"] > 1_000
    redirected = [r for r in shown["records"] if r["action"] == "redirect"]
    about = {answer["violation"] for answer in shown["answers"]}
    assert redirected
    assert about
    assert about <= {record["id"] for record in redirected}
    for answer in shown["answers"]:
        assert answer["output_tokens"] > 0
        assert answer["served_as"] == "stand-in-llm"
