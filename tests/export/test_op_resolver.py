"""The generated resolver has a model's operators, no more and no fewer."""

import re

import pytest
from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.errors import UserError
from rcnet_tf.export.op_resolver import _METHODS, methods, model_settings, op_resolver
from rcnet_tf.export.slim import _packed
from rcnet_tf.tflite_file import flatbuffer


def kinds(content):
    """Names of the operators that a file executes, straight from the flatbuffer."""
    model = flatbuffer.parse(content)
    names = {number: name for name, number in vars(schema.BuiltinOperator).items()}
    codes = [model.operatorCodes[one.opcodeIndex] for one in model.subgraphs[0].operators]
    return {names[max(code.builtinCode, code.deprecatedBuiltinCode)] for code in codes}


def test_every_operator_once(int8_file):
    text = op_resolver(int8_file, "narrow")
    added = re.findall(r"resolver\.Add(\w+)\(\)", text)
    assert sorted(name.lower() for name in added) == sorted(
        name.replace("_", "").lower() for name in kinds(int8_file)
    )
    assert f"MicroMutableOpResolver<{len(added)}>" in text
    assert f"kOpCount == {len(added)}" in text


def test_every_method_belongs_to_an_operator_of_tensorflow_lite():
    operators = {name.replace("_", "").lower() for name in vars(schema.BuiltinOperator)}
    assert {method.lower() for method in _METHODS} <= operators
    assert len(set(_METHODS)) == len(_METHODS)


def test_what_has_no_kernel_is_refused(int8_file):
    model = flatbuffer.parse(int8_file)
    for code in model.operatorCodes:
        if code.builtinCode == schema.BuiltinOperator.RSQRT:
            code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.RANK
    with pytest.raises(UserError, match=r"no kernel for RANK of narrow; .*phones"):
        methods(_packed(model, ("a",)), "narrow")


def test_settings_name_the_model():
    text = model_settings("my_net")
    assert '#include "my_net_op_resolver.h"' in text
    assert "using namespace my_net;" in text and "kModelData = g_my_net_model_data" in text
