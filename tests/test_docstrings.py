"""Every public name says what it is, and what it refers to is there. Reads source alone."""

import ast
import re
from pathlib import Path

import rcnet_tf
from rcnet_tf import public

ROOT = Path(__file__).parents[1]
TREES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): ast.parse(
        path.read_text("utf-8")
    )
    for path in sorted(ROOT.glob("rcnet_tf/**/*.py"))
}
PUBLIC = {name for names in public.MODULES.values() for name in names}
CLASSES = [node for tree in TREES.values() for node in tree.body if isinstance(node, ast.ClassDef)]
# What a base class outside the package asks for, and documents: Keras, tfmot and argparse.
ASKED_FOR = set(
    "build call compute_loss compute_output_shape from_config get_config next on_epoch_end "
    "on_train_batch_end transform_images get_activations_and_quantizers get_output_quantizers "
    "get_weights_and_quantizers set_quantize_activations set_quantize_weights error".split()
)


def functions(body):
    return [
        node for node in body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


def documented(method, owner):
    """Whether a method or what it overrides has a docstring."""
    if ast.get_docstring(method) or method.name in ASKED_FOR:
        return True
    bases = {base.id for base in owner.bases if isinstance(base, ast.Name)}
    return any(
        one.name == method.name and documented(one, base)
        for base in CLASSES
        if base.name in bases
        for one in functions(base.body)
    )


def undocumented(tree):
    """Names in a module without a docstring; a command's `main` has the module's own."""
    if not ast.get_docstring(tree):
        yield "the module itself"
    for node in functions(tree.body):
        if not ast.get_docstring(node) and node.name != "main":
            yield node.name
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                yield node.name
            for method in functions(node.body):
                if not documented(method, node):
                    yield f"{node.name}.{method.name}"


def constants(tree):
    """(name, whether a text stands below it) of what a module assigns."""
    for node, below in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            says = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            for target in targets:
                for one in ast.walk(target):
                    if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                        yield one.id, says


def names(tree):
    """All that can be had from a module."""
    found = {one for one, _ in constants(tree)}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            found |= {one.asname or one.name for one in node.names}
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{method.name}" for method in functions(node.body)}
    return found


def test_public_names_have_a_docstring():
    found = {name: list(undocumented(tree)) for name, tree in TREES.items()}
    assert {name: bare for name, bare in found.items() if bare} == {}


def test_public_constants_say_what_they_are():
    bare = [
        f"{module}.{name}"
        for module in sorted(PUBLIC)
        for name, says in constants(TREES[module])
        if not says and not name.startswith("_")
    ]
    assert bare == []


def test_what_docstrings_refer_to_is_there():
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = [node for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, kinds)]
    text = "\n".join(ast.get_docstring(node) or "" for node in nodes)
    referred = set(re.findall(r"\brcnet_tf(?:\.[A-Za-z_]\w*)+", text))
    assert "rcnet_tf.preprocess.resize_picture" in referred
    assert [name for name in sorted(referred) if not is_there(name)] == []


def is_there(name):
    home = max((one for one in TREES if f"{name}.".startswith(f"{one}.")), key=len)
    rest = name.removeprefix(home).removeprefix(".")
    if home == "rcnet_tf":
        return rest in rcnet_tf.__all__
    return not rest or rest in names(TREES[home])


def test_public_modules_and_commands_are_there():
    commands = {
        name
        for name, tree in TREES.items()
        if name.count(".") == 1 and "cli.run(main)" in ast.unparse(tree)
    }
    assert commands == set(public.COMMANDS)
    assert not PUBLIC - set(TREES)
    assert len(PUBLIC) == sum(map(len, public.MODULES.values()))
