"""The settings: defaults that work, secrets from files, and one sentence for what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from extension.config import BadSettings, Settings, is_loopback

NAMES = [name.upper() for name in Settings.model_fields]


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)


def load(**given: object) -> Settings:
    return Settings.load(_env_file=None, **given)


def test_everything_but_credentials_has_a_default_that_works() -> None:
    found = load()
    assert found.database_address == f"sqlite:///{found.instance_dir / 'xero2zoho.db'}"
    assert found.instance_dir.name == "instance"
    assert found.public_url == "http://localhost:5000"
    assert (found.zoho_accounts_url, found.zoho_api_url) == ("https://accounts.zoho.com", "")
    assert (found.settle_seconds, found.overlap_seconds) == (300, 300)
    assert found.zoho_client_id == ""
    assert found.encryption_keys == ()


def test_what_no_line_of_the_log_may_show_is_known_by_heart() -> None:
    found = load(
        secret_key="signs-sessions",
        xero_webhook_keys="first-of-them,second-one",
        database_url="postgresql://sync:its-password@db/x",
        zoho_client_secret="sandbox",
        zoho_client_id="1000.CLIENTID",
    )
    assert set(found.known_secrets) == {
        *("signs-sessions", "first-of-them", "second-one"),
        *("postgresql://sync:its-password@db/x", "its-password"),
    }, "and not a word of seven letters, nor what is no secret"


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:pass@db/x")
    monkeypatch.setenv("ENCRYPTION_KEYS", " newest , older,")
    monkeypatch.setenv("SETTLE_SECONDS", "1.5")
    monkeypatch.setenv("XERO_API_URL", "http://127.0.0.1:9000/")
    found = load()
    assert found.database_address == "postgresql://me:pass@db/x"
    assert [key.get_secret_value() for key in found.encryption_keys] == ["newest", "older"]
    assert found.settle_seconds == 1.5
    assert found.xero_api_url == "http://127.0.0.1:9000"


def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETTLE_SECONDS", "")
    monkeypatch.setenv("XERO_API_URL", "")
    assert load().settle_seconds == 300
    assert load().xero_api_url == "https://api.xero.com"


def test_a_dotenv_is_read_and_the_environment_beats_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from a file\n")
    dotenv = tmp_path / ".env"
    dotenv.write_text(f"ZOHO_CLIENT_ID=dotenv\nXERO_CLIENT_ID=dotenv\nXERO_CLIENT_SECRET_FILE={secret}\nOTHER=1\n")
    monkeypatch.setenv("XERO_CLIENT_ID", "environment")
    found = Settings.load(_env_file=dotenv)
    assert (found.zoho_client_id, found.xero_client_id) == ("dotenv", "environment")
    assert found.xero_client_secret.get_secret_value() == "from a file"


@pytest.mark.parametrize("name", ["ZOHO_CLIENT_SECRET", "SECRET_KEY", "DATABASE_URL", "SMTP_URL"])
def test_a_secret_may_lie_in_a_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_text("whisper\n")
    monkeypatch.setenv(f"{name}_FILE", str(file))
    assert getattr(load(), name.lower()).get_secret_value() == "whisper"


def test_a_list_of_keys_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keys").write_text("a,b")
    monkeypatch.setenv("ENCRYPTION_KEYS_FILE", str(tmp_path / "keys"))
    assert [key.get_secret_value() for key in load().encryption_keys] == ["a", "b"]


def test_only_secrets_have_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "id").write_text("x")
    monkeypatch.setenv("ZOHO_CLIENT_ID_FILE", str(tmp_path / "id"))
    assert load().zoho_client_id == ""


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("XERO_API_URL", "http://api.xero.com", "XERO_API_URL is plain http to another machine; use https"),
        ("XERO_API_URL", "api.xero.com", "XERO_API_URL is not an address such as https://example.com"),
        ("XERO_API_URL", "https://user@api.xero.com", "XERO_API_URL is not an address such as https://example.com"),
        ("ZOHO_API_URL", "ftp://localhost", "ZOHO_API_URL is not an address such as https://example.com"),
        ("PUBLIC_URL", "http://example.com", "PUBLIC_URL is plain http to another machine; use https"),
        ("PUBLIC_URL", "http://127.0.0.1:5000", "PUBLIC_URL is this machine by its number"),
        ("SETTLE_SECONDS", "soon", "SETTLE_SECONDS: Input should be a valid number"),
        ("OVERLAP_SECONDS", "-1", "OVERLAP_SECONDS: Input should be greater than or equal to 0"),
        ("SETTLE_SECONDS", "nan", "SETTLE_SECONDS: "),
    ],
)
def test_a_wrong_value_is_one_sentence(name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as wrong:
        load()
    assert str(wrong.value).startswith(sentence)
    assert "\n" not in str(wrong.value)


def test_a_secret_and_its_file_together_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "s").write_text("x")
    monkeypatch.setenv("XERO_CLIENT_SECRET", "whisper")
    monkeypatch.setenv("XERO_CLIENT_SECRET_FILE", str(tmp_path / "s"))
    with pytest.raises(BadSettings, match="XERO_CLIENT_SECRET and XERO_CLIENT_SECRET_FILE are both set") as wrong:
        load()
    assert "whisper" not in str(wrong.value)


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XERO_CLIENT_SECRET_FILE", "/nowhere/secret")
    with pytest.raises(BadSettings, match="XERO_CLIENT_SECRET_FILE cannot be read"):
        load()


def test_nothing_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "SECRET_KEY", "ZOHO_CLIENT_SECRET", "XERO_CLIENT_SECRET", "SMTP_URL"):
        monkeypatch.setenv(name, f"canary-{name.lower()}")
    monkeypatch.setenv("ENCRYPTION_KEYS", "canary-a,canary-b")
    monkeypatch.setenv("XERO_WEBHOOK_KEYS", "canary-c")
    assert "canary" not in repr(load()) + str(load())


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:5000", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:80", True),
        ("http://127.0.0.1.example.com", False),
        ("http://localhost.example.com", False),
        ("https://example.com", False),
    ],
)
def test_what_is_on_this_machine(url: str, local: bool) -> None:
    assert is_loopback(url) is local


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"serve_tasks": "cron"}, "CRON_SECRET is not set"),
        ({"serve_tasks": "sometimes"}, "SERVE_TASKS"),
        ({"cron_secret": "short"}, "CRON_SECRET is too short"),
        ({"cron_slice_seconds": 0}, "CRON_SLICE_SECONDS"),
        ({"ephemeral_disk": True}, "DATABASE_URL is not set, and this disk forgets"),
        ({"ephemeral_disk": True, "database_url": "postgresql://db/x"}, "SECRET_KEY is not set"),
        ({"ephemeral_disk": True, "database_url": "postgresql://db/x", "secret_key": "s"}, "ENCRYPTION_KEYS is not"),
    ],
)
def test_settings_that_do_not_go_together_are_told_in_a_sentence(given: dict[str, object], says: str) -> None:
    with pytest.raises(BadSettings, match=says):
        load(**given)


def test_a_host_that_forgets_and_sleeps_is_a_matter_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPHEMERAL_DISK", "1")
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/x")
    monkeypatch.setenv("SECRET_KEY", "s")
    monkeypatch.setenv("ENCRYPTION_KEYS", "k")
    monkeypatch.setenv("SERVE_TASKS", "cron")
    monkeypatch.setenv("CRON_SECRET", "a-secret-of-more-than-twenty")
    found = load()
    assert (found.serve_tasks, found.cron_slice_seconds, found.trusted_proxies) == ("cron", 25, 0)
    assert "more-than-twenty" not in repr(found)


def test_figures_are_told_to_nobody_unless_asked_for() -> None:
    assert (load().metrics_token.get_secret_value(), load().metrics_listen) == ("", "")
    assert load(metrics_listen="127.0.0.1:9464").metrics_listen == "127.0.0.1:9464"
    assert load(metrics_listen="[::1]:9464").metrics_listen == "[::1]:9464"
    assert load(metrics_listen="0.0.0.0:9464", metrics_token="t" * 20).metrics_listen == "0.0.0.0:9464"


@pytest.mark.parametrize("place", ["0.0.0.0:9464", ":9464", "9464", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999"])
def test_a_place_that_others_could_ask_at_without_a_token_is_refused(place: str) -> None:
    with pytest.raises(BadSettings, match="METRICS_LISTEN"):
        load(metrics_listen=place)
