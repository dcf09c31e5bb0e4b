"""The one exception that speaks to the user."""


class UserError(Exception):
    """Something the user gave cannot be used.

    The message is one line: what was received, what was expected, what to run next. Commands print
    it without a traceback and exit with status 2 (`rcnet_tf.cli.run`).
    """
