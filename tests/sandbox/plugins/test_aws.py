"""The AWS stand-in, asked through the provider protocol, against the sandbox's AWS."""

from __future__ import annotations

import base64
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Any, NoReturn

import pulumi_aws as sdk
import pytest
from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2

from keylife.sandbox.plugins.aws.access_key import smtp_password
from keylife.sandbox.plugins.aws.provider import TYPES, AwsProvider
from keylife.sandbox.plugins.inputs import DEFAULTS
from keylife.sandbox.plugins.protocol import Servicer
from keylife.sandbox.plugins.values import UNKNOWN, Secret, decode, encode, reveal
from tests.sandbox.aws.running import Key, Sandbox, error_of, sandbox

USER = "aws:iam/user:User"
ACCESS_KEY = "aws:iam/accessKey:AccessKey"
USER_POLICY = "aws:iam/userPolicy:UserPolicy"
ATTACHMENT = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
POLICY = "aws:iam/policy:Policy"
SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
REGION = "eu-central-1"
ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}

Values = dict[str, Any]


class PluginFailure(Exception):
    """What the plugin told the engine instead of an answer."""


class _Context:
    """The plugin's way to end a call as failed."""

    def __init__(self) -> None:
        self.metadata: tuple[tuple[str, bytes], ...] = ()

    def set_trailing_metadata(self, metadata: tuple[tuple[str, bytes], ...]) -> None:
        self.metadata = metadata

    def abort(self, code: Any, message: str) -> NoReturn:
        raise PluginFailure(message)


@dataclass
class Deployed:
    """A resource as the engine keeps it."""

    type: str
    id: str
    inputs: Values
    state: Values

    def __getitem__(self, name: str) -> Any:
        return reveal(self.state[name])


class Engine:
    """The engine's part of the conversation, as far as it matters here."""

    def __init__(self, url: str, key: Key, **config: Any) -> None:
        self._servicer = Servicer(AwsProvider())
        services = ("iam", "sts", "secretsmanager")
        given = {
            "region": REGION,
            "accessKey": key.id,
            "secretKey": key.secret,
            "endpoints": json.dumps([dict.fromkeys(services, url)]),
            **config,
        }
        checked = self._servicer.CheckConfig(
            provider_pb2.CheckRequest(news=encode(given)), _Context()
        )
        self._servicer.Configure(provider_pb2.ConfigureRequest(args=checked.inputs), _Context())

    def check(
        self, type_: str, news: Values, olds: Values | None = None, seed: bytes = b"seed"
    ) -> tuple[Values, list[str]]:
        answer = self._servicer.Check(
            provider_pb2.CheckRequest(
                urn=_urn(type_),
                name="it",
                news=encode(news),
                olds=encode(olds or {}),
                randomSeed=seed,
            ),
            _Context(),
        )
        return decode(answer.inputs), [failure.reason for failure in answer.failures]

    def create(self, type_: str, **news: Any) -> Deployed:
        inputs, failures = self.check(type_, news)
        assert not failures
        answer = self._servicer.Create(
            provider_pb2.CreateRequest(urn=_urn(type_), properties=encode(inputs)), _Context()
        )
        return Deployed(type_, answer.id, inputs, decode(answer.properties))

    def preview(self, type_: str, **news: Any) -> Values:
        inputs, failures = self.check(type_, news)
        assert not failures
        answer = self._servicer.Create(
            provider_pb2.CreateRequest(urn=_urn(type_), properties=encode(inputs), preview=True),
            _Context(),
        )
        return decode(answer.properties)

    def diff(self, it: Deployed, **news: Any) -> tuple[list[str], list[str]]:
        """The properties that change, and those that replace."""
        inputs, failures = self.check(it.type, news, it.inputs)
        assert not failures
        answer = self._servicer.Diff(
            provider_pb2.DiffRequest(
                id=it.id,
                urn=_urn(it.type),
                olds=encode(it.state),
                news=encode(inputs),
                old_inputs=encode(it.inputs),
            ),
            _Context(),
        )
        return list(answer.diffs), list(answer.replaces)

    def update(self, it: Deployed, **news: Any) -> Deployed:
        inputs, failures = self.check(it.type, news, it.inputs)
        assert not failures
        answer = self._servicer.Update(
            provider_pb2.UpdateRequest(
                id=it.id,
                urn=_urn(it.type),
                olds=encode(it.state),
                news=encode(inputs),
                old_inputs=encode(it.inputs),
            ),
            _Context(),
        )
        return Deployed(it.type, it.id, inputs, decode(answer.properties))

    def read(self, it: Deployed) -> Deployed | None:
        answer = self._servicer.Read(
            provider_pb2.ReadRequest(
                id=it.id,
                urn=_urn(it.type),
                properties=encode(it.state),
                inputs=encode(it.inputs),
            ),
            _Context(),
        )
        if not answer.id:
            return None
        return Deployed(it.type, answer.id, decode(answer.inputs), decode(answer.properties))

    def import_(self, type_: str, id_: str) -> Deployed | None:
        return self.read(Deployed(type_, id_, {}, {}))

    def delete(self, it: Deployed) -> None:
        self._servicer.Delete(
            provider_pb2.DeleteRequest(id=it.id, urn=_urn(it.type), properties=encode(it.state)),
            _Context(),
        )


def _urn(type_: str) -> str:
    return f"urn:pulumi:dev::tests::{type_}::it"


@pytest.fixture
def aws() -> Iterator[Sandbox]:
    running = sandbox()
    yield running
    running.ask("faults", [])


def admin(aws: Sandbox) -> Key:
    return Key("", aws.access.access_key_id, aws.access.secret_access_key)


@cache
def admins_engine() -> Engine:
    running = sandbox()
    return Engine(running.url, admin(running))


@pytest.fixture
def engine(aws: Sandbox) -> Engine:
    return admins_engine()


def test_the_input_tables_agree_with_the_sdk() -> None:
    classes: dict[str, Any] = {
        USER: sdk.iam.UserArgs,
        ACCESS_KEY: sdk.iam.AccessKeyArgs,
        USER_POLICY: sdk.iam.UserPolicyArgs,
        ATTACHMENT: sdk.iam.UserPolicyAttachmentArgs,
        POLICY: sdk.iam.PolicyArgs,
        SECRET: sdk.secretsmanager.SecretArgs,
        VERSION: sdk.secretsmanager.SecretVersionArgs,
    }
    assert {type_.token for type_ in TYPES} == classes.keys()
    for type_ in TYPES:
        parameters = inspect.signature(classes[type_.token].__init__).parameters
        expected = {_camel(name) for name in parameters if name != "__self__"}
        needed = {
            _camel(name)
            for name, parameter in parameters.items()
            if parameter.default is inspect.Parameter.empty and name != "__self__"
        }
        inputs = {name: field for name, field in type_.fields.items() if field.is_input}
        required = {name for name, f in inputs.items() if f.required and not f.autoname}

        assert (type_.token, set(inputs)) == (type_.token, expected)
        assert (type_.token, required) == (type_.token, needed)


def test_the_output_tables_agree_with_the_sdk() -> None:
    for type_ in TYPES:
        module, name = re.fullmatch(r"aws:(\w+)/\w+:(\w+)", type_.token).groups()  # type: ignore[union-attr]
        resource = getattr(getattr(sdk, module), name)
        outputs = {
            _camel(member)
            for member, value in vars(resource).items()
            if isinstance(value, property) and not member.startswith("_")
        }

        assert (type_.token, outputs) == (type_.token, set(type_.fields))


def test_the_configuration_agrees_with_the_sdk() -> None:
    parameters = inspect.signature(sdk.ProviderArgs.__init__).parameters
    named = {_camel(name) for name in parameters if name != "__self__"}

    assert set(AwsProvider.config) == named
    assert AwsProvider.version == metadata.version("pulumi_aws")


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


@pytest.mark.parametrize(
    ("type_", "news", "failure"),
    [
        (ACCESS_KEY, {}, 'The argument "user" is required'),
        (ACCESS_KEY, {"user": "u", "status": "Asleep"}, "expected status to be one of"),
        (ACCESS_KEY, {"user": "u", "secret": "s"}, "Invalid or unknown key"),
        (USER, {"name": "no spaces"}, "invalid value for name"),
        (USER, {"forceDestroy": "yes"}, "expected boolean type, got string type"),
        (USER, {"colour": "red"}, "Invalid or unknown key"),
        (USER_POLICY, {"user": "u"}, 'The argument "policy" is required'),
        (USER_POLICY, {"user": "u", "policy": "no json"}, "contains an invalid JSON policy"),
        (USER_POLICY, {"user": "u", "policy": "{}", "name": "a", "namePrefix": "b"}, "conflicts"),
        (ATTACHMENT, {"user": "u", "policyArn": "ReadOnly"}, "is an invalid ARN"),
        (SECRET, {"recoveryWindowInDays": 3}, "expected recovery_window_in_days"),
        (VERSION, {"secretString": "x"}, 'The argument "secret_id" is required'),
        (VERSION, {"secretId": "s", "secretString": "x", "secretBinary": "eA=="}, "conflicts"),
        (VERSION, {"secretId": "s", "secretBinary": "§"}, "is not base64"),
    ],
)
def test_a_fault_in_the_inputs_is_told(
    engine: Engine, type_: str, news: Values, failure: str
) -> None:
    _, failures = engine.check(type_, news)

    assert len(failures) == 1
    assert failure in failures[0]


@pytest.mark.parametrize(
    ("type_", "news"),
    [
        (ACCESS_KEY, {"user": UNKNOWN, "status": UNKNOWN}),
        (USER, {"name": UNKNOWN}),
        (USER_POLICY, {"user": UNKNOWN, "policy": UNKNOWN}),
        (ATTACHMENT, {"user": UNKNOWN, "policyArn": UNKNOWN}),
        (SECRET, {"recoveryWindowInDays": UNKNOWN}),
        (VERSION, {"secretId": UNKNOWN, "secretString": UNKNOWN, "versionStages": UNKNOWN}),
    ],
)
def test_what_only_the_deploy_will_know_is_no_fault(
    engine: Engine, type_: str, news: Values
) -> None:
    assert engine.check(type_, news)[1] == []


def test_defaults_and_names_are_filled_in_and_stay(engine: Engine) -> None:
    inputs, _ = engine.check(USER, {})

    assert re.fullmatch(r"it-[0-9a-f]{7}", inputs["name"])
    assert inputs["path"] == "/"
    assert engine.check(USER, {}, inputs, b"another")[0]["name"] == inputs["name"]
    assert engine.check(ACCESS_KEY, {"user": "u"})[0]["status"] == "Active"
    assert engine.check(SECRET, {})[0]["recoveryWindowInDays"] == 30
    assert "name" not in engine.check(SECRET, {"namePrefix": "keys/"})[0]


def test_a_preview_knows_what_is_declared_and_nothing_more(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    user = engine.preview(USER, name=name, tags={"team": "a"})
    key = engine.preview(ACCESS_KEY, user=name)

    assert (user["name"], user["tagsAll"], user["arn"]) == (name, {"team": "a"}, UNKNOWN)
    assert (key["status"], reveal(key["secret"]), key["id"]) == ("Active", UNKNOWN, UNKNOWN)
    assert error_of(aws.iam().get_user, UserName=name) == "NoSuchEntity"


def test_a_user_from_birth_to_death(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    tags = {"key": "billing", "version": "1"}
    user = engine.create(USER, name=name, path="/keylife/billing/", tags=tags)

    assert user.id == name
    assert user["arn"] == f"arn:aws:iam::123456789012:user/keylife/billing/{name}"
    assert (user["tags"], user["tagsAll"], user["forceDestroy"]) == (tags, tags, False)
    assert engine.diff(user, name=name, path="/keylife/billing/", tags=tags) == ([], [])
    assert engine.diff(user, name=name, path="/", tags={"key": "billing"}) == (["path", "tags"], [])

    user = engine.update(user, name=name, path="/", tags={"key": "b"}, forceDestroy=True)
    assert (user["path"], user["tags"], user["forceDestroy"]) == ("/", {"key": "b"}, True)

    again = engine.read(user)
    assert again is not None
    assert again.state == user.state
    assert again.inputs | {DEFAULTS: []} == user.inputs

    engine.delete(user)
    assert engine.read(user) is None
    engine.delete(user)


def test_a_user_is_renamed_in_place(engine: Engine, aws: Sandbox) -> None:
    old, new = aws.fresh_name(), aws.fresh_name()
    user = engine.create(USER, name=old, tags={"team": "a"})

    assert engine.diff(user, name=new, tags={"team": "a"}) == (["name"], [])
    renamed = engine.update(user, name=new, tags={"team": "a"})
    assert (renamed["name"], renamed["tags"]) == (new, {"team": "a"})


def test_a_user_with_a_foreign_key_is_only_deleted_by_force(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    user = engine.create(USER, name=name)
    aws.iam().create_access_key(UserName=name)
    aws.iam().create_login_profile(UserName=name, Password="Correct-Horse-1")

    with pytest.raises(PluginFailure, match="DeleteConflict"):
        engine.delete(user)
    engine.delete(engine.update(user, name=name, forceDestroy=True))
    assert engine.read(user) is None


def test_force_does_not_take_policies_away(engine: Engine, aws: Sandbox) -> None:
    user = engine.create(USER, name=aws.fresh_name(), forceDestroy=True)
    attached = engine.create(ATTACHMENT, user=user.id, policyArn=READ_ONLY)

    with pytest.raises(PluginFailure, match="DeleteConflict"):
        engine.delete(user)
    engine.delete(attached)
    engine.delete(user)


def test_a_taken_name_is_refused(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    engine.create(USER, name=name)

    with pytest.raises(PluginFailure, match="EntityAlreadyExists"):
        engine.create(USER, name=name)


def test_an_access_key_works_and_its_secrets_are_marked(engine: Engine, aws: Sandbox) -> None:
    user = aws.key_with(ALLOW).user
    made = engine.create(ACCESS_KEY, user=user)
    secret = made["secret"]

    assert isinstance(made.state["secret"], Secret)
    assert made.state["sesSmtpPasswordV4"] == Secret(smtp_password(secret, REGION))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made["createDate"])
    assert error_of(aws.iam(Key(user, made.id, secret)).list_users) is None


def test_an_access_key_is_deactivated_in_place(engine: Engine, aws: Sandbox) -> None:
    user = aws.key_with(ALLOW).user
    made = engine.create(ACCESS_KEY, user=user)
    key = Key(user, made.id, made["secret"])

    assert engine.diff(made, user=user, status="Inactive") == (["status"], [])
    off = engine.update(made, user=user, status="Inactive")
    assert (off["status"], off["secret"]) == ("Inactive", key.secret)
    assert error_of(aws.iam(key).list_users) == "InvalidClientTokenId"

    assert engine.update(off, user=user)["status"] == "Active"
    assert error_of(aws.iam(key).list_users) is None
    assert engine.diff(made, user="another") == (["user"], ["user"])


def test_an_access_key_may_be_born_inactive(engine: Engine, aws: Sandbox) -> None:
    user = engine.create(USER, name=aws.fresh_name())
    made = engine.create(ACCESS_KEY, user=user.id, status="Inactive")

    assert made["status"] == "Inactive"
    assert error_of(aws.sts(Key("", made.id, made["secret"])).get_caller_identity) is not None


def test_a_refresh_sees_what_was_done_outside(engine: Engine, aws: Sandbox) -> None:
    user = aws.key_with(ALLOW).user
    made = engine.create(ACCESS_KEY, user=user)
    aws.iam().update_access_key(UserName=user, AccessKeyId=made.id, Status="Inactive")

    seen = engine.read(made)
    assert seen is not None
    assert (seen["status"], seen["secret"]) == ("Inactive", made["secret"])
    assert engine.diff(seen, user=user) == (["status"], [])

    aws.iam().delete_access_key(UserName=user, AccessKeyId=made.id)
    assert engine.read(made) is None
    engine.delete(made)


def test_a_third_key_of_a_user_is_refused(engine: Engine, aws: Sandbox) -> None:
    user = aws.key_with(ALLOW).user
    engine.create(ACCESS_KEY, user=user)

    with pytest.raises(PluginFailure, match="LimitExceeded"):
        engine.create(ACCESS_KEY, user=user)


@pytest.mark.parametrize(
    ("kind", "left"), [("executed-but-error", 1), ("error-before", 0), ("throttle", 0)]
)
def test_a_key_is_never_tried_twice(engine: Engine, aws: Sandbox, kind: str, left: int) -> None:
    user = engine.create(USER, name=aws.fresh_name()).id
    order = {"service": "iam", "action": "CreateAccessKey", "match": {"UserName": user}}
    aws.ask("faults", [{**order, "kind": kind}])

    with pytest.raises(PluginFailure, match="creating IAM Access Key"):
        engine.create(ACCESS_KEY, user=user)
    assert len(aws.iam().list_access_keys(UserName=user)["AccessKeyMetadata"]) == left


def test_a_read_is_tried_again(engine: Engine, aws: Sandbox) -> None:
    user = engine.create(USER, name=aws.fresh_name())
    order = {"service": "iam", "action": "GetUser", "kind": "throttle", "times": 2}
    aws.ask("faults", [order])

    assert engine.read(user) is not None
    assert aws.ask("faults") == []


def test_a_user_that_was_made_but_not_read_is_not_lost(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    aws.ask("faults", [{"service": "iam", "action": "GetUser", "kind": "error-before", "times": 9}])
    context = _Context()
    inputs, _ = engine.check(USER, {"name": name})

    with pytest.raises(PluginFailure, match="reading IAM User"):
        engine._servicer.Create(
            provider_pb2.CreateRequest(urn=_urn(USER), properties=encode(inputs)), context
        )
    assert any(name.encode() in value for _, value in context.metadata)


def test_an_inline_policy_from_birth_to_death(engine: Engine, aws: Sandbox) -> None:
    user = engine.create(USER, name=aws.fresh_name()).id
    text = json.dumps({"Statement": [ALLOW], "Version": "2012-10-17"}, indent=2)
    made = engine.create(USER_POLICY, user=user, name="all", policy=text)

    assert made.id == f"{user}:all"
    assert made["policy"] == (
        '{"Version":"2012-10-17","Statement":[{"Action":"*","Effect":"Allow","Resource":"*"}]}'
    )
    same = json.dumps({"Version": "2012-10-17", "Statement": {**ALLOW, "Action": ["*"]}})
    assert engine.diff(made, user=user, name="all", policy=same) == ([], [])
    other = json.dumps({"Version": "2012-10-17", "Statement": {**ALLOW, "Effect": "Deny"}})
    assert engine.diff(made, user=user, name="all", policy=other) == (["policy"], [])
    assert engine.diff(made, user="x", name="all", policy=text)[1] == ["user"]

    changed = engine.update(made, user=user, name="all", policy=other)
    assert '"Deny"' in changed["policy"]
    again = engine.read(changed)
    assert again is not None
    assert again.state == changed.state

    aws.iam().delete_user_policy(UserName=user, PolicyName="all")
    assert engine.read(changed) is None
    engine.delete(changed)


def test_an_inline_policy_may_be_written_as_an_object(engine: Engine, aws: Sandbox) -> None:
    user = engine.create(USER, name=aws.fresh_name()).id
    made = engine.create(
        USER_POLICY, user=user, policy={"Version": "2012-10-17", "Statement": [ALLOW]}
    )

    assert json.loads(made["policy"])["Statement"] == [ALLOW]
    assert re.fullmatch(rf"{user}:it-[0-9a-f]{{7}}", made.id)


def test_a_name_prefix_makes_a_name(engine: Engine, aws: Sandbox) -> None:
    user = engine.create(USER, name=aws.fresh_name()).id
    policy = json.dumps({"Version": "2012-10-17", "Statement": ALLOW})
    made = engine.create(USER_POLICY, user=user, namePrefix="deny-", policy=policy)

    assert re.fullmatch(r"deny-\w{26}", made["name"])
    assert made["namePrefix"] == "deny-"
    assert engine.diff(made, user=user, namePrefix="deny-", policy=policy) == ([], [])


def test_an_attachment_from_birth_to_death(engine: Engine, aws: Sandbox) -> None:
    user = engine.create(USER, name=aws.fresh_name()).id
    made = engine.create(ATTACHMENT, user=user, policyArn=READ_ONLY)

    assert re.fullmatch(rf"{user}-\w{{26}}", made.id)
    assert engine.diff(made, user=user, policyArn=READ_ONLY) == ([], [])
    assert engine.diff(made, user=user, policyArn=READ_ONLY + "2")[1] == ["policyArn"]

    aws.iam().detach_user_policy(UserName=user, PolicyArn=READ_ONLY)
    assert engine.read(made) is None
    engine.delete(made)


def test_a_managed_policy_changes_its_default_version(engine: Engine, aws: Sandbox) -> None:
    def text(action: str) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": {**ALLOW, "Action": action}})

    made = engine.create(POLICY, name=aws.fresh_name(), policy=text("iam:*"))
    for number in range(6):
        made = engine.update(made, name=made["name"], policy=text(f"sts:Get{number}"))

    assert "sts:Get5" in made["policy"]
    engine.delete(made)
    assert engine.read(made) is None


def test_a_secret_from_birth_to_death(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    made = engine.create(SECRET, name=name, description="words", tags={"key": "k"})

    assert made.id == made["arn"]
    assert (made["region"], made["recoveryWindowInDays"], made["tags"]) == (
        REGION,
        30,
        {"key": "k"},
    )
    assert engine.diff(made, name=name, description="words", tags={"key": "k"}) == ([], [])
    assert engine.diff(made, name=name + "x")[1] == ["name"]

    changed = engine.update(made, name=name, recoveryWindowInDays=7)
    assert (changed["description"], changed["tags"]) == ("", None)
    engine.delete(changed)
    assert engine.read(changed) is None
    assert aws.secrets().describe_secret(SecretId=name)["DeletedDate"] is not None
    with pytest.raises(PluginFailure, match="already scheduled for deletion"):
        engine.create(SECRET, name=name)


def test_a_secret_without_recovery_is_gone_at_once(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    made = engine.create(SECRET, name=name, recoveryWindowInDays=0)
    engine.delete(made)

    engine.delete(engine.create(SECRET, name=name, recoveryWindowInDays=0))
    engine.delete(made)


def test_versions_of_a_secret_follow_each_other(engine: Engine, aws: Sandbox) -> None:
    secret = engine.create(SECRET, name=aws.fresh_name())
    one = engine.create(VERSION, secretId=secret.id, secretString=Secret("first"))
    two = engine.create(VERSION, secretId=secret.id, secretString=Secret("second"))

    assert one.state["secretString"] == Secret("first")
    assert (one["versionStages"], two["versionStages"]) == (["AWSCURRENT"], ["AWSCURRENT"])
    seen = engine.read(one)
    assert seen is not None
    assert seen["versionStages"] == ["AWSPREVIOUS"]
    assert engine.diff(seen, secretId=secret.id, secretString=Secret("first")) == ([], [])
    assert engine.diff(one, secretId=secret.id, secretString=Secret("other"))[1] == ["secretString"]

    engine.delete(seen)
    engine.delete(two)
    stages = aws.secrets().describe_secret(SecretId=secret.id)["VersionIdsToStages"]
    assert stages[two["versionId"]] == ["AWSCURRENT"]
    assert not stages.get(one["versionId"])
    assert aws.secrets().get_secret_value(SecretId=secret.id)["SecretString"] == "second"


def test_stages_are_moved_in_place(engine: Engine, aws: Sandbox) -> None:
    secret = engine.create(SECRET, name=aws.fresh_name())
    one = engine.create(VERSION, secretId=secret.id, secretString="first")
    two = engine.create(VERSION, secretId=secret.id, secretString="second", versionStages=["next"])
    assert aws.secrets().get_secret_value(SecretId=secret.id)["SecretString"] == "first"

    news: Values = {"secretId": secret.id, "secretString": "second"}
    assert engine.diff(two, **news, versionStages=["AWSCURRENT"]) == (["versionStages"], [])
    two = engine.update(two, **news, versionStages=["AWSCURRENT"])
    assert two["versionStages"] == ["AWSCURRENT"]
    seen = engine.read(one)
    assert seen is not None
    assert seen["versionStages"] == ["AWSPREVIOUS"]


def test_a_version_may_hold_bytes(engine: Engine, aws: Sandbox) -> None:
    secret = engine.create(SECRET, name=aws.fresh_name())
    encoded = base64.b64encode(b"\x00\xff").decode()
    made = engine.create(VERSION, secretId=secret.id, secretBinary=encoded)

    assert made.state["secretBinary"] == Secret(encoded)
    assert aws.secrets().get_secret_value(SecretId=secret.id)["SecretBinary"] == b"\x00\xff"


def test_versions_of_a_deleted_secret_are_gone(engine: Engine, aws: Sandbox) -> None:
    secret = engine.create(SECRET, name=aws.fresh_name())
    made = engine.create(VERSION, secretId=secret.id, secretString="x", versionStages=["blue"])
    engine.delete(secret)

    assert engine.read(made) is None
    engine.delete(made)


def test_everything_can_be_imported(engine: Engine, aws: Sandbox) -> None:
    user = engine.create(USER, name=aws.fresh_name(), tags={"a": "b"})
    policy = json.dumps({"Version": "2012-10-17", "Statement": ALLOW})
    inline = engine.create(USER_POLICY, user=user.id, name="p", policy=policy)
    key = engine.create(ACCESS_KEY, user=user.id)
    secret = engine.create(SECRET, name=aws.fresh_name())
    version = engine.create(VERSION, secretId=secret.id, secretString="x")
    engine.create(ATTACHMENT, user=user.id, policyArn=READ_ONLY)

    for made in (user, inline, secret, version):
        found = engine.import_(made.type, made.id)
        assert found is not None
        assert (found.id, found.state) == (made.id, made.state), made.type
    found = engine.import_(ACCESS_KEY, key.id)
    assert found is not None
    assert (found["user"], found["secret"]) == (user.id, None)
    found = engine.import_(ATTACHMENT, f"{user.id}/{READ_ONLY}")
    assert found is not None
    assert found.inputs == {"policyArn": READ_ONLY, "user": user.id, DEFAULTS: []}
    assert engine.import_(USER, "nobody-here") is None


@pytest.mark.parametrize(
    ("type_", "news"),
    [
        (USER, {"permissionsBoundary": READ_ONLY}),
        (ACCESS_KEY, {"user": "u", "pgpKey": "keybase:me"}),
        (SECRET, {"policy": "{}"}),
        (SECRET, {"replicas": [{"region": "us-east-1"}]}),
        (VERSION, {"secretId": "s", "secretStringWo": "x", "secretStringWoVersion": 1}),
    ],
)
def test_what_the_sandbox_cannot_honour_is_refused(
    engine: Engine, type_: str, news: Values
) -> None:
    with pytest.raises(PluginFailure, match="cannot honour"):
        engine.create(type_, **news)


def test_default_tags_of_the_provider_are_merged_in(aws: Sandbox) -> None:
    engine = Engine(
        aws.url, admin(aws), defaultTags=json.dumps({"tags": {"stack": "dev", "team": "x"}})
    )
    user = engine.create(USER, name=aws.fresh_name(), tags={"team": "mine"})

    assert user["tagsAll"] == {"stack": "dev", "team": "mine"}


def test_credentials_that_are_wrong_stop_the_provider(aws: Sandbox) -> None:
    with pytest.raises(PluginFailure, match="unable to validate AWS credentials"):
        Engine(aws.url, Key("", "AKIA0000000000000000", "canary-secret"))


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"region": None}, "Missing region"),
        ({"assumeRoles": '[{"roleArn":"arn:aws:iam::1:role/r"}]'}, "assumeRoles"),
        ({"endpoints": '[{"iam":"https://iam.example.com"}]'}, "not on this machine"),
        ({"endpoints": "{"}, "not JSON"),
    ],
)
def test_a_configuration_that_would_mislead_is_refused(
    aws: Sandbox, monkeypatch: pytest.MonkeyPatch, config: Mapping[str, Any], told: str
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with pytest.raises(PluginFailure, match=told):
        Engine(aws.url, admin(aws), **config).create(USER, name="x")


def test_the_environment_configures_as_the_real_one_does(
    aws: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", aws.access.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", aws.access.secret_access_key)
    monkeypatch.setenv("AWS_REGION", "us-east-2")
    nothing = Key("", "", "")

    engine = Engine("", nothing, region=None, endpoints=None)  # the environment alone
    assert engine.create(SECRET, name=aws.fresh_name())["region"] == "us-east-2"


def test_no_failure_tells_a_secret(engine: Engine, aws: Sandbox) -> None:
    canary = "canary-\N{SNOWMAN}-value"
    secret = engine.create(SECRET, name=aws.fresh_name())
    aws.ask(
        "faults",
        [
            {
                "service": "secretsmanager",
                "action": "PutSecretValue",
                "kind": "error-before",
                "times": 9,
            }
        ],
    )
    with pytest.raises(PluginFailure) as refused:
        engine.create(VERSION, secretId=secret.id, secretString=Secret(canary))
    with pytest.raises(PluginFailure) as malformed:
        engine.create(VERSION, secretId="", secretString=Secret(canary))

    assert canary not in str(refused.value) + str(malformed.value)


def test_the_plugin_tells_the_version_it_stands_for(engine: Engine) -> None:
    info = engine._servicer.GetPluginInfo(empty_pb2.Empty(), _Context())

    assert info.version == "7.51.1"
