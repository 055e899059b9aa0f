"""What the tests of pages share: a page opened without a browser, and what one does there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.conftest import until

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py") if path.stem != "__init__")
TIMEOUT_S = 90


def open_app(page: str = "home", state: dict[str, Any] | None = None, **query: str) -> AppTest:
    """The page, drawn once, with what its link and its session say."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_S)
    for name, value in query.items():
        app.query_params[name] = value
    for name, value in (state or {}).items():
        app.session_state[name] = value
    if page != "home":
        app.switch_page(f"pages/{page}.py")
    return app.run()


def widget(app: AppTest, kind: str, label: str) -> Any:
    """The first element of this kind with this label."""
    return next(w for w in app.get(kind) if w.label == label)


def press(app: AppTest, label: str) -> None:
    """Click a button."""
    widget(app, "button", label).click().run()
    assert not app.exception


def open_section(app: AppTest, name: str) -> AppTest:
    """Open a section of the page."""
    chooser = next(w for w in app.get("button_group") if (w.key or "").endswith(".section"))
    chooser.set_value(name).run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    """All sentences on the page."""
    return " ".join(str(e.value) for e in (*app.markdown, *app.caption, *app.info, *app.warning, *app.error))


def link(app: AppTest, name: str) -> str:
    """What the link says of `name`."""
    value = app.query_params[name]
    return value[0] if isinstance(value, list) else value


def script_of(app: AppTest) -> str:
    """The Keras script on the page, which shows what the controls came to."""
    return app.code[0].value


def look_until(app: AppTest, condition: Callable[[], Any]) -> Any:
    """Rerun the page until `condition()` is true; return its value."""
    found = None

    def holds() -> Any:
        nonlocal found
        assert not app.exception
        if not (found := condition()):
            app.run()
        return found

    until(holds)
    return found


def settle(app: AppTest, text: str) -> None:
    """Rerun the page until the worker has answered and the page, or the label of a metric, says `text`."""
    look_until(app, lambda: text in texts(app) or any(text in metric.label for metric in app.metric))


def run_to_the_end(app: AppTest) -> None:
    """Rerun the page until its run has finished."""
    look_until(app, lambda: any("Finished" in progress.text for progress in app.get("progress")))
