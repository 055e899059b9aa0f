"""What a link or another site's form might try, in a real browser and at a real server."""

import urllib.error
import urllib.parse
import urllib.request

import pytest
from playwright.sync_api import expect

TEXTS = {  # by a parameter of the page that may be none of them
    "epochs": "![x](http://foreign.invalid/x.png)",
    "seed": "<img src=http://foreign.invalid/x onerror=alert(1)>",
    "code_dim": "[x](http://foreign.invalid/)",
    "n_train": "http://foreign.invalid/",
    "batch_size": "`![x](http://foreign.invalid/x.png)`",
    "learning_rate": "$\\href{http://foreign.invalid}{x}$",
    "activity_l1": ":material/home: :smile: :red[x]",
}


@pytest.mark.core
def test_what_a_link_says_is_shown_as_it_is_and_loads_nothing(page, server):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append("foreign dialog"))
    page.goto(f"{server.url}/basic?{urllib.parse.urlencode(TEXTS)}")
    warning = page.get_by_test_id("stAlert")
    for text in TEXTS.values():
        # Streamlit writes an icon's name with another sign before it looks for code; it becomes no icon by that.
        expect(warning).to_contain_text(f"got {text!r}"[:40].replace(":material/", ":material_"))
    assert warning.locator("code").count() == len(TEXTS)
    assert warning.locator("img, a, .katex, [data-testid=stIconMaterial], span[style]").count() == 0
    assert not [url for url in asked if "foreign" in url and urllib.parse.urlsplit(url).hostname != "127.0.0.1"]


@pytest.mark.core
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
