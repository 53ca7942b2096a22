"""`python -m benchmarks.detection [CODE.jsonl]`: what the detectors cost, on one core.

CPU time of the secret rules and of the source code detector over long prose and long code, of a
2 KB prompt through both, and of a prompt made of many short texts; in the same run the peers' own
scanners over the same texts, where they are installed (`make peers`). Texts come with Python, its
reference and its library, and from this repository: pages that speak of keys and passwords on every
other line, with which the rules have most to do. Or they come from a file of labelled prompts.
Times are CPU time, the best of several rounds: what else the machine does slows them too, so
compare within one run.
"""

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from pydoc_data.topics import topics
from statistics import median

from detectors import engine, secrets, source_code
from detectors.disguise import hidden
from detectors.engine import Engine
from detectors.rule import SHIPPED, load_rules

ROOT = Path(__file__).parents[1]
OURS = ("secret.", "harmless.", "joint.", "heading.", "coded.")
CACHE = Path(".benchmark-cache")
PEERS = ROOT / ".venv-peers/bin/python"
LONG = 1_000_000
PROMPT = 2048


def cpu_s(work: Callable[[], object], rounds: int = 5) -> float:
    """The least CPU time of several rounds."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def texts(labelled: Path | None) -> dict[str, str]:
    """A megabyte of each kind."""
    if labelled:
        items = [json.loads(line) for line in labelled.read_text("utf-8").splitlines()]
        parts = {
            "prose": [i["text"] for i in items if i["label"] == "not_code"],
            "code": [i["text"] for i in items if i["label"] == "code"],
        }
    else:
        library = sorted(Path(json.__file__).parents[1].glob("*.py"))
        pages = sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md"])
        parts = {
            "prose": list(topics.values()),
            "code": [path.read_text("utf-8") for path in library[::3]],
            "about keys": [path.read_text("utf-8") for path in pages],
        }
    whole = {name: "\n\n".join(some) for name, some in parts.items()}
    return {name: (text * (LONG // len(text) + 1))[:LONG] for name, text in whole.items()}


def throughput(name: str, scan: Callable[[str], object], samples: dict[str, str]) -> None:
    """MB/s over each long text."""
    scan(samples["code"][:100_000])  # expressions are compiled on first use
    shown = "  ".join(
        f"{kind} {len(text.encode()) / 1e6 / cpu_s(partial(scan, text), 3):7.1f} MB/s"
        for kind, text in samples.items()
    )
    print(f"  {name:28}{shown}", flush=True)


def both(*texts: str) -> None:
    """A prompt's texts through secrets and source code; copies, so that nothing is remembered."""
    copies = [text[:1] + text[1:] for text in texts]
    for found, _ in zip(
        secrets.find_many(copies), source_code.find_many(copies), strict=True
    ):  # as on a request
        list(found)


def prompts(samples: dict[str, str]) -> None:
    """A prompt of 2 KB, whole and as fifty texts of forty characters."""
    for kind, text in samples.items():
        pieces = [text[i : i + PROMPT] for i in range(0, 200 * PROMPT, PROMPT)]
        times = sorted(cpu_s(partial(both, piece), 3) for piece in pieces)
        short = [text[i : i + 40] for i in range(0, PROMPT, 40)]
        many = cpu_s(partial(both, *short))
        print(
            f"  {kind}, 2 KB: median {1000 * median(times):.2f} ms, 95th percentile "
            f"{1000 * times[len(times) * 95 // 100]:.2f} ms; as {len(short)} short texts "
            f"{1000 * many:.2f} ms"
        )


def peers(samples: dict[str, str]) -> None:
    """What `benchmarks/peers.py` says, in an environment of theirs."""
    if not PEERS.exists():
        print(f"  no peers in {PEERS.parent.parent.name}: `make peers` installs them")
        return
    found = subprocess.run(
        [PEERS, ROOT / "benchmarks/peers.py"],
        input=json.dumps({kind: text[:LONG] for kind, text in samples.items()}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    speed: dict[str, list[str]] = {}
    for row in map(json.loads, found.stdout.splitlines()):
        mb_per_s = row["bytes"] / 1e6 / row["cpu_s"]
        speed.setdefault(row["name"], []).append(f"{row['kind']} {mb_per_s:7.2f} MB/s")
    for name, shown in speed.items():
        print(f"  {name:28}{'  '.join(shown)}")


def main(arguments: Sequence[str]) -> int:
    samples = texts(Path(arguments[0]) if arguments else None)
    rules = load_rules((SHIPPED,))
    ours = Engine([rule for rule in rules if rule.id.startswith(OURS)], CACHE)
    every = engine.load_shared(cache_dir=CACHE)
    print(f"{len(ours.rules)} rules for secrets, {len(rules)} in all")

    def in_disguise(text: str) -> None:
        hidden(text[:1] + text[1:], ours)  # which has the text itself scanned first

    gc.collect()
    gc.freeze()  # as the workers do once they have loaded what they look for
    throughput("secret rules", ours.scan_once, samples)
    throughput("  with what is disguised", in_disguise, samples)
    throughput("all rules", every.scan_once, samples)
    throughput("source code", source_code.find, samples)
    peers(samples)
    prompts(samples)
    compile_s = cpu_s(lambda: Engine(rules), 1)
    print(f"  compiling all rules and running their proofs, once: {compile_s:.1f} s")
    print(f"  from the cache: {cpu_s(lambda: Engine(rules, CACHE)):.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
