"""The folder of the notebooks becomes importable (`execute`)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "notebooks"))
