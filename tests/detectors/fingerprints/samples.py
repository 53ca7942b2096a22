"""Trees and tables as small as a test needs, and what looks in them."""

from collections.abc import Mapping

from detectors.fingerprints.excerpts import Excerpts
from detectors.fingerprints.index import Index
from detectors.fingerprints.registering import Tree
from detectors.fingerprints.segment import Segment

SECRET = b"of this test"

ROUTING = '''\
"""Which lorry goes where."""

import heapq


def shortest(roads, depot, closed=()):
    # distances so far, and where one came from
    best, came = {depot: 0}, {}
    queue = [(0, depot)]
    while queue:
        length, town = heapq.heappop(queue)
        if length > best[town]:
            continue
        for other, miles in roads[town].items():
            if other in closed or miles < 0:
                continue
            if length + miles < best.get(other, float("inf")):
                best[other] = length + miles
                came[other] = town
                heapq.heappush(queue, (length + miles, other))
    return best, came


def loads(orders, limit=7500):
    open_loads = []
    for order in sorted(orders, key=lambda o: -o.weight):
        for load in open_loads:
            if load.weight + order.weight <= limit and load.town == order.town:
                load.orders.append(order)
                load.weight += order.weight
                break
        else:
            open_loads.append(Load(order.town, [order], order.weight))
    return open_loads
'''

CONTRACT = """\
The supplier shall keep the tooling described in annex four in working order for as long as orders
under this agreement are open, and for three years after the last delivery. Where a mould is worn
beyond the tolerance agreed for its part family, the parties meet within ten days and decide whether
it is repaired at the supplier's cost or replaced at the buyer's, the older of the two estimates
being binding unless both withdraw it in writing.
"""


def tree(name: str, files: Mapping[str, str], *, public: bool = False) -> Segment:
    """A tree as `penstock fingerprint add` would read it."""
    read = Tree(SECRET)
    for file, text in files.items():
        read.add(file, text.encode())
    return read.segment(name, "", "", public=public)


def index_of(*trees: Segment) -> Index:
    """An index of these."""
    found = Index()
    for added in trees:
        found = found.with_segment(added)
    return found


def looking(*trees: Segment) -> Excerpts:
    """What looks in these."""
    return Excerpts.of(index_of(*trees), SECRET)


def lines(text: str, first: int, count: int) -> str:
    """Some lines, from 1."""
    return "\n".join(text.splitlines()[first - 1 : first - 1 + count])
