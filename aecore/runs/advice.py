"""What went wrong in training, why, and what helps: snapshot → sentences for the visitor.

A cause is named where measurements point to it: the codes of the ten images, the losses, the settings. The thresholds
lie between healthy and failed runs of the lesson's networks, each tried for some epochs.
"""

from __future__ import annotations

import numpy as np

from aecore.records.run_snapshot import RunSnapshot
from aecore.records.training_state import Progress
from aecore.specs import ModelSpec, TrainSpec, default_rate

MIN_RATE = 1e-6
MIN_STEPS = 100  # before them nobody can tell whether it learns
DEAD = 1e-6  # a code is dead if none of its numbers exceeds this
DEAD_SHARE = 0.8  # of the ten images; a network that learns leaves none of them with a dead code
# At the default rate a penalty of 0.003 leaves a code of 32 numbers alive, one of 0.01 empties it within an epoch.
STRONG_L1 = 0.005
# Adam still learns at 30 times its default rate; at 300 times, the ReLUs of the code die within an epoch.
HIGH_RATE = 30
# A VAE's KL in nats per image: one that learns stays above 0.5 once it draws more than grey, even with a β of 10.
COLLAPSED_KL = 0.1
LEARNED = 0.5  # of the loss before training: below that, at least the mean image has been learned
STUCK = 0.95  # of the loss before training: above that, an epoch of steps has hardly changed anything


def diverged(train_spec: TrainSpec, step: int, kept: float | None) -> str:
    """That training diverged in the slice that ended at `step`, and which weights are left: those of epoch `kept`."""
    epoch = -(-step // train_spec.steps_per_epoch)
    text = (
        f"Training diverged in epoch {max(epoch, 1)}: at a learning rate of {train_spec.learning_rate:g} the steps were"
        " too large, so that the loss and the weights grew beyond all bounds. A smaller learning rate helps."
    )
    if kept is None:
        return text
    if not kept:
        return f"{text} The weights from before training are kept."
    return f"{text} The weights of epoch {kept:.1f}, the last sound ones, are kept."


def smaller_rate(model_spec: ModelSpec, train_spec: TrainSpec) -> float:
    """The learning rate to try after training has diverged: the default, or if that was too large, a tenth of it."""
    default = default_rate(train_spec.optimizer, model_spec.family)
    rate = train_spec.learning_rate
    return default if rate > default else max(float(f"{rate / 10:.3g}"), MIN_RATE)


def notes(snapshot: RunSnapshot) -> list[str]:
    """What there is to say about a run that does not learn as it should; usually nothing."""
    return [sentence for sentence, _ in _found(snapshot)]


def rate_to_try(snapshot: RunSnapshot) -> float | None:
    """A learning rate that is likely to work, if the run's own is what went wrong; else None."""
    if snapshot.status == "diverged":
        rate = smaller_rate(snapshot.model_spec, snapshot.train_spec)
        return rate if rate < snapshot.train_spec.learning_rate else None
    return next((rate for _, rate in _found(snapshot) if rate is not None), None)


# Each cause is a sentence, and the learning rate to try if the run's own is to blame.
Cause = tuple[str, float | None]


def _found(snapshot: RunSnapshot) -> list[Cause]:
    model, train, progress = snapshot.model_spec, snapshot.train_spec, snapshot.progress
    if progress is None or not progress.step or not snapshot.sound:
        return []
    return [cause for look in (_dead_code, _collapsed, _stuck) if (cause := look(model, train, progress))]


def _dead_code(model: ModelSpec, train: TrainSpec, progress: Progress) -> Cause | None:
    if not progress.code_probe.size:
        return None
    n_dead, n_images = int((np.abs(progress.code_probe).max(axis=1) < DEAD).sum()), len(progress.code_probe)
    if n_dead < DEAD_SHARE * n_images:
        return None
    images = "every image" if n_dead == n_images else f"{n_dead} of these {n_images} images"
    text = f"Every number of the code is 0 for {images}, so the decoder draws the same image for all of them."
    rate, default = train.learning_rate, default_rate(train.optimizer, model.family)
    if model.activity_l1 >= STRONG_L1:
        return (
            f"{text} The sparsity penalty of {model.activity_l1:g} did that: an empty code costs nothing. A smaller "
            "penalty leaves room for a code."
        ), None
    if rate > HIGH_RATE * default:
        return (
            f"{text} At a learning rate of {rate:g} a step was so large that the code's ReLUs have been 0 ever since. "
            f"A smaller rate, such as {default:g}, keeps them alive."
        ), default
    helps = "a smaller penalty" if model.activity_l1 else "another seed, a smaller learning rate or a linear code"
    return f"{text} A ReLU that is 0 for every image learns nothing more. What may help: {helps}.", None


def _collapsed(model: ModelSpec, train: TrainSpec, progress: Progress) -> Cause | None:
    first, last = progress.history[0], progress.history[-1]
    if last.val_kl_loss is None or last.val_kl_loss >= COLLAPSED_KL or not model.beta:
        return None
    if last.val_reconstruction_loss > LEARNED * first.val_reconstruction_loss:
        return None  # not collapsed, only at the beginning
    text = (
        f"The KL is {last.val_kl_loss:.2g} nats: the code says next to nothing about the image. This is **posterior "
        "collapse**: the decoder ignores the code and draws the mean of all images."
    )
    default = default_rate(train.optimizer, model.family)
    if train.learning_rate > HIGH_RATE * default:
        return f"{text} A smaller learning rate, such as {default:g}, helps.", default
    return f"{text} A smaller β helps, as a code then costs less.", None


def _stuck(model: ModelSpec, train: TrainSpec, progress: Progress) -> Cause | None:
    default = default_rate(train.optimizer, model.family)
    if progress.epoch < 1 or progress.step < MIN_STEPS or train.start or train.learning_rate >= default:
        return None
    first, last = progress.history[0], progress.history[-1]
    if last.val_reconstruction_loss < STUCK * first.val_reconstruction_loss:
        return None
    text = f"The loss has hardly moved, because at a learning rate of {train.learning_rate:g} the steps are tiny."
    if train.optimizer == "adadelta":
        return (
            f"{text} Adadelta finds the size of its steps by itself, and the rate only scales it: the lesson's Keras "
            "used 1, today's uses 0.001 unless told otherwise. **Set it to 1.**"
        ), default
    return f"{text} Try {default:g}.", default
