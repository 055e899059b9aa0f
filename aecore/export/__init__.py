"""What a visitor can take away: a Keras program or notebook, a .keras file, CSV.

May import specs, records, networks and models; Keras inside functions only.
"""

from aecore.export.autoencoder import keras_script, network_script
from aecore.export.csv_files import coordinates_csv, history_csv, numbers_csv
from aecore.export.denoiser import denoiser_script, denoising_script
from aecore.export.keras_file import to_keras_file

__all__ = [
    "coordinates_csv",
    "denoiser_script",
    "denoising_script",
    "history_csv",
    "keras_script",
    "network_script",
    "numbers_csv",
    "to_keras_file",
]
