// The page: pictures from files, the clipboard, the camera and the gallery.

import * as answers from "./answer.js";
import { ask } from "./classifier.js";
import * as gallery from "./gallery.js";

const element = (id) => document.getElementById(id);
const stage = element("stage");
const shown = element("shown");
const video = element("video");
let turn = 0; // of what the stage shows; whatever comes late for an earlier one is dropped
let stream = null; // of the camera

/** Show and classify a picture. `read` gives its Blob. Returns the answer if there is one. */
async function open(read, name) {
  close();
  const mine = ++turn;
  try {
    const picture = await read();
    if (mine !== turn) return null;
    put(shown);
    stage.scrollIntoView({ block: "nearest" });
    URL.revokeObjectURL(shown.src);
    shown.src = URL.createObjectURL(picture);
    shown.alt = name;
    const answer = await ask("classify", { picture, threshold: answers.threshold() });
    if (mine === turn) answers.show(answer);
    return answer;
  } catch (error) {
    if (mine === turn) answers.say("No answer", `${name}: ${error.message}; choose another one`);
    return null;
  }
}

/** Put one thing on the stage. */
function put(what) {
  for (const thing of [element("hint"), shown, video]) thing.hidden = thing !== what;
  const live = what === video;
  for (const id of ["choose", "camera"]) element(id).hidden = live;
  for (const id of ["take", "stop"]) element(id).hidden = !live;
}

/** The first of the files that were chosen, dropped or pasted. */
function take([file]) {
  if (file) open(() => file, file.name || "picture");
  else answers.say("No answer", "there was no file in it; choose a picture");
}

/** Classify what the camera sees, frame after frame, until something else is shown. */
async function live() {
  close();
  const mine = ++turn;
  try {
    const wish = { facingMode: "environment", width: { ideal: 640 }, height: { ideal: 480 } };
    const opened = await navigator.mediaDevices.getUserMedia({ video: wish });
    if (mine !== turn) return stopped(opened);
    stream = opened;
    video.srcObject = stream;
    await video.play();
    put(video);
    while (mine === turn) {
      const picture = await createImageBitmap(video);
      const question = { picture, threshold: answers.threshold() };
      const answer = await ask("classify", question, [picture]);
      if (mine === turn) answers.show(answer, true);
      await new Promise(requestAnimationFrame);
    }
  } catch (error) {
    if (mine !== turn) return;
    close();
    const denied = error.name === "NotAllowedError";
    const reason = denied ? "the browser was not allowed to use it" : error.message;
    answers.say("No camera", `${reason}; choose a picture instead`);
  }
}

/** What the camera sees now, as a picture without loss. */
function photograph() {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  const picture = new Promise((resolve) => canvas.toBlob(resolve));
  open(() => picture, "photograph");
}

function stopped(opened) {
  for (const track of opened.getTracks()) track.stop();
}

function close() {
  if (!stream) return;
  stopped(stream);
  stream = null;
  video.srcObject = null;
  put(shown.naturalWidth ? shown : element("hint"));
}

function listen() {
  element("choose").addEventListener("click", () => element("file").click());
  element("camera").addEventListener("click", () => {
    // Pages that did not come by https or from this machine get no camera, but phones have an app.
    if (navigator.mediaDevices) live();
    else element("photo").click();
  });
  element("take").addEventListener("click", photograph);
  element("stop").addEventListener("click", () => {
    turn++;
    close();
  });
  for (const id of ["file", "photo"]) {
    element(id).addEventListener("change", ({ target }) => {
      take(target.files);
      target.value = ""; // so that the same file can be chosen again
    });
  }
  shown.addEventListener("error", () => put(element("hint")));
  document.addEventListener("paste", ({ clipboardData }) => take(clipboardData.files));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    stage.classList.add("over");
  });
  document.addEventListener("dragleave", ({ relatedTarget }) => {
    if (!relatedTarget) stage.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    stage.classList.remove("over");
    take(event.dataTransfer.files);
  });
  answers.onThreshold(gallery.rerank);
}

function list(names) {
  return new Intl.ListFormat("en").format(names);
}

async function start() {
  try {
    const [network, response] = await Promise.all([ask("describe"), fetch("demo.json")]);
    if (!response.ok) throw new Error(`demo.json: the server says ${response.status}`);
    const { pictures } = await response.json();
    answers.prepare(network.labels);
    answers.say("Ready", "Give it a picture.");
    gallery.prepare(pictures, open);
    element("known").textContent = list(network.labels);
    element("memory").textContent = `${network.memory.toLocaleString("en")} bytes of RAM`;
    element("module").textContent = `one file of ${network.module.toLocaleString("en")} bytes`;
    const square = `${network.size} × ${network.size}`;
    element("seen").textContent =
      `What the network is given: the whole picture, stretched to ${square}.`;
    for (const id of ["trashnet", "credit"]) element(id).hidden = pictures.length === 0;
    element("own").hidden = pictures.length > 0;
    listen();
  } catch (error) {
    answers.say("This does not run here", error.message);
  }
}

start();
