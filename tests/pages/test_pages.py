"""Every page draws without a browser, and TensorFlow stays out of their process."""

import subprocess
import sys

import pytest

from tests.pages.helpers import PAGES, ROOT, open_app


@pytest.mark.parametrize("page", PAGES)
def test_every_page_draws(page):
    app = open_app(page)
    assert not app.exception
    assert app.title[0].value


def test_the_streamlit_process_never_imports_tensorflow():
    # A process of its own: other tests of this one train in-process. Of a server that has trained: the browser tests.
    script = f"""
import sys
from streamlit.testing.v1 import AppTest
for page in {PAGES}:
    app = AppTest.from_file("app.py", default_timeout=90)
    app.switch_page(f"pages/{{page}}.py").run()
    assert not app.exception, page
assert "tensorflow" not in sys.modules and "keras" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, timeout=150)
