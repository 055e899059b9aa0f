"""What tests share that kill a cluster's processes."""

from collections.abc import Iterator

import pytest

from aecore.compute.cluster import Cluster
from aecore.runs import worker


@pytest.fixture(scope="module")
def mortal() -> Iterator[Cluster]:
    """A cluster of one's own, to be shot at."""
    cluster = Cluster(warm_up=worker.warm_up)
    cluster.client()
    yield cluster
    cluster.close()
