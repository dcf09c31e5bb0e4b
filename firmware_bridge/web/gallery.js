// The demo pictures: a row for each class, a mark on what the network has seen.

import { best, threshold, words } from "./answer.js";
import { ask } from "./classifier.js";

const element = (id) => document.getElementById(id);
const thumbs = []; // { button, picture: { file, label }, answer }

async function blob(file) {
  const response = await fetch(new URL(file, import.meta.url));
  if (!response.ok) throw new Error(`${file}: the server says ${response.status}`);
  return response.blob();
}

/** Make the rows. `open(blob, name)` shows a picture and promises its answer, or nothing. */
export function prepare(pictures, open) {
  const gallery = element("gallery");
  for (const picture of pictures) {
    const { label } = picture;
    if (label !== gallery.lastElementChild?.dataset.label) gallery.append(row(label));
    const thumb = { button: document.createElement("button"), picture, answer: null };
    const image = Object.assign(new Image(512, 384), { loading: "lazy", alt: "" });
    image.src = new URL(picture.file, import.meta.url);
    thumb.button.type = "button";
    thumb.button.className = "thumb";
    thumb.button.append(image);
    thumb.button.addEventListener("click", async () => {
      thumb.answer = (await open(() => blob(picture.file), name(picture))) ?? thumb.answer;
      mark(thumb);
    });
    gallery.lastElementChild.lastElementChild.append(thumb.button);
    thumbs.push(thumb);
    mark(thumb);
  }
  element("examples").hidden = pictures.length === 0;
  element("all").addEventListener("click", all);
}

function row(label) {
  const group = document.createElement("div");
  group.className = "row";
  group.dataset.label = label;
  const title = Object.assign(document.createElement("h3"), { textContent: label });
  const strip = Object.assign(document.createElement("div"), { className: "strip" });
  group.append(title, strip);
  return group;
}

const name = ({ file }) => file.replace(/^.*\/|\.[^.]*$/g, "");

function judge({ picture, answer }) {
  if (!answer) return "";
  if (answer.unsure) return "unsure";
  return best(answer) === picture.label ? "right" : "wrong";
}

function mark(thumb) {
  const { button, picture, answer } = thumb;
  button.dataset.mark = judge(thumb);
  button.title = answer ? words(answer) : "";
  button.setAttribute("aria-label", answer ? `${name(picture)}: ${words(answer)}` : name(picture));
}

function score(after = "") {
  const count = (kind) => thumbs.filter(({ button }) => button.dataset.mark === kind).length;
  const done = thumbs.filter(({ answer }) => answer).length;
  element("score").textContent =
    `Of ${done} pictures ${count("right")} as people say, ${count("wrong")} otherwise, ` +
    `${count("unsure")} unsure${after}`;
}

async function all() {
  const button = element("all");
  button.disabled = true;
  let milliseconds = 0;
  try {
    for (const thumb of thumbs) {
      const question = { picture: await blob(thumb.picture.file), threshold: threshold() };
      thumb.answer = await ask("classify", question);
      milliseconds += thumb.answer.milliseconds.run;
      mark(thumb);
      score(" …");
    }
    score(`; ${(milliseconds / thumbs.length).toFixed(0)} ms each.`);
  } catch (error) {
    element("score").textContent = error.message;
  }
  button.disabled = false;
}

/** Judge all answers anew after the threshold has changed. */
export async function rerank() {
  const judged = thumbs.filter(({ answer }) => answer);
  for (const thumb of judged) {
    const { output } = thumb.answer;
    Object.assign(thumb.answer, await ask("rank", { output, threshold: threshold() }));
    mark(thumb);
  }
  if (judged.length) score(".");
}
