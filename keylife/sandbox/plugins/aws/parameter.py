"""``aws:ssm/parameter:Parameter``.

Source: terraform-provider-aws, internal/service/ssm/parameter.go. Neither it nor the SDK has the
parameter policies of the advanced tier.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import partial
from operator import contains
from typing import Any

from keylife.sandbox.plugins.aws.base import (
    REGION,
    TAGS,
    AwsResource,
    changed_tags,
    no_failures_of,
    tags_in,
    tags_out,
)
from keylife.sandbox.plugins.aws.session import AwsRefusedError, calling
from keylife.sandbox.plugins.changes import Diff
from keylife.sandbox.plugins.errors import PartialCreateError, PluginError
from keylife.sandbox.plugins.inputs import Failure
from keylife.sandbox.plugins.resource import Found
from keylife.sandbox.plugins.schema import Field
from keylife.sandbox.plugins.values import Secret, Values, reveal

TYPES = ("String", "StringList", "SecureString")
TIERS = ("Standard", "Advanced", "Intelligent-Tiering")
DATA_TYPES = ("aws:ec2:image", "aws:ssm:integration", "text")


class Parameter(AwsResource):
    """A parameter; its id is its name."""

    token = "aws:ssm/parameter:Parameter"  # noqa: S105 - a type, no secret
    name_property = "name"
    unsupported = ("valueWo", "valueWoVersion")
    fields = {  # noqa: RUF012 - the base class declares it
        "allowedPattern": Field(),
        "arn": Field(computed=True),
        "dataType": Field(computed=True, force_new=True),
        "description": Field(),
        "hasValueWo": Field(kind="boolean", output=True),
        "insecureValue": Field(computed=True),
        "keyId": Field(computed=True),
        "name": Field(required=True, force_new=True, autoname=True),
        "overwrite": Field(kind="boolean"),
        **REGION,
        **TAGS,
        "tier": Field(
            computed=True,
            suppress=lambda old, new: bool(old) and new == "Intelligent-Tiering",
        ),
        "type": Field(required=True),
        "value": Field(computed=True, secret=True),
        "valueWo": Field(secret=True),
        "valueWoVersion": Field(kind="integer"),
        "version": Field(kind="integer", output=True),
    }

    def more_failures(self, news: Values) -> Iterable[Failure]:
        """Refuse what the provider's own schema refuses."""
        values = ("insecureValue", "value", "valueWo")
        given = [name for name in values if news.get(name) is not None]
        if len(given) != 1:
            yield Failure('"value": one of `insecure_value,value,value_wo` must be specified')
        for name, accepted in (("type", TYPES), ("tier", TIERS), ("dataType", DATA_TYPES)):
            yield from no_failures_of(
                news,
                name,
                partial(contains, accepted),
                f"expected {name} to be one of {list(accepted)}",
            )

    def diff(self, state: Values, news: Values, ignored: Collection[str]) -> Diff:
        """As the fields say; and AWS has no way back from the advanced tier but to begin anew."""
        found = super().diff(state, news, ignored)
        tiers = (reveal(state.get("tier")), reveal(news.get("tier")))
        if "tier" not in found.changes or tiers != ("Advanced", "Standard"):
            return found
        anew = {**found.changes, "tier": replace(found.changes["tier"], replaces=True)}
        return Diff(anew, delete_before_replace=self._keeps_name(state, news))

    def create(self, news: Values) -> Found:
        """Put the parameter; one that is there already is refused, unless ``overwrite`` says so."""
        self.refuse_unsupported(news)
        region, name = str(reveal(news.get("region")) or self.aws.region), str(reveal(news["name"]))
        ssm, overwrite = self.aws.ssm(region), bool(reveal(news.get("overwrite")))
        tags = tags_in(news)
        with calling(f"creating SSM Parameter ({name})"):
            ssm.put_parameter(
                Name=name,
                Overwrite=overwrite,
                **_given(news, ("dataType", "description", "keyId", "tier")),
                **({} if overwrite or not tags else {"Tags": tags}),
            )
        state = {**news, "region": region}
        try:
            if overwrite and tags:
                with calling(f"setting SSM Parameter ({name}) tags"):
                    ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=name, Tags=tags)
            found = self.read(name, state)
        except PluginError as error:
            raise PartialCreateError(str(error), name, state) from None
        if found is None:
            raise PartialCreateError(f"reading SSM Parameter ({name})", name, state)
        return found

    def read(self, id_: str, state: Values) -> Found | None:
        """The parameter with its value, by its name."""
        region = str(reveal(state.get("region")) or self.aws.region)
        ssm = self.aws.ssm(region)
        try:
            with calling(f"reading SSM Parameter ({id_})"):
                told = ssm.get_parameter(Name=id_, WithDecryption=True)["Parameter"]
                found = ssm.describe_parameters(
                    ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": [id_]}]
                )["Parameters"]
                tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=id_)
        except AwsRefusedError as error:
            if error.gone:
                return None
            raise
        if not found:
            return None
        insecure = bool(reveal(state.get("insecureValue"))) and told["Type"] != "SecureString"
        return Found(
            id_,
            {
                "allowedPattern": found[0].get("AllowedPattern", ""),
                "arn": told["ARN"],
                "dataType": found[0].get("DataType", ""),
                "description": found[0].get("Description", ""),
                "insecureValue": told["Value"] if insecure else None,
                "keyId": found[0].get("KeyId", ""),
                "name": told["Name"],
                "overwrite": reveal(state.get("overwrite")),
                "region": region,
                "tier": found[0].get("Tier", ""),
                "type": told["Type"],
                "value": Secret("" if insecure else told["Value"]),
                "version": told["Version"],
                **tags_out(tags["TagList"]),
            },
        )

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Put the parameter again, which makes another version of it, and set its tags."""
        self.refuse_unsupported(news)
        region = str(reveal(state.get("region")) or self.aws.region)
        ssm = self.aws.ssm(region)
        changed = {path.partition(".")[0] for path in self.diff(state, news, ()).changes}
        if changed - {"overwrite", "tags"}:
            more = [name for name in ("description", "keyId") if name in changed]
            overwrite = reveal(news.get("overwrite"))
            with calling(f"updating SSM Parameter ({id_})"):
                ssm.put_parameter(
                    Name=id_,
                    Overwrite=True if overwrite is None else bool(overwrite),
                    **_given({**news, "tier": news.get("tier") or state.get("tier")}, more, "tier"),
                )
        setting, removing = changed_tags(news, state)
        where: Any = {"ResourceType": "Parameter", "ResourceId": id_}
        with calling(f"updating tags for SSM Parameter ({id_})"):
            if removing:
                ssm.remove_tags_from_resource(**where, TagKeys=removing)
            if setting:
                ssm.add_tags_to_resource(**where, Tags=setting)
        found = self.read(id_, {**state, **news, "region": region})
        if found is None:
            raise PluginError(f"reading SSM Parameter ({id_}): not found")
        return found

    def delete(self, id_: str, state: Values) -> None:
        """Delete the parameter with its history; one that is gone is no error."""
        region = str(reveal(state.get("region")) or self.aws.region)
        try:
            with calling(f"deleting SSM Parameter ({id_})"):
                self.aws.ssm(region).delete_parameter(Name=id_)
        except AwsRefusedError as error:
            if not error.gone:
                raise


def _given(news: Values, optional: Iterable[str], *always: str) -> Any:
    """What is declared, as the call takes it."""
    value = reveal(news.get("insecureValue")) or reveal(news.get("value"))
    found = {"Type": str(reveal(news["type"])), "Value": str(value)}
    pattern = reveal(news.get("allowedPattern"))
    if pattern:
        found["AllowedPattern"] = str(pattern)
    for name in (*optional, *always):
        told = reveal(news.get(name))
        if told and not (name == "keyId" and found["Type"] != "SecureString"):
            found[name[0].upper() + name[1:]] = str(told)
    return found
