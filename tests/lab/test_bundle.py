"""What travels into a host: the same bytes each time, and nothing that a bare Python has not."""

import ast
import importlib.util
import io
import subprocess
import sys
import zipfile

from harness.lab.bundle import bundle, root, stub


def sources():
    with zipfile.ZipFile(io.BytesIO(bundle())) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".py")}


def test_the_same_bytes_each_time():
    words = [
        sys.executable,
        "-c",
        "import sys; from harness.lab.bundle import bundle; sys.stdout.buffer.write(bundle())",
    ]
    others = [subprocess.run(words, capture_output=True, check=True, cwd=root()).stdout for _ in range(2)]
    assert others == [bundle(), bundle()]


def test_the_same_bytes_where_all_is_compiled_anew(tmp_path):
    words = [sys.executable, "-X", f"pycache_prefix={tmp_path}", "-c"]
    words += ["import sys; from harness.lab.bundle import bundle; sys.stdout.buffer.write(bundle())"]
    others = [subprocess.run(words, capture_output=True, check=True, cwd=root()).stdout for _ in range(2)]
    assert others == [bundle(), bundle()]


def test_the_runtime_is_in_it_and_nothing_else():
    files = [root() / "harness/__init__.py", *(root() / "harness/runtime").rglob("*.py")]
    assert sources() == {str(file.relative_to(root())): file.read_text("utf-8") for file in files}


def imported(source):
    """The modules that a source imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            yield node.module


def test_it_imports_only_the_standard_library_and_itself():
    names = {name for source in sources().values() for name in imported(source)}
    assert {name for name in names if name.split(".")[0] not in sys.stdlib_module_names} == {
        name for name in names if name == "harness.runtime" or name.startswith("harness.runtime.")
    }


def test_bytecode_of_this_python_is_taken_without_a_source():
    """A host with the same Python compiles nothing: the bytecode works alone."""
    with zipfile.ZipFile(io.BytesIO(bundle())) as archive:
        compiled = {name[:-1] for name in archive.namelist() if name.endswith(".pyc")}
        code = archive.read("harness/runtime/plan.pyc")
    assert compiled == set(sources())
    assert code[:4] == importlib.util.MAGIC_NUMBER
    assert int.from_bytes(code[4:8], "little") == 1  # PEP 552: hash-based, not checked


def test_a_bundle_cut_short_ends_the_stub():
    words = [sys.executable, *stub("agent", "server", {"family": 4})[1:]]
    done = subprocess.run(words, input=b"1000\nPK", capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
