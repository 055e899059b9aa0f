"""The embedded data sets, as read-only uint8 arrays, and images to lay filters on. Sources: data/README.md.

May import specs, imaging and image files.
"""

from aecore.datasets.bank_memory import bank_offset as bank_offset
from aecore.datasets.catalog import CLASS_NAMES as CLASS_NAMES
from aecore.datasets.catalog import DATA as DATA
from aecore.datasets.catalog import Dataset as Dataset
from aecore.datasets.catalog import bank as bank
from aecore.datasets.catalog import load as load
from aecore.datasets.catalog import load_probe as load_probe
from aecore.datasets.catalog import load_test as load_test
