"""What the resource types of AWS have in common: names, tags, regions.

Source: pulumi-aws, provider/resources.go (automatic names) and provider/tags.go (the provider's
default tags are merged into a resource's inputs); terraform-provider-aws, internal/create/naming.go
(prefixes).
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from uuid import uuid4

from keylife.sandbox.plugins import inputs
from keylife.sandbox.plugins.aws.session import Aws
from keylife.sandbox.plugins.errors import PluginError
from keylife.sandbox.plugins.inputs import DEFAULTS, Checked, Failure, Naming
from keylife.sandbox.plugins.resource import ResourceType
from keylife.sandbox.plugins.schema import Field, Fields
from keylife.sandbox.plugins.values import UNKNOWN, Values, reveal

UNIQUE_LENGTH = 26
"""Characters of the suffix that makes a prefix unique."""

TAGS: Fields = {"tags": Field(kind="map"), "tagsAll": Field(kind="map", output=True)}

NAME_AND_PREFIX: Fields = {
    "name": Field(computed=True, force_new=True, autoname=True),
    "namePrefix": Field(computed=True, force_new=True),
}

REGION: Fields = {"region": Field(computed=True, force_new=True)}


class Context:
    """What the provider's configuration gives the resource types; filled in by ``Configure``."""

    aws: Aws | None = None
    default_tags: Mapping[str, str] = {}

    @property
    def session(self) -> Aws:
        """The connection.

        Raises:
            PluginError: the engine has not configured the provider.
        """
        if self.aws is None:
            raise PluginError("the provider is not configured")
        return self.aws


class AwsResource(ResourceType):
    """A resource type of AWS."""

    unsupported: ClassVar[Sequence[str]] = ()
    """Properties that the sandbox's AWS cannot honour: setting one is refused at create."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @property
    def aws(self) -> Aws:
        """The connection."""
        return self.context.session

    def check(self, news: Values, olds: Values, naming: Naming) -> Checked:
        """Validate, with default tags merged in; a name prefix stands instead of a name."""
        fields = self.fields
        if news.get("namePrefix") is not None and "name" in fields:
            fields = {**fields, "name": replace(fields["name"], autoname=False)}
        found = inputs.check(fields, self._with_default_tags(news), olds, naming)
        more = [*_conflicts(news, "name", "namePrefix"), *self.more_failures(found.inputs)]
        return Checked(found.inputs, [*found.failures, *more])

    def more_failures(self, news: Values) -> Iterable[Failure]:
        """What this type refuses beyond its fields; unknown values are not to be judged."""
        del news
        return ()

    def refuse_unsupported(self, news: Values) -> None:
        """Stop before anything is made that would be less than what was declared.

        Raises:
            PluginError: naming the property.
        """
        for name in self.unsupported:
            if reveal(news.get(name)):
                raise PluginError(f"the sandbox's AWS cannot honour the property {name}")

    def preview_create(self, news: Values) -> Values:
        """As far as known; all tags are the ones asked for."""
        return self._with_tags_all(super().preview_create(news), news)

    def preview_update(self, news: Values, state: Values) -> Values:
        """As far as known; all tags are the ones asked for."""
        return self._with_tags_all(super().preview_update(news, state), news)

    def _with_tags_all(self, hoped: Values, news: Values) -> Values:
        if "tagsAll" not in self.fields:
            return hoped
        tags = reveal(news.get("tags")) or {}
        if isinstance(tags, Mapping):
            tags = {name: value for name, value in tags.items() if name != DEFAULTS}
        return {**hoped, "tagsAll": tags}

    def _with_default_tags(self, news: Values) -> Values:
        defaults = self.context.default_tags
        tags = news.get("tags") or {}
        if "tags" not in self.fields or not defaults or not isinstance(tags, Mapping):
            return news
        return {**news, "tags": {**defaults, **tags}}


def no_failures_of(
    news: Values, name: str, accepted: Callable[[Any], bool], reason: str
) -> list[Failure]:
    """The failure ``reason`` if a known value of ``name`` is not accepted."""
    value = reveal(news.get(name))
    if value is None or value is UNKNOWN or accepted(value):
        return []
    return [Failure(reason)]


def _conflicts(news: Values, one: str, other: str) -> list[Failure]:
    if news.get(one) is None or news.get(other) is None:
        return []
    return [conflict(one, other)]


def conflict(one: str, other: str) -> Failure:
    """The failure of two properties that exclude each other."""
    first, second = _snake(one), _snake(other)
    return Failure(f'Conflicting configuration arguments. "{first}": conflicts with {second}')


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def chosen_name(news: Values) -> str:
    """The name to create under: the given one, or the prefix made unique."""
    name = reveal(news.get("name"))
    return str(name) if name else f"{reveal(news.get('namePrefix')) or 'terraform-'}{unique()}"


def unique() -> str:
    """As many characters as the real plugin's unique ids have."""
    return uuid4().hex[:UNIQUE_LENGTH]


def prefix_of(name: str, asked: Any) -> str:
    """The ``namePrefix`` of a state: the one that was asked for, if the name begins so."""
    prefix = reveal(asked)
    return prefix if isinstance(prefix, str) and prefix and name.startswith(prefix) else ""


def tags_in(news: Values) -> list[Any]:
    """Tags as AWS's calls take them."""
    tags = reveal(news.get("tags")) or {}
    return [{"Key": name, "Value": str(v)} for name, v in tags.items() if name != DEFAULTS]


def tags_out(found: Iterable[Any] | None) -> Values:
    """The tag properties of a state; tags that AWS set itself are left out."""
    tags = {tag["Key"]: tag["Value"] for tag in found or () if not tag["Key"].startswith("aws:")}
    return {"tags": tags or None, "tagsAll": tags}


def changed_tags(news: Values, state: Values) -> tuple[list[Any], list[str]]:
    """Tags to set and names of tags to remove, from a state to new inputs."""
    old = reveal(state.get("tagsAll")) or reveal(state.get("tags")) or {}
    wanted = tags_in(news)
    names = {tag["Key"] for tag in wanted}
    setting = [tag for tag in wanted if old.get(tag["Key"]) != tag["Value"]]
    return setting, [name for name in old if name not in names]
