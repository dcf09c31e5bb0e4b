"""What a visitor of the page does and sees."""

import base64
import json
from pathlib import Path

import numpy as np

_INPUT = """(() => {
  const {width, height} = document.getElementById('input');
  const context = document.getElementById('input').getContext('2d');
  const {data} = context.getImageData(0, 0, width, height);
  let text = '';
  for (const byte of data) text += String.fromCharCode(byte);
  return btoa(text);
})()"""


class Visitor:
    """In a browser, on a page that is open."""

    def __init__(self, browser):
        self.browser = browser

    def text(self, name):
        """Of the element with an id."""
        return self.browser.evaluate(f"document.getElementById('{name}').textContent")

    def click(self, selector):
        self.browser.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def hidden(self, name):
        return self.browser.evaluate(f"document.getElementById('{name}').hidden")

    def forget(self):
        """Empty what the next answer fills."""
        self.browser.evaluate(
            "['headline', 'remark', 'raw'].forEach("
            "(id) => document.getElementById(id).textContent = '')"
        )

    def answer(self):
        """Await it: headline, remark."""
        self.browser.wait("document.getElementById('remark').textContent")
        return self.text("headline"), self.text("remark")

    def choose(self, file):
        self.forget()
        self.browser.choose("#file", file)
        return self.answer()

    def drop(self, file):
        return self._event("DragEvent", "drop", "dataTransfer", file)

    def paste(self, file):
        return self._event("ClipboardEvent", "paste", "clipboardData", file)

    def _event(self, kind, event, data, file):
        self.forget()
        encoded = base64.b64encode(Path(file).read_bytes()).decode()
        self.browser.evaluate(f"""(() => {{
          const bytes = Uint8Array.from(atob('{encoded}'), (letter) => letter.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], {json.dumps(Path(file).name)}));
          const options = {{bubbles: true, cancelable: true, {data}: transfer}};
          document.getElementById('stage').dispatchEvent(new {kind}('{event}', options));
        }})()""")
        return self.answer()

    def output(self):
        """The network's, as the page shows it: int8 (classes,)."""
        name, _, values = self.text("raw").partition(": ")
        assert name == "int8 output"
        return np.array(values.split(), np.int8)

    def input(self):
        """The network's, as the page shows it: uint8 (S, S, 3)."""
        pixels = np.frombuffer(base64.b64decode(self.browser.evaluate(_INPUT)), np.uint8)
        side = int(np.sqrt(pixels.size // 4))
        return pixels.reshape(side, side, 4)[..., :3]
