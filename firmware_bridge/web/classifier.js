// The worker's side that the page sees: every question is a promise.

const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
const open = new Map(); // id of a question -> how to settle it
let last = 0;

worker.onmessage = ({ data: { id, error, ...result } }) => {
  const { resolve, reject } = open.get(id);
  open.delete(id);
  if (error === undefined) resolve(result);
  else reject(new Error(error));
};

// A worker that cannot even start says so here, and never answers.
worker.onerror = (event) => {
  for (const { reject } of open.values()) {
    reject(new Error(event.message || "worker.js cannot be loaded"));
  }
  open.clear();
};

/**
 * Ask for one of the worker's tasks.
 * @param {string} task of worker.js
 * @param {object} question its arguments
 * @param {Transferable[]} transfer what of them the page gives away
 */
export function ask(task, question = {}, transfer = []) {
  return new Promise((resolve, reject) => {
    open.set(++last, { resolve, reject });
    worker.postMessage({ ...question, id: last, task }, transfer);
  });
}
