"""A visitor of the app without a browser: Streamlit's own protocol over a websocket, so that thirty fit on one machine.

    async with Visitor(url) as visitor:
        await visitor.open("basic", "epochs=2&n_train=1000")
        await visitor.set("basic.code_dim", 16)
        await visitor.press("Train")
        await visitor.until(lambda: visitor.state().startswith("Finished"), "the run to finish")
        await visitor.go("latent")

It does what Streamlit's front end does as far as the server can tell: it sends the state of every widget on the page
with each request, asks for a fragment again at its interval, whether or not the last answer has come, keeps the large
messages of the last runs and says so, follows page switches and the link, and keeps the cookies that the app's cookie
component sets. It draws nothing, runs no other component and fetches no files: for these there is Chromium.

Whatever a visitor should not see goes to `problems`: exceptions and errors on the page, scripts that end in an error, a
page that is not found, messages that cannot be understood, a connection that is lost. `answers` tells how long the
server took.
"""

from benchmarks.visitor.client import Visitor as Visitor
from benchmarks.visitor.request_log import Answer as Answer
