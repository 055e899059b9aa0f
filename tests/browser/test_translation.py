"""A page that the visitor's browser translates: no error, no old heading, no old number, on any page."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pages.shared import components

TRANSLATE = (Path(__file__).parent / "translator.js").read_text(encoding="utf-8")
TRANSLATION = (Path(components.__file__).parent / "translation.js").read_text(encoding="utf-8")
QUICK = "n_train=1000&epochs=2"
# Texts whose stand-in shows something else than what React has made of them since.
N_OLD = "() => [...standsFor].filter(([font, t]) => font.isConnected && font.textContent !== `‹${t.data}›`).length"
# React's way with texts, at random: a parent's children come, go and change, while a translator replaces and merges.
AT_RANDOM = """async (seed) => {
  const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % 65536 % n
  const pick = (list) => list[random(list.length)]
  const turn = () => Promise.resolve() // behind the observer, which was told before
  const parent = document.body.appendChild(document.createElement("p"))
  const other = document.body.appendChild(document.createElement("p"))
  const theirs = other.appendChild(document.createTextNode("other "))
  let count = 0
  const make = () => (random(3) ? document.createTextNode(`t${count++} `) : document.createElement("b"))
  const children = [document.createTextNode("first "), make(), make()]
  parent.append(...children)
  const font = (...content) => {
    const made = document.createElement("font")
    made.append(...content)
    return made
  }
  const shown = () => [...parent.childNodes].filter((node) => node.nodeName === "#text")
  const translators = [
    () => shown().forEach((text) => text.replaceWith(font("‹" + text.data + "›"))),
    () => shown().forEach((text) => { parent.insertBefore(font("‹›"), text); parent.removeChild(text) }),
    () => shown().forEach((text) => { const made = font(); text.replaceWith(made); made.append(text) }),
    () => { const texts = shown(); texts.slice(1).forEach((t) => t.remove()); texts[0]?.replaceWith(font("‹all›")) },
    () => { parent.append(...[...parent.children].reverse()); shown().forEach((t) => t.replaceWith(font("‹›"))) },
    () => parent.replaceChildren(font(...parent.childNodes)),
  ]
  const operations = [
    () => { const made = make(), at = pick(children)
            parent.insertBefore(made, at); children.splice(children.indexOf(at), 0, made) },
    () => { const made = make(); parent.appendChild(made); children.push(made) },
    () => { if (children.filter((child) => child.data).length < 2) return
            const [gone] = children.splice(random(children.length), 1); parent.removeChild(gone) },
    () => { const text = pick(children); if (text.data) text.nodeValue = `t${count++} ` },
    () => { parent.textContent = ""
            children.splice(0, children.length, document.createTextNode("anew "), make())
            children.forEach((child) => parent.appendChild(child)) },
  ]
  await turn()
  for (let step = 0; step < 60; step++) {
    if (random(4)) pick(translators)()
    if (other.contains(theirs)) theirs.replaceWith(font("‹›"))
    await turn()
    theirs.nodeValue = `other ${step}`
    for (let i = 0; i <= random(4); i++) pick(operations)()
    children.find((child) => child.data).nodeValue = `t${count++} `
    await turn()
    if (other.textContent !== theirs.data) return `step ${step}: ${other.innerHTML}`
    const now = [...parent.childNodes]
    if (now.length !== children.length || now.some((node, i) => node !== children[i]))
      return `step ${step}: ${parent.innerHTML}`
  }
  parent.remove()
  return null
}"""


@pytest.fixture
def failures(page: Page) -> list[str]:
    """What went wrong in the browser."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text) if "NotFoundError" in message.text else None)
    return found


@pytest.mark.core
def test_react_finds_its_texts_whatever_a_translator_has_done(page: Page):
    page.set_content("<body></body>")
    page.add_script_tag(type="module", content=TRANSLATION.replace("export default", "const install =") + "\ninstall()")
    page.wait_for_function("Node.prototype.removeChild.toString().includes('giveBack')")
    for seed in range(40):
        assert page.evaluate(AT_RANDOM, seed) is None, f"seed {seed}"


def open_translated(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.get_by_test_id("stMain").locator("h1")).to_be_visible()
    page.wait_for_function("window[Symbol.for('autoencoder-explorer.translation')]")
    page.evaluate(TRANSLATE)


def assert_up_to_date(page: Page) -> None:
    page.wait_for_function(f"({N_OLD})() === 0")
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_text("NotFoundError")).to_have_count(0)


def test_every_section_of_every_page_shows_what_is_new(page, server, failures):
    open_translated(page, server.url)
    title, seen = "", 0
    for link in page.get_by_test_id("stTopNavLink").all():
        link.click()
        expect(page.locator("h1")).not_to_contain_text(title or "nothing")
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        title = page.locator("h1").inner_text().strip("‹›")
        for section in page.locator('[class*="-section"] button[role="radio"]').all():
            name = section.inner_text().strip("‹›")
            section.click()
            expect(page.locator("h2").filter(has_text=re.compile(f"^‹?{re.escape(name)}›?$"))).to_be_visible()
            assert_up_to_date(page)
            seen += 1
        assert_up_to_date(page)
    assert seen == 7 + 5 + 3 + 4 + 5  # of the latent space, convolution, convolutional, denoising, codes
    assert not failures


def test_a_training_shows_its_numbers_from_start_to_end(page, server, failures):
    open_translated(page, f"{server.url}/basic?{QUICK}")
    page.get_by_role("button", name="Train", exact=False).first.click()
    expect(page.get_by_text("Finished at epoch 2 of 2")).to_be_visible()
    numbers = page.get_by_test_id("stMetricValue")
    expect(numbers.nth(1)).to_have_text(re.compile(r"^‹0\.\d{4}›$"))  # PCA's, behind the rest
    loss = numbers.first.inner_text()
    page.get_by_text("The Keras code").click()
    code = page.get_by_test_id("stCode").locator("code")
    expect(code).to_contain_text(re.compile(r"epochs‹?›?\s*‹?=›?‹?2"))
    slider = page.get_by_role("slider", name="Code size")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(code).to_contain_text("33")
    expect(page.get_by_text("The settings above differ")).to_be_visible()
    page.get_by_role("slider", name="Epoch shown").focus()
    page.keyboard.press("Home")
    expect(numbers.first).not_to_have_text(loss)
    assert_up_to_date(page)
    assert not failures


def test_numbers_and_code_are_left_as_they_are_and_the_language_is_said(page, server):
    page.goto(f"{server.url}/denoise_digits?section=train")
    expect(page.get_by_text("Nothing is trained yet")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_text("The Keras code").click()
    for kept in ("code", '[data-testid="stSliderThumbValue"]'):
        expect(page.locator(kept).first).to_have_attribute("translate", "no")
