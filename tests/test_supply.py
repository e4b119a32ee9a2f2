"""What the workbench is made of is pinned, listed and named."""

import json
import re
import shutil
import subprocess
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ecg_core.workspace import PROJECT

LOCK = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
LOCKED = {canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", LOCK, re.MULTILINE)}
CONFIG = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def required(file: str) -> dict[str, str]:
    """Name -> version of the packages that a file of requirements pins itself."""
    lines = (line.partition(" #")[0].strip() for line in (PROJECT / file).read_text(encoding="utf-8").splitlines())
    found = [Requirement(line) for line in lines if line and not line.startswith(("#", "-r"))]
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in found}


def test_the_lock_file_agrees_with_what_is_required() -> None:
    wanted = required("requirements.txt")
    assert len(wanted) >= 8
    assert {name: LOCKED.get(name) for name in wanted} == wanted, "run: bash .ci/lock"


def test_every_locked_package_has_its_sums_and_no_address_of_an_index() -> None:
    for entry in re.split(r"\n(?=[\w])", LOCK.partition("\n\n")[2] or LOCK.split("\n", 2)[2]):
        assert re.match(r"[\w.-]+==\S+ \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n?)+", entry), entry[:80]
    assert "://" not in LOCK
    assert "index" not in re.sub(r"^#.*", "", LOCK, flags=re.MULTILINE)


def test_every_locked_package_is_in_the_list_of_licences() -> None:
    text = (PROJECT / "docs" / "licences.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| ([\w.-]+) \| (\S+) \| \S", text, re.MULTILINE))
    others = set(text.rsplit("\n\n", 1)[-1].rstrip(".\n").split(", "))
    missing = {name for name, version in LOCKED.items() if listed.get(name) != version} - others
    assert not missing, "run: bash .ci/licences"


def test_the_citation_is_valid_and_names_the_recordings() -> None:
    text = (PROJECT / "CITATION.cff").read_text(encoding="utf-8")
    for needed in ("cff-version: 1.2.0", "10.1109/51.932724", "10.13026/C2F305", "10.1161/01.CIR.101.23.e215"):
        assert needed in text
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"version: {version}" in text
    if tool := shutil.which("cffconvert"):
        subprocess.run([tool, "--validate", "-i", str(PROJECT / "CITATION.cff")], check=True, capture_output=True)


def test_bandit_finds_nothing_of_medium_or_high_severity() -> None:
    tool = shutil.which("bandit")
    if tool is None:
        pytest.skip("needs bandit: bash .ci/audit installs one and asks it")
    command = [tool, "-q", "-r", "ecg_core", "app.py", "pages", "benchmarks", "-ll", "-f", "json"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["results"] == []


def test_by_default_the_app_is_reached_from_this_machine_alone_and_tells_nobody_of_its_use() -> None:
    server = CONFIG["server"]
    assert server["address"] == "127.0.0.1"
    assert set(server["allowedHosts"]) <= {"localhost", "127.0.0.1"}
    assert server["enableXsrfProtection"] and server["enableCORS"] and not server["enableStaticServing"]
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showErrorDetails"] == "none"


def test_the_size_of_uploads_is_what_the_documents_and_the_proxy_say() -> None:
    size = CONFIG["server"]["maxUploadSize"]
    docs = PROJECT / "docs"
    assert f"limits uploads to {size} MB" in (docs / "operating.md").read_text(encoding="utf-8")
    assert f"{size} MB a file" in (docs / "serving.md").read_text(encoding="utf-8")
    assert f"client_max_body_size {size + 1}m;" in (docs / "serving" / "nginx.conf").read_text(encoding="utf-8")


def test_every_setting_of_the_environment_is_documented() -> None:
    sources = [*(PROJECT / "ecg_core").rglob("*.py"), *(PROJECT / "pages").glob("*.py"), PROJECT / "app.py"]
    used = {name for path in sources for name in re.findall(r'"(ECG_[A-Z_]+)"', path.read_text(encoding="utf-8"))}
    documented = (PROJECT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert {"ECG_READ_ONLY", "ECG_EDITORS", "ECG_COLLECTIONS_GB", "ECG_RUNS", "ECG_RUNS_GB"} <= used
    assert [name for name in sorted(used) if f"| `{name}` |" not in documented] == []


def test_the_file_of_secrets_is_kept_out_of_the_repository() -> None:
    assert ".streamlit/secrets.toml" in (PROJECT / ".gitignore").read_text(encoding="utf-8").splitlines()
