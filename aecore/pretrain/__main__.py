"""Train what is in `pretrained/`, from the embedded data and a seed.

    python -m aecore.pretrain NAME… | --all          train on all training images and write the checkpoints
    python -m aecore.pretrain NAME… --hold-out       the same without the last images, and the metrics on those alone

The pages from which one of the denoisers learns are set in the fonts of this machine (which of Debian's packages the
shipped one had: README.md).
"""

from __future__ import annotations

import argparse

from aecore.pretrain import checkpoint_maker, denoisers
from aecore.pretrain.recipes import RECIPES
from aecore.projection import stored_maps
from aecore.tasks import denoising

# Not checkpoints, but computed from them: how good the denoisers of digits are, and maps of the codes.
DENOISING, MAPS = "denoising", "maps"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = (*RECIPES, *denoisers.RECIPES, DENOISING, MAPS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(known)}")
    parser.add_argument("--all", action="store_true", help="every checkpoint there is")
    parser.add_argument("--hold-out", action="store_true", help="judge a recipe by training images held out")
    arguments = parser.parse_args()
    names = list(known) if arguments.all else arguments.names
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        parser.error(f"expected --all or any of {', '.join(known)}; got {' '.join(unknown) or 'nothing'}.")
    without = [name for name in names if name not in RECIPES]
    if arguments.hold_out and without:
        parser.error(f"--hold-out judges only the recipes of autoencoders; got {' '.join(without)}.")
    for name in names:
        if name == DENOISING:
            denoising.make_table()
        elif name == MAPS:
            stored_maps.make_all()
        else:
            checkpoint_maker.pretrain(name, arguments.hold_out)


if __name__ == "__main__":
    main()
