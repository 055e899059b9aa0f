"""Dask, imported in one place: for the embedded cluster, without the settings that this machine has for other clusters.

Dask reads DASK_* variables and files in /etc/dask and ~/.config/dask when it is imported. They are meant for other
clusters: certificates that the embedded one does not need, preloads of other programs. They apply only with
AECORE_SCHEDULER, and on workers that Dask itself started.
"""

from __future__ import annotations

import os
import sys
import tempfile
from unittest import mock

from aecore.compute import address


def _import_with_defaults() -> None:
    try:
        import dask.config
    except Exception:  # a damaged settings file, which is not found when Dask looks elsewhere
        with tempfile.TemporaryDirectory() as empty, mock.patch.dict(os.environ):
            os.environ.update(HOME=empty, USERPROFILE=empty, DASK_ROOT_CONFIG=empty, DASK_CONFIG=empty)
            import dask.config
    dask.config.refresh(paths=[], env={})


if not os.environ.get(address.SCHEDULER) and "distributed" not in sys.modules:
    _import_with_defaults()

from dask import config  # noqa: E402
from distributed import Client, Future, LocalCluster, WorkerPlugin  # noqa: E402

__all__ = ["Client", "Future", "LocalCluster", "WorkerPlugin", "config"]
