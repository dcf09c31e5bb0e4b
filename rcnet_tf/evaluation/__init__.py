"""How good a model is: figures, their table, their report and their pictures."""
