"""`python -m rcnet_tf` alone: what commands there are."""

from __future__ import annotations

import importlib

from rcnet_tf import public


def main() -> None:
    width = max(map(len, public.COMMANDS))
    for name in public.COMMANDS:
        about = importlib.import_module(name).__doc__.splitlines()[0]
        print(f"python -m {name:{width}}  {about}")
    print("\nEach answers --help.")


if __name__ == "__main__":
    main()
