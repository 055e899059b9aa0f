"""A class of thirty the usual way, for comparison: every session trains by `model.fit` in a thread of its own.

    python -m benchmarks.usual_fit SESSIONS SECONDS

Each thread does what a script does that a session runs: it makes its own copy of the images as float32 and fits its own
784-32-784. Prints as JSON the samples a second of all together, between the moment when every one has done an epoch and
the end, and the most memory that the process took, in megabytes. Ends early where it takes more than 6 GB.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time

import psutil

from aecore import datasets

MOST_BYTES = 6e9
START_S = 240  # how long to wait for everybody's first epoch


def main() -> None:
    sessions, seconds = int(sys.argv[1]), float(sys.argv[2])
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras

    data = datasets.load("mnist")
    samples, epochs = [0] * sessions, [0] * sessions

    def train(number: int) -> None:
        x_train, x_test = (x.reshape(-1, 784).astype("float32") / 255 for x in (data.x_train, data.x_test))
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

    def go_on_until(time_limit: float, enough=lambda: False) -> bool:
        """Whether there is memory left."""
        nonlocal peak
        end = time.monotonic() + time_limit
        while time.monotonic() < end and not enough() and peak < MOST_BYTES:
            time.sleep(0.5)
            peak = max(peak, process.memory_info().rss)
        return peak < MOST_BYTES

    for number in range(sessions):
        threading.Thread(target=train, args=(number,), daemon=True).start()
    go_on_until(START_S, enough=lambda: min(epochs) > 0)
    before, begin = sum(samples), time.monotonic()
    go_on_until(seconds)
    rate = (sum(samples) - before) / max(time.monotonic() - begin, 1e-9)
    print(json.dumps({"samples_per_s": rate, "peak_mb": peak / 1e6}), flush=True)
    os._exit(0)  # the threads train on


if __name__ == "__main__":
    main()
