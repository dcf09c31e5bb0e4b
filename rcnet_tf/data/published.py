"""Names of TrashNet's published splits. Imports nothing, so that `--help` has them at once."""

PUBLISHED = ("42", "123", "777", "2026", "3407")
"""Seeds of the five splits, as an independent reproduction of the paper drew them."""

MAIN = "42"
"""The split where none is named: its training part taught the shipped weights, its validation part
chose among them and every setting, and the shipped pictures are from it."""
