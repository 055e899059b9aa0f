"""That every module can be imported, also those that no other test needs."""

import json
import subprocess
import sys

from tests.house.modules import ROOT, modules

IMPORT_ALL = """
import importlib, json, sys, traceback
failures = {}
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except BaseException:
        failures[name] = traceback.format_exc()
print(json.dumps(failures))
"""
# Pages run as they are imported; tests/pages imports them in the way Streamlit does.
RUN_BY_STREAMLIT = {name for name in modules("pages") if name.count(".") == 1} - {"pages.lessons", "pages.shared"}


def test_every_module_can_be_imported():
    names = sorted({*modules("aecore"), *modules("pages"), *modules("benchmarks")} - RUN_BY_STREAMLIT)
    names = [name for name in names if not name.endswith("__main__")]
    ended = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *names], cwd=ROOT, capture_output=True, text=True, check=True
    )
    failures = json.loads(ended.stdout.splitlines()[-1])
    assert not failures, "\n".join(failures.values())
