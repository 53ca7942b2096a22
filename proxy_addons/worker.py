"""A detector process: jobs in, inspections out, one at a time, until the other end is gone.

It is forked by `proxy_addons.zygote` with everything loaded. It never writes to a log: what goes
wrong with a prompt goes back as an error that names a type and a place in our code.
"""

import os
import resource
import signal
import socket
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from penstock.errors import InspectionError, PenstockError
from penstock.pipeline import Scanner, broken_promises
from policy.schema import Policy
from proxy_addons.frames import Inbox, pack
from proxy_addons.inspection import Examples, Inspection, Job, Proof, run, time_for

NICE = 10
"""How much a worker of large prompts yields to the others."""
PROOF_S = 60.0
"""Longest time the examples of a policy may take."""
GRACE_S = 1.0
"""A job that outlives the limit by this much ends its process, should the proxy be gone."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The first word of a worker; its pidfd comes with it."""

    pid: int


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The decoded body is more than this worker takes; another lane must."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one worker may use."""

    body_bytes: int | None
    """Largest decoded body; None: any. A worker with a limit is one of small prompts."""
    job_s: float
    memory_bytes: int
    """Address space beyond what the process has at its start."""


def work(sock: socket.socket, scan: Scanner, language: str, limits: Limits) -> None:
    """Serve until the proxy closes its end."""
    _settle(limits)
    pidfd = os.pidfd_open(os.getpid())
    socket.send_fds(sock, [pack(Ready(os.getpid()))], [pidfd])
    os.close(pidfd)
    inbox = Inbox()
    policy: Policy | None = None
    while True:
        for message in inbox.read(sock):
            if isinstance(message, Policy):
                policy = message
            else:
                assert policy is not None  # the proxy sends it first
                sock.sendall(pack(_answer(message, scan, policy, language, limits)))


def _answer(
    job: Job | Examples, scan: Scanner, policy: Policy, language: str, limits: Limits
) -> Inspection | Proof | PenstockError | TooLarge:
    limit_s = PROOF_S if isinstance(job, Examples) else time_for(limits.job_s, job.size_bytes)
    signal.setitimer(signal.ITIMER_REAL, limit_s + GRACE_S)
    try:
        if isinstance(job, Examples):
            return Proof(tuple(broken_promises(policy, scan)))
        return run(job, scan, policy, language, limits.body_bytes)
    except PenstockError as e:
        if limits.body_bytes is not None and e.args == ("too-large",):
            return TooLarge()  # another lane finds out whether it is for everyone
        return type(e)(*e.args)
    except MemoryError:
        os._exit(1)  # what is left of this process cannot be trusted with another prompt
    except BaseException as e:
        return InspectionError(f"{type(e).__name__} in {_place(e.__traceback__)}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _place(trace: TracebackType | None) -> str:
    """Where an exception came from, without anything it says."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    code = trace.tb_frame.f_code
    return f"{Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}"


def _settle(limits: Limits) -> None:
    """Bounds that hold whatever a detector does."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)
    # the proxy decides when a worker ends; Ctrl-C and a stopping service reach it first
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    if limits.body_bytes is None:
        os.nice(NICE)
