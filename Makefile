# Every target makes .venv first and uses it. PYTHON=python3.12 chooses the interpreter.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: all convert demo test lint benchmark bench-mcu fuzz notebooks docs clean
.DELETE_ON_ERROR:

all: convert

# The main job: shipped weights -> int8 .tflite, C array, C99 program, Arduino library and report in
# tflite/, on shipped pictures.
convert: $(VENV)/.installed
	$(RUN) -m rcnet_tf.convert --int8 --c99 --arduino --zip

# A page that runs the C engine in a browser, served on this machine; wants clang and lld.
demo: $(VENV)/.installed
	$(RUN) -m rcnet_tf.demo

test: $(VENV)/.installed-test
	$(RUN) -m ruff check .
	$(RUN) -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

lint: $(VENV)/.installed-test
	$(RUN) -m ruff check .

# Executes all notebooks and writes their outputs into them.
notebooks: $(VENV)/.installed-test
	$(RUN) notebooks/execute.py

# The API reference, from the docstrings, into build/docs.
docs: $(VENV)/.installed-test
	$(RUN) docs/reference.py

benchmark: $(VENV)/.installed-test
	$(RUN) -m rcnet_tf.benchmark

# RAM, flash, stack and instructions on emulated microcontrollers.
bench-mcu: $(VENV)/.installed
	$(RUN) -m rcnet_tf.bench_mcu

# The C entry points under clang's fuzzer and sanitisers; what it finds is kept in build/fuzz.
SECONDS ?= 3600
fuzz: $(VENV)/.installed-test
	$(RUN) tests/firmware/fuzzing.py --seconds $(SECONDS)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --upgrade pip

# setuptools warns of every editable install, which it was asked for.
INSTALL := PYTHONWARNINGS=ignore $(RUN) -m pip install --quiet --editable

$(VENV)/.installed: setup.cfg pyproject.toml | $(VENV)/bin/python
	@echo "installing into $(VENV): 2.7 GB, some minutes without a word"
	$(INSTALL) '.[tflm]'
	touch $@

$(VENV)/.installed-test: setup.cfg pyproject.toml | $(VENV)/bin/python
	@echo "installing into $(VENV) what the tests need, some minutes without a word"
	$(INSTALL) '.[test]'
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist *.egg-info
