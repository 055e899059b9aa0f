"""How the server is, for whoever runs it. Only there where it is switched on."""

import streamlit as st

from aecore.runs import server_status
from pages.shared.app import server, startup

POLL_S = 2.0
MB = 1e6

startup.enter()

st.title("Status")


@st.fragment(run_every=POLL_S)
def show() -> None:
    """The figures, drawn anew every two seconds."""
    try:
        now = server_status.status(server.runs())
    except (OSError, TimeoutError):
        st.warning("The scheduler does not answer at the moment.")
        return
    counts = st.columns(5)
    for column, (label, value) in zip(
        counts,
        (
            ("Training", now.runs.get("training", 0)),
            ("Resting", sum(n for name, n in now.runs.items() if name != "training")),
            ("Kept of runs", f"{now.bytes_kept / MB:,.0f} MB"),
            ("The app's process", f"{now.server_bytes / MB:,.0f} MB"),
            ("Workers lost so far", now.losses),
        ),
        strict=True,
    ):
        column.metric(label, value)
    st.subheader("Workers", divider="gray")
    if now.scheduler is None:
        st.info("There is no connection to a scheduler yet.")
    else:
        st.caption(f"Scheduler {now.scheduler}." + (f" [Dask's dashboard]({now.dashboard})" if now.dashboard else ""))
        rows = [
            {
                "Worker": worker.address,
                "Threads": worker.threads,
                "Memory": f"{worker.memory / MB:,.0f} of {worker.memory_limit / MB:,.0f} MB",
                "Executing": worker.executing,
                "Waiting": worker.waiting,
            }
            for worker in now.workers
        ]
        st.dataframe(rows, hide_index=True, alt="Workers with their memory and their tasks")
    st.subheader("Versions", divider="gray")
    st.caption(" · ".join(f"{name} {version}" for name, version in now.versions.items()))


show()
