"""What a link or another site's form might try, in a real browser and at a real server."""

import urllib.error
import urllib.parse
import urllib.request

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize(
    "text",
    [
        "![x](http://foreign.invalid/x.png)",
        "<img src=http://foreign.invalid/x.png onerror=alert(1)>",
        "[x](http://foreign.invalid/)",
        "http://foreign.invalid/",
        "`![x](http://foreign.invalid/x.png)`",
        "$\\href{http://foreign.invalid}{x}$",
        ":material/home: :smile: :red[x]",
    ],
)
def test_what_a_link_says_is_shown_as_it_is_and_loads_nothing(page, server, text):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append("foreign dialog"))
    page.goto(f"{server.url}/basic?{urllib.parse.urlencode({'epochs': text})}")
    warning = page.get_by_test_id("stAlert")
    # Streamlit writes an icon's name with another sign before it looks for code; it becomes no icon by that.
    expect(warning).to_contain_text(f"but {text!r}"[:40].replace(":material/", ":material_"))
    expect(warning).to_contain_text("came")
    assert warning.locator("img, a, .katex, [data-testid=stIconMaterial], span[style]").count() == 0
    assert not [url for url in asked if urllib.parse.urlsplit(url).hostname != "127.0.0.1" and "foreign" in url]


@pytest.mark.parametrize(
    "headers", [{}, {"X-Xsrftoken": "made up"}, {"Cookie": "_streamlit_xsrf=a", "X-Xsrftoken": "b"}]
)
def test_no_upload_without_the_token_of_this_site(server, headers):
    request = urllib.request.Request(
        f"{server.url}/_stcore/upload_file/session/file", data=b"x", method="PUT", headers=headers
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=30)
    assert caught.value.code == 403
