"""Write the API reference: a page for each public module and command, from its docstrings.

    python docs/reference.py        into build/docs; open build/docs/rcnet_tf.html

What is public, and in what order: `rcnet_tf.public`. How a page looks: templates/ beside this file.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import sys
import textwrap
import warnings
from pathlib import Path

import jinja2
import pdoc
from markupsafe import Markup
from pdoc import render, render_helpers

import rcnet_tf
from rcnet_tf import public, quiet

HERE = Path(__file__).parent
OUT = HERE.parent / "build" / "docs"

# Where Keras keeps what it calls keras.Model and keras.Layer, as coloured in signatures.
_DOT = '</span><span class="o">.</span><span class="n">'
_KERAS_INSIDE = re.compile(
    rf"src{_DOT}(models{_DOT}model|layers{_DOT}layer){_DOT}".replace(".", r"\.")
)


def write(out: Path) -> list[str]:
    """Write all pages, in place of what is in the folder `out`.

    Returns:
        What the generator has to complain of.
    """
    subjects = {"Commands": public.COMMANDS, **public.MODULES}
    names = [name for several in subjects.values() for name in several]
    # Not left to pdoc, which replaces stderr meanwhile: loggers made then would keep the wrong one.
    for name in names:
        importlib.import_module(name)
    for name in rcnet_tf.__all__:
        getattr(rcnet_tf, name)
    render.configure(
        docformat="google",
        template_directory=HERE / "templates",
        footer_text=f"rcnet_tf {rcnet_tf.__version__}",
    )
    render.env.globals.update(subjects=subjects, commands=public.COMMANDS, options=options)
    render.env.filters.update(to_markdown=to_markdown, linkify=linkify, first_line=first_line)
    shutil.rmtree(out, ignore_errors=True)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always", UserWarning)
        pdoc.pdoc("rcnet_tf", *names, output_directory=out)
    return [str(one.message) for one in found if one.category is UserWarning]


def options(module) -> str:
    """What a command says of its options on `--help`."""
    parser = module._parser()
    parser.description = None  # the docstring, which is on the page
    return parser.format_help()


def first_line(docstring: str) -> str:
    """The sentence, or part of one, that a docstring starts with."""
    return docstring.partition("\n\n")[0]


@jinja2.pass_context
def to_markdown(context: jinja2.runtime.Context, docstring: str) -> str:
    """pdoc's filter, for docstrings as they are written here."""
    # A session of the interpreter becomes a block of code; pdoc would quote it.
    docstring = re.sub(r"^Example:\n((?: {4}.*\n?|\n)+)", _session, docstring, flags=re.MULTILINE)
    # The stars of **kwargs are no emphasis.
    docstring = re.sub(r"^( +)\*\*(\w+):", r"\1\2:", docstring, flags=re.MULTILINE)
    return render_helpers.to_markdown_with_context(context, docstring)


@jinja2.pass_context
def linkify(context: jinja2.runtime.Context, code: str, **settings) -> Markup:
    """pdoc's filter, but the attribute `.model` is not taken for the module `rcnet_tf.model`."""
    code = _KERAS_INSIDE.sub("", code)
    pieces = re.split(r"(<pre>.*?</pre>|<code>\.[^<]*</code>)", code, flags=re.DOTALL)
    pieces[::2] = [render_helpers.linkify(context, piece, **settings) for piece in pieces[::2]]
    return Markup("".join(pieces))


def _session(match: re.Match) -> str:
    return f"###### Example:\n\n```pycon\n{textwrap.dedent(match[1]).strip()}\n```\n"


def main() -> None:
    quiet.set_level()
    os.environ["COLUMNS"] = "96"  # at which argparse breaks lines
    with quiet.loading():
        complaints = write(OUT)
    if complaints:
        sys.exit("\n".join(complaints))
    print(f"written: {OUT / 'rcnet_tf.html'}")


if __name__ == "__main__":
    main()
