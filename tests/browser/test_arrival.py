"""Addresses that are nearly right, in a real browser: where they lead, and what the way back is."""

import re

import pytest
from playwright.sync_api import Page, expect


@pytest.mark.core
def test_a_link_out_of_an_e_mail_with_the_page_s_name_in_capitals(page: Page, server):
    page.goto(server.url)  # a server that has just started knows its pages from now on
    expect(page.locator("h1")).to_be_visible()
    page.goto(f"{server.url}/Latent?model=vae-16&amp;section=between")
    expect(page.get_by_role("heading", name="Between two images")).to_be_visible()
    expect(page.get_by_role("radio", name="Digits, 16 numbers")).to_be_checked()
    expect(page).to_have_url(f"{server.url}/latent?model=vae-16&section=between")
    page.go_back()
    expect(page).to_have_url(re.compile(re.escape(server.url) + "/?$"))


def test_damaged_parameters_are_put_right_in_place(page: Page, server):
    page.goto(f"{server.url}/basic?epochs=7&amp;code_dim=9")
    expect(page.get_by_role("slider", name="Code size")).to_have_value("9")
    expect(page).to_have_url(f"{server.url}/basic?epochs=7&code_dim=9")
    assert page.evaluate("history.length") == 2  # the empty tab, and this


def test_an_unknown_page_is_the_start_page_with_a_sentence(page: Page, server):
    page.goto(server.url)
    expect(page.locator("h1")).to_be_visible()
    page.goto(f"{server.url}/nonsense")
    expect(page.get_by_text("There is no page 'nonsense' here. This is the start page.")).to_be_visible()
    expect(page.get_by_role("heading", name="What is an autoencoder?")).to_be_visible()
    expect(page).to_have_url(f"{server.url}/")
    expect(page.get_by_role("dialog")).to_have_count(0)
