"""doctor: what is well, what is not, and what to do; on a broken installation too."""

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecg_core import logs, workspace
from ecg_core.__main__ import main
from ecg_core.data.sources import VARIABLE
from ecg_core.diagnosis import contents, doctor, installation, server, stores
from ecg_core.diagnosis.check import Check
from ecg_core.workspace import PROJECT
from tests.runs.made_runs import empty_run

OPENING = "from ecg_core.__main__ import main; import sys; code = main(['doctor', '--json']); {}"


def found(checks: Iterator[Check], verdict: str = "") -> list[str]:
    return [check.line for check in checks if not verdict or check.verdict == verdict]


def test_all_is_well_in_a_workspace_nobody_has_used_yet(
    simulated_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--json"]) == 0
    checks = {one["of"]: one for one in json.loads(capsys.readouterr().out)}
    assert [one["of"] for one in checks.values() if one["verdict"] == "problem"] == []
    assert checks["models"]["found"] == f"{len(list(workspace.MODELS.glob('[!.]*')))} load"
    assert {"python", "packages", "workspace", "disk", "data", "models", "runs", "server"} <= set(checks)


def test_what_cannot_be_imported_is_named_and_the_rest_is_looked_at(simulated_home: Path) -> None:
    """In processes of their own: with a package that everything reads with, and then without torch being needed."""
    code = "import sys; sys.modules['msgspec'] = None\n" + OPENING.format("sys.exit(code)")
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    checks = {one["of"]: one for one in json.loads(done.stdout)}
    assert "the package msgspec cannot be imported" in checks["models"]["found"] + checks["models"]["do"]
    assert checks["python"]["verdict"] == "ok" and "server" in checks


def test_it_needs_no_torch_and_is_quick(simulated_home: Path) -> None:
    code = OPENING.format("import resource; u = resource.getrusage(resource.RUSAGE_SELF); "
                          "print('torch' in sys.modules, u.ru_utime + u.ru_stime, file=sys.stderr)")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    loaded, cpu_s = done.stderr.split()[-2:]
    assert loaded == "False"
    assert float(cpu_s) < 6  # 2 s on a quiet machine


def test_a_missing_and_another_version_of_a_package_are_named(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("nosuchpackage==1.0\nnumpy==0.1  # a comment\nmsgspec==0.22.0\n")
    lines = found(installation.packages(file))
    assert lines[0].startswith("problem  package nosuchpackage: missing. python -m pip install")
    assert lines[1].startswith("warning  packages: numpy ") and "asked for: 0.1" in lines[1]


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("ECG_SLOTS", "²", "problem  variable ECG_SLOTS: '²' cannot be used."),
        ("ECG_SLOTS", "65", "problem  variable ECG_SLOTS"),
        ("ECG_CACHE_GB", "much", "problem  variable ECG_CACHE_GB"),
        ("ECG_HOEM", "/x", "warning  variable ECG_HOEM: the workbench has no such setting."),
        ("ECG_SLOTS", "2", "ok       variables: ECG_SLOTS"),
    ],
)
def test_settings_that_cannot_be_used_are_named(name: str, value: str, line: str) -> None:
    assert found(installation.variables({name: value}))[0].startswith(line)


def test_a_workspace_that_is_no_folder_or_cannot_be_written_to_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("ECG_HOME", str(file / "home"))
    assert "is not a folder" in found(stores.writable(), "problem")[0]
    monkeypatch.setenv("ECG_HOME", "/proc/1")
    assert "cannot be written to" in found(stores.writable(), "problem")[0]


def test_leftovers_of_killed_processes_are_counted_but_not_what_is_at_work(workspace_of_its_own: Path) -> None:
    old = workspace_of_its_own / "cache" / "beats" / "hash" / ".building-abc"
    old.mkdir(parents=True)
    (workspace_of_its_own / ".settings.json.0badcafe.json").touch()
    assert found(stores.leftovers()) == ["ok       leftovers: none"]
    for path in (old, workspace_of_its_own / ".settings.json.0badcafe.json"):
        os.utime(path, (time.time() - 7200,) * 2)
    line = found(stores.leftovers(), "warning")[0]
    assert ".building-abc" in line and ".settings.json.0badcafe.json" in line


def test_damaged_records_models_and_runs_are_named_with_what_to_do(
    simulated: Path, tmp_path: Path, workspace_of_its_own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in [*simulated.glob("sim01.*"), *simulated.glob("sim02.*")]:
        shutil.copy(path, tmp_path / path.name)
    (tmp_path / "sim02.dat").unlink()
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert "1 of 2 records cannot be read. sim02.dat is missing" in found(contents.data(), "warning")[0]
    models = tmp_path / "models"
    shutil.copytree(workspace.MODELS / "autoencoder", models / "whole")
    shutil.copytree(workspace.MODELS / "gan-F", models / "bad")
    (models / "bad" / "model.safetensors").write_bytes(b"")
    monkeypatch.setattr(workspace, "MODELS", models)
    lines = found(contents.models())
    assert lines[0].startswith("problem  model models/bad") and lines[1] == "ok       models: 1 load"
    broken = empty_run(workspace_of_its_own)
    (broken.folder / "config.json").write_text("null")
    assert found(contents.runs(), "warning")[0].endswith(f"python -m ecg_core runs delete {broken.id}")


def test_damaged_settings_are_a_problem(workspace_of_its_own: Path) -> None:
    workspace_of_its_own.mkdir()
    (workspace_of_its_own / "settings.json").write_text("[]")
    assert "settings.json is damaged" in found(stores.settings(), "problem")[0]


def test_the_last_errors_of_the_log_are_named(workspace_of_its_own: Path) -> None:
    reference = logs.uncaught(KeyError("lead"), "page.failed")
    assert f"page.failed reference={reference} error=KeyError: 'lead'" in found(stores.last_errors(), "warning")[0]


class _Refuses(http.server.BaseHTTPRequestHandler):
    """Healthy, but takes up no websocket."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == server.HEALTH else 403)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


def test_a_server_that_refuses_websockets_is_a_problem_and_none_at_all_is_not(tmp_path: Path) -> None:
    serving = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Refuses)
    environment = {"STREAMLIT_SERVER_ADDRESS": "127.0.0.1", "STREAMLIT_SERVER_PORT": str(serving.server_port)}
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    try:
        lines = found(server.browser(environment))
    finally:
        serving.shutdown()
        serving.server_close()
    assert lines[0].startswith("ok       server: answers on 127.0.0.1")
    assert lines[1].startswith("problem  websocket: is refused (HTTP/1.0 403")
    assert found(server.browser(environment))[0].startswith("ok       server: none runs on 127.0.0.1")


def test_what_cannot_be_looked_at_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PARTS", ("nosuchmodule:part",))
    assert [line for line in found(doctor.diagnosis(), "problem") if "nosuchmodule" in line]
