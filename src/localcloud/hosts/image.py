"""The image that every guest boots: Debian from this machine's own apt sources.

It has two layers. The base is a fresh Debian (mmdebstrap, about 40 s); on top are our few files
and the machine's own CAs (seconds). Each is tagged with a hash of all its inputs, so only a
changed input causes a rebuild.
"""

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from localcloud.errors import LocalCloudError
from localcloud.hosts.apt import debian_sources
from localcloud.hosts.podman import environment, image_exists, podman
from localcloud.shell import CommandError
from localcloud.waits import waiting

PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "udev", "libpam-systemd", "cron", "cloud-init"),
    *("openssh-server", "sudo", "ca-certificates", "curl", "iproute2", "nftables", "procps"),
    *("python3", "python3-apt", "python3-venv"),
)

_FILES = Path(__file__).parent / "guest" / "image_files"
_OWN_CAS = Path("/usr/local/share/ca-certificates")
_REPOSITORY = "localhost/localcloud"

# The image has no host keys, machine id or history: each guest creates them at its first boot.
_CONTAINERFILE = """\
FROM {base}
COPY files/ /
COPY ca/ /usr/local/share/ca-certificates/
RUN update-ca-certificates >/dev/null 2>&1 \\
 && rm -rf /etc/ssh/ssh_host_* /var/lib/cloud /var/cache/apt/archives/*.deb \\
 && : >/etc/machine-id
STOPSIGNAL SIGRTMIN+3
CMD ["/sbin/init"]
"""

Say = Callable[[str], None]


def ensure(say: Say) -> str:
    """Build the layers that do not exist and return the image's name; `say` reports progress."""
    base = f"{_REPOSITORY}-base:{_base_hash()}"
    name = f"{_REPOSITORY}-guest:{_guest_hash(base)}"
    if image_exists(name):
        return name
    if not image_exists(base):
        say("building the machine image: a Debian from this machine's apt sources (about a minute)")
        with waiting(say, "building the Debian base image"):
            _build_base(base)
    say("building the machine image: our own files")
    with waiting(say, "building the machine image"):
        _build_guest(base, name)
    return name


def _base_hash() -> str:
    return _digest([*PACKAGES, debian_sources().text])


def _guest_hash(base: str) -> str:
    parts = [base, _CONTAINERFILE]
    for root in (_FILES, _OWN_CAS):
        for path in _tree(root):
            parts += [str(path.relative_to(root)), path.read_text(encoding="utf-8")]
    return _digest(parts)


def _tree(root: Path) -> list[Path]:
    files = (path for path in root.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sorted(files)


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _build_base(name: str) -> None:
    """Stream a fresh Debian into the store; raises LocalCloudError with the builder's output."""
    if shutil.which("mmdebstrap") is None:
        raise LocalCloudError(
            "the machine image needs mmdebstrap: `apt-get install mmdebstrap` (`make setup` does)"
        )
    sources = debian_sources()
    options = ["--mode=root", "--variant=apt", f"--include={','.join(PACKAGES)}", "--quiet"]
    with tempfile.NamedTemporaryFile("w", suffix=sources.suffix) as listing:
        listing.write(sources.text)
        listing.flush()
        with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as import_errors:
            builder = subprocess.Popen(
                ["mmdebstrap", *options, sources.suite, "-", listing.name],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
            store = subprocess.Popen(
                ["podman", "import", "--quiet", "-", name],
                stdin=builder.stdout,
                stdout=subprocess.DEVNULL,
                stderr=import_errors,
                env=environment(),
            )
            if builder.stdout:
                builder.stdout.close()  # so that the builder gets SIGPIPE if the store exits
            imported, built = store.wait(), builder.wait()
            if built or imported:
                errors.seek(0)
                import_errors.seek(0)
                words = (errors.read() + import_errors.read()).decode(errors="replace")[-1500:]
                podman("image", "rm", "--force", name)
                raise LocalCloudError(f"the machine image could not be built:\n{words}")


def _build_guest(base: str, name: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        context = Path(scratch)
        shutil.copytree(_FILES, context / "files", ignore=shutil.ignore_patterns("__pycache__"))
        (context / "ca").mkdir()
        for path in _tree(_OWN_CAS):
            shutil.copy(path, context / "ca")
        recipe = context / "Containerfile"
        recipe.write_text(_CONTAINERFILE.format(base=base), encoding="utf-8")
        try:
            podman(
                "build",
                "--isolation=chroot",
                "--format=docker",
                f"--tag={name}",
                f"--file={recipe}",
                scratch,
                timeout=1800,
            )
        except CommandError as error:
            raise LocalCloudError(f"the machine image could not be built: {error}") from error
