"""Say what is on pictures: their most probable classes, best first.

Takes .keras and .tflite files alike; without --model, the weights that come with the package. A
picture that cannot be read is named on stderr; the others are predicted, and the exit code is 2.

    python -m rcnet_tf.predict bottle.jpg folder_of_pictures --model runs/mine/best.keras
    python -m rcnet_tf.predict folder_of_pictures --sheet answers.jpg
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from rcnet_tf import cli, outputs, quiet
from rcnet_tf.errors import UserError


def main(argv: list[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)
    if arguments.top < 1:
        raise UserError(f"--top {arguments.top}: expected at least 1")
    if arguments.sheet:
        outputs.check_file("--sheet", arguments.sheet, ".jpg")

    from rcnet_tf.evaluation import pictures
    from rcnet_tf.evaluation.text import printable
    from rcnet_tf.shipped import open_model

    with quiet.loading():
        model = open_model(arguments.model)
    files = pictures.find(arguments.images)
    if arguments.sheet and any(_is_same(one.file, arguments.sheet) for one in files):
        raise UserError(f"--sheet {arguments.sheet} is one of the pictures; choose another name")
    file_width = max(len(str(one.file)) for one in files)
    class_width = max(map(len, model.class_names))
    done = []
    for prediction in pictures.predict(model, files, arguments.top):
        name = printable(str(prediction.file))
        if prediction.error:
            print(f"rcnet_tf.predict: {name}: {prediction.error}", file=sys.stderr)
        elif not arguments.json:
            ranking = "   ".join(
                f"{printable(label):{class_width}} {100 * confidence:5.1f} %"
                for label, confidence in prediction.classes
            )
            print(f"{name:{file_width}}  {ranking}")
        done.append(prediction)
    if arguments.json:
        print(json.dumps([_record(prediction) for prediction in done], indent=2))
    if arguments.sheet:
        _write_sheet(arguments.sheet, done, model)
    if any(prediction.error for prediction in done):
        sys.exit(2)


def _is_same(one: Path, other: Path) -> bool:
    """Whether two names are of one file; no, where either is none."""
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def _write_sheet(path: Path, predictions: list, model) -> None:
    from rcnet_tf.evaluation.text import printable
    from rcnet_tf.files import sha256
    from rcnet_tf.plots.predicted import predicted_jpeg

    comment = f"rcnet_tf.predict, SHA-256 of the model: {sha256(model.path)}"
    content = predicted_jpeg(predictions, model.class_names, model.path.name, comment)
    if content:
        outputs.write({path: content}, "--sheet")
    said = f"written: {path}" if content else f"{path} not written: there is nothing to draw"
    print(f"rcnet_tf.predict: {printable(said)}", file=sys.stderr)  # stdout may be JSON


def _record(prediction) -> dict:
    if prediction.error:
        return {"file": str(prediction.file), "error": prediction.error}
    ranking = [
        {"class": label, "confidence": round(confidence, 6)}
        for label, confidence in prediction.classes
    ]
    return {"file": str(prediction.file), "classes": ranking}


def _parser() -> argparse.ArgumentParser:
    parser = cli.Parser("predict", __doc__)
    parser.add_argument(
        "images", nargs="+", type=cli.path, metavar="IMAGE", help="picture, or folder of pictures"
    )
    parser.add_model()
    parser.add_argument(
        "--top", type=int, default=3, metavar="N", help="classes for each picture (default: 3)"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="one JSON array on stdout; confidence from 0 to 1, errors included",
    )
    parser.add_argument(
        "--sheet",
        type=cli.path,
        metavar="FILE.jpg",
        help="also draw the pictures, 48 at most, with their classes; with frames for right and "
        "wrong where their folders are named like classes",
    )
    return parser


if __name__ == "__main__":
    cli.run(main)
