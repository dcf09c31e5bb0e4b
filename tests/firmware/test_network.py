"""What the generator recognises, refuses, and plans."""

import inputs
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from forms import ACTIVATION, FORMS, edited, fuse
from harness import SANITISED, Network, layers
from test_every_stage import assert_equal, expected
from variants import variant

from rcnet_tf.emulation.measure import RAM
from rcnet_tf.errors import UserError
from rcnet_tf.export.c99 import package
from rcnet_tf.export.c99.plan import IMAGE, lines, plan


@pytest.fixture(scope="module")
def narrow(shipped):
    return variant(shipped, 64, 0.25)


@pytest.mark.parametrize("form", FORMS)
def test_forms_that_the_shipped_network_does_not_have(build, narrow, form):
    network = Network(edited(narrow, *FORMS[form]))
    program = build("shown.c", network, flags=(*SANITISED, "-DRCNET_PACKED"))
    pictures = inputs.extreme(64)[2:]
    assert_equal(network, layers(program, network, pictures), expected(network, pictures))


def swapped(model, graph, kinds):
    """A block's shortcut comes from the block before the last."""
    first, second = [o for o, k in zip(graph.operators, kinds, strict=True) if k == "ADD"][:2]
    second.inputs = np.array([first.inputs[0], second.inputs[1]], np.int32)


def fuse_simam(model, graph, kinds):
    last = next(o for o in graph.operators if graph.tensors[o.outputs[0]].name == b"stage4_simam")
    last.builtinOptions.fusedActivationFunction = ACTIVATION.RELU


@pytest.mark.parametrize(
    "edit, word",
    [
        (fuse("ADD", ACTIVATION.RELU), "ADD 'stage1_block2_add': expected no fused"),
        (fuse("FULLY_CONNECTED", ACTIVATION.RELU), "FULLY_CONNECTED 'logits': expected no fused"),
        (fuse_simam, "MUL 'stage4_simam': expected no fused"),
        (swapped, "ADD 'stage1_block3_add'"),
    ],
)
def test_refusals_name_operator_and_reason(narrow, edit, word):
    with pytest.raises(UserError, match=word):
        package.files(edited(narrow, edit), "net")


def test_too_small(shipped):
    with pytest.raises(UserError, match=r"CONV_2D .*: expected pictures of 8 pixels or more"):
        package.files(variant(shipped, 6, 0.25), "net")


def test_not_int8(float32_like):
    with pytest.raises(UserError, match="mixes types"):
        package.files(float32_like, "net")


@pytest.fixture
def float32_like(narrow):
    def edit(model, graph, kinds):
        graph.tensors[graph.inputs[0]].type = schema.TensorType.FLOAT32

    return edited(narrow, edit)


@pytest.mark.parametrize("size", list(RAM))
def test_memory_of_the_papers_network(networks, size):
    """With room for a kilobyte of stack, four times what is measured would fit."""
    assert networks(size).plan.memory(IMAGE) + 1024 <= RAM[size]


def test_no_buffers_overlap(networks):
    for size, width in ((224, 1.0), (100, 0.4), (64, 0.25)):
        for phase in networks(size, width).plan.phases:
            ends = [piece.start + piece.bytes for piece in phase.pieces]
            starts = [piece.start for piece in phase.pieces]
            assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
            assert max(ends) <= phase.bytes and all(start % 4 == 0 for start in starts)


def test_plan_in_words(networks):
    text = "\n".join(lines(plan(networks(96).found)))
    assert "RCNET_IMAGE: " in text and "stage1_simam" in text and "ring " in text


def test_same_model_same_bytes(narrow):
    assert package.files(narrow, "net") == package.files(narrow, "net")
