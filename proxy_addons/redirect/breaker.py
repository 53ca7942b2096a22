"""Leaves a failing model alone for a moment, so that prompts do not queue up behind its silence."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Breaker:
    """Closed: attempts pass. After `failures` in a row it is open and none passes for `rest_s`;
    then one trial passes, which closes it or opens it anew."""

    failures: int = 3
    rest_s: float = 5.0
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    _in_a_row: int = 0
    _opened_at: float = 0.0
    _trial_at: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether the last `failures` attempts or more all failed."""
        return self._in_a_row >= self.failures

    def admit(self) -> bool:
        """Whether an attempt may be made now. One that is must end in a call of `succeeded`,
        `failed` or `undecided`."""
        if not self.is_open:
            return True
        now = self.clock()
        if now - self._opened_at < self.rest_s:
            return False
        # a trial that never reports back, for instance because its task died, does not bar the
        # model for good
        if self._trial_at is not None and now - self._trial_at < self.rest_s:
            return False
        self._trial_at = now
        return True

    def succeeded(self) -> None:
        """The model answered."""
        self._in_a_row = 0
        self._trial_at = None

    def failed(self) -> None:
        """The model did not answer, or not sensibly."""
        self._in_a_row += 1
        self._opened_at = self.clock()
        self._trial_at = None

    def undecided(self) -> None:
        """The attempt ended without saying anything about the model."""
        self._trial_at = None
