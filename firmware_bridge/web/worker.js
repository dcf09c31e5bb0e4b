// Runs the WebAssembly module, away from the page, which stays quick meanwhile.
//
// Questions come as messages with an `id` and the name of a `task`; every one is answered by a
// message with the same `id` and either the result or an `error` in one line.

const engine = load();

async function load() {
  const response = await fetch(new URL("rcnet.wasm", import.meta.url));
  if (!response.ok) throw new Error(`rcnet.wasm: the server says ${response.status}`);
  const bytes = await response.arrayBuffer();
  const { instance } = await WebAssembly.instantiate(bytes);
  return { ...instance.exports, bytes: bytes.byteLength };
}

/** Bytes of the module's memory. */
function view(c, start, count) {
  return new Uint8Array(c.memory.buffer, start, count);
}

/** A string of C. */
function text(c, start) {
  const rest = view(c, start);
  return new TextDecoder().decode(rest.subarray(0, rest.indexOf(0)));
}

/** Throws what a function of web.c complains about. */
function check(c, complaint) {
  if (complaint) throw new Error(text(c, complaint));
}

/** The pixels of a picture, as Python's decoder has them: upright, profiles ignored. */
async function decode(picture) {
  if (picture instanceof ImageBitmap) return picture;
  try {
    const options = { imageOrientation: "from-image", colorSpaceConversion: "none" };
    return await createImageBitmap(picture, options);
  } catch {
    throw new Error("not a picture that this browser can decode");
  }
}

/** Pushes a picture through the area average, as many lines at a time as there is room for. */
function resize(c, bitmap) {
  const { width, height } = bitmap;
  check(c, c.begin(width, height));
  const rows = Math.min(height, Math.floor(c.lines_bytes() / (4 * width)));
  const canvas = new OffscreenCanvas(width, rows);
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  if (!context) throw new Error("this browser has no room for a picture of that size");
  context.fillStyle = "white"; // under what is transparent
  for (let y = 0; y < height; y += rows) {
    context.fillRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, -y);
    const count = Math.min(rows, height - y);
    const { data } = context.getImageData(0, 0, width, count);
    view(c, c.lines(), data.length).set(data);
    check(c, c.push(count));
  }
}

/** What the network is given: RGBA, size x size. */
function input(c) {
  const size = c.size();
  const pixels = new Uint8ClampedArray(4 * size * size).fill(255);
  for (let y = 0; y < size; y++) {
    const row = view(c, c.input_row(y), 3 * size);
    for (let i = 0; i < 3 * size; i++) {
      pixels[4 * (y * size + Math.floor(i / 3)) + (i % 3)] = row[i] ^ 128;
    }
  }
  return pixels;
}

function ranking(c, threshold) {
  check(c, c.rank(threshold));
  const places = Array.from({ length: c.classes() }, (_, place) => ({
    index: c.ranked_class(place),
    percent: c.ranked_percent(place),
  }));
  return { places, unsure: c.is_unsure() !== 0 };
}

const tasks = {
  /** What the module is. */
  describe(c) {
    const labels = Array.from({ length: c.classes() }, (_, index) => text(c, c.label(index)));
    return { labels, size: c.size(), memory: c.memory_bytes(), module: c.bytes };
  },

  /** Blob or ImageBitmap -> int8 output, ranking, the network's input, milliseconds. */
  async classify(c, { picture, threshold }) {
    const start = performance.now();
    const bitmap = await decode(picture);
    // Nothing is awaited from here on: no other question can come between.
    const decoded = performance.now();
    try {
      resize(c, bitmap);
    } finally {
      bitmap.close();
    }
    const resized = performance.now();
    const pixels = input(c);
    const ready = performance.now();
    check(c, c.run());
    const milliseconds = {
      decode: decoded - start,
      resize: resized - decoded,
      run: performance.now() - ready,
    };
    const output = new Int8Array(c.memory.buffer, c.probabilities(), c.classes()).slice();
    return { output, ...ranking(c, threshold), pixels, milliseconds };
  },

  /** The ranking of an earlier output under another threshold. */
  rank(c, { output, threshold }) {
    new Int8Array(c.memory.buffer, c.probabilities(), c.classes()).set(output);
    return ranking(c, threshold);
  },
};

self.onmessage = async ({ data: { id, task, ...question } }) => {
  try {
    self.postMessage({ id, ...(await tasks[task](await engine, question)) });
  } catch (error) {
    self.postMessage({ id, error: error.message });
  }
};
