"""What setup.cfg, which has all the metadata, cannot say: C sources travel inside the package."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SOURCES = Path("firmware_bridge")


class BuildWithSources(build_py):
    """Copies firmware_bridge/ into the package; an editable install finds it in the checkout."""

    def run(self):
        super().run()
        if not getattr(self, "editable_mode", False):
            home = Path(self.build_lib) / "rcnet_tf" / SOURCES
            shutil.copytree(SOURCES, home, dirs_exist_ok=True)
            shutil.copy("LICENSE", home)  # goes with them into what `convert` writes


setup(cmdclass={"build_py": BuildWithSources})
