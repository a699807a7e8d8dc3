"""Typed settings: the only reader of the environment.

Every name may be set in the environment or in `.env` beside app.py; secrets may also be given as NAME_FILE, a path
whose content is the value. Everything but real credentials has a default that works: an instance folder beside
app.py, and SQLite in it. Plain http is taken only for this machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

ROOT: Final = Path(__file__).resolve().parent.parent
DATABASE_FILE: Final = "xero2zoho.db"
SHORTEST_SECRET: Final = 20
LEAST: Final = 8


class BadSettings(ValueError):
    """A setting is wrong. The sentence names it and never shows a secret's value."""


# ------------------------------------------------------------------ kinds of values


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(url: str) -> str:
    """An address without a final slash: https, or http to this machine; "" stays."""
    if not url:
        return url
    found = urlsplit(url)
    if found.scheme not in ("http", "https") or not found.hostname or found.query or found.fragment or found.username:
        raise ValueError("is not an address such as https://example.com")
    if found.scheme == "http" and not is_loopback(url):
        raise ValueError("is plain http to another machine; use https")
    return url.rstrip("/")


def _listed(value: object) -> object:
    """A comma-separated list."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _registered(url: str) -> str:
    """An address that Xero takes for a redirect: on this machine only by the name localhost (facts/xero.md 3.1)."""
    if url.startswith("http:") and urlsplit(url).hostname != "localhost":
        raise ValueError("is this machine by its number, which Xero refuses; use http://localhost and the port")
    return url


def _listens(place: str) -> str:
    """HOST:PORT where a process of ours may be asked; "" stays."""
    host, _, port = place.rpartition(":")
    if place and not (host and port.isdecimal() and 0 < int(port) < 65_536):
        raise ValueError("is not a place to listen at, such as 127.0.0.1:9464")
    return place


def _hard_to_guess(secret: SecretStr) -> SecretStr:
    """A secret that nobody finds by trying; none at all stays."""
    if 0 < len(secret.get_secret_value()) < SHORTEST_SECRET:
        raise ValueError(f"is too short; take at least {SHORTEST_SECRET} random characters")
    return secret


def _plain(value: object) -> list[str]:
    """What a setting keeps secret."""
    held = value if isinstance(value, tuple) else (value,)
    return [each.get_secret_value() for each in held if isinstance(each, SecretStr)]


Address = Annotated[str, AfterValidator(_address)]
Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_listed)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]

# ------------------------------------------------------------------ the settings


class Settings(BaseSettings):
    """What the environment says. Field names in capitals are the names of the variables."""

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",  # .env may serve other programs, too
        frozen=True,
        hide_input_in_errors=True,
    )

    instance_dir: Path = ROOT / "instance"
    database_url: SecretStr = SecretStr("")  # may carry a password
    secret_key: SecretStr = SecretStr("")
    encryption_keys: Secrets = ()  # newest first

    public_url: Annotated[Address, AfterValidator(_registered)] = "http://localhost:5000"
    zoho_client_id: str = ""
    zoho_client_secret: SecretStr = SecretStr("")
    xero_client_id: str = ""
    xero_client_secret: SecretStr = SecretStr("")
    xero_webhook_keys: Secrets = ()
    smtp_url: SecretStr = SecretStr("")
    widget_frame_ancestors: str = ""
    widget_sdk_url: Address = "https://live.zwidgets.com/js-sdk/1.4/ZohoEmbededAppSDK.min.js"

    zoho_accounts_url: Address = "https://accounts.zoho.com"
    zoho_api_url: Address = ""  # as the data centre of the organisation says
    xero_login_url: Address = "https://login.xero.com"
    xero_identity_url: Address = "https://identity.xero.com"
    xero_api_url: Address = "https://api.xero.com"

    serve_tasks: Literal["inside", "cron", "off"] = "inside"
    cron_secret: Annotated[SecretStr, AfterValidator(_hard_to_guess)] = SecretStr("")
    cron_slice_seconds: Annotated[float, Field(ge=1, le=600)] = 25.0
    trusted_proxies: Annotated[int, Field(ge=0, le=10)] = 0
    ephemeral_disk: bool = False
    log_to: Literal["file", "stderr"] = "file"

    metrics_token: Annotated[SecretStr, AfterValidator(_hard_to_guess)] = SecretStr("")
    metrics_listen: Annotated[str, AfterValidator(_listens)] = ""
    prometheus_multiproc_dir: Path | None = None

    settle_seconds: Seconds = 300.0
    overlap_seconds: Seconds = 300.0

    specs_dir: Path = ROOT.parent / "shared" / "specs"  # these two are for the tests alone
    recorded_dir: Path = ROOT.parent / "shared" / "recorded"

    @classmethod
    def load(cls, **given: Any) -> Settings:
        """The settings, or BadSettings with one sentence for the first thing that is wrong."""
        try:
            return cls(**given)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            words = first["msg"].removeprefix("Value error, ")
            if not first["loc"]:  # settings that do not go together, named by the sentence itself
                raise BadSettings(words) from None
            name = str(first["loc"][0]).upper()
            raise BadSettings(f"{name} {words}" if words.startswith("is ") else f"{name}: {words}.") from None

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        if self.serve_tasks == "cron" and not self.cron_secret.get_secret_value():
            raise ValueError("CRON_SECRET is not set, so that nobody may ask for what SERVE_TASKS=cron leaves to them.")
        if self.metrics_listen and not is_loopback(f"//{self.metrics_listen}") and not self.metrics_token:
            raise ValueError("METRICS_LISTEN lets other machines ask, so METRICS_TOKEN must be set.")
        if self.ephemeral_disk:
            kept = {"DATABASE_URL": self.database_url, "SECRET_KEY": self.secret_key}
            missing = [name for name, value in kept.items() if not value.get_secret_value()]
            missing += [] if self.encryption_keys else ["ENCRYPTION_KEYS"]
            if missing:
                raise ValueError(f"{missing[0]} is not set, and this disk forgets (EPHEMERAL_DISK).")
        return self

    @property
    def database_address(self) -> str:
        """DATABASE_URL, or SQLite in the instance folder."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.instance_dir / DATABASE_FILE}"

    def registration(self, side: str) -> tuple[str, str] | None:
        """Client id and secret of one service, where the environment gives both."""
        if side == "zoho":
            name, secret = self.zoho_client_id, self.zoho_client_secret.get_secret_value()
        else:
            name, secret = self.xero_client_id, self.xero_client_secret.get_secret_value()
        return (name, secret) if name and secret else None

    @property
    def chooses_data_centre(self) -> bool:
        """Whether the environment says where Zoho is, so that nobody else may."""
        return bool(self.zoho_accounts_url != type(self).model_fields["zoho_accounts_url"].default)

    @property
    def known_secrets(self) -> tuple[str, ...]:
        """Every secret that was given, and the password of every address: what no line of the log may show. What is
        shorter than LEAST letters could be any word."""
        values = [value for name in type(self).model_fields for value in _plain(getattr(self, name))]
        found = {part for value in values for part in (value, urlsplit(value).password or "")}
        return tuple(sorted((each for each in found if len(each) >= LEAST), key=len, reverse=True))

    @property
    def service_addresses(self) -> tuple[str, ...]:
        """The addresses that take the place of the services'."""
        named = (self.zoho_accounts_url, self.zoho_api_url)
        return tuple(filter(None, (*named, self.xero_login_url, self.xero_identity_url, self.xero_api_url)))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before .env; a NAME_FILE stands where its NAME would."""
        sources = [init_settings]
        for source in (env_settings, dotenv_settings):
            assert isinstance(source, EnvSettingsSource)
            sources += [_Files(settings_cls, source.env_vars), source]
        return tuple(sources)


class _Files(PydanticBaseSettingsSource):
    """Values of secrets that were given as NAME_FILE."""

    def __init__(self, settings_cls: type[BaseSettings], variables: Mapping[str, str | None]) -> None:
        super().__init__(settings_cls)
        self._variables = variables

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = self._variables.get(f"{field_name}_file")
        if not path or "SecretStr" not in str(field.annotation):
            return None, field_name, False
        if self._variables.get(field_name):
            raise BadSettings(f"{field_name.upper()} and {field_name.upper()}_FILE are both set; remove one.")
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise BadSettings(f"{field_name.upper()}_FILE cannot be read ({reason}).") from None

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}
