"""Sentences about what the worker, or the server, went through while a run trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aecore.compute.task_sequence import CondemnedError, TaskSequence

if TYPE_CHECKING:
    from aecore.compute.cluster import Cluster

STARTING = "The training worker is starting; training begins in a few seconds."
CONDEMNED = (
    "The training worker ended again and again on this network, most likely for want of memory, so the run was given "
    "up. A smaller network or batch needs less."
)
SILENT = "The training worker does not answer at the moment. The run goes on when it does; nothing is lost."


def server_restarted(epoch: float) -> str:
    """Of a run that was training when its server ended."""
    return f"The server was started again; **Continue** goes on from epoch {epoch:.1f}."


def worker_restarted(epoch: float) -> str:
    """Of a run that has gone on from this epoch after its worker died."""
    return (
        f"The training worker stopped and was started again; this run went on from epoch {epoch:.1f}. Nothing was lost."
    )


def failure(error: Exception) -> str:
    """Why a run failed."""
    if isinstance(error, CondemnedError):
        return CONDEMNED
    return f"Training this network failed on the worker ({type(error).__name__})."


def while_training(cluster: Cluster, slices: TaskSequence, epoch: float) -> str | None:
    """What there is to say now of a run that trains and is at this epoch; None while all is well."""
    if not cluster.ready:
        return cluster.trouble or STARTING
    if slices.pending and slices.interrupted:
        return f"The training worker stopped. A new one is starting, and the run goes on from epoch {epoch:.1f}."
    if slices.pending and cluster.silent:
        return SILENT
    return None
