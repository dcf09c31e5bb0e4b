// Shows what the network says.

import { ask } from "./classifier.js";

const element = (id) => document.getElementById(id);
const bars = element("bars");
const verdict = element("verdict");
const slider = element("threshold");
let labels = [];
let current = null; // the answer that is shown

/** Percent below which there is no answer. */
export const threshold = () => Number(slider.value);

/** Prepare for a network's classes. */
export function prepare(names) {
  labels = names;
  bars.replaceChildren(
    ...labels.map((label) => {
      const row = document.createElement("li");
      for (const kind of ["label", "bar", "share"]) {
        row.append(Object.assign(document.createElement("span"), { className: kind }));
      }
      row.querySelector(".label").textContent = label;
      return row;
    }),
  );
  element("percent").textContent = `${threshold()} %`;
}

/** The best class and its percent, as people read it. */
export function words({ places: [best], unsure }) {
  const said = `${labels[best.index]}, ${best.percent} %`;
  return unsure ? `I don’t know; perhaps ${said}` : said;
}

/** The best class. */
export const best = ({ places }) => labels[places[0].index];

/** One line in place of an answer. */
export function say(headline, remark) {
  current = null;
  verdict.className = "verdict";
  element("headline").textContent = headline;
  element("remark").textContent = remark;
  for (const row of bars.children) {
    row.className = "";
    row.style.setProperty("--share", 0);
    row.querySelector(".share").textContent = "";
  }
  element("times").textContent = element("raw").textContent = "";
  element("input").width = element("input").height = 1; // empty
}

/** Show an answer of the worker. `live`: one of many, which nobody wants read out. */
export function show(answer, live = false) {
  current = answer;
  verdict.setAttribute("aria-live", live ? "off" : "polite");
  rank(answer);
  const size = Math.sqrt(answer.pixels.length / 4);
  const canvas = element("input");
  if (canvas.width !== size) canvas.width = canvas.height = size;
  canvas.getContext("2d").putImageData(new ImageData(answer.pixels, size), 0, 0);
  const { decode, resize, run } = answer.milliseconds;
  element("times").textContent =
    `${run.toFixed(0)} ms network, ${resize.toFixed(1)} ms resizing` +
    (live ? "" : `, ${decode.toFixed(1)} ms decoding`);
  element("raw").textContent = `int8 output: ${Array.from(answer.output).join(" ")}`;
}

function rank(answer) {
  const [first] = answer.places;
  verdict.className = answer.unsure ? "verdict unsure" : "verdict sure";
  element("headline").textContent = answer.unsure ? "I don’t know" : labels[first.index];
  element("remark").textContent = answer.unsure
    ? `perhaps ${labels[first.index]}, ${first.percent} %`
    : `${first.percent} % confidence`;
  for (const { index, percent } of answer.places) {
    const row = bars.children[index];
    row.className = index === first.index ? (answer.unsure ? "best unsure" : "best") : "";
    row.style.setProperty("--share", percent / 100);
    row.querySelector(".share").textContent = `${percent} %`;
  }
}

/** `listener` is called after the threshold has changed. */
export function onThreshold(listener) {
  slider.addEventListener("input", async () => {
    element("percent").textContent = `${threshold()} %`;
    const shown = current;
    if (shown) {
      Object.assign(shown, await ask("rank", { output: shown.output, threshold: threshold() }));
      if (shown === current) rank(shown);
    }
    listener();
  });
}
