"""``aws:apigateway/usagePlanKey:UsagePlanKey``.

Source: terraform-provider-aws, internal/service/apigateway/usage_plan_key.go.
"""

from keylife.sandbox.plugins.aws.base import REGION, AwsResource
from keylife.sandbox.plugins.aws.session import AwsRefusedError, calling
from keylife.sandbox.plugins.errors import PluginError
from keylife.sandbox.plugins.resource import Found
from keylife.sandbox.plugins.schema import Field
from keylife.sandbox.plugins.values import Values, reveal


class UsagePlanKey(AwsResource):
    """A key's place in a usage plan; its id is the key's, in whatever plan.

    ``value`` holds the key itself and is not marked secret, here as in the real plugin: programs
    have to say so.
    """

    token = "aws:apigateway/usagePlanKey:UsagePlanKey"  # noqa: S105 - a type, no secret
    fields = {  # noqa: RUF012 - the base class declares it
        "keyId": Field(required=True, force_new=True),
        "keyType": Field(required=True, force_new=True),
        "name": Field(output=True),
        **REGION,
        "usagePlanId": Field(required=True, force_new=True),
        "value": Field(output=True),
    }

    def create(self, news: Values) -> Found:
        """Put the key into the plan."""
        region = str(reveal(news.get("region")) or self.aws.region)
        with calling("creating API Gateway Usage Plan Key"):
            made = self.aws.gateway_once(region).create_usage_plan_key(
                usagePlanId=str(reveal(news["usagePlanId"])),
                keyId=str(reveal(news["keyId"])),
                keyType=str(reveal(news["keyType"])),
            )
        return Found(made["id"], _state(news, made, region))

    def read(self, id_: str, state: Values) -> Found | None:
        """The key in its plan; imported as ``plan/key``."""
        plan, _, key = id_.rpartition("/")
        plan = plan or str(reveal(state.get("usagePlanId")) or "")
        if not plan:
            raise PluginError(
                f"Unexpected format of ID ({id_}), expected USAGE-PLAN-ID/USAGE-PLAN-KEY-ID"
            )
        region = str(reveal(state.get("region")) or self.aws.region)
        try:
            with calling(f"reading API Gateway Usage Plan Key ({key})"):
                found = self.aws.gateway(region).get_usage_plan_key(usagePlanId=plan, keyId=key)
        except AwsRefusedError as error:
            if error.gone:
                return None
            raise
        return Found(key, _state({**state, "usagePlanId": plan, "keyId": key}, found, region))

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Nothing of it changes in place."""
        raise PluginError(f"updating API Gateway Usage Plan Key ({id_}): it can only be replaced")

    def delete(self, id_: str, state: Values) -> None:
        """Take the key out of the plan; one that is not in it is no error."""
        region = str(reveal(state.get("region")) or self.aws.region)
        try:
            with calling(f"deleting API Gateway Usage Plan Key ({id_})"):
                self.aws.gateway(region).delete_usage_plan_key(
                    usagePlanId=str(reveal(state.get("usagePlanId"))),
                    keyId=str(reveal(state.get("keyId"))),
                )
        except AwsRefusedError as error:
            if not error.gone:
                raise


def _state(news: Values, found: Values, region: str) -> Values:
    return {
        "keyId": reveal(news["keyId"]),
        "keyType": found.get("type"),
        "name": found.get("name"),
        "region": region,
        "usagePlanId": reveal(news["usagePlanId"]),
        "value": found.get("value"),
    }
