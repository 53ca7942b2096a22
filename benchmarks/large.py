"""Sends prompts of 5 MB through a proxy, one after the other, and prints what each took.

All are written before the first is sent, and no line of them is like another: a proxy that
remembers lines has to look at each.
"""

import sys
import time
from itertools import cycle

from benchmarks.load import dial_tls
from benchmarks.prompts import body, unseen
from benchmarks.upstream import ANSWER, HOST

SIZE_BYTES = 5_000_000
PROMPTS = 5
"""More than are inspected in one stretch of load."""


def main(proxy: int) -> None:
    sock = dial_tls(proxy, f"{HOST}:443", "http/1.1")
    for prompt in cycle([body(SIZE_BYTES, unseen) for _ in range(PROMPTS)]):
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json"
            f"\r\nContent-Length: {len(prompt)}\r\n\r\n"
        )
        began = time.perf_counter()
        print("sending", flush=True)
        sock.sendall(head.encode() + prompt)
        answer = b""
        while not answer.endswith(ANSWER):
            if not (data := sock.recv(65536)):
                break
            answer += data
        took = time.perf_counter() - began
        print(f"{answer[9:12].decode()} after {took:.2f} s", flush=True)
        if not answer.endswith(ANSWER):
            sock = dial_tls(proxy, f"{HOST}:443", "http/1.1")


if __name__ == "__main__":
    main(int(sys.argv[1]))
