import lzma
from pathlib import Path

import pytest

from harness.errors import ImageError, KernelUnfit, UnknownName, UsageError
from harness.image import build, catalogue, kernel, own_kernel
from harness.image import kernels as either
from harness.image.own_kernel import Wanted, add, remove

TEXT = lzma.decompress(
    (Path(__file__).parents[1] / "data" / "config-6.1.0-56-cloud-amd64.xz").read_bytes()
).decode()
ALL_IN = TEXT.replace("=m\n", "=y\n")


def silent(_text):
    """Tells nobody."""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """The user's folders, with a root file system that somebody made before."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    root = kernel._root_folder()
    root.mkdir(parents=True)
    (root / "root.cpio").write_bytes(b"root")
    (root / "sources.list").touch()
    return tmp_path


@pytest.fixture
def built_kernel(kernels):
    """A kernel as a build leaves it, with its configuration inside."""

    def build(folder, config=ALL_IN, content=b""):
        folder.mkdir(exist_ok=True)
        path = folder / "bzImage"
        path.write_bytes(kernels.bzimage(kernels.gzipped(kernels.with_config(config) + content)))
        return path

    return build


RELEASE = "6.1.192-own"


def module(folder, name, release=RELEASE, depends=""):
    path = folder / "kernel" / f"{name}.ko.xz"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = f"\0vermagic={release} SMP mod_unload \0depends={depends}\0"
    path.write_bytes(lzma.compress(b"\x7fELF" + text.encode()))


def test_a_kernel_becomes_an_image_like_any_other(place, built_kernel):
    made = add(Wanted("mine", built_kernel(place / "tree")), silent)
    image = catalogue.find("mine")
    assert (image.kind, "mine" in catalogue.names()) == ("kernel", True)
    assert either.ensure(image, silent) == made == either.built(image)
    assert (made.release, made.reference.rpartition("-")[0]) == (RELEASE, "mine")
    assert made.kernel.read_bytes() == (place / "tree" / "bzImage").read_bytes()
    assert made.digest.startswith("sha256:")
    assert "bzImage" in image.description


def test_it_is_left_out_where_all_images_are_built_as_containers(place, built_kernel):
    add(Wanted("mine", built_kernel(place / "tree")), silent)
    assert [build._has_container(catalogue.find(name)) for name in ("mine", "linux-6.1", "debian")] == [
        False,
        True,
        True,
    ]


def test_the_image_does_not_need_the_file_any_more(place, built_kernel):
    path = built_kernel(place / "tree")
    made = add(Wanted("mine", path), silent)
    path.unlink()
    assert either.ensure(catalogue.find("mine"), silent) == made


def test_the_same_name_again_replaces_it(place, built_kernel):
    old = add(Wanted("mine", built_kernel(place / "tree")), silent)
    new = add(Wanted("mine", built_kernel(place / "tree", content=b"changed")), silent)
    assert either.built(catalogue.find("mine")) == new
    assert new.reference != old.reference
    assert not old.folder.exists()
    assert add(Wanted("mine", place / "tree" / "bzImage"), silent) == new


def test_it_can_be_removed(place, built_kernel):
    add(Wanted("mine", built_kernel(place / "tree")), silent)
    remove("mine")
    with pytest.raises(UnknownName, match="no image named 'mine'"):
        catalogue.find("mine")
    with pytest.raises(UnknownName, match=r"no image of your own named 'linux-6\.1'"):
        remove("linux-6.1")


def test_one_that_lacks_something_is_refused_with_the_whole_list(place, built_kernel):
    config = ALL_IN.replace("CONFIG_VETH=y", "").replace("CONFIG_PACKET=y", "")
    with pytest.raises(
        KernelUnfit, match=r"(?s)by inside bzImage.*CONFIG_PACKET .*CONFIG_VETH .*set these"
    ) as caught:
        add(Wanted("mine", built_kernel(place / "tree", config)), silent)
    assert str(caught.value).count("CONFIG_") == 2
    assert "mine" not in catalogue.names()


def test_modules_are_taken_along(place, built_kernel):
    folder = place / "modules" / "lib" / "modules" / RELEASE
    for name, depends in (("veth", ""), ("bridge", "stp,llc"), ("stp", "llc"), ("llc", "")):
        module(folder, name, depends=depends)
    config = ALL_IN.replace("CONFIG_VETH=y", "CONFIG_VETH=m").replace("CONFIG_BRIDGE=y", "CONFIG_BRIDGE=m")
    path = built_kernel(place / "tree", config)
    made = add(Wanted("mine", path, place / "modules"), silent)
    data = made.modules.read_bytes()
    assert all(name in data for name in (b"-llc.ko", b"-stp.ko", b"-bridge.ko", b"-veth.ko"))
    assert data.index(b"-llc.ko") < data.index(b"-stp.ko") < data.index(b"-bridge.ko")
    assert add(Wanted("other", path, folder), silent).modules.read_bytes() == data
    with pytest.raises(KernelUnfit, match=r"CONFIG_VETH .*give --modules"):
        add(Wanted("mine", path), silent)


def test_modules_of_another_release_are_refused(place, built_kernel):
    path = built_kernel(place / "tree")
    module(place / "other" / "lib" / "modules" / "5.4.0", "veth", release="5.4.0")
    with pytest.raises(ImageError, match=r"holds modules of 5\.4\.0, the kernel is 6\.1\.192-own"):
        add(Wanted("mine", path, place / "other"), silent)
    # Named rightly, but copied from another build.
    module(place / "wrong" / "lib" / "modules" / RELEASE, "veth", release="5.4.0")
    with pytest.raises(ImageError, match=r"veth.ko.xz: a module for 5\.4\.0"):
        add(Wanted("mine", path, place / "wrong"), silent)
    (place / "empty").mkdir()
    with pytest.raises(ImageError, match="holds no modules"):
        add(Wanted("mine", path, place / "empty"), silent)
    with pytest.raises(UsageError, match="there is no such folder"):
        add(Wanted("mine", path, place / "none"), silent)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("linux-6.1", "is taken: that image comes from"),
        ("host", "is this machine itself"),
        ("../x", "small letters"),
    ],
)
def test_names_that_cannot_be_used(place, built_kernel, name, said):
    with pytest.raises(UsageError, match=said):
        add(Wanted(name, built_kernel(place / "tree")), silent)


def test_a_kernel_that_is_not_there_is_wrong_use(place):
    with pytest.raises(UsageError, match=r"--kernel .*none: No such file"):
        add(Wanted("mine", place / "none"), silent)


def test_without_any_configuration_only_booting_will_tell(place, kernels):
    path = place / "bzImage"
    path.write_bytes(kernels.bzimage())
    said = []
    add(Wanted("mine", path), said.append)
    assert any("only booting will tell" in line for line in said)


def test_an_image_that_is_not_whole_says_how_to_make_it_again(place, built_kernel):
    made = add(Wanted("mine", built_kernel(place / "tree")), silent)
    made.modules.unlink()
    with pytest.raises(ImageError, match="harness images build --kernel PATH --name mine"):
        own_kernel.ensure(catalogue.find("mine"), silent)
