"""How quickly the latent page answers the hand, in Chromium, beside the same page written the usual way.

    python -m benchmarks.latency [--quick | --smoke] [--json FILE]

While the pad is dragged nothing goes to the server, so a frame is what the browser needs to decode and draw. When the
hand lets go, the server looks for the nearest training image. The usual way (benchmarks/usual/latent_page.py) asks the
server for everything, and only once a slider is let go.
"""

from __future__ import annotations

import statistics
import time

from playwright.sync_api import Page

from benchmarks.harness.browser import chromium
from benchmarks.harness.server import end_server, start_server, wait_for_server
from benchmarks.harness.table import Row, parse_arguments, report

DRAG_S = 10
SETTLE_S = 12
# A hand that moves with the screen: one pointer event before each frame.
DRAG = """
(pad, seconds) => new Promise(done => {
  const box = pad.getBoundingClientRect()
  const send = (kind, t) => pad.dispatchEvent(new PointerEvent(kind, {
    pointerId: 1, bubbles: true, button: 0,
    clientX: box.x + box.width * (0.5 + 0.4 * Math.sin(1.3 * t)),
    clientY: box.y + box.height * (0.5 + 0.4 * Math.cos(1.7 * t)),
  }))
  pad.setPointerCapture = () => {}
  globalThis.aecorePadTimes = []
  const begin = performance.now()
  send("pointerdown", 0)
  let screens = 0
  const step = () => {
    const t = (performance.now() - begin) / 1000
    screens++
    if (t < seconds) {
      send("pointermove", t)
      requestAnimationFrame(step)
    } else {
      send("pointerup", t)
      done({ times: globalThis.aecorePadTimes, screens, seconds: t })
    }
  }
  requestAnimationFrame(step)
})
"""
# Milliseconds from letting go until the answer is on the page.
RELEASE = """
(pad, value) => new Promise(done => {
  const input = pad.querySelector(".sliders input")
  const caption = pad.querySelector(".nearest")
  input.value = value
  input.dispatchEvent(new Event("input"))
  let begin
  const look = () => {
    if (!caption.classList.contains("stale")) done(performance.now() - begin)
    else setTimeout(look, 2)
  }
  // Once the image has followed the slider, the hand lets go.
  requestAnimationFrame(() => requestAnimationFrame(() => {
    begin = performance.now()
    input.dispatchEvent(new Event("change"))
    look()
  }))
})
"""


def measure_pad(page: Page, url: str, seconds: float, releases: int, settle_s: float) -> dict[str, float]:
    page.goto(f"{url}/latent")
    page.locator(".latent-pad .nearest img[src^='data:']").wait_for(timeout=120_000)
    time.sleep(settle_s)
    found = page.locator(".latent-pad canvas.pad").evaluate(DRAG, seconds)
    frames = [ms for _, ms in found["times"]]
    answers = [page.locator(".latent-pad").evaluate(RELEASE, -2 + 4 * i / releases) for i in range(releases)]
    frames.sort()
    return {
        "median": statistics.median(frames),
        "p95": frames[int(0.95 * len(frames))],
        "fps": len(frames) / found["seconds"],
        "screen": found["screens"] / found["seconds"],
        "answer": statistics.median(answers),
    }


def measure_usual(page: Page, url: str, releases: int) -> float:
    """Milliseconds from a slider's release until the line on the new image is on the page."""
    page.goto(url)
    page.get_by_text("nearest").wait_for(timeout=120_000)
    slider = page.get_by_role("slider").first
    slider.focus()
    times = []
    for _ in range(releases):
        before = page.get_by_text("nearest").inner_text()
        begin = time.perf_counter()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "old => [...document.querySelectorAll('p')].some(p => /^z =/.test(p.innerText) && p.innerText !== old)",
            arg=before,
            polling=2,
        )
        times.append(1000 * (time.perf_counter() - begin))
        time.sleep(0.3)
    return statistics.median(times)


def main() -> None:
    arguments = parse_arguments(__doc__)
    seconds, releases, settle_s = (3, 10, SETTLE_S) if arguments.quick else (DRAG_S, 30, SETTLE_S)
    if arguments.smoke:
        seconds, releases, settle_s = 1, 2, 1
    server, url = start_server()
    usual, usual_url = start_server("benchmarks/usual/latent_page.py")
    try:
        wait_for_server(url)
        wait_for_server(usual_url)
        with chromium() as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            ours = measure_pad(page, url, seconds, releases, settle_s)
            theirs = measure_usual(page, usual_url, releases)
    finally:
        end_server(server)
        end_server(usual)
    report(
        [
            Row.at_most("a frame of the pad, decode and draw, median, ms", ours["median"], 4),
            Row.at_most("a frame of the pad, p95, ms", ours["p95"], 8),
            # The screen's own rate bounds it, and timers are not exact: 59.9 counts as 60.
            Row.at_least(f"frames per second while dragging for {seconds} s", round(ours["fps"]), 60),
            Row.at_least("the screen's own rate meanwhile, Hz", ours["screen"]),
            Row.at_most("a released slider's answers from the server, median, ms", ours["answer"], 150),
            Row.at_most("the usual way: a released slider's new image, median, ms", theirs),
            Row.at_least("the usual way's answer / ours", theirs / ours["answer"]),
            Row.at_least("the usual way's image / our frame", theirs / ours["median"]),
        ],
        arguments,
    )


if __name__ == "__main__":
    main()
