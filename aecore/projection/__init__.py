"""Maps of codes: t-SNE by slices, PCA, new points placed into a map, how far a map can be believed.

May import compute, checkpoints and what is below them; Keras inside functions only. `project`, `steps` and `place` are
for other programs as well.
"""

from aecore.projection.affinities import ProjectionError
from aecore.projection.placing import place
from aecore.projection.tsne import Projection, project, steps

__all__ = ["Projection", "ProjectionError", "place", "project", "steps"]
