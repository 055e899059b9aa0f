"""How the server is doing, for whoever runs it. The page exists only where it is switched on."""

import streamlit as st

from aecore.runs import server_status
from pages.shared.app import server, startup

POLL_S = 2.0
MB = 1e6

startup.enter()

st.title("Status")


@st.fragment(run_every=POLL_S)
def show() -> None:
    """The figures, refreshed every two seconds."""
    try:
        now = server_status.status(server.runs())
    except (OSError, TimeoutError):
        st.warning("The scheduler is not responding at the moment.")
        return
    figures = {
        "Training": now.runs.get("training", 0),
        "Not training": sum(n for name, n in now.runs.items() if name != "training"),
        "Memory of kept runs": f"{now.bytes_kept / MB:,.0f} MB",
        "Memory of the app": f"{now.server_bytes / MB:,.0f} MB",
        "Workers lost so far": now.losses,
    }
    for column, (label, value) in zip(st.columns(len(figures)), figures.items(), strict=True):
        column.metric(label, value)
    st.subheader("Workers", divider="gray")
    if now.scheduler is None:
        st.info("There is no connection to a scheduler yet.")
    else:
        st.caption(f"Scheduler {now.scheduler}." + (f" [Dask's dashboard]({now.dashboard})" if now.dashboard else ""))
        rows = [
            {
                "Worker": each.address,
                "Threads": each.threads,
                "Memory": f"{each.memory / MB:,.0f} of {each.memory_limit / MB:,.0f} MB",
                "Executing": each.executing,
                "Waiting": each.waiting,
            }
            for each in now.workers
        ]
        st.dataframe(rows, hide_index=True, alt="Workers with their memory and their tasks")
    st.subheader("Versions", divider="gray")
    st.caption(" · ".join(f"{name} {version}" for name, version in now.versions.items()))


show()
