"""The API reference is built without complaint, complete, and with links that lead somewhere."""

import html
import re
import sys
from pathlib import Path

import pytest

import rcnet_tf
from rcnet_tf import public

sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))
NAMES = [name for names in (*public.MODULES.values(), public.COMMANDS) for name in names]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of the pages, and what the generator complained of."""
    import reference  # with pdoc, which only this test needs

    out = tmp_path_factory.mktemp("reference")
    return out, reference.write(out)


def text(out, name):
    page = (out / f"{name.replace('.', '/')}.html").read_text("utf-8")
    return html.unescape(re.sub("<[^>]+>", "", page))


def test_nothing_to_complain_of(built):
    assert built[1] == []


def test_a_page_for_each_public_module_and_command(built):
    out, _ = built
    pages = {path.relative_to(out).with_suffix("").as_posix() for path in out.rglob("*.html")}
    assert pages == {"index", "rcnet_tf", *(name.replace(".", "/") for name in NAMES)}
    front = text(out, "rcnet_tf")
    for name in [*rcnet_tf.__all__[1:], *(name.removeprefix("rcnet_tf.") for name in NAMES)]:
        assert name in front


def test_links_lead_somewhere(built):
    out, _ = built
    for path in out.rglob("*.html"):
        for link in re.findall(r'href="([^"#]+\.html)(?:#[^"]*)?"', path.read_text("utf-8")):
            assert (path.parent / link).is_file(), f"{path.name}: {link}"


def test_what_a_page_says(built):
    out, _ = built
    layer = text(out, "rcnet_tf.layers.simam")
    assert "class SimAM(lambda_=0.0001, **kwargs): Layer" in " ".join(layer.split())
    assert "Yang et al." in layer and ">>> SimAM()(keras.Input((7, 7, 384))).shape" in layer
    page = (out / "rcnet_tf" / "layers" / "simam.html").read_text("utf-8")
    assert 'id="SimAM"' in page and 'id="SimAM.get_config"' not in page
    command = text(out, "rcnet_tf.evaluate")
    assert "--beside FILE" in command and "confusion matrix" in command
    assert ">>> scores = FocusRCNet()(pixels[None])" in text(out, "rcnet_tf")
