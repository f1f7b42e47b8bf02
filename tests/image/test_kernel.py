import io
import lzma
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from harness.errors import ImageError
from harness.image import catalogue, kernel
from harness.image.kernel_archive import Archive
from harness.image.kernel_modules import load_order
from harness.image.kernel_packages import newest, sources_for


@pytest.fixture
def cached(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "harness"


def modules(folder, files, builtin=()):
    """A folder of modules: name to what it depends on."""
    for name, depends in files.items():
        path = folder / "kernel" / f"{name}.ko"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\x7fELF\0license=GPL\0depends=" + depends.encode() + b"\0name=" + name.encode() + b"\0")
    (folder / "modules.builtin").write_text("".join(f"kernel/{name}.ko\n" for name in builtin))
    return folder


NEEDED = {
    "virtio_pci": "virtio",
    "virtio": "virtio_ring",
    "virtio_ring": "",
    "virtio_console": "",
    "veth": "",
    "bridge": "stp,llc",
    "stp": "llc",
    "llc": "",
    "inet_diag": "",
    "tcp_diag": "inet_diag",
    "nf_tables": "nfnetlink,libcrc32c",
    "nfnetlink": "",
    "libcrc32c": "",
    "crc32c_generic": "",
}


def test_modules_come_after_what_they_depend_on(tmp_path):
    order = [name for name, _ in load_order(modules(tmp_path, NEEDED, builtin=["af_packet"]))]
    assert sorted(order) == sorted(NEEDED)
    for name, depends in NEEDED.items():
        assert all(order.index(other) < order.index(name) for other in depends.split(",") if other)
    assert order.index("crc32c_generic") < order.index("libcrc32c")


def test_a_module_may_bear_a_dash_in_its_files_name_or_be_built_in(tmp_path):
    files = {name.replace("tcp_diag", "tcp-diag"): depends for name, depends in NEEDED.items() if name != "veth"}
    order = [name for name, _ in load_order(modules(tmp_path, files, builtin=["af_packet", "veth"]))]
    assert "tcp_diag" in order
    assert "veth" not in order


def test_a_kernel_without_what_a_lab_needs_is_refused_with_all_that_is_missing(tmp_path):
    files = {name: depends for name, depends in NEEDED.items() if name not in {"veth", "bridge"}}
    with pytest.raises(ImageError, match="no veth, no bridge"):
        load_order(modules(tmp_path, files, builtin=["af_packet"]))


def test_a_packed_module_is_unpacked(tmp_path):
    folder = modules(tmp_path, NEEDED, builtin=["af_packet"])
    file = folder / "kernel" / "veth.ko"
    plain = file.read_bytes()
    file.with_suffix(".ko.xz").write_bytes(lzma.compress(plain))
    file.unlink()
    assert dict(load_order(folder))["veth"] == plain


def test_the_newest_package_counts_by_its_numbers():
    names = ["linux-image-6.1.0-9-cloud-amd64", "linux-image-6.1.0-56-cloud-amd64", "linux-image-6.1-cloud-amd64"]
    assert newest(names, "linux-image-6.1.*-cloud-amd64") == "linux-image-6.1.0-56-cloud-amd64"
    assert newest(names, "linux-image-7.*-cloud-amd64") is None


LISTED = [
    "deb [signed-by=/a.gpg] http://mirror/debian bookworm main",
    "deb http://mirror/debian bookworm-updates main",
    "deb http://mirror/security bookworm-security main",
    "",
]


@pytest.mark.parametrize(
    ("suite", "address"),
    [("trixie-backports", "http://mirror/debian"), ("bullseye-security", "http://mirror/security")],
)
def test_a_suite_comes_from_the_mirror_that_has_its_archive(suite, address):
    (line,) = sources_for(suite, LISTED)
    assert line.endswith(f"] {address} {suite} main")
    assert "signed-by=" in line
    assert "trusted" not in line


def test_without_a_mirror_of_the_archive_there_is_an_error():
    with pytest.raises(ImageError, match="bullseye-security"):
        sources_for("bullseye-security", LISTED[:2])


@pytest.mark.skipif(shutil.which("cpio") is None, reason="there is no cpio command")
def test_what_an_archive_holds_is_what_cpio_unpacks(tmp_path):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, kind, target in (("./lib/a", tarfile.REGTYPE, ""), ("./lib/b", tarfile.SYMTYPE, "a")):
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.size, member.mode = kind, target, 5 * (not target), 0o755
            tar.addfile(member, io.BytesIO(b"hello"))
        tar.addfile(tarfile.TarInfo("./usr/share/doc"))
    archive = Archive()
    with tarfile.open(fileobj=io.BytesIO(made.getvalue())) as tar:
        archive.tar(tar, lambda name: name.startswith("lib/"))
    archive.file("init", b"#!", 0o755)
    subprocess.run(["cpio", "--extract", "--quiet"], input=archive.finish(), cwd=tmp_path, check=True)
    assert (tmp_path / "lib" / "a").read_bytes() == b"hello"
    assert (tmp_path / "lib" / "b").readlink() == Path("a")
    assert (tmp_path / "init").stat().st_mode & 0o777 == 0o755
    assert sorted(path.name for path in tmp_path.iterdir()) == ["init", "lib"]


def test_a_kernel_image_that_was_never_built_is_not_there(cached):
    assert kernel.built(catalogue.find("linux-6.1")) is None
    assert not (cached / "images").exists()


def test_the_four_kernels_are_in_the_catalogue():
    images = [catalogue.find(name) for name in ("linux-5.10", "linux-6.1", "linux-6.12", "linux-7.x")]
    assert {image.kind for image in images} == {"kernel"}
    assert all(image.kernel.package.endswith("-cloud-amd64") for image in images)
