"""The page as its visitors meet it."""

import io
import json
import re
import zipfile

import pytest
from PIL import Image
from visitor import Visitor

from rcnet_tf import outputs
from rcnet_tf.export.c99 import package
from rcnet_tf.export.slim import with_labels
from rcnet_tf.labels import TRASHNET
from rcnet_tf.shipped_pictures import ASSETS
from rcnet_tf.web import folder

READY = "document.getElementById('headline').textContent === 'Ready'"
UNSURE = "I don\u2019t know"
MARKED = "document.querySelectorAll('[data-mark]:not([data-mark=\"\"])')"
DEMO = sorted((ASSETS / "demo").glob("*/*.jpg"))


@pytest.fixture
def visitor(browser, built, address):
    """On a fresh page, which nothing may go wrong on."""
    browser.open(address(built), READY)
    yield Visitor(browser)
    assert browser.errors == []


def test_start(visitor):
    assert visitor.browser.evaluate(
        "[...document.querySelectorAll('.bars .label')].map((label) => label.textContent)"
    ) == list(TRASHNET)
    assert "cardboard, glass," in visitor.text("known")
    memory = int(re.sub(r"\D", "", visitor.text("memory")))
    module = int(re.sub(r"\D", "", visitor.text("module")))
    assert 100_000 < memory < 200_000 < module < 1_000_000
    assert not visitor.hidden("trashnet") and visitor.hidden("own")


def test_drop_and_paste(visitor):
    """Give what choosing gives."""
    first = visitor.choose(DEMO[3]), list(visitor.output())
    visitor.choose(DEMO[33])
    assert (visitor.drop(DEMO[3]), list(visitor.output())) == first
    visitor.choose(DEMO[33])
    assert (visitor.paste(DEMO[3]), list(visitor.output())) == first


def test_refused(visitor, tmp_path):
    """One line, and the next picture is none the worse for it."""
    text, large = tmp_path / "text.jpg", tmp_path / "large.png"
    text.write_text("no picture")
    Image.new("L", (4111, 4099)).save(large)  # primes: sums of 32 bits do not do
    for file, reason in ((text, "not a picture"), (large, "picture too large")):
        headline, remark = visitor.choose(file)
        assert headline == "No answer"
        assert remark.startswith(f"{file.name}: {reason}") and "\n" not in remark
        assert visitor.text("raw") == "" and visitor.input().size == 3
        visitor.browser.wait(f"hint.hidden === {json.dumps(file is large)}")
    assert visitor.choose(DEMO[0])[0] != "No answer"


def test_threshold(visitor):
    """100 % is never reached but by certainty; 0 is always enough."""
    visitor.choose(DEMO[12])
    best = max(zip(visitor.output(), TRASHNET, strict=True))
    percent = (int(best[0]) + 128) * 100 // 256
    for threshold in (100, 0):
        visitor.browser.evaluate(
            f"threshold.value = {threshold}; threshold.dispatchEvent(new Event('input'))"
        )
        visitor.browser.wait(
            f"percent.textContent === '{threshold} %' && "
            f"(headline.textContent === '{UNSURE}') === {json.dumps(threshold > percent)}"
        )
    assert visitor.text("headline") == best[1]


def test_gallery(visitor):
    """A mark on what was tried; no other picture knows what it is."""
    count = len(DEMO)
    assert visitor.browser.evaluate("document.querySelectorAll('.thumb').length") == count
    visitor.forget()
    visitor.click(".row:nth-child(3) .thumb")
    headline, remark = visitor.answer()
    visitor.browser.wait(f"{MARKED}.length === 1")
    mark, name = visitor.browser.evaluate(
        f"[{MARKED}[0].dataset.mark, {MARKED}[0].ariaLabel]",
    )
    source = next(file for file in DEMO if name.startswith(file.stem))
    assert source.parent.name == "metal"
    marks = {UNSURE: "unsure", "metal": "right"}
    assert mark == marks.get(headline, "wrong")
    assert re.search(r"\d+ %", remark).group() in name


def test_camera(visitor):
    """Answers while it looks; stopped or photographed, it is off, and the photograph stays."""
    off = "track.readyState === 'ended' && video.hidden && take.hidden && !camera.hidden"
    track = "window.track = video.srcObject.getTracks()[0]; 0"
    visitor.forget()
    visitor.click("#camera")
    visitor.answer()
    visitor.browser.wait("video.videoWidth > 0 && !video.hidden && !take.hidden && camera.hidden")
    first = visitor.text("times")
    visitor.browser.wait(f"times.textContent !== {json.dumps(first)}")
    visitor.browser.evaluate(track)
    visitor.click("#stop")
    assert visitor.browser.evaluate(f"{off} && shown.hidden && !hint.hidden")

    visitor.click("#camera")
    visitor.browser.wait("!video.hidden && video.videoWidth > 0")
    visitor.browser.evaluate(track)
    visitor.forget()
    visitor.click("#take")
    visitor.answer()
    visitor.browser.wait(f"{off} && !shown.hidden && shown.naturalWidth > 0")


def test_everything_has_a_name(visitor):
    """For those who do not see it: buttons, fields, pictures that say something."""
    visitor.browser.evaluate(
        "document.querySelectorAll('[hidden]').forEach((one) => one.hidden = 0)"
    )
    nodes = visitor.browser.call("Accessibility.getFullAXTree")["nodes"]
    roles = ("button", "slider", "textbox", "image", "Canvas", "link", "heading")
    found = [(n["role"]["value"], n["name"]["value"]) for n in nodes
             if not n["ignored"] and n["role"]["value"] in roles]  # fmt: skip
    assert len(found) > len(DEMO)
    assert [role for role, name in found if not name.strip()] == []


def test_contrast():
    """Text on its ground, in light and dark: 4.5 to 1 at least, as WCAG AA has it."""
    style = (package.source_folder("web") / "style.css").read_text()
    schemes = [dict(re.findall(r"--([\w-]+): (#\w{6});", part)) for part in
               re.findall(r":root \{(.*?)\}", style, re.DOTALL)]  # fmt: skip
    assert len(schemes) == 2 and schemes[0].keys() == schemes[1].keys()
    for colours in schemes:
        pairs = [(one, ground) for one in ("text", "soft", "accent") for ground in ("card", "page")]
        pairs += [("on-accent", "accent"), ("warn", "card"), ("wrong", "card")]
        for one, ground in pairs:
            light, dark = sorted((_luminance(colours[c]) for c in (one, ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (one, ground)


def _luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_narrow(visitor):
    """Nothing sticks out on a phone."""
    visitor.browser.call("Emulation.setDeviceMetricsOverride", width=320, height=640,
                         deviceScaleFactor=1, mobile=True)  # fmt: skip
    width = visitor.browser.evaluate("document.documentElement.scrollWidth")
    visitor.browser.call("Emulation.clearDeviceMetricsOverride")
    assert width <= 320


def test_own_classes(browser, content, compiler, address, tmp_path):
    """Names in any letters; no pictures of TrashNet, and no talk of it."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        behind = min(entry.header_offset for entry in archive.infolist())
    names = ("Karton", "Grünglas", "\u91d1\u5c5e", "<b>papier</b>", "a \\ b", 'say "yes"')
    page = folder.files(with_labels(content[:behind], names), "own")
    assert not any("pictures" in file for file in page)
    outputs.write({tmp_path / file: data for file, data in page.items()}, "out")
    browser.open(address(tmp_path), READY)
    visitor = Visitor(browser)
    assert visitor.browser.evaluate(
        "[...document.querySelectorAll('.bars .label')].map((label) => label.textContent)"
    ) == list(names)
    assert visitor.hidden("examples") and visitor.hidden("trashnet") and not visitor.hidden("own")
    visitor.choose(DEMO[0])
    assert len(visitor.output()) == len(names)
    assert browser.errors == []
