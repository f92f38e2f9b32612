"""What a sandbox's folder knows of it: written before anything depends on it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from keylife.sandbox.errors import SandboxError
from keylife.sandbox.private_file import write_private
from keylife.sandbox.process import StartedProcess
from keylife.sandbox.provider_plugins import ProviderPlugin

_NAME = "sandbox.json"


class Record(BaseModel):
    """One life of a sandbox, from `up` to `down`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format_version: Literal[1] = 1

    processes: tuple[StartedProcess, ...] = ()
    """What was started, in that order; each is recorded right after its start."""

    vault_port: int = 0
    """Where OpenBao answers."""

    cli: Path
    """The folder of the Pulumi CLI that was chosen."""

    cli_version: str

    plugins: tuple[ProviderPlugin, ...] = ()

    ready: bool = False
    """Whether `up` came to its end."""

    def write(self, folder: Path) -> None:
        """Replace the folder's record."""
        write_private(folder / _NAME, self.model_dump_json(indent=2))


def read_record(folder: Path) -> Record | None:
    """The folder's record; None if no sandbox lives there.

    Raises:
        SandboxError: there is one, and it cannot be understood.
    """
    path = folder / _NAME
    try:
        return Record.model_validate_json(path.read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise SandboxError(
            f"{path} cannot be read: what it started is not known any more",
            hint="end its processes by hand, then delete the folder",
        ) from error


def forget(folder: Path) -> None:
    """Delete the folder's record, once nothing of it runs any more."""
    (folder / _NAME).unlink(missing_ok=True)
