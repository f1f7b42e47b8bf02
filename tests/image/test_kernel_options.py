"""What a kernel lacks, told by real configurations: Debian's, with options struck out."""

import gzip
import lzma
import re
from pathlib import Path

import pytest

from harness.errors import ImageError
from harness.image.kernel_config import configuration
from harness.image.kernel_file import identify
from harness.image.kernel_options import OPTIONS, lacking, lacking_by_modules, parse

DEBIAN = Path(__file__).parents[1] / "data" / "config-6.1.0-56-cloud-amd64.xz"
TEXT = lzma.decompress(DEBIAN.read_bytes()).decode()
MODULES = ["virtio_pci", "virtio_console", "af_packet", "veth", "bridge", "inet_diag", "tcp_diag"]


def struck(*names, text=TEXT):
    """The configuration as `make menuconfig` writes it with these options off."""
    for name in names:
        text, count = re.subn(rf"^CONFIG_{name}=.*$", f"# CONFIG_{name} is not set", text, flags=re.MULTILINE)
        assert count == 1, name
    return text


def names(lines):
    return [line.split()[0].removeprefix("CONFIG_") for line in lines]


def test_debians_kernel_has_all():
    assert lacking(parse(TEXT), MODULES) == []


def test_every_option_that_is_off_is_named_with_its_reason():
    lines = lacking(parse(struck("VETH", "PACKET", "NET_NS", "SERIAL_8250_CONSOLE")), MODULES)
    assert sorted(names(lines)) == ["NET_NS", "PACKET", "SERIAL_8250_CONSOLE", "VETH"]
    assert "CONFIG_VETH  (a host's interface)" in lines


@pytest.mark.parametrize("option", [option.name for option in OPTIONS])
def test_each_option_is_looked_for(option):
    assert names(lacking(parse(struck(option)), MODULES)) == [option]


def test_a_module_counts_only_where_the_guest_will_load_it():
    lines = lacking(parse(TEXT), [])
    assert set(names(lines)) == {option.name for option in OPTIONS if option.module in MODULES} - {"PACKET"}
    assert all("give --modules, or build it in" in line for line in lines)
    as_module = TEXT.replace("CONFIG_UNIX=y", "CONFIG_UNIX=m")
    assert lacking(parse(as_module), [*MODULES, "unix"])[0].endswith("it is a module; build it in")


def test_without_a_configuration_the_modules_tell_of_some():
    assert lacking_by_modules(MODULES) == []
    assert names(lacking_by_modules([name for name in MODULES if name != "bridge"])) == ["BRIDGE"]


# Where a configuration is found


RELEASE = "6.1.192-own"


@pytest.fixture
def found(kernels):
    """The configuration of a kernel that lies in a file."""

    def find(path, data=None, modules=None, given=None):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(kernels.bzimage() if data is None else data)
        return configuration(path, identify(path.read_bytes(), "kernel"), modules, given)

    return find


def test_nothing_to_be_found_is_said(tmp_path, found):
    assert found(tmp_path / "a" / "b" / "vmlinuz") is None


@pytest.mark.parametrize("inside", [gzip.compress, lzma.compress])
def test_inside_a_bzimage(tmp_path, kernels, found, inside):
    config = found(tmp_path / "bzImage", kernels.bzimage(inside(kernels.with_config(struck("VETH")))))
    assert names(lacking(config.options, MODULES)) == ["VETH"]
    assert config.place == "inside bzImage (IKCONFIG)"


def test_inside_a_vmlinux(tmp_path, kernels, found):
    config = found(tmp_path / "vmlinux", kernels.vmlinux(kernels.with_config(TEXT)))
    assert config.options["VETH"] == "m"


@pytest.mark.parametrize(
    "place",
    [
        f"boot/config-{RELEASE}",
        f"lib/modules/{RELEASE}/config",
        f"lib/modules/{RELEASE}/build/.config",
        "boot/.config",
    ],
)
def test_beside_the_kernel_or_its_modules(tmp_path, found, place):
    file = tmp_path / place
    file.parent.mkdir(parents=True)
    file.write_text(struck("VETH"))
    modules = tmp_path / "lib" / "modules" / RELEASE
    config = found(tmp_path / "boot" / "vmlinuz", modules=modules)
    assert config.place == str(file)
    assert "VETH" not in config.options


def test_in_the_tree_of_the_build(tmp_path, found):
    (tmp_path / "Kbuild").touch()
    (tmp_path / ".config").write_text(TEXT)
    assert found(tmp_path / "arch" / "x86" / "boot" / "bzImage").place == str(tmp_path / ".config")


def test_a_tree_that_was_configured_anew_for_another_version_does_not_count(tmp_path, found):
    (tmp_path / ".config").write_text(TEXT.replace("# Linux/x86 6.1.", "# Linux/x86 6.2."))
    assert found(tmp_path / "bzImage") is None


def test_the_file_given_counts_before_all_others(tmp_path, kernels, found):
    given = tmp_path / "mine"
    given.write_text(struck("VETH"))
    config = found(tmp_path / "bzImage", kernels.bzimage(kernels.with_config(TEXT)), given=given)
    assert (config.place, "VETH" in config.options) == (str(given), False)
    given.write_text("hello\n")
    with pytest.raises(ImageError, match="not a kernel's configuration"):
        found(tmp_path / "bzImage", given=given)


def test_the_page_about_own_kernels_lists_every_option():
    page = (Path(__file__).parents[2] / "docs" / "own-kernels.md").read_text("utf-8")
    listed = re.findall(r"^\| `CONFIG_(\w+)` \| (.*) \|$", page, re.MULTILINE)
    assert listed == [(option.name, option.why) for option in OPTIONS]
