"""The image, the services and the proxy in deploy/: nothing is built or started, they are read and held to rules."""

import json
import re
import shutil
import subprocess
from fnmatch import fnmatch

import jsonschema
import pytest
import yaml
from distributed.cli import dask_scheduler, dask_worker

from tests.house.modules import ROOT, modules

DEPLOY = ROOT / "deploy"
SERVICES = ("proxy", "app", "scheduler", "worker")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def instructions():
    """The Dockerfile's instructions, each with what follows it."""
    text = re.sub(r"\\\n\s*", " ", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


def arguments(instructions, name):
    return [rest for instruction, rest in instructions if instruction == name]


@pytest.fixture(scope="module")
def proxy():
    """The proxy's configuration: section's head → its lines."""
    sections, lines = {}, []
    for line in (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8").splitlines():
        line = line.partition("#")[0].rstrip()
        if line and not line[0].isspace():
            lines = sections.setdefault(line, [])
        elif line:
            lines.append(line.split())
    return sections


# The image.


def test_the_image_is_built_from_a_base_that_is_named_exactly(instructions):
    (base,) = arguments(instructions, "FROM")
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", base)
    minor = int(re.search(r"3\.(\d+)", base)[1])
    lowest, beyond = re.findall(r"3\.(\d+)", re.search(r'requires-python = "(.+)"', read("pyproject.toml"))[1])
    assert int(lowest) <= minor < int(beyond)


def test_the_image_keeps_no_cache_and_needs_no_superuser(instructions):
    assert all("--no-cache-dir" in run for run in arguments(instructions, "RUN") if "pip install" in run)
    assert not any(re.search(r"\bsudo\b|apt(-get)? upgrade|curl .*\|", run) for run in arguments(instructions, "RUN"))
    (user,) = arguments(instructions, "USER")
    assert user != "root"
    names = [name for name, _ in instructions]
    assert names.index("USER") > max(i for i, name in enumerate(names) if name in ("RUN", "COPY"))
    assert "ADD" not in names


def test_the_image_has_its_requirements_in_a_layer_of_their_own(instructions):
    copied = arguments(instructions, "COPY")
    assert copied == ["requirements.txt .", ". ."]


def test_the_images_commands_are_lists_so_that_signals_arrive(instructions):
    (command,) = arguments(instructions, "CMD")
    assert json.loads(command)[:3] == ["streamlit", "run", "app.py"]
    assert arguments(instructions, "HEALTHCHECK")


def test_what_the_app_needs_is_in_the_image_and_nothing_else():
    ignored = [line for line in read(".dockerignore").splitlines() if line and not line.startswith("#")]

    def left_out(path: str) -> bool:
        parts = path.split("/")
        heads = ["/".join(parts[: i + 1]) for i in range(len(parts))]
        return any(
            fnmatch(head, pattern) or (pattern.startswith("**/") and fnmatch(head.rpartition("/")[2], pattern[3:]))
            for pattern in ignored
            for head in heads
            if head.count("/") == pattern.removeprefix("**/").count("/") or pattern.startswith("**/")
        )

    needed = ["app.py", "requirements.txt", "LICENSE", ".streamlit/config.toml"]
    needed += [str(p.relative_to(ROOT)) for f in ("aecore", "pages", "pretrained") for p in files(f)]
    assert not [path for path in needed if left_out(path)]
    unneeded = [".git/config", "tests/conftest.py", "docs/codes.png", "benchmarks/load.py", "aecore/__pycache__/a.pyc"]
    assert all(left_out(path) for path in [*unneeded, "README.md", "deploy/compose.yaml", ".pytest_cache/x"])


def files(folder):
    return [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


# The services.


def test_the_services_are_written_as_compose_reads_them(compose):
    jsonschema.validate(compose, json.loads((ROOT / "tests/house/compose.schema.json").read_text(encoding="utf-8")))
    assert set(compose["services"]) == set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_names_what_there_is(compose, name):
    service = compose["services"][name]
    assert set(service.get("depends_on", ())) <= set(compose["services"])
    assert set(service["networks"]) <= set(compose["networks"])
    for volume in service.get("volumes", ()):
        source = volume.partition(":")[0]
        assert source in compose["volumes"] or (DEPLOY / source).is_file()
    if "build" in service:
        assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    else:
        assert re.search(r":\d", service["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_only_the_proxy_is_reached_from_outside(compose, name):
    service = compose["services"][name]
    assert ("outside" in service["networks"]) == ("ports" in service) == (name == "proxy")
    assert compose["networks"]["inside"]["internal"]


def test_the_app_knows_the_settings_that_it_is_given(compose):
    core = "".join(path.read_text(encoding="utf-8") for path in modules("aecore").values())
    for service in compose["services"].values():
        for name in service.get("environment", {}):
            assert name.startswith("DASK_DISTRIBUTED__") or name in core


def test_dask_knows_the_options_that_it_is_given(compose):
    for name, module in (("scheduler", dask_scheduler), ("worker", dask_worker)):
        dask, kind, *options = compose["services"][name]["command"]
        assert (dask, kind) == ("dask", name)
        module.main.make_context(kind, options)  # which raises where an option is unknown


# The proxy.


@pytest.mark.skipif(not shutil.which("haproxy"), reason="haproxy is not installed; the rules below are checked anyway")
def test_the_proxy_accepts_its_configuration():
    command = [shutil.which("haproxy"), "-c", "-f", DEPLOY / "haproxy.cfg"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_proxy_names_what_there_is(proxy):
    for head, lines in proxy.items():
        for parts in lines:
            if parts[0] == "default_backend":
                assert f"backend {parts[1]}" in proxy, head
            if "resolvers" in parts:
                assert f"resolvers {parts[parts.index('resolvers') + 1]}" in proxy, head
    timeouts = {parts[1] for parts in proxy["defaults"] if parts[0] == "timeout"}
    assert timeouts >= {"connect", "client", "server", "tunnel"}


def test_a_visitor_stays_with_one_server(proxy):
    assert any(parts[:3] == ["cookie", "AECORE_SERVER", "insert"] for parts in proxy["backend apps"])


def test_the_ports_fit_together(compose, instructions, proxy):
    (port,) = arguments(instructions, "EXPOSE")
    assert f'"--server.port", "{port}"' in arguments(instructions, "CMD")[0]
    assert f":{port}/_stcore/health" in arguments(instructions, "HEALTHCHECK")[0]
    (template,) = [parts for parts in proxy["backend apps"] if parts[0] == "server-template"]
    assert template[3] == f"app:{port}"
    (published,) = compose["services"]["proxy"]["ports"]
    assert ["bind", f":{published.partition(':')[2]}"] in proxy["frontend visitors"]
    scheduler = compose["services"]["app"]["environment"]["AECORE_SCHEDULER"]
    assert scheduler in compose["services"]["worker"]["command"]
