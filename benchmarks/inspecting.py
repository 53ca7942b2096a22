"""`penstock run` with other detectors in its workers.

`python -m benchmarks.inspecting CONFIG NAME`; NAME is importable and holds `select` and
`COMBINATIONS`, as `detectors` does.
"""

import asyncio
import sys
from functools import partial
from pathlib import Path

from penstock import app
from penstock.settings import load
from proxy_addons.zygote import WorkerConfig


def main(config: str, detectors: str) -> None:
    app.WorkerConfig = partial(WorkerConfig, detectors=detectors)  # type: ignore[assignment,attr-defined]
    loaded = load(Path(config))
    asyncio.run(app.serve(loaded, ready=lambda at: print(at[1], flush=True), say=lambda _: None))


if __name__ == "__main__":
    main(*sys.argv[1:])
