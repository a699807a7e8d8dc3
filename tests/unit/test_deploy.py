"""What deploy/ says, held against what the product needs and what each host takes: lint that runs on any machine."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from configparser import RawConfigParser
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from deploy.appsail import build, serve
from extension.config import Settings

ROOT: Final = Path(__file__).resolve().parent.parent.parent
DEPLOY: Final = ROOT / "deploy"
SETTINGS: Final = {name.upper() for name in Settings.model_fields}
SECRETS: Final = {name.upper() for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
UNITS: Final = sorted((DEPLOY / "systemd").glob("*.service"))


def setting(name: str) -> bool:
    return name in SETTINGS or (name.endswith("_FILE") and name.removesuffix("_FILE") in SECRETS)


# ------------------------------------------------------------------ Catalyst AppSail


@pytest.fixture
def config() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DEPLOY / "appsail" / "app-config.json").read_text())
    return found


def test_appsail_finds_the_folder() -> None:
    (sail,) = json.loads((DEPLOY / "appsail" / "catalyst.json").read_text())["appsail"]
    assert re.fullmatch(r"[-A-Za-z0-9]+", sail["name"])
    assert (DEPLOY / "appsail" / sail["source"] / "app-config.json").exists()


def test_appsail_starts_without_a_shell(config: dict[str, Any]) -> None:
    """Whether the command gets a shell is unknown (facts/widget.md 4.1), so it needs none."""
    assert shlex.split(config["command"]) == ["python3", "-u", "serve.py"]
    assert not set(config["command"]) & set("$;&|<>`'\"")
    assert not {"catalyst_auth", "login_redirect"} & set(config), "frames, webhooks and checks must be let in"


def test_appsail_runs_the_python_that_we_test_with(config: dict[str, Any]) -> None:
    assert build.python(config["stack"]) == (ROOT / "Makefile").read_text().split("--python-version ")[1].split()[0]
    with pytest.raises(SystemExit, match="node20"):
        build.python("node20")


def test_appsail_is_given_settings_and_no_secrets(config: dict[str, Any]) -> None:
    assert config["env_variables"] == serve.DEFAULTS
    assert set(config["env_variables"]) <= SETTINGS - SECRETS
    assert all(isinstance(value, str) for value in config["env_variables"].values())
    kept = {"database_url": "postgresql://db/x", "secret_key": "s", "encryption_keys": "k", "cron_secret": "c" * 20}
    named = {name.lower(): value for name, value in config["env_variables"].items()}
    assert Settings.load(_env_file=None, **kept, **named).serve_tasks == "cron"


def test_appsail_is_built_where_git_does_not_look(config: dict[str, Any]) -> None:
    target = (DEPLOY / "appsail" / config["build_path"]).resolve()
    assert target == ROOT / "dist" / "appsail"
    assert config["scripts"]["predeploy"] == "python3 build.py"
    assert "dist/" in (ROOT / ".gitignore").read_text().split()


def test_packages_are_for_the_machine_that_runs_them_and_each_is_known(tmp_path: Path) -> None:
    words = build.install(tmp_path, "3.11")
    assert {"--require-hashes", "--no-deps", "--target", "--platform"} <= set(words)
    tags = {
        "pure": "py3-none-any",
        "linux": "cp311-cp311-manylinux_2_17_x86_64",
        "old": "cp311-cp311-manylinux2014_x86_64",
        "arm": "cp311-cp311-manylinux_2_17_aarch64",
        "mac": "cp311-cp311-macosx_11_0_arm64",
    }
    for name, tag in tags.items():
        (tmp_path / f"{name}-1.dist-info").mkdir()
        (tmp_path / f"{name}-1.dist-info" / "WHEEL").write_text(f"Wheel-Version: 1.0\nTag: {tag}\n")
    assert build.elsewhere(tmp_path) == ["arm-1", "mac-1"]


@pytest.mark.parametrize("name", ["app.py", "extension", "widget"])
def test_everything_that_runs_is_taken_along(name: str) -> None:
    assert name in build.CODE
    assert all((ROOT / each).exists() for each in build.CODE)


# ------------------------------------------------------------------ Docker


def instructions() -> list[tuple[str, str]]:
    text = (DEPLOY / "docker" / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [(word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def test_the_image_runs_as_nobody_special() -> None:
    known = dict(instructions())
    user = known["USER"].split(":")[0]
    assert user.isdecimal()
    assert int(user) > 1000, "a number, so that a host can tell that it is not root"
    assert [word for word, _ in instructions()].index("USER") < [word for word, _ in instructions()].index("CMD")
    assert json.loads(known["CMD"])[0] == "gunicorn", "no shell between the signal and the process"
    assert "/healthz" in known["HEALTHCHECK"]


def test_the_image_installs_only_what_is_hashed_and_needs_no_build_tools() -> None:
    installs = [rest for word, rest in instructions() if word == "RUN" and "pip" in rest and "install" in rest]
    assert installs
    assert all("--require-hashes" in each for each in installs)
    assert not any("apt" in rest.split() for _, rest in instructions())


def test_the_image_takes_the_same_code_as_appsail_and_nothing_private() -> None:
    copied = [rest.split()[:-1] for word, rest in instructions() if word == "COPY" and "--from" not in rest]
    names = {name for each in copied for name in each}
    assert names - {"requirements.txt"} == set(build.CODE)
    ignore = (DEPLOY / "docker" / "Dockerfile.dockerignore").read_text().split()
    assert ignore[ignore.index("*") :][0] == "*", "everything is left out but what is named"
    assert {line.removeprefix("!") for line in ignore if line.startswith("!")} == names
    for private in (".env", "instance", ".git", "deploy"):
        assert not any(fnmatch(private, line[1:]) for line in ignore if line.startswith("!"))


def test_the_variables_of_the_image_are_settings() -> None:
    given = " ".join(rest for word, rest in instructions() if word == "ENV")
    names = set(re.findall(r"(\w+)=", given)) - {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "FLASK_APP"}
    assert names <= SETTINGS


# ------------------------------------------------------------------ Docker Compose

SERVICE_WORDS: Final = {
    "build", "image", "environment", "secrets", "read_only", "tmpfs", "cap_drop", "security_opt", "restart",
    "stop_grace_period", "command", "healthcheck", "depends_on", "ports", "volumes", "deploy", "network_mode",
}  # fmt: skip
OURS: Final = ("prepare", "web", "worker")


@pytest.fixture
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "docker" / "compose.yaml").read_text())
    return found


def test_compose_says_only_what_compose_knows(compose: dict[str, Any]) -> None:
    """The words of compose-spec that we use, and every name that is referred to is there."""
    assert {key for key in compose if not key.startswith("x-")} == {"name", "services", "volumes", "secrets"}
    assert set(compose["services"]) == {"database", *OURS}
    for name, service in compose["services"].items():
        assert set(service) <= SERVICE_WORDS, name
        assert set(service["secrets"]) <= set(compose["secrets"]), name
        for other, how in service.get("depends_on", {}).items():
            assert other in compose["services"]
            assert how["condition"] in ("service_started", "service_healthy", "service_completed_successfully")
        for volume in service.get("volumes", []):
            source, *_, how = volume.split(":")
            file = source.startswith("./") and (DEPLOY / "docker" / source).is_file() and how == "ro"
            assert file or source in compose["volumes"], "a volume that is named below, or a file of ours to be read"
    assert "test" in compose["services"]["database"]["healthcheck"], "somebody waits for it to be healthy"


def test_one_process_answers_and_several_work(compose: dict[str, Any]) -> None:
    web, worker = compose["services"]["web"], compose["services"]["worker"]
    assert web["environment"]["SERVE_TASKS"] == "off"
    assert "command" not in web, "the image's own"
    assert worker["command"] == ["flask", "worker"]
    assert worker["deploy"] == {"replicas": "${WORKERS:-2}"}
    for each in (web, worker):
        assert each["depends_on"] == {"prepare": {"condition": "service_completed_successfully"}}
    assert all(port.startswith("127.0.0.1:") for port in web["ports"]), "a proxy with TLS stands before it"
    assert "ports" not in worker


@pytest.mark.parametrize("name", OURS)
def test_a_container_can_do_little_and_knows_no_secret_by_its_variables(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(setting(variable) for variable in service["environment"])
    files = {k: v for k, v in service["environment"].items() if k.endswith("_FILE")}
    assert set(files.values()) == {f"/run/secrets/{secret}" for secret in service["secrets"]}
    assert service["stop_grace_period"] == "60s", "longer than gunicorn lets requests end"


@pytest.fixture
def demo() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "docker" / "demo.yaml").read_text())
    return found


def test_the_demo_needs_no_credential_and_is_reached_by_this_machine_alone(demo: dict[str, Any]) -> None:
    services = demo["services"]
    assert set(services) == {"database", "sandbox", *OURS}
    assert "secrets" not in demo
    for name, service in services.items():
        assert set(service) <= SERVICE_WORDS, name
        for other in service.get("depends_on", {}):
            assert other in services
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in demo["volumes"]
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        assert service["stop_grace_period"] == "60s"


def test_the_demo_is_one_machine_for_plain_http(demo: dict[str, Any]) -> None:
    """Settings refuse http to any other one; and what browsers open by a port is what the processes open, too."""
    sandbox = demo["services"]["sandbox"]
    published = {port.split(":")[1] for port in sandbox["ports"]}
    for name in OURS:
        service = demo["services"][name]
        assert service["network_mode"] == "service:sandbox"
        assert "ports" not in service
        given = service["environment"]
        assert all(setting(variable) for variable in given)
        read = Settings.load(_env_file=None, **{name.lower(): value for name, value in given.items()})
        assert {url.rpartition(":")[2] for url in (read.public_url, *read.service_addresses)} == published
    assert {"--zoho-port", "8001", "--xero-port", "8002"} <= set(sandbox["command"])
    assert sandbox["command"][2:4] == ["--host", "0.0.0.0"], "a published port does not lead to a container's loopback"
    assert demo["services"]["worker"]["deploy"]["replicas"] == 2


def test_prometheus_asks_every_process_at_its_own_address(compose: dict[str, Any]) -> None:
    watch = yaml.safe_load((DEPLOY / "docker" / "watch.yaml").read_text())
    (job,) = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yaml").read_text())["scrape_configs"]
    for name in ("web", "worker"):
        more, given = watch["services"][name], compose["services"][name]["environment"]
        assert set(more) <= SERVICE_WORDS
        assert all(setting(variable) for variable in more["environment"])
        assert not set(more["environment"]) & set(given), "nothing of the other file is changed"
        assert more["environment"]["METRICS_TOKEN_FILE"] == job["authorization"]["credentials_file"]
        assert set(more["secrets"]) <= set(watch["secrets"])
    assert job["static_configs"] == [{"targets": ["web:5000"]}]
    (workers,) = job["dns_sd_configs"]
    listens = watch["services"]["worker"]["environment"]["METRICS_LISTEN"]
    assert (workers["names"], listens) == (["worker"], f"0.0.0.0:{workers['port']}")
    prometheus = watch["services"]["prometheus"]
    assert prometheus["ports"] == ["127.0.0.1:9090:9090"]
    assert prometheus["volumes"][0] == "../prometheus:/etc/prometheus:ro"
    assert prometheus["command"][0] == "--config.file=/etc/prometheus/prometheus.yaml"


@pytest.mark.parametrize("name", ["compose.yaml", "demo.yaml"])
def test_a_signal_reaches_the_process_itself(name: str) -> None:
    """A list is run without a shell, which would not pass SIGTERM on."""
    services = yaml.safe_load((DEPLOY / "docker" / name).read_text())["services"]
    commands = [service["command"] for service in services.values() if "command" in service]
    assert commands
    assert all(isinstance(command, list) for command in commands)
    assert dict(instructions())["STOPSIGNAL"] == "SIGTERM"


# ------------------------------------------------------------------ systemd


def unit(path: Path) -> RawConfigParser:
    found = RawConfigParser(strict=False)
    found.optionxform = str  # type: ignore[assignment,method-assign]  # as configparser's own manual does it
    found.read(path)
    return found


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_is_confined_and_ends_in_order(path: Path) -> None:
    service = unit(path)["Service"]
    assert service["User"] == service["Group"] == "xero2zoho"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert service["StateDirectoryMode"] == "0700"
    assert (service["KillMode"], service["TimeoutStopSec"]) == ("mixed", "60")
    names = {pair.partition("=")[0] for pair in service["Environment"].split()}
    assert names <= SETTINGS | {"PYTHONDONTWRITEBYTECODE"}


def test_the_two_units_share_the_work() -> None:
    web, worker = (unit(DEPLOY / "systemd" / f"xero2zoho-{name}.service")["Service"] for name in ("web", "worker"))
    assert "SERVE_TASKS=off" in web["Environment"]
    assert worker["ExecStart"].endswith("flask --app app worker")
    assert web["ExecStart"].endswith("app:app")
    assert web["EnvironmentFile"] == worker["EnvironmentFile"]


def test_each_of_several_workers_is_the_one_worker_but_for_what_two_cannot_share() -> None:
    one, many = ((DEPLOY / "systemd" / f"xero2zoho-worker{name}.service").read_text() for name in ("", "@"))
    ours = {"Environment", "Description"}
    plain = [line for line in one.splitlines() if line.partition("=")[0] not in ours and not line.startswith("#")]
    theirs = [line for line in many.splitlines() if line.partition("=")[0] not in ours and not line.startswith("#")]
    assert plain == theirs
    given = unit(DEPLOY / "systemd" / "xero2zoho-worker@.service")["Service"]["Environment"]
    named = dict(pair.split("=") for pair in given.split())
    assert named["LOG_TO"] == "stderr", "files that turn over are no place for two processes"
    listens = named["METRICS_LISTEN"].replace("%i", "2")
    assert Settings.load(_env_file=None, metrics_listen=listens).metrics_listen == "127.0.0.1:19462"


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_systemd_itself_takes_the_unit(path: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    copy = tmp_path / path.name
    there = re.sub(r"/opt/xero2zoho/\.venv/bin/\w+", "/bin/true", path.read_text())  # systemd looks whether it exists
    copy.write_text(there.replace("/opt/xero2zoho", str(tmp_path)))
    done = subprocess.run([program, "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False)
    assert path.name not in done.stderr, done.stderr
