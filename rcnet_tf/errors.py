"""The one exception that speaks to the user, and those that damaged files end in."""

import struct
import zipfile
import zlib

try:
    from lzma import LZMAError
except ImportError:  # a Python that was built without it reads no such archive
    LZMAError = zipfile.BadZipFile

DAMAGED = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError, OSError, EOFError),
    *(OverflowError, MemoryError, struct.error, zipfile.BadZipFile, zlib.error, LZMAError),
)
"""What Keras, h5py and zipfile raise where a file is not what it should be."""


class UserError(Exception):
    """Something the user gave cannot be used.

    The message is one line: what was received, what was expected, what to run next. Commands print
    it without a traceback and exit with status 2 (`rcnet_tf.cli.run`).
    """
