"""What a stand-in has to say for each resource type, and for itself.

A new resource type is a subclass of ``ResourceType``: its properties as data, and four calls. The
rest (checking inputs, finding changes, previews, secrets) follows from the data.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from keylife.sandbox.plugins import changes, inputs
from keylife.sandbox.plugins.changes import Diff
from keylife.sandbox.plugins.inputs import DEFAULTS, Checked, Naming
from keylife.sandbox.plugins.schema import Fields
from keylife.sandbox.plugins.values import Values, reveal


@dataclass(frozen=True)
class Found:
    """A resource as the system holds it."""

    id: str
    state: Values
    """Its properties; those left out are ``None`` in the outputs."""


class ResourceType(ABC):
    """One resource type. Inputs and state come with their secret properties wrapped in ``Secret``.

    The inputs of a check, a diff and a preview are as they go into the state of the stack; those
    of a create and an update are ready for use.
    """

    token: ClassVar[str]
    """The type as programs name it, such as ``vault:index/token:Token``."""

    fields: ClassVar[Fields]
    """All properties, ``id`` excepted."""

    schema_version: ClassVar[int] = 0
    """The version of the state's layout, where the real plugin notes one in its outputs."""

    name_property: ClassVar[str | None] = None
    """The property under which the system tells resources of this type apart.

    While it keeps a name that the program chose, a successor cannot exist beside its predecessor:
    replacing then deletes first.
    """

    def check(self, news: Values, olds: Values, naming: Naming) -> Checked:
        """Validate what the program wrote and fill in what it left out."""
        return inputs.check(self.fields, news, olds, naming)

    def diff(self, state: Values, news: Values, ignored: Collection[str]) -> Diff:
        """What must change for ``news``, and whether that takes a replacement."""
        found = changes.diff(self.fields, state, news, ignored)
        return replace(
            found, delete_before_replace=found.replaces and self._keeps_name(state, news)
        )

    def _keeps_name(self, state: Values, news: Values) -> bool:
        name = self.name_property
        return (
            name is not None
            and name not in news.get(DEFAULTS, ())
            and reveal(state.get(name)) == reveal(news.get(name))
        )

    def preview_create(self, news: Values) -> Values:
        """The outputs of a create, as far as they are known before it."""
        return changes.planned(self.fields, news)

    def preview_update(self, news: Values, state: Values) -> Values:
        """The outputs of an update, as far as they are known before it."""
        return changes.planned(self.fields, news, state)

    @abstractmethod
    def create(self, news: Values) -> Found:
        """Make the resource; ``news`` are its inputs, in the state's spelling.

        Raises ``PartialCreateError`` when it exists but is not as declared, ``PluginError`` when
        it does not exist.
        """

    @abstractmethod
    def read(self, id_: str, state: Values) -> Found | None:
        """The resource as it is now, ``None`` when it is gone; ``state`` is empty on import.

        Raises ``PluginError`` when nothing is known.
        """

    @abstractmethod
    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Change the resource in place; raises ``PluginError``."""

    @abstractmethod
    def delete(self, id_: str, state: Values) -> None:
        """Take the resource away; raises ``PluginError``. One that is gone may be no error."""


class Provider(ABC):
    """A stand-in: its configuration and its resource types."""

    name: ClassVar[str]
    """The plugin's name, such as ``vault``."""

    version: ClassVar[str]
    """The version of the plugin it stands for."""

    config: ClassVar[Fields]
    """The provider's configuration. Its values travel as strings, whatever their type."""

    @property
    @abstractmethod
    def resources(self) -> Mapping[str, ResourceType]:
        """The resource types by token."""

    def config_defaults(self) -> Values:
        """What stands in for configuration that the program leaves out."""
        return {}

    @abstractmethod
    def configure(self, config: Values) -> None:
        """Take the configuration in; no call to the system yet. Raises ``PluginError``."""
