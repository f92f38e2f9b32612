"""``aws:apigateway/apiKey:ApiKey``.

Source: terraform-provider-aws, internal/service/apigateway/api_key.go.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
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
from keylife.sandbox.plugins.errors import PartialCreateError, PluginError
from keylife.sandbox.plugins.inputs import Failure
from keylife.sandbox.plugins.resource import Found
from keylife.sandbox.plugins.schema import Field
from keylife.sandbox.plugins.values import Secret, Values, reveal


class ApiKey(AwsResource):
    """A key of API Gateway; several may have the same name."""

    token = "aws:apigateway/apiKey:ApiKey"  # noqa: S105 - a type, no secret
    fields = {  # noqa: RUF012 - the base class declares it
        "arn": Field(output=True),
        "createdDate": Field(output=True),
        "customerId": Field(),
        "description": Field(default="Managed by Pulumi"),
        "enabled": Field(kind="boolean", default=True),
        "lastUpdatedDate": Field(output=True),
        "name": Field(required=True, force_new=True, autoname=True),
        **REGION,
        **TAGS,
        "value": Field(computed=True, force_new=True, secret=True),
    }

    def more_failures(self, news: Values) -> Iterable[Failure]:
        """Refuse a value of a length that API Gateway does not take."""
        return no_failures_of(
            news,
            "value",
            lambda value: 20 <= len(value) <= 128,
            "expected length of value to be in the range (20 - 128)",
        )

    def create(self, news: Values) -> Found:
        """Make a key; a second call makes a second one, so it is made in one try."""
        region, name = str(reveal(news.get("region")) or self.aws.region), str(reveal(news["name"]))
        more = {name: reveal(news.get(name)) for name in ("customerId", "value")}
        with calling(f"creating API Gateway API Key ({name})"):
            made = self.aws.gateway_once(region).create_api_key(
                name=name,
                description=str(reveal(news.get("description")) or ""),
                enabled=_enabled(news),
                tags={tag["Key"]: tag["Value"] for tag in tags_in(news)},
                **{name: value for name, value in more.items() if value},
            )
        state = {**news, "region": region, "value": Secret(made.get("value", ""))}
        try:
            found = self.read(made["id"], state)
        except PluginError as error:
            raise PartialCreateError(str(error), made["id"], state) from None
        if found is None:
            raise PartialCreateError(f"reading API Gateway API Key ({name})", made["id"], state)
        return found

    def read(self, id_: str, state: Values) -> Found | None:
        """The key with its value, by its id."""
        region = str(reveal(state.get("region")) or self.aws.region)
        try:
            with calling(f"reading API Gateway API Key ({id_})"):
                key = self.aws.gateway(region).get_api_key(apiKey=id_, includeValue=True)
        except AwsRefusedError as error:
            if error.gone:
                return None
            raise
        tags = [{"Key": name, "Value": value} for name, value in (key.get("tags") or {}).items()]
        return Found(
            id_,
            {
                "arn": _arn(region, id_),
                "createdDate": _stamp(key["createdDate"]),
                "customerId": key.get("customerId") or "",
                "description": key.get("description") or "",
                "enabled": bool(key.get("enabled")),
                "lastUpdatedDate": _stamp(key["lastUpdatedDate"]),
                "name": key["name"],
                "region": region,
                "value": Secret(key["value"]),
                **tags_out(tags),
            },
        )

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Set whether it is taken, description, customer and tags; name and value stay."""
        region = str(reveal(state.get("region")) or self.aws.region)
        gateway = self.aws.gateway(region)
        with calling(f"updating API Gateway API Key ({id_})"):
            if patches := list(_patches(news, state)):
                gateway.update_api_key(apiKey=id_, patchOperations=patches)
        setting, removing = changed_tags(news, state)
        with calling(f"updating tags for API Gateway API Key ({id_})"):
            if removing:
                gateway.untag_resource(resourceArn=_arn(region, id_), tagKeys=removing)
            if setting:
                tags = {tag["Key"]: tag["Value"] for tag in setting}
                gateway.tag_resource(resourceArn=_arn(region, id_), tags=tags)
        found = self.read(id_, state)
        if found is None:
            raise PluginError(f"reading API Gateway API Key ({id_}): not found")
        return found

    def delete(self, id_: str, state: Values) -> None:
        """Delete the key; one that is gone is no error."""
        region = str(reveal(state.get("region")) or self.aws.region)
        try:
            with calling(f"deleting API Gateway API Key ({id_})"):
                self.aws.gateway(region).delete_api_key(apiKey=id_)
        except AwsRefusedError as error:
            if not error.gone:
                raise


def _patches(news: Values, state: Values) -> Iterable[Mapping[str, str]]:
    if _enabled(news) != bool(reveal(state.get("enabled"))):
        yield {"op": "replace", "path": "/enabled", "value": str(_enabled(news)).lower()}
    for name in ("customerId", "description"):
        wanted = str(reveal(news.get(name)) or "")
        if wanted != str(reveal(state.get(name)) or ""):
            yield {"op": "replace", "path": f"/{name}", "value": wanted}


def _enabled(news: Values) -> bool:
    told = reveal(news.get("enabled"))
    return True if told is None else bool(told)


def _arn(region: str, id_: str) -> str:
    return f"arn:aws:apigateway:{region}::/apikeys/{id_}"


def _stamp(instant: Any) -> str:
    assert isinstance(instant, datetime)
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
