"""What deploy/ says, done: the folder for AppSail built, validated by Zoho's own code and served by a bare Python; the
image's commands run in an empty environment.

Needs what `make` needs (a package index), Node for the validator, and time.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from deploy.appsail import build
from extension.bootstrap import House
from extension.config import Settings
from extension.sync.model import Scope
from tests.contract.postgres import postgres_url
from tests.patience import PATIENCE, until
from tests.ports import free_port
from tests.system.fleet_rig import fresh_database
from tests.unit.test_deploy import instructions

__all__ = ["postgres_url"]  # a fixture

ROOT: Final = Path(__file__).resolve().parent.parent.parent
APPSAIL: Final = ROOT / "deploy" / "appsail"
PYTHON: Final = str(Path(getattr(sys, "_base_executable", sys.executable)))
SECRET: Final = "a-secret-of-the-cron-that-asks"
GRACE: Final = 60.0  # what compose and systemd wait before they kill
CLI: Final = {
    "dependencies": {"zcatalyst-cli": "1.25.3"},
    "overrides": {"@zcatalyst/container-plugin": "0.0.1-alpha.8", "@zcatalyst/cli-utils": "0.0.1-alpha.3"},
}  # facts/widget.md 4.3: the versions that are published

pytestmark = pytest.mark.slow


def asked(port: int, path: str, secret: str = "") -> tuple[int, Any]:
    """Status and document; 0 while nobody listens."""
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", b"" if secret else None, headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())
    except OSError:
        return 0, None


@contextmanager
def running(words: list[str], folder: Path, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """A process that knows nothing of ours but these variables."""
    bare = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **variables}
    made = subprocess.Popen(words, cwd=folder, env=bare, text=True, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        yield made
    finally:
        made.terminate()
        made.communicate(timeout=PATIENCE)


# ------------------------------------------------------------------ Catalyst AppSail


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a deploy, somewhere else than the checkout."""
    folder = tmp_path_factory.mktemp("appsail") / "appsail"
    build.build(folder, f"3.{sys.version_info.minor}")
    return folder


def test_the_start_file_serves_from_a_bare_python(built: Path, tmp_path: Path, postgres_url: str) -> None:
    """As AppSail does it: no packages, no shell, a port in a variable, a disk that forgets."""
    port = free_port()
    given = {
        "X_ZOHO_CATALYST_LISTEN_PORT": str(port),
        "DATABASE_URL": postgres_url,
        "SECRET_KEY": "s" * 40,
        "ENCRYPTION_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "CRON_SECRET": SECRET,
        "TMPDIR": str(tmp_path),
    }
    before = sorted(built.rglob("*"))
    with running([PYTHON, "-S", "-B", "-u", str(built / "serve.py")], tmp_path, **given):
        until(lambda: asked(port, "/healthz")[0] == 200)
        assert asked(port, "/readyz") == (200, {"status": "ready"}), "the database was prepared, too"
        assert asked(port, "/internal/tick", "wrong")[0] == 401
        assert asked(port, "/internal/tick", SECRET) == (200, {"status": "done"})
        assert asked(port, "/readyz")[1]["ticked"]
    assert sorted(built.rglob("*")) == before, "nothing is written beside the code"


def test_what_is_missing_is_told_and_nothing_is_lost(built: Path, tmp_path: Path) -> None:
    port = free_port()
    with running([PYTHON, "-S", "-B", "-u", str(built / "serve.py")], tmp_path, X_ZOHO_CATALYST_LISTEN_PORT=str(port)):
        until(lambda: asked(port, "/healthz")[0] == 200)
        status, told = asked(port, "/readyz")
    assert status == 503
    assert "CRON_SECRET is not set" in told["problem"]


def test_a_port_that_is_none_ends_at_once(built: Path, tmp_path: Path) -> None:
    bad = {"PATH": "/usr/bin:/bin", "X_ZOHO_CATALYST_LISTEN_PORT": "$PORT"}
    words = [PYTHON, "-S", "-B", str(built / "serve.py")]
    done = subprocess.run(words, cwd=tmp_path, env=bad, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode != 0
    assert "is not a port" in done.stderr


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Zoho's command line, whose validator and packer need no account."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("the Catalyst CLI needs Node, which is not on this machine")
    folder = tmp_path_factory.mktemp("catalyst")
    (folder / "package.json").write_text(json.dumps(CLI))
    words = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=400, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("the Catalyst CLI could not be installed: npm did not answer in time (Node)")
    if done.returncode:
        pytest.skip(f"the Catalyst CLI could not be installed (Node): {done.stderr.strip().splitlines()[-1:]}")
    return folder / "node_modules" / "zcatalyst-cli"


def validated(cli: Path, folder: Path) -> Any:
    words = ["node", str(folder / "validate.js"), str(cli)]
    done = subprocess.run(words, cwd=cli.parent, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_zohos_own_code_takes_the_folder(cli: Path) -> None:
    (told,) = validated(cli, APPSAIL)
    assert told == {"name": "xero2zoho", "valid": True, "command": "python3 -u serve.py"}


@pytest.mark.parametrize("key", ["command", "build_path"])
def test_zohos_own_code_refuses_what_it_should(cli: Path, tmp_path: Path, key: str) -> None:
    """So that its word above means something."""
    folder = shutil.copytree(APPSAIL, tmp_path / "appsail")
    config = json.loads((folder / "app-config.json").read_text())
    del config[key]
    (folder / "app-config.json").write_text(json.dumps(config))
    assert [each["valid"] for each in validated(cli, folder)] == [False]


# ------------------------------------------------------------------ Docker


def test_the_commands_of_the_image_serve_from_an_empty_environment(tmp_path: Path) -> None:
    """There may be no Docker here, so what it would run is run: install, copy, start, check."""
    venv, code, state, port = tmp_path / "venv", tmp_path / "code", tmp_path / "state", free_port()
    for word, rest in instructions():
        if word == "RUN" and "/opt/venv" in rest:
            command = rest.replace("/opt/venv", str(venv)).replace(
                "/tmp/requirements.txt", str(ROOT / "requirements.txt")
            )
            subprocess.run(shlex.split(command.replace("python -m", f"{PYTHON} -m", 1)), check=True)
        if word == "COPY" and "--from" not in rest and "requirements" not in rest:
            *names, target = rest.split()
            for name in names:
                take(name, code / (target if target != "./" else name))
    known = dict(instructions())
    start = [word.replace("0.0.0.0:5000", f"127.0.0.1:{port}") for word in json.loads(known["CMD"])]
    check = json.loads(known["HEALTHCHECK"].partition("CMD")[2])
    path = f"{venv / 'bin'}:/usr/bin:/bin"
    with running([str(venv / "bin" / start[0]), *start[1:]], code, PATH=path, INSTANCE_DIR=str(state)):
        until(lambda: asked(port, "/readyz")[0] == 200)
        words = [check[0], check[1], check[2].replace(":5000", f":{port}")]
        subprocess.run(words, env={**os.environ, "PATH": path}, check=True, timeout=PATIENCE)
    assert (state / "xero2zoho.db").exists()


def take(name: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if (ROOT / name).is_dir():
        shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy2(ROOT / name, target)


# ------------------------------------------------------------------ the demo of several workers


def test_the_demo_of_several_workers_synchronises_and_ends_in_order(tmp_path: Path, postgres_url: str) -> None:
    """What the containers of deploy/docker/demo.yaml would run, as processes of one machine, which they are for each
    other: two workers share the runs of a company in the sandbox."""
    services = yaml.safe_load((ROOT / "deploy" / "docker" / "demo.yaml").read_text())["services"]
    ports = {str(port): str(free_port()) for port in (5000, 8001, 8002)}

    def moved(text: str) -> str:
        return re.sub(r"\b(5000|8001|8002)\b", lambda found: ports[found[1]], text)

    given = {name: moved(value) for name, value in services["web"]["environment"].items()}
    given |= {"DATABASE_URL": fresh_database(postgres_url), "INSTANCE_DIR": str(tmp_path / "instance")}
    given |= {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "FLASK_APP": "app", "LOG_TO": "stderr"}

    def words(command: list[str]) -> list[str]:
        program, *rest = (moved(word) for word in command)
        return [str(Path(sys.executable).parent / program), *rest]

    started: list[subprocess.Popen[str]] = []
    with ExitStack() as stack:
        sandbox = words([*services["sandbox"]["command"], "--records", "12"])
        sandbox[sandbox.index("0.0.0.0")] = "127.0.0.1"
        stack.enter_context(running(sandbox, ROOT, FLASK_APP="app", INSTANCE_DIR=str(tmp_path / "sandbox")))
        until(lambda: asked(int(ports["8002"]), "/__admin/clock")[0] == 200)
        subprocess.run(words(services["prepare"]["command"]), cwd=ROOT, env=given, check=True)
        connect = words(["flask", "connect", "--start-date", "everything"])
        subprocess.run(connect, cwd=ROOT, env=given, check=True, stdout=subprocess.DEVNULL)
        serve = [*json.loads(dict(instructions())["CMD"])]
        serve[serve.index("0.0.0.0:5000")] = "127.0.0.1:5000"
        commands = [serve, *[services["worker"]["command"]] * services["worker"]["deploy"]["replicas"]]
        started += [stack.enter_context(running(words(command), ROOT, **given)) for command in commands]
        until(lambda: asked(int(ports["5000"]), "/readyz")[0] == 200)
        named = {name.lower(): value for name, value in given.items() if name.lower() in Settings.model_fields}
        house = stack.enter_context(closing(House(Settings.load(_env_file=None, **named))))
        until(lambda: house.server().workers == 2)
        number = house.connection(None).id
        task = house.tasks.ask(number, "sync", Scope(approve=True), "a reader", house.clock.now())
        until(lambda: house.tasks.get(number, task.id).state in ("done", "failed"))
        assert house.tasks.get(number, task.id).result["state"] == "done"
        assert house.tasks.get(number, task.id).result["counts"]
        for process in started:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(timeout=GRACE) for process in started] == [0, 0, 0]
