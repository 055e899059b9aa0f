"""Dask, imported once; for the embedded cluster without the settings that this machine, or its user, has for others.

Dask reads DASK_* variables and files in /etc/dask and ~/.config/dask when it is imported. They are meant for another
cluster: certificates that the embedded one does not need, preloads of programs that are not this one. With
AECORE_SCHEDULER, and on a worker that Dask itself started, they count.
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
    except Exception:  # a file of settings that is damaged: looked for elsewhere, it is not met
        with tempfile.TemporaryDirectory() as empty, mock.patch.dict(os.environ):
            os.environ.update(HOME=empty, USERPROFILE=empty, DASK_ROOT_CONFIG=empty, DASK_CONFIG=empty)
            import dask.config
    dask.config.refresh(paths=[], env={})


if not os.environ.get(address.SCHEDULER) and "distributed" not in sys.modules:
    _import_with_defaults()

import dask  # noqa: E402
from distributed import Client, Future, LocalCluster, WorkerPlugin  # noqa: E402

__all__ = ["Client", "Future", "LocalCluster", "WorkerPlugin", "dask"]
