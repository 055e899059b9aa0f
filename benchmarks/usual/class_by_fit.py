"""A class of thirty the usual way, for comparison: every session trains by `model.fit` in a thread of its own.

    python -m benchmarks.usual.class_by_fit SESSIONS SECONDS

Each thread does what the script of a session does: it builds its own 784-32-784 and fits it to float32 images, of which
there is one copy for all (`st.cache_resource`). They come one by one, and no more of them once the process takes 5 GB.
Prints as JSON how many there were, the samples per second of all together once each has done an epoch, and the most
memory that the process took, in megabytes. Ends early where it takes more than 8 GB.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable

import psutil

from aecore import datasets

ENOUGH_BYTES, MAX_BYTES = 5e9, 8e9
ARRIVAL_S = 1.0
START_S = 120  # how long to wait for everybody's first epoch


def main() -> None:
    sessions, seconds = int(sys.argv[1]), float(sys.argv[2])
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras

    data = datasets.load("mnist")
    x_train, x_test = (x.reshape(-1, 784).astype("float32") / 255 for x in (data.x_train, data.x_test))
    samples, epochs = [0] * sessions, [0] * sessions

    def train(number: int) -> None:
        x = keras.Input((784,))
        h = keras.layers.Dense(32, activation="relu")(x)
        model = keras.Model(x, keras.layers.Dense(784, activation="sigmoid")(h))
        model.compile(optimizer="adam", loss="binary_crossentropy")

        class Count(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                samples[number] += 256

            def on_epoch_end(self, epoch, logs=None):
                epochs[number] += 1

        model.fit(
            x_train, x_train, epochs=10_000, batch_size=256, shuffle=True, validation_data=(x_test, x_test),
            verbose=0, callbacks=[Count()],
        )  # fmt: skip

    process, peak = psutil.Process(), 0

    def go_on(seconds: float, enough: Callable[[], bool] = lambda: False) -> None:
        nonlocal peak
        end = time.monotonic() + seconds
        while time.monotonic() < end and not enough() and peak < MAX_BYTES:
            time.sleep(0.25)
            peak = max(peak, process.memory_info().rss)

    fit = 0
    while fit < sessions and peak < ENOUGH_BYTES:
        threading.Thread(target=train, args=(fit,), daemon=True).start()
        fit += 1
        go_on(ARRIVAL_S)
    go_on(START_S, enough=lambda: min(epochs[:fit]) > 0)
    before, begin = sum(samples), time.monotonic()
    go_on(seconds)
    rate = (sum(samples) - before) / max(time.monotonic() - begin, 1e-9)
    print(json.dumps({"sessions": fit, "samples_per_s": rate, "peak_mb": peak / 1e6}), flush=True)
    os._exit(0)  # the threads train on


if __name__ == "__main__":
    main()
