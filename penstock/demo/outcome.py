"""What a demo came to: what was tried, what was recorded, and whether all is as promised."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from penstock.demo.samples import Trial


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a demo showed."""

    trials: tuple[Trial, ...]
    records: tuple[dict[str, Any], ...]
    """The records of the trials, as the ledger keeps them."""
    answers: tuple[dict[str, Any], ...]
    """What the model inside used for its answers, as the ledger keeps it."""
    made_up: int
    """Violations of the year before, none of which happened."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What did not happen as it should have."""
        return tuple(self._problems())

    def _problems(self) -> Iterator[str]:
        for trial in self.trials:
            for problem in trial.problems:
                yield f"{trial.sample.action.word}, {trial.sending.service}: {problem}"
        acted = sorted(t.sample.action.word for t in self.trials if t.sample.action)
        if sorted(r["action"] for r in self.records) != acted:
            yield "the ledger does not hold one record of each action taken"
