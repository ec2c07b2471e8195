"""Settings: ``PINCITE_*`` variables over one TOML file over the defaults below.

pydantic checks values; reading the two sources is done here, because unknown names must be refused in both.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)

from index.addresses import check_host, check_network, check_origin
from index.errors import SettingsError
from index.models import DEFAULT_MODEL

PREFIX = "PINCITE_"
CONFIG_VARIABLE = "PINCITE_CONFIG"
DEFAULT_CONFIG = "pincite.toml"
COLLECTION_NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
"""Names are folder names too: lower case, digits, hyphens and underscores."""


def _split(value: object) -> object:
    """Make a list of what a variable gives as one text."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class Settings(BaseModel):
    """Every setting; ``pincite status`` prints the ones in force."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data_dir: Path = Field(Path("var"), description="Where collections and exported encoders live.")
    collection: str = Field("default", pattern=COLLECTION_NAME, description="The collection used when none is named.")
    model: str = Field(
        DEFAULT_MODEL,
        min_length=1,
        description=f"Embedding model: {DEFAULT_MODEL!r}, the folder of a sentence-transformers model, or "
        "'hub:owner/name', which fetches it (the only setting that may reach the network).",
    )
    host: str = Field("127.0.0.1", min_length=1, description="Address that `pincite serve` listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port that `pincite serve` listens on; 0 takes a free one.")
    workers: int = Field(
        1, ge=1, le=64, description="Serving processes; each answers on one core, so one a core is fastest."
    )
    drain_seconds: float = Field(
        0,
        ge=0,
        description="How long a service that is told to stop goes on taking connections, while /readyz says that it is "
        "draining; where a load balancer asks for that, a little longer than it takes to notice.",
    )
    max_connections: int = Field(
        10_000,
        ge=1,
        description="How many connections each serving process holds; when there are more, the one that has been idle "
        "for longest makes room.",
    )
    max_upload_mb: int = Field(200, ge=1, description="Uploads with more megabytes are refused; other bodies above 1.")
    log_format: Literal["json", "console"] | None = Field(
        None,
        description="How `pincite serve` writes its log: json or console; by default console on a terminal, json "
        "elsewhere.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least that is logged; a line a request is info."
    )
    log_questions: bool = Field(
        default=False, description="Whether the log holds what was asked; otherwise only that something was."
    )
    tracing: bool = Field(
        default=False,
        description="Whether requests are traced with OpenTelemetry, which the OTEL_* variables configure; "
        "needs pincite[otel].",
    )
    max_waiting: int = Field(
        64,
        ge=1,
        description="How many questions may wait in each serving process; more are refused with 503 and Retry-After.",
    )
    question_log: Path | None = Field(
        None,
        description="File that `pincite serve` adds every question to, with whether it was answered, for "
        "`pincite eval gaps`; questions are not kept unless this is set.",
    )
    examples: Path | None = Field(
        None,
        description="Question set, in the form of docs/evals.md, of which `pincite serve` offers some as questions to "
        "begin with, in its default collection.",
    )
    keep_generations: int = Field(
        3, ge=1, description="How many generations of a collection are kept, the current one included."
    )
    lock_seconds: float = Field(
        10, ge=0, description="How long a change waits for another to the same collection before it gives up."
    )
    open: bool = Field(
        default=False,
        description="Serve beyond this machine although there is no key: whoever reaches the service may read "
        "everything.",
    )
    allowed_hosts: Annotated[tuple[Annotated[str, AfterValidator(check_host)], ...], BeforeValidator(_split)] = Field(
        (),
        description="Hosts besides this machine's own names that requests may name where no key protects the service, "
        "separated by commas.",
    )
    cors_origins: Annotated[tuple[Annotated[str, AfterValidator(check_origin)], ...], BeforeValidator(_split)] = Field(
        (),
        description="Origins whose web pages may read responses, separated by commas, such as https://www.example.org; "
        "those of publishable keys need not be listed.",
    )
    rate_limit: int = Field(
        600,
        ge=0,
        description="Requests a minute that each address may make with a key that states no limit of its own, or "
        "without one where PINCITE_OPEN lets that; 0 for any number.",
    )
    key: SecretStr | None = Field(
        None,
        description="Key that is sent to the service that `pincite eval --url` measures; read, and with --rate 0.",
    )
    trusted_proxies: Annotated[tuple[Annotated[str, AfterValidator(check_network)], ...], BeforeValidator(_split)] = (
        Field(
            (),
            description="Addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, "
            "separated by commas.",
        )
    )
    max_upload_files: int = Field(
        1_000, ge=1, description="How many files or documents one request may add to a collection."
    )
    watch: Path | None = Field(
        None,
        description="Folder that `pincite serve` follows: what changes in it is indexed at once, into the collection "
        "used when none is named.",
    )
    max_file_mb: int = Field(50, ge=1, description="Files with more megabytes are not indexed.")
    max_read_seconds: float = Field(60, gt=0, description="A file that takes longer to read is not indexed.")
    max_read_memory_mb: int = Field(
        2_000, ge=500, description="A file that takes more megabytes of memory to read is not indexed."
    )
    dense_weight: float = Field(
        0.7, ge=0, le=1, description="Share of the dense score in the fused one; the rest is that of the words."
    )
    reranker: str | None = Field(
        None,
        min_length=1,
        description="Cross-encoder that orders the best passages: the folder of a sentence-transformers one, or "
        "'hub:owner/name'; none by default, since it takes milliseconds a passage.",
    )
    reader: str | None = Field(
        None,
        min_length=1,
        description="Cross-encoder that chooses the quotes, named likewise; none by default, for the same reason.",
    )
    max_risk: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Which share of the answers given may be to questions that the documents do not answer, if half of "
        "all questions are such; with 1 every question is answered.",
    )

    @field_validator("data_dir", "question_log", "examples", "watch", mode="before")
    @classmethod
    def _not_empty(cls, value: object) -> object:
        if value == "":
            raise ValueError("it is empty")  # an empty path would mean the current folder
        return value


def _from_toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"the settings file {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {path} is not valid TOML: {error}.") from error


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read settings: variables win over the file that ``PINCITE_CONFIG`` names (default: ``pincite.toml``, if there).

    Args:
        environment: In place of the process's own variables.

    Raises:
        SettingsError: A name is unknown, a value is bad, or the file cannot be read; all faults are named at once.
    """
    variables = os.environ if environment is None else environment
    values: dict[str, object] = {}
    places: dict[str, str] = {}
    config = variables.get(CONFIG_VARIABLE) or None
    file = Path(config if config is not None else DEFAULT_CONFIG)
    if config is not None or file.is_file():
        for key, value in _from_toml(file).items():
            values[key] = value
            places[key] = f"{key} in {file}"
    for variable, text in variables.items():
        if variable.startswith(PREFIX) and variable != CONFIG_VARIABLE:
            key = variable.removeprefix(PREFIX).lower()
            values[key] = text
            places[key] = variable
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        known = ", ".join(Settings.model_fields)
        faults = []
        for fault in error.errors():
            place = places.get(str(fault["loc"][0]), str(fault["loc"][0]))
            if fault["type"] == "extra_forbidden":
                faults.append(f"{place}: there is no such setting (known: {known})")
            else:
                faults.append(f"{place}: {fault['msg']}, got {fault['input']!r}")
        raise SettingsError("the settings cannot be used:\n  " + "\n  ".join(faults)) from error
