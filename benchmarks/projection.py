"""t-SNE through the app's own path against scikit-learn's, on the same codes; and how smooth 10,000 points are to move.

    python -m benchmarks.projection [--quick | --smoke] [--json FILE]

The app's path is what Run t-SNE does: slices on the cluster, one after the other, looked at three times per second.
scikit-learn has a process of its own; both have their imports behind them, as a worker that has drawn a map before.
They take turns. Both final maps are judged by the same exact KL divergence. It takes three minutes on two cores;
`--quick` runs 250 iterations of 2,000 codes once and asks nothing of them.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from playwright.sync_api import Page

from aecore import datasets
from aecore.compute.cluster import Cluster
from aecore.projection import affinities, code_questions, code_sources, opentsne
from aecore.projection.affinities import Neighbourhoods
from aecore.projection.code_sources import Source
from aecore.projection.live_map import LiveMap
from aecore.specs import CodesSpec, ProjectionSpec
from benchmarks.harness.browser import chromium
from benchmarks.harness.server import end_server, start_server, wait_for_server
from benchmarks.harness.table import Row, parse_arguments, report

POLL_S = 0.3
FINE_POLL_S = 0.005
N_PLACED = 20
MOVE_S = 4
SETTLE_S = 6
MOVE = """
(canvas, seconds) => new Promise(done => {
  const box = canvas.getBoundingClientRect()
  const at = (kind, x, y) => canvas.dispatchEvent(new PointerEvent(kind, {
    pointerId: 1, bubbles: true, button: 0, buttons: 1, isPrimary: true,
    clientX: box.x + box.width * x, clientY: box.y + box.height * y,
  }))
  canvas.setPointerCapture = () => {}
  globalThis.aecoreMapTimes = []
  const begin = performance.now()
  const screens = []
  at("pointerdown", 0.5, 0.5)
  const step = () => {
    const t = (performance.now() - begin) / 1000
    screens.push(performance.now())
    if (t >= seconds) {
      at("pointerup", 0.5, 0.5)
      const gaps = screens.slice(1).map((s, i) => s - screens[i])
      done({ times: globalThis.aecoreMapTimes.map((pair) => pair[1]), gaps })
      return
    }
    if (t < seconds / 2) at("pointermove", 0.5 + 0.2 * Math.sin(3 * t), 0.5 + 0.2 * Math.cos(3 * t))
    else canvas.dispatchEvent(new WheelEvent("wheel", {
      bubbles: true, cancelable: true, deltaY: 30 * Math.sin(4 * t),
      clientX: box.x + box.width / 2, clientY: box.y + box.height / 2,
    }))
    requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
})
"""


@dataclass(frozen=True)
class Made:
    """A map and what it cost: seconds to the end and to the first frame."""

    xy: np.ndarray
    seconds: float
    first_s: float


def warm_sklearn() -> None:
    import sklearn.manifold  # noqa: F401


def by_sklearn(z: np.ndarray, spec: ProjectionSpec) -> Made:
    from sklearn.manifold import TSNE

    begin = time.perf_counter()
    xy = TSNE(perplexity=spec.perplexity, max_iter=spec.iterations, init="pca", random_state=0).fit_transform(z)
    seconds = time.perf_counter() - begin
    return Made(xy, seconds, seconds)  # nothing to be seen before the end


def by_the_app(cluster: Cluster, source: Source, spec: ProjectionSpec) -> Made:
    begin = time.perf_counter()
    live = LiveMap(cluster, source, spec)
    live.start()
    while not live.frames:
        if not live.snapshot().active:
            raise RuntimeError(f"Expected a map; got: {live.snapshot().error}")
        time.sleep(FINE_POLL_S)
    first = time.perf_counter() - begin
    while live.snapshot().active:
        time.sleep(POLL_S if len(live.frames) < 5 else FINE_POLL_S)
    return Made(list(live.frames)[-1].xy, time.perf_counter() - begin, first)


def kl_divergence(neighbourhoods: Neighbourhoods, xy: np.ndarray) -> float:
    """The exact KL divergence of a map (N, 2) from the codes' affinities, in nats."""
    p = neighbourhoods.affinities.tocoo()
    xy = xy.astype(np.float64)
    total = sum((1 / (1 + np.square(xy[i] - xy).sum(axis=1))).sum() - 1 for i in range(len(xy)))
    w = 1 / (1 + np.square(xy[p.row] - xy[p.col]).sum(axis=1))
    kept = p.data > 0
    return float((p.data * np.log(p.data / (w / total), where=kept, out=np.zeros(len(w))))[kept].sum())


def placing_seconds(cluster: Cluster, source: Source, xy: np.ndarray) -> list[float]:
    """Seconds from asking until the position is here, for images that are not on the map."""
    images = datasets.load_test(source.spec.dataset)[0][-N_PLACED:]
    found = []
    for image in images:
        begin = time.perf_counter()
        cluster.submit(code_questions.place, source, image.tobytes(), "map", xy).result(timeout=30)
        found.append(time.perf_counter() - begin)
    return found


@dataclass(frozen=True)
class Seen:
    """What a visitor waits for: seconds until the shipped map and until a first frame are on the page; milliseconds a
    drawing of 10,000 points on two maps that are panned and zoomed takes, and between two screens meanwhile."""

    shipped_s: float
    first_frame_s: float
    times: list[float]
    gaps: list[float]


def look(page: Page, url: str) -> Seen:
    page.goto(url)
    time.sleep(SETTLE_S)
    begin = time.perf_counter()
    page.get_by_role("link", name="See the codes").click()
    page.get_by_text("shipped with the app").wait_for(timeout=60_000)
    shipped = time.perf_counter() - begin
    time.sleep(SETTLE_S)
    begin = time.perf_counter()
    page.get_by_role("button", name="Run t-SNE").click()
    page.get_by_text("made by you").wait_for(timeout=60_000)
    first = time.perf_counter() - begin
    page.goto(f"{url}/codes?n_codes=10000&iterations=100")
    page.get_by_role("button", name="Run t-SNE").click()
    page.get_by_text("iteration 100 of 100").wait_for(timeout=120_000)
    time.sleep(SETTLE_S)
    found = page.locator(".code-map canvas[tabindex]").first.evaluate(MOVE, MOVE_S)
    return Seen(shipped, first, sorted(found["times"]), found["gaps"])


@dataclass(frozen=True)
class Compared:
    """Maps of the same codes, round by round, their KL divergences, and seconds to place new digits on ours."""

    ours: list[Made]
    theirs: list[Made]
    kl_ours: float
    kl_theirs: float
    placing: list[float]

    def ratio(self, ours: Callable[[Made], float]) -> float:
        """What ours takes, over scikit-learn's whole time: the median over the rounds."""
        return statistics.median(ours(a) / b.seconds for a, b in zip(self.ours, self.theirs, strict=True))


def compare(n_codes: int, spec: ProjectionSpec, rounds: int) -> Compared:
    source = Source(CodesSpec("deep-32", n_codes=n_codes))
    z = code_sources.codes(source)
    ours, theirs = [], []
    with contextlib.closing(Cluster()) as cluster:
        cluster.client()
        cluster.submit(opentsne.warm_up).result(timeout=120)
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as other:
            other.submit(warm_sklearn).result()
            for i in range(rounds):
                theirs.append(other.submit(by_sklearn, z, spec).result())
                # A version of its own each round, so that codes and neighbours have to be found each time.
                ours.append(by_the_app(cluster, Source(source.spec, f"round {i}"), spec))
        placing = placing_seconds(cluster, source, ours[0].xy)
    neighbourhoods = affinities.Neighbourhoods(z, spec.perplexity)
    kl_ours, kl_theirs = (
        statistics.median(kl_divergence(neighbourhoods, m.xy) for m in made) for made in (ours, theirs)
    )
    return Compared(ours, theirs, kl_ours, kl_theirs, placing)


def in_the_browser() -> Seen:
    server, url = start_server()
    try:
        wait_for_server(url)
        with chromium() as browser:
            return look(browser.new_page(viewport={"width": 1280, "height": 1000}), url)
    finally:
        end_server(server)


def main() -> None:
    arguments = parse_arguments(__doc__)
    n, iterations, rounds = (2_000, 250, 1) if arguments.quick else (5_000, 750, 3)
    if arguments.smoke:
        n = 500
    compared = compare(n, ProjectionSpec(iterations=iterations), rounds)
    seen = in_the_browser()
    must = None if arguments.quick else 1.0
    report(
        [
            Row.at_most(f"KL divergence of {n:,} codes, {iterations} iterations, ours, nats", compared.kl_ours),
            Row.at_most("KL divergence, scikit-learn's, nats", compared.kl_theirs),
            Row.at_most("KL divergence, ours / scikit-learn's", compared.kl_ours / compared.kl_theirs, must),
            Row.at_most("wall time through the app, s", statistics.median(m.seconds for m in compared.ours)),
            Row.at_most("wall time, scikit-learn, s", statistics.median(m.seconds for m in compared.theirs)),
            Row.at_most("wall time, ours / scikit-learn's", compared.ratio(lambda made: made.seconds), must),
            Row.at_most("first frame, s", statistics.median(m.first_s for m in compared.ours), 2.0),
            Row.at_most(
                "first frame / scikit-learn's whole time", compared.ratio(lambda made: made.first_s), must and 1 / 8
            ),
            Row.at_most("placing one new digit, median, s", statistics.median(compared.placing), 0.5),
            Row.at_most("placing one new digit, slowest, s", max(compared.placing), 0.5),
            Row.at_most("choosing the page → the shipped map, in the browser, s", seen.shipped_s, 1.0),
            Row.at_most("Run t-SNE → the first frame, in the browser, s", seen.first_frame_s, 2.0),
            Row.at_most("drawing two maps of 10,000 points that move, median, ms", statistics.median(seen.times), 16),
            Row.at_most("the same, p95, ms", seen.times[int(0.95 * len(seen.times))], 33),
            Row.at_least("screens per second meanwhile", 1000 / statistics.mean(seen.gaps), 30),
        ],
        arguments,
    )


if __name__ == "__main__":
    main()
