"""The terms of the lessons in plain words: what a hover text says of them, and on which page each is taught."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A term of the field: what it means, in a sentence or two, and the stem of the page that teaches it."""

    name: str
    meaning: str
    page: str


_TERMS = (
    # The network.
    Term("autoencoder", "A network that is trained to reproduce its input through a narrow code.", "home"),
    Term("encoder", "The half of an autoencoder that turns an image into its code.", "home"),
    Term("decoder", "The half of an autoencoder that turns a code back into an image.", "home"),
    Term("code", "The few numbers that the encoder makes of an image: all that the decoder gets.", "home"),
    Term("code size", "How many numbers the decoder gets. Fewer: a smaller code, and a blurrier image.", "basic"),
    Term("bottleneck", "The narrowest layer of an autoencoder, whose output is the code.", "home"),
    Term("reconstruction", "What the decoder makes of the code; written x̂.", "home"),
    Term("latent space", "The space of all codes: each point of it is a code, which the decoder can draw.", "latent"),
    Term("activation", "The function that each unit of a layer applies to its weighted sum.", "basic"),
    Term("sparsity", "A penalty on the code: how much each unit of activation in it adds to the loss.", "basic"),
    # Training.
    Term("loss", "How far the reconstructions are from what they should be. Training makes it small.", "basic"),
    Term(
        "validation loss",
        "The loss on the test images, on which the network is never trained. Lower is better.",
        "basic",
    ),
    Term("epoch", "One pass over all training images: how many times every image is shown.", "basic"),
    Term("batch", "The images of one training step, after which the weights are changed once.", "basic"),
    Term(
        "optimizer",
        "The rule by which the weights are changed after each batch. Adam is a good first choice.",
        "basic",
    ),
    Term(
        "learning rate",
        "How far each step goes. Too small: the network learns slowly. Too large: it learns nothing.",
        "basic",
    ),
    Term(
        "PCA",
        "Principal component analysis, the classic way to squeeze data into a few numbers. It needs no network: it is "
        "the best that straight lines can do.",
        "basic",
    ),
    # Convolution.
    Term("convolution", "A layer that moves small filters over an image and sums what each one covers.", "convolution"),
    Term("filter", "A small grid of weights, the same wherever it stands on the image.", "convolution"),
    Term("feature map", "What one filter gives: a number for each place where it stood.", "convolution"),
    Term("stride", "How many pixels a filter moves from one place to the next.", "convolution"),
    Term("padding", "Whether a filter may reach over the edge, where zeros are added.", "convolution"),
    Term("pooling", "Keeps one number of each block of a feature map, and so makes the map smaller.", "convolution"),
    Term("receptive field", "The part of the image that a unit can see.", "convolution"),
    # Noise.
    Term(
        "noise",
        "What is added to an image at random, or taken from it. A denoiser learns to undo it.",
        "denoise_digits",
    ),
    Term(
        "PSNR",
        "Peak signal-to-noise ratio, in decibels: 6 dB more is half the error, 20 dB more a tenth.",
        "denoise_digits",
    ),
    # Codes.
    Term("t-SNE", "A map of many codes on which codes that are near each other stay near each other.", "codes"),
    Term("perplexity", "Roughly how many neighbours each point of a t-SNE map takes into account.", "codes"),
    # The variational autoencoder.
    Term("KL divergence", "How far the images' clouds of codes are from N(0, 1): what the code tells.", "latent"),
    Term(
        "ELBO",
        "The evidence lower bound, which a VAE maximises: minus the sum of reconstruction loss and KL.",
        "latent",
    ),
    Term("β", "How much the KL divergence counts in the loss of a VAE. At 1, the loss is −ELBO.", "latent"),
)

GLOSSARY = {term.name: term for term in _TERMS}


def help_for(*terms: str) -> str:
    """What these terms mean, for a hover text. Several are told apart by their names; KeyError for an unknown one."""
    if len(terms) == 1:
        return GLOSSARY[terms[0]].meaning
    return "\n\n".join(f"**{name[0].upper()}{name[1:]}**: {GLOSSARY[name].meaning}" for name in terms)
