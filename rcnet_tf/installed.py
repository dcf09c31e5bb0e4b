"""What a figure was made with: with other versions a digit may differ."""

from __future__ import annotations

import subprocess
from importlib import metadata
from pathlib import Path


def versions(*packages: str) -> dict[str, str | None]:
    """Of packages as they are installed; None of those that are not.

    Example:
        >>> versions("surely-not-there")
        {'surely-not-there': None}
    """
    return {name: _version(name) for name in packages}


def commit() -> str | None:
    """Of the clone that this package runs from, by its first digits, with "-dirty" where tracked
    files have changed since; None where it runs from none."""
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return None  # installed; it may well lie in another project's clone
    command = ("git", "-C", str(root), "describe", "--always", "--dirty", "--exclude=*")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
